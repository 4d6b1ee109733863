// Whole transactions in memory through the C API, called as by a program with a socket.
#include <string>
#include <vector>

#include "allocations.h"
#include "corpus.h"
#include "ehlo.h"

namespace {

constexpr std::size_t kRead = 1448;  // the payload of one Ethernet frame

// A program that accepts everything, reads every span, and drops the replies.
class Program {
 public:
  Program() {
    ehlo_server_options options;
    ehlo_server_options_init(&options, sizeof options);
    options.hostname = "mx.example";
    options.max_idle_commands = 0;
    config_ = ehlo_server_config_new(&options, nullptr, nullptr);
    server_ = ehlo_server_new(config_, nullptr);
    show({});
    show("EHLO client.example\r\n");
  }
  ~Program() {
    ehlo_server_free(server_);
    ehlo_server_config_free(config_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // One read of the transport. Octets that were not consumed are shown again while the session wants input. What is
  // left is shown with the next read, whose octets follow it in memory.
  std::size_t show(std::string_view read) {
    std::size_t used = 0;
    for (;;) {
      const std::size_t taken = ehlo_server_receive(server_, read.data() + used, read.size() - used, &batch_);
      used += taken;
      answer();
      const bool said = take_output();
      if (taken == 0 && batch_.event_count == 0 && !said) return used;
      if (used == read.size() && !(ehlo_server_wants(server_) & EHLO_WANT_ANSWER) && batch_.event_count == 0)
        return used;
    }
  }

  std::uint64_t messages() const { return messages_; }
  std::uint64_t octets() const { return octets_; }

 private:
  void answer() {
    for (std::uint32_t i = 0; i < batch_.event_count; ++i) {
      const ehlo_server_event& event = events_[i];
      messages_ += event.type == EHLO_SERVER_EVENT_MESSAGE;
      for (std::uint32_t k = 0; k < event.body.count; ++k) octets_ += spans_[event.body.first + k].len;
      if (event.id != 0) ehlo_server_accept(server_, event.id);
    }
  }
  bool take_output() {
    bool any = false;
    while (ehlo_server_output(server_, out_, sizeof out_) > 0) any = true;
    return any;
  }

  static constexpr std::uint32_t kEvents = 32, kSpans = 256, kParams = 64;
  ehlo_server_event events_[kEvents];
  ehlo_span spans_[kSpans];
  ehlo_param params_[kParams];
  char out_[4096];
  ehlo_server_batch batch_{
      events_, spans_, params_, sizeof(ehlo_server_event), kEvents, 0, kSpans, 0, sizeof(ehlo_param), kParams, 0, 0, 0};
  ehlo_server_config* config_ = nullptr;
  ehlo_server* server_ = nullptr;
  std::uint64_t messages_ = 0;
  std::uint64_t octets_ = 0;
};

// Whole lines of the base64 body, `octets` in all and without dots, and the end of data.
std::string content_of(const std::string& body, std::size_t octets) {
  std::string content = body.substr(0, octets);
  content.resize(content.rfind('\n') + 1);
  return content + ".\r\n";
}

void transaction(benchmark::State& state, const std::string& body, std::size_t octets, std::size_t recipients) {
  if (body.size() < octets) return state.SkipWithError("the body of the corpus is too short");
  const std::string content = content_of(body, octets);
  const std::string_view mail = "MAIL FROM:<alice@sender.example> SIZE=4096 BODY=8BITMIME\r\n";
  std::vector<std::string> rcpts;
  for (std::size_t i = 0; i < recipients; ++i) rcpts.push_back("RCPT TO:<bob" + std::to_string(i) + "@mx.example>\r\n");
  Program program;
  const auto run = [&] {
    program.show(mail);
    for (const std::string& rcpt : rcpts) program.show(rcpt);
    program.show("DATA\r\n");
    for (std::size_t at = 0; at < content.size();) at += program.show(std::string_view(content).substr(at, kRead));
  };
  run();
  if (program.messages() != 1 || program.octets() != content.size() - 3)
    return state.SkipWithError("the message did not arrive");
  const std::uint64_t before = bench::allocations();
  std::uint64_t inside = 0;
  for (auto _ : state) {
    run();
    inside = bench::allocations() - before;
  }
  if (program.messages() != static_cast<std::uint64_t>(state.iterations()) + 1)
    state.SkipWithError("messages are lost");
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * content.size()));
  state.counters["allocations"] = static_cast<double>(inside);
}

// A sending program: gives the envelope and the content, drops the output, and reads prepared replies.
class Sender {
 public:
  Sender(std::size_t octets, std::size_t recipients) {
    ehlo_client_options options;
    ehlo_client_options_init(&options, sizeof options);
    options.hostname = "client.example";
    config_ = ehlo_client_config_new(&options, nullptr, nullptr);
    client_ = ehlo_client_new(config_, nullptr);
    ehlo_envelope_options from;
    ehlo_envelope_options_init(&from, sizeof from);
    from.sender = "alice@sender.example";
    from.sender_length = 20;
    from.size = octets;
    envelope_ = ehlo_envelope_new(&from, nullptr, nullptr);
    envelope_replies_ = "250 2.1.0 Sender ok\r\n";
    for (std::size_t i = 0; i < recipients; ++i) {
      const std::string to = "bob" + std::to_string(i) + "@mx.example";
      ehlo_envelope_add(envelope_, to.data(), to.size(), nullptr, 0);
      envelope_replies_ += "250 2.1.5 Recipient ok\r\n";
    }
    envelope_replies_ += "354 Start mail input; end with <CRLF>.<CRLF>\r\n";
    ehlo_client_open(client_);
    hear("220 mx.example ESMTP\r\n");
    hear("250-mx.example\r\n250-PIPELINING\r\n250-SIZE 0\r\n250 ENHANCEDSTATUSCODES\r\n");
  }
  ~Sender() {
    ehlo_client_free(client_);
    ehlo_envelope_free(envelope_);
    ehlo_client_config_free(config_);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void send(std::string_view content) {
    ehlo_client_transact(client_, envelope_);
    take_output();
    hear(envelope_replies_);
    while (ehlo_client_wants(client_) & EHLO_WANT_BODY) {
      std::uint32_t count = 0;
      std::size_t consumed = 0;
      ehlo_client_body(client_, content.data(), content.size(), 1, spans_, kSpans, &count, &consumed);
      for (std::uint32_t i = 0; i < count; ++i) octets_ += spans_[i].len;
      content.remove_prefix(consumed);
    }
    hear("250 2.0.0 Message accepted\r\n");
  }

  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t octets() const { return octets_; }

 private:
  void hear(std::string_view said) {
    do {
      said.remove_prefix(ehlo_client_receive(client_, said.data(), said.size(), &batch_));
      for (std::uint32_t i = 0; i < batch_.event_count; ++i) accepted_ += events_[i].verdict == EHLO_VERDICT_ACCEPTED;
      take_output();
    } while (ehlo_client_wants(client_) & EHLO_WANT_EVENTS);
  }
  void take_output() {
    while (ehlo_client_output(client_, out_, sizeof out_) > 0) {
    }
  }

  static constexpr std::uint32_t kEvents = 32, kSpans = 256;
  ehlo_client_event events_[kEvents];
  ehlo_span spans_[kSpans];
  char out_[4096];
  ehlo_client_batch batch_{events_, sizeof(ehlo_client_event), kEvents, 0, 0};
  ehlo_client_config* config_ = nullptr;
  ehlo_client* client_ = nullptr;
  ehlo_envelope* envelope_ = nullptr;
  std::string envelope_replies_;
  std::uint64_t accepted_ = 0;
  std::uint64_t octets_ = 0;
};

void submission(benchmark::State& state, const std::string& body, std::size_t octets, std::size_t recipients) {
  if (body.size() < octets) return state.SkipWithError("the body of the corpus is too short");
  std::string content = content_of(body, octets);
  content.resize(content.size() - 3);
  Sender sender(content.size(), recipients);
  sender.send(content);
  if (sender.accepted() != recipients || sender.octets() != content.size() + 3)
    return state.SkipWithError("the message did not leave");
  const std::uint64_t before = bench::allocations();
  std::uint64_t inside = 0;
  for (auto _ : state) {
    sender.send(content);
    inside = bench::allocations() - before;
  }
  if (sender.accepted() != (static_cast<std::uint64_t>(state.iterations()) + 1) * recipients)
    state.SkipWithError("outcomes are lost");
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * content.size()));
  state.counters["allocations"] = static_cast<double>(inside);
}

void add(const bench::Corpus& corpus) {
  struct Size {
    std::size_t octets, recipients;
  };
  static constexpr Size kSizes[] = {{4096, 1}, {4096, 10}, {4096, 100}, {65536, 1}, {1048576, 1}};
  const std::string body = corpus.read("body_b64.bin");
  for (const Size size : kSizes) {
    const std::string name = "transaction/" + std::to_string(size.octets) + "/" + std::to_string(size.recipients);
    benchmark::RegisterBenchmark(name.c_str(),
                                 [body, size](auto& state) { transaction(state, body, size.octets, size.recipients); });
    const std::string sent = "submission/" + std::to_string(size.octets) + "/" + std::to_string(size.recipients);
    benchmark::RegisterBenchmark(sent.c_str(),
                                 [body, size](auto& state) { submission(state, body, size.octets, size.recipients); });
  }
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
