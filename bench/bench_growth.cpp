// How the cost grows with the size of a message, of a command line and of an EHLO reply, and as the octets come in ever
// smaller pieces. Linear is the same time an octet on every row of a kind. Also what an idle session holds.
#include <stdlib.h>

#include <string>
#include <vector>

#include "corpus.h"
#include "ehlo.h"

namespace {

constexpr std::size_t kRead = 1448;  // the payload of one Ethernet frame

// What the library has taken and not released.
struct Held {
  static void* allocate(void* context, size_t octets) {
    static_cast<Held*>(context)->octets += octets;
    return malloc(octets);
  }
  static void release(void* context, void* memory, size_t octets) {
    if (memory != nullptr) static_cast<Held*>(context)->octets -= octets;
    free(memory);
  }
  ehlo_allocator allocator() { return {allocate, release, this}; }
  std::size_t octets = 0;
};

// A server whose program answers nothing itself, as one that only counts.
class Server {
 public:
  Server() {
    ehlo_server_options options;
    ehlo_server_options_init(&options, sizeof options);
    options.hostname = "mx.example";
    options.asks = 0;
    options.max_idle_commands = 0;
    options.max_errors = 0;
    options.max_line_octets = 65536;
    config_ = ehlo_config_new(&options, nullptr, nullptr);
    const ehlo_allocator allocator = held_.allocator();
    server_ = ehlo_server_new(config_, &allocator);
    show("", 1);
    show("EHLO client.example\r\n", kRead);
  }
  ~Server() {
    ehlo_server_free(server_);
    ehlo_config_free(config_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The input in reads of `cut` octets. What a call leaves is shown again, with the octets that follow it.
  void show(std::string_view input, std::size_t cut) {
    std::size_t begin = 0, end = 0;
    do {
      end += cut < input.size() - end ? cut : input.size() - end;
      for (;;) {
        const std::size_t used = ehlo_server_receive(server_, input.data() + begin, end - begin, &batch_);
        for (std::uint32_t i = 0; i < batch_.event_count; ++i) count(events_[i]);
        begin += used;
        while (ehlo_server_output(server_, out_, sizeof out_) > 0) {
        }
        if (used == 0 && batch_.event_count == 0) break;
        if (begin == end && (ehlo_server_wants(server_) & EHLO_WANT_OUTPUT) == 0) break;
      }
    } while (end < input.size());
  }

  std::uint64_t octets() const { return octets_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t commands() const { return commands_; }
  std::size_t held() const { return held_.octets; }

 private:
  void count(const ehlo_event& event) {
    messages_ += event.type == EHLO_EVENT_MESSAGE;
    commands_ += event.type == EHLO_EVENT_NOOP;
    for (std::uint32_t k = 0; k < event.body.count; ++k) octets_ += spans_[event.body.first + k].len;
  }

  static constexpr std::uint32_t kEvents = 32, kSpans = 256, kParams = 64;
  Held held_;
  ehlo_event events_[kEvents];
  ehlo_span spans_[kSpans];
  ehlo_param params_[kParams];
  char out_[4096];
  ehlo_batch batch_{events_, spans_, params_, kEvents, 0, kSpans, 0, kParams, 0, 0, 0};
  ehlo_config* config_ = nullptr;
  ehlo_server* server_ = nullptr;
  std::uint64_t octets_ = 0, messages_ = 0, commands_ = 0;
};

// A client that has said EHLO.
class Client {
 public:
  Client() {
    ehlo_client_options options;
    ehlo_client_options_init(&options, sizeof options);
    options.hostname = "client.example";
    options.replies = {65536, 4096, 65536};
    config_ = ehlo_client_config_new(&options, nullptr, nullptr);
    const ehlo_allocator allocator = held_.allocator();
    client_ = ehlo_client_new(config_, &allocator);
    ehlo_client_open(client_);
    show("220 mx.example ESMTP\r\n", kRead);
  }
  ~Client() {
    ehlo_client_free(client_);
    ehlo_client_config_free(config_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void hello() {
    ehlo_client_hello(client_, EHLO_VERB_EHLO);
    take_output();
  }
  void show(std::string_view input, std::size_t cut) {
    std::size_t begin = 0, end = 0;
    do {
      end += cut < input.size() - end ? cut : input.size() - end;
      do {
        begin += ehlo_client_receive(client_, input.data() + begin, end - begin, &batch_);
        for (std::uint32_t i = 0; i < batch_.event_count; ++i) ready_ += events_[i].type == EHLO_CLIENT_READY;
        take_output();
      } while (ehlo_client_wants(client_) & EHLO_WANT_EVENTS);
    } while (end < input.size());
  }
  std::uint64_t ready() const { return ready_; }
  std::size_t held() const { return held_.octets; }

 private:
  void take_output() {
    while (ehlo_client_output(client_, out_, sizeof out_) > 0) {
    }
  }

  static constexpr std::uint32_t kEvents = 32;
  Held held_;
  ehlo_client_event events_[kEvents];
  char out_[4096];
  ehlo_client_batch batch_{events_, kEvents, 0, 0, 0};
  ehlo_client_config* config_ = nullptr;
  ehlo_client* client_ = nullptr;
  std::uint64_t ready_ = 0;
};

void count_work(benchmark::State& state, std::size_t octets) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * octets));
}

// A whole transaction: the commands come in one piece each, the content in pieces of `cut`.
void message(benchmark::State& state, const std::string& body, std::size_t octets, std::size_t cut) {
  std::string content;
  while (content.size() < octets) content += body.substr(0, octets - content.size());
  content.resize(content.rfind('\n') + 1);
  const std::string wire = content + ".\r\n";
  Server server;
  const auto run = [&] {
    server.show("MAIL FROM:<alice@sender.example>\r\n", kRead);
    server.show("RCPT TO:<bob@mx.example>\r\n", kRead);
    server.show("DATA\r\n", kRead);
    server.show(wire, cut);
  };
  run();
  if (server.messages() != 1 || server.octets() != content.size()) return state.SkipWithError("it did not arrive");
  for (auto _ : state) run();
  count_work(state, octets);
}

// NOOP with an argument that makes the line `octets` long.
void line(benchmark::State& state, std::size_t octets, std::size_t cut) {
  const std::string text = "NOOP " + std::string(octets - 7, 'x') + "\r\n";
  Server server;
  server.show(text, cut);
  if (server.commands() != 1) return state.SkipWithError("the command was not read");
  for (auto _ : state) server.show(text, cut);
  count_work(state, octets);
}

// An EHLO reply of at least `octets` octets.
void hello(benchmark::State& state, std::size_t octets, std::size_t cut) {
  std::string reply = "250-mx.example\r\n";
  for (int i = 0; reply.size() < octets; ++i) reply += "250-XKEYWORD" + std::to_string(i) + " WITH PARAMETERS\r\n";
  reply += "250 SIZE 1000000\r\n";
  Client client;
  client.show(reply, cut);
  if (client.ready() != 1) return state.SkipWithError("the reply was not read");
  for (auto _ : state) {
    client.hello();
    client.show(reply, cut);
  }
  count_work(state, reply.size());
}

// Opens a session up to the reply to its EHLO and frees it.
template <class Session, class Open>
void idle(benchmark::State& state, Open open) {
  std::size_t held = 0;
  for (auto _ : state) {
    Session session;
    open(session);
    held = session.held();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["octets"] = static_cast<double>(held);
}

void add(const bench::Corpus& corpus) {
  const std::string body = corpus.read("body_b64.bin").substr(0, 1 << 20);
  const auto name = [](const char* kind, std::size_t octets, std::size_t cut) {
    return std::string(kind) + "/" + std::to_string(octets) + "/" + std::to_string(cut);
  };
  const auto add_message = [&](std::size_t octets, std::size_t cut) {
    benchmark::RegisterBenchmark(name("message", octets, cut).c_str(),
                                 [body, octets, cut](auto& state) { message(state, body, octets, cut); });
  };
  for (std::size_t octets = 1 << 10; octets <= 1 << 24; octets *= 4) add_message(octets, kRead);
  for (const std::size_t cut : {65536, 16384, 512, 128, 32, 8, 2}) add_message(1 << 16, cut);
  for (std::size_t octets = 1 << 10; octets <= 1 << 18; octets *= 4) add_message(octets, 1);
  for (std::size_t octets = 64; octets <= 65536; octets *= 4) {
    const auto add_line = [&](std::size_t cut) {
      benchmark::RegisterBenchmark(name("line", octets, cut).c_str(),
                                   [octets, cut](auto& state) { line(state, octets, cut); });
    };
    add_line(kRead);
    add_line(1);
  }
  for (std::size_t octets = 256; octets <= 32768; octets *= 2) {
    const auto add_hello = [&](std::size_t cut) {
      benchmark::RegisterBenchmark(name("hello", octets, cut).c_str(),
                                   [octets, cut](auto& state) { hello(state, octets, cut); });
    };
    add_hello(kRead);
    add_hello(1);
  }
  benchmark::RegisterBenchmark("idle/server", [](auto& state) { idle<Server>(state, [](Server&) {}); });
  benchmark::RegisterBenchmark("idle/client", [](auto& state) {
    idle<Client>(state, [](Client& client) { client.show("250-mx.example\r\n250 PIPELINING\r\n", kRead); });
  });
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
