// How the cost grows with the size of a message, of a command line and of an EHLO reply, and with smaller pieces of
// input. If it is linear, all rows of a kind have the same time per octet. Also the memory of an idle session.
#include <string>
#include <vector>

#include "corpus.h"
#include "sessions.h"

namespace {

using bench::Client;
using bench::kRead;
using bench::Server;

void count_work(benchmark::State& state, std::size_t octets) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * octets));
}

// A whole transaction: each command in one piece, the content in pieces of `cut` octets.
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

// Opens a session, reads the reply to its EHLO, and frees it.
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
