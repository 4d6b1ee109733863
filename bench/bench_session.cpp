// Whole transactions in memory through the C API, as a server program with a socket would run them.
#include <string>
#include <vector>

#include "allocations.h"
#include "corpus.h"
#include "ehlo.h"

namespace {

constexpr std::size_t kRead = 1448;  // the payload of one Ethernet frame

// A program: accepts everything, looks at every span, throws the replies away.
class Program {
 public:
  Program() {
    ehlo_server_options options;
    ehlo_server_options_init(&options, sizeof options);
    options.hostname = "mx.example";
    options.max_idle_commands = 0;
    config_ = ehlo_config_new(&options, nullptr, nullptr);
    server_ = ehlo_server_new(config_, nullptr);
    show({});
    show("EHLO client.example\r\n");
  }
  ~Program() {
    ehlo_server_free(server_);
    ehlo_config_free(config_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // One read of the transport. What a call leaves is shown again while the session wants it; the rest is for the
  // next read, whose octets follow it in memory.
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
      const ehlo_event& event = events_[i];
      messages_ += event.type == EHLO_EVENT_MESSAGE;
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
  ehlo_event events_[kEvents];
  ehlo_span spans_[kSpans];
  ehlo_param params_[kParams];
  char out_[4096];
  ehlo_batch batch_{events_, spans_, params_, kEvents, 0, kSpans, 0, kParams, 0, 0, 0};
  ehlo_config* config_ = nullptr;
  ehlo_server* server_ = nullptr;
  std::uint64_t messages_ = 0;
  std::uint64_t octets_ = 0;
};

// `octets` of whole lines of the base64 body, dot-free, and the end of data.
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
  }
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
