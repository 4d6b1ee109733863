// Threads that share configurations, envelopes and the library's own tables: each has the same results as alone.
//
// This is a program of its own, so that the first use of everything in the library happens in all threads at once.
// Built with -Db_sanitize=thread it also shows that no shared data is written.
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "exchange.h"

namespace {

using namespace threads;

constexpr std::size_t kThreads = 8;
constexpr std::size_t kExchanges = 24;  // of each thread

// Content with dots at all kinds of places. Its length differs between threads, and is not a multiple of 64 octets.
std::vector<std::string> contents_of(std::size_t thread) {
  std::string dots = "Subject: " + std::to_string(thread) + "\r\n\r\n";
  for (std::size_t line = 0; line < 40 + thread; ++line)
    dots +=
        std::string(line % 4, '.') + std::string(line * (thread + 3) % 90, static_cast<char>('a' + thread)) + "\r\n";
  std::string plain(1000 + 61 * thread, static_cast<char>('A' + thread));
  for (std::size_t at = 75; at + 2 < plain.size(); at += 77) plain.replace(at, 2, "\r\n");
  return {dots, plain + "\r\n", ".\r\n"};
}

std::string expected(const Manner& manner, const std::vector<std::string>& contents) {
  std::string log = "AUTH PLAIN AHVzZXIAc2VjcmV0\n";
  const bool each = manner.protocol == EHLO_PROTOCOL_LMTP;
  for (const std::string& content : contents) {
    const std::string message = std::string(manner.with) + " message of " + std::to_string(content.size()) + "\n";
    log += "MAIL <s\xC3\xBC@c.test> RET=HDRS SMTPUTF8 XOFFER=1\n";
    log += "RCPT <yes@mx.test>\nRCPT <no@mx.test>\nRCPT <\"a b\"@mx.test>\n";
    log += message + (each ? message : "") + "OUTCOMES 1:550 0:250 2:250\nthe content has arrived\n";
  }
  return log + "CLOSE ok\nCLOSED\n";
}

// Runs `work` in all threads, which begin at the same moment.
template <class Work>
void together(Work work) {
  std::latch start(kThreads);
  std::vector<std::thread> all;
  for (std::size_t thread = 0; thread < kThreads; ++thread)
    all.emplace_back([&, thread] {
      start.arrive_and_wait();
      work(thread);
    });
  for (std::thread& one : all) one.join();
}

// It must be the first test of the program, so that the first use of everything is in it.
TEST(Threads, HoldWholeExchangesWithOneConfiguration) {
  const Shared shared;
  ASSERT_TRUE(shared.complete());
  std::vector<std::vector<std::string>> logs(kThreads);
  together([&](std::size_t thread) {
    const std::vector<std::string> contents = contents_of(thread);
    for (std::size_t i = 0; i < kExchanges; ++i)
      logs[thread].push_back(Exchange(shared, (thread + i) % std::size(kManners), contents).run());
  });
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    const std::vector<std::string> contents = contents_of(thread);
    for (std::size_t i = 0; i < kExchanges; ++i) {
      const Manner& manner = kManners[(thread + i) % std::size(kManners)];
      EXPECT_EQ(logs[thread][i], expected(manner, contents)) << manner.name << ", thread " << thread;
    }
  }
}

// A session of each role with an open transaction, and the dialogue from there on.
class HalfAnExchange {
 public:
  HalfAnExchange(const Shared& shared, std::size_t manner)
      : server_(ehlo_server_new(shared.server_of(manner), nullptr)),
        client_(ehlo_client_new(shared.client_of(manner), nullptr)) {
    ehlo_client_open(client_.get());
    show("220 mx.test\r\n");
    show("250-mx.test\r\n250-SMTPUTF8\r\n250-DSN\r\n250-8BITMIME\r\n250-XOFFER\r\n250 PIPELINING\r\n");
    taken_ = ehlo_client_transact(client_.get(), shared.letter()) == EHLO_OK;
  }
  bool taken() const { return taken_; }

  // The greeting, whose text belongs to the configuration, and the lines of the envelope, pipelined or one by one.
  std::string say() {
    ehlo_server_event events[EHLO_SERVER_EVENTS_MIN];
    ehlo_span spans[EHLO_SPANS_MIN];
    ehlo_server_batch batch{};
    batch.events = events;
    batch.event_size = sizeof *batch.events;
    batch.event_cap = EHLO_SERVER_EVENTS_MIN;
    batch.spans = spans;
    batch.span_cap = EHLO_SPANS_MIN;
    ehlo_server_receive(server_.get(), nullptr, 0, &batch);
    char out[300];
    said_.assign(out, ehlo_server_output(server_.get(), out, sizeof out));
    for (int line = 0; line < 4; ++line) show("250 ok\r\n");
    return std::move(said_);
  }

 private:
  void show(std::string_view octets) {
    char out[4096];
    said_.append(out, ehlo_client_output(client_.get(), out, sizeof out));
    ehlo_client_event events[EHLO_CLIENT_EVENTS_MIN];
    ehlo_client_batch batch{events, sizeof(ehlo_client_event), EHLO_CLIENT_EVENTS_MIN, 0, 0};
    ehlo_client_receive(client_.get(), octets.data(), octets.size(), &batch);
  }

  CServerOwner server_;
  CClientOwner client_;
  std::string said_;
  bool taken_ = false;
};

void expect_said(const std::string& said) {
  EXPECT_EQ(said.compare(0, 12, "220 mx.test "), 0) << said;
  EXPECT_NE(said.find("RCPT TO:<\"a b\"@mx.test>\r\n"), std::string::npos) << said;
}

// Halves of exchanges that share everything except the sessions. The thread `maker` frees the program's references.
void free_in_any_order(std::size_t maker, const ehlo_allocator* memory) {
  auto shared = std::make_unique<Shared>(memory);
  ASSERT_TRUE(shared->complete());
  std::vector<std::unique_ptr<HalfAnExchange>> sessions;
  for (std::size_t i = 0; i < kThreads; ++i) {
    sessions.push_back(std::make_unique<HalfAnExchange>(*shared, i % std::size(kManners)));
    ASSERT_TRUE(sessions.back()->taken());
  }
  std::vector<std::string> said(kThreads);
  together([&](std::size_t thread) {
    if (thread == maker) shared.reset();
    said[thread] = sessions[thread]->say();
    sessions[thread].reset();
  });
  for (const std::string& one : said) expect_said(one);
}

// The program frees its configurations and the envelope while threads end their sessions: the last thread frees them.
TEST(Threads, FreeWhatTheyShareInAnyOrder) {
  for (std::size_t round = 0; round < 50; ++round) {
    SharedMemory memory;
    free_in_any_order(round % kThreads, memory.get());
    EXPECT_EQ(memory.blocks(), 0);
  }
}

// A session may move to another thread between two calls.
TEST(Threads, HandASessionOn) {
  const Shared shared;
  CClientOwner client(ehlo_client_new(shared.client_of(0), nullptr));
  std::string wire;
  std::thread([&] {
    ehlo_client_event events[EHLO_CLIENT_EVENTS_MIN];
    ehlo_client_batch batch{events, sizeof(ehlo_client_event), EHLO_CLIENT_EVENTS_MIN, 0, 0};
    ehlo_client_open(client.get());
    ehlo_client_receive(client.get(), "220 mx.test\r\n", 13, &batch);
  }).join();
  std::thread([&] {
    char out[100];
    wire.assign(out, ehlo_client_output(client.get(), out, sizeof out));
  }).join();
  EXPECT_EQ(wire, "EHLO c.test\r\n");
}

// Calls without a session: each thread has the same results as alone.
std::string without_a_session(std::size_t thread) {
  std::string log;
  const std::string line =
      "MAIL FROM:<t" + std::to_string(thread) + "@c.test> SIZE=1" + std::to_string(thread) + "\r\n";
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  ehlo_command command;
  ehlo_param params[EHLO_PARAMS_MAX];
  log += std::to_string(ehlo_command_parse(line.data(), line.size(), &options, &command, params, sizeof *params,
                                           EHLO_PARAMS_MAX, nullptr));
  log += ehlo_verb_name(command.verb);
  log += " " + std::to_string(params[0].number);
  static constexpr std::string_view kReply = "550-5.1.1 a\r\n550 5.1.1 b\r\n";
  ehlo_reply reply;
  log += " " + std::to_string(ehlo_reply_parse(kReply.data(), kReply.size(), nullptr, &reply, nullptr));
  log += std::to_string(reply.code) + "/" + std::to_string(reply.lines);
  static constexpr std::string_view kHello = "250-mx.test\r\n250-SIZE 5\r\n250 AUTH PLAIN\r\n";
  ehlo_hello hello;
  ehlo_hello_parse(kHello.data(), kHello.size(), 0, nullptr, &hello, nullptr);
  log += " " + std::to_string(hello.offered);
  const std::string octets(thread, 'x');
  char out[20];
  log.append(" ").append(out,
                         static_cast<std::size_t>(ehlo_base64_encode(octets.data(), octets.size(), out, sizeof out)));
  log.append(" ").append(ehlo_error_name(EHLO_E_FALSE_END));
  log.append(" ").append(std::to_string(ehlo_extension_bit("AUTH", 4)));
  return log;
}

TEST(Threads, ParseAndWriteAtOneTime) {
  std::vector<std::string> logs(kThreads);
  together([&](std::size_t thread) {
    for (std::size_t i = 0; i < 200; ++i) logs[thread] = without_a_session(thread);
  });
  static constexpr const char* kBase64[kThreads] = {"",         "eA==",     "eHg=",     "eHh4",
                                                    "eHh4eA==", "eHh4eHg=", "eHh4eHh4", "eHh4eHh4eA=="};
  for (std::size_t thread = 0; thread < kThreads; ++thread)
    EXPECT_EQ(logs[thread], "0MAIL 1" + std::to_string(thread) + " 0550/2 66 " + kBase64[thread] + " false-end 64");
}

}  // namespace
