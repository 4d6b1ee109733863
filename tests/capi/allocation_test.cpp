// Memory: a session takes it when it is made and when a bound is first used, and survives that there is none.
#include <gtest/gtest.h>

#include <cstring>
#include <iostream>

#include "support/link.h"
#include "support/own_rows.h"

namespace {

using support::capi_options;
using support::CapiSession;
using support::CountingAllocator;
using support::kOrdinarySession;

// As from a client that waits for each reply: an octet at a time, and what is to be said at once.
void feed_by_octets(CapiSession& session, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) session.feed(text.substr(at, 1));
}

// Answers each RCPT with a text, all else with accept(), as it does where the text is refused; nullptr: no text.
CapiSession::Answers answering(const char* text) {
  return [text](CapiSession& session, const ehlo::Event& ask, const std::string& line) {
    if (ask.type == EHLO_SERVER_EVENT_RCPT && text != nullptr) {
      session.last_error =
          ehlo_server_reply(&session.server(), ask.id, 250, EHLO_ENHANCED(2, 1, 5), text, std::strlen(text));
      if (session.last_error == EHLO_OK) return true;
    }
    return CapiSession::accept_all(session, ask, line);
  };
}

// A session with memory of its own, and what it has said; the default program.
struct Memory {
  explicit Memory(std::size_t first_failure = SIZE_MAX, const char* rcpt_text = nullptr)
      : allocator(first_failure),
        config(make_config()),
        server(ehlo_server_new(config, allocator.get())),
        session(server, answering(rcpt_text)) {}
  ~Memory() {
    ehlo_server_free(server);
    ehlo_server_config_free(config);
    EXPECT_EQ(allocator.blocks(), 0u);
    EXPECT_FALSE(allocator.broken());
  }

  static ehlo_server_config* make_config() {
    const ehlo_server_options options = capi_options();
    return ehlo_server_config_new(&options, nullptr, nullptr);
  }

  CountingAllocator allocator;
  ehlo_server_config* config;
  ehlo_server* server;
  CapiSession session;
};

// For calls that the test makes itself.
struct Arrays {
  Arrays() {
    batch.events = events;
    batch.event_size = sizeof *batch.events;
    batch.event_cap = 16;
    batch.spans = spans;
    batch.span_cap = 16;
  }
  std::size_t receive(ehlo_server* server, std::string_view text) {
    return ehlo_server_receive(server, text.data(), text.size(), &batch);
  }

  ehlo_server_event events[16];
  ehlo_span spans[16];
  ehlo_server_batch batch{};
};

TEST(Allocation, DoesNotHappenBetweenTheBeginningAndTheEndOfASession) {
  Memory memory;
  EXPECT_EQ(memory.allocator.allocations(), 1u);
  feed_by_octets(memory.session, kOrdinarySession);
  EXPECT_NE(memory.session.wire().find("221 2.0.0 mx.test"), std::string::npos) << memory.session.wire();
  EXPECT_EQ(memory.session.last_error, EHLO_OK);
  EXPECT_EQ(memory.allocator.allocations(), 1u);
}

// A program that cannot get its words out does not have to take what it means to refuse.
TEST(Allocation, IsNotNeededToDecline) {
  Memory memory(1);
  memory.session.feed("EHLO c.test\r\n");
  Arrays arrays;
  EXPECT_EQ(arrays.receive(memory.server, "MAIL FROM:<>\r\n"), 14u);
  ASSERT_EQ(arrays.batch.event_count, 1u);
  const std::uint32_t id = arrays.events[0].id;
  EXPECT_EQ(ehlo_server_reply(memory.server, id, 550, 0, nullptr, 0), EHLO_E_MEMORY);
  EXPECT_EQ(ehlo_server_decline(memory.server, id), EHLO_OK);
  char out[600];
  const std::size_t size = ehlo_server_output(memory.server, out, sizeof out);
  EXPECT_EQ(std::string_view(out, size), "451 4.3.0 Requested action aborted: local error in processing\r\n");
}

TEST(Allocation, HappensOnceForTheProgramsOwnTexts) {
  Memory memory(SIZE_MAX, "welcome");
  feed_by_octets(memory.session, kOrdinarySession);
  EXPECT_NE(memory.session.wire().find("250 2.1.5 welcome\r\n"), std::string::npos);
  EXPECT_EQ(memory.session.last_error, EHLO_OK);
  EXPECT_EQ(memory.allocator.allocations(), 2u);
}

TEST(Allocation, HappensOnceForTheRepliesOfAClientThatPipelines) {
  Memory memory;
  memory.session.feed("EHLO c.test\r\n");
  EXPECT_EQ(memory.allocator.allocations(), 1u);
  for (int round = 0; round < 3; ++round) {
    memory.session.feed("MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n");
    memory.session.feed("x\r\n.\r\n");
    EXPECT_EQ(memory.allocator.allocations(), 2u);
  }
}

TEST(Allocation, ThatFailsForRepliesMakesThemLeaveOneByOne) {
  Memory whole, starved(1);
  whole.session.feed(kOrdinarySession);
  starved.session.feed(kOrdinarySession);
  EXPECT_GT(whole.allocator.allocations(), 1u);
  EXPECT_EQ(whole.session.last_error, EHLO_OK);
  EXPECT_EQ(starved.session.last_error, EHLO_OK);
  EXPECT_EQ(starved.session.wire(), whole.session.wire());
  EXPECT_EQ(starved.session.types, whole.session.types);
}

// A program that waits for its socket must not see that input is wanted while none can be taken.
TEST(Allocation, ThatFailsForRepliesIsNoWishForInput) {
  Memory memory(1);
  memory.session.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  const std::string_view text = "RCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n";
  Arrays arrays;
  const std::size_t used = arrays.receive(memory.server, text);
  EXPECT_EQ(used, text.size() / 2);
  ASSERT_EQ(arrays.batch.event_count, 1u);
  EXPECT_EQ(ehlo_server_wants(memory.server), EHLO_WANT_ANSWER);
  ehlo_server_accept(memory.server, arrays.events[0].id);
  EXPECT_EQ(ehlo_server_wants(memory.server), EHLO_WANT_OUTPUT);
  char out[600];
  EXPECT_GT(ehlo_server_output(memory.server, out, sizeof out), 0u);
  EXPECT_EQ(ehlo_server_wants(memory.server), EHLO_WANT_INPUT);
  EXPECT_EQ(arrays.receive(memory.server, text.substr(used)), text.size() - used);
}

TEST(Allocation, OfAnIdleSessionIsSmall) {
  CountingAllocator memory;
  const ehlo_server_options options = capi_options();
  ehlo_server_config* config = ehlo_server_config_new(&options, nullptr, nullptr);
  ehlo_server* server = ehlo_server_new(config, memory.get());
  CapiSession session(server);
  session.feed("EHLO c.test\r\n");
  std::cout << "an idle session has " << memory.octets() << " octets in " << memory.blocks() << " block(s)\n";
  EXPECT_LE(memory.octets(), 256u);
  ehlo_server_free(server);
  ehlo_server_config_free(config);
}

TEST(Allocation, MayFailAtAnyPoint) {
  bool failed_config = false, failed_session = false, failed_text = false;
  for (std::size_t failure = 0;; ++failure) {
    CountingAllocator memory(failure);
    ehlo_server_options options = capi_options();
    options.mechanisms = "PLAIN LOGIN";
    const support::OwnRowsOf own{{}, {support::own_param("XFOO", "", EHLO_PARAM_OF_MAIL)}, {support::own_verb("XBAR")}};
    const ehlo_rows rows = own.rows();
    options.rows = &rows;
    std::int32_t error = EHLO_OK;
    ehlo_server_config* config = ehlo_server_config_new(&options, memory.get(), &error);
    if (config == nullptr) {
      failed_config = true;
      EXPECT_EQ(error, EHLO_E_MEMORY);
      EXPECT_EQ(memory.blocks(), 0u);
      continue;
    }
    ehlo_server* server = ehlo_server_new(config, memory.get());
    if (server == nullptr) {
      failed_session = true;
      ehlo_server_config_free(config);
      EXPECT_EQ(memory.blocks(), 0u);
      continue;
    }
    CapiSession session(server, answering("welcome"));
    session.feed(kOrdinarySession);
    // Where there is no memory for a text the answer is refused, nothing has changed, and accept() still works.
    EXPECT_TRUE(session.last_error == EHLO_OK || session.last_error == EHLO_E_MEMORY);
    EXPECT_NE(session.wire().find("221 2.0.0 mx.test"), std::string::npos) << session.wire();
    const bool done = session.last_error == EHLO_OK && memory.allocations() <= failure;
    failed_text |= session.last_error == EHLO_E_MEMORY;
    ehlo_server_free(server);
    ehlo_server_config_free(config);
    EXPECT_EQ(memory.blocks(), 0u);
    EXPECT_FALSE(memory.broken());
    if (done) break;
    ASSERT_LT(failure, 100u);
  }
  EXPECT_TRUE(failed_config && failed_session && failed_text);
}

// An LMTP session remembers who was accepted: a bound that is used first with the recipients.
TEST(Allocation, MayFailInLmtpToo) {
  for (std::size_t failure = 0; failure < 8; ++failure) {
    CountingAllocator memory(failure);
    ehlo_server_options options = capi_options();
    options.protocol = EHLO_PROTOCOL_LMTP;
    ehlo_server_config* config = ehlo_server_config_new(&options, nullptr, nullptr);
    ehlo_server* server = ehlo_server_new(config, memory.get());
    if (server != nullptr) {
      CapiSession session(server);
      session.feed("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n.\r\n");
      // Whatever was short of memory, there is one final reply to each accepted recipient and to nobody else.
      std::size_t accepted = 0, results = 0;
      for (std::size_t at = 0; (at = session.wire().find("250 2.1.5", at)) != std::string::npos; ++at) ++accepted;
      for (std::size_t at = 0; (at = session.wire().find("250 2.0.0", at)) != std::string::npos; ++at) ++results;
      if (session.wire().find("354 ") != std::string::npos) {
        EXPECT_EQ(results, accepted) << session.wire();
      }
      ehlo_server_free(server);
    }
    ehlo_server_config_free(config);
    EXPECT_EQ(memory.blocks(), 0u);
    EXPECT_FALSE(memory.broken());
  }
}

TEST(Allocation, OfADotDecoderMayFail) {
  CountingAllocator none(0);
  EXPECT_EQ(ehlo_dot_decoder_new(0, 0, none.get()), nullptr);
  CountingAllocator memory;
  ehlo_dot_decoder* decoder = ehlo_dot_decoder_new(0, 0, memory.get());
  ASSERT_NE(decoder, nullptr);
  ehlo_dot_decoder_free(decoder);
  EXPECT_EQ(memory.blocks(), 0u);
  EXPECT_FALSE(memory.broken());
}

}  // namespace
