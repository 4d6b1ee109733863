// Memory: none is taken between the first transaction and the end, any of it may be refused, and no secret stays in it.
#include <cstring>

#include "support/client_dialogue.h"
#include "support/counting_allocator.h"
#include "support/guarded_octets.h"
#include "syntax/text.h"

namespace {

using namespace support;
using ehlo::Error;

class Counted {
 public:
  explicit Counted(std::string_view lines, std::uint32_t flags = 0, std::uint32_t protocol = 0)
      : link_(options(flags, protocol), {}, memory_.core()) {
    link_->open();
    link_.feed("220 mx.test\r\n");
    std::string reply = "250-mx.test\r\n";
    while (lines.find('\n') != std::string_view::npos) {
      const std::size_t end = lines.find('\n');
      ((reply += "250-") += lines.substr(0, end)) += "\r\n";
      lines.remove_prefix(end + 1);
    }
    link_.feed((reply += "250 ") += std::string(lines) + "\r\n");
  }
  ClientLink& link() { return link_; }
  const CountingAllocator& memory() const { return memory_; }

 private:
  static ehlo::ClientOptions options(std::uint32_t flags, std::uint32_t protocol) {
    ehlo::ClientOptions options = client_options(flags);
    options.protocol = protocol;
    return options;
  }
  CountingAllocator memory_;
  ClientLink link_;
};

const TestEnvelope kThree("a@c.test", {"b@mx.test", "c@mx.test", "d@mx.test"}, "", 12);

TEST(ClientAllocation, DoesNotHappenPerSubmission) {
  for (const std::string_view lines : {"PIPELINING\nSIZE", "SIZE"}) {
    Counted counted(lines);
    std::size_t before = 0;
    for (int i = 0; i < 1001; ++i) {
      if (i == 1) before = counted.memory().allocations();
      ASSERT_EQ(counted.link()->transact(*kThree), EHLO_OK);
      counted.link().pump();
      for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "550 no\r\n", "250 ok\r\n", "354 go\r\n"})
        counted.link().feed(reply);
      ASSERT_EQ(counted.link().content("hello\r\n.\r\n"), EHLO_OK);
      counted.link().feed("250 queued\r\n");
      ASSERT_EQ(counted.link().take_events().back(), "done #" + std::to_string(i + 1));
    }
    EXPECT_EQ(counted.memory().allocations(), before);
    EXPECT_FALSE(counted.memory().broken());
  }
}

TEST(ClientAllocation, DoesNotHappenPerChunkedOrRefusedSubmission) {
  Counted counted("PIPELINING\nCHUNKING\nSIZE", EHLO_CLIENT_FLAG_CHUNKING);
  std::size_t before = 0;
  for (int i = 0; i < 1001; ++i) {
    if (i == 1) before = counted.memory().allocations();
    ASSERT_EQ(counted.link()->transact(*kThree), EHLO_OK);
    counted.link().pump();
    for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "550 no\r\n", "250 ok\r\n"}) counted.link().feed(reply);
    std::size_t consumed = 0;
    ASSERT_EQ(counted.link().give("hello", false, consumed), EHLO_OK);
    counted.link().feed("452 full\r\n");
    counted.link().feed("250 reset\r\n");
    ASSERT_EQ(counted.link().take_events().back(), "done #" + std::to_string(i + 1));
  }
  EXPECT_EQ(counted.memory().allocations(), before);
}

TEST(ClientAllocation, DoesNotHappenPerCommand) {
  Counted counted("PIPELINING\nSIZE");
  ClientLink& link = counted.link();
  std::size_t before = 0;
  for (int i = 0; i < 1001; ++i) {
    if (i == 1) before = counted.memory().allocations();
    ASSERT_EQ(link->mail(bytes_of("a@c.test"), nullptr, 0), EHLO_OK);
    for (int k = 0; k < 3; ++k) ASSERT_EQ(link->rcpt(bytes_of("b@mx.test"), nullptr, 0), EHLO_OK);
    ASSERT_EQ(link->data(), EHLO_OK);
    link.pump();
    link.feed("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n");
    ASSERT_EQ(link.content("hello\r\n.\r\n"), EHLO_OK);
    link.feed("250 queued\r\n");
    ASSERT_EQ(link.take_events().back(), "done #" + std::to_string(i + 1));
    ASSERT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_OK);
    link.pump();
    link.feed("250 ok\r\n");
    ASSERT_EQ(link->hello(EHLO_VERB_EHLO), EHLO_OK);
    link.pump();
    link.feed("250-mx.test\r\n250-PIPELINING\r\n250 SIZE\r\n");
  }
  EXPECT_EQ(counted.memory().allocations(), before);
}

TEST(ClientAllocation, DoesNotHappenPerLmtpTransaction) {
  Counted counted("PIPELINING\nSIZE", 0, 1);
  std::size_t before = 0;
  for (int i = 0; i < 1001; ++i) {
    if (i == 1) before = counted.memory().allocations();
    ASSERT_EQ(counted.link()->transact(*kThree), EHLO_OK);
    counted.link().pump();
    counted.link().feed("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n");
    ASSERT_EQ(counted.link().content(""), EHLO_OK);
    counted.link().feed("250 ok\r\n452 no\r\n");
    ASSERT_EQ(counted.link().take_events().back(), "done #" + std::to_string(i + 1));
  }
  EXPECT_EQ(counted.memory().allocations(), before);
}

TEST(ClientAllocation, OfAnIdleSessionIsSmall) {
  Counted counted("PIPELINING\nSIZE");
  EXPECT_LE(counted.memory().octets(), 8192u) << "4096 for commands, 250 for two maps of recipients, the hello";
  EXPECT_LE(counted.memory().blocks(), 3u);
}

// Whatever cannot be had: the call says so and has changed nothing, or the session ends with its name.
TEST(ClientAllocation, MayFailAtAnyPoint) {
  bool failed_new = false, failed_call = false, failed_session = false, passed = false;
  for (std::size_t failure = 0; failure < 20 && !passed; ++failure) {
    CountingAllocator memory(failure);
    {
      Error error = EHLO_OK;
      const ehlo::ClientOptions options = client_options();
      ehlo::ClientConfig* config = ehlo::ClientConfig::create(options, heap(), error);
      ehlo::Client* client = ehlo::Client::create(*config, memory.core());
      if (client == nullptr) {
        failed_new = true;
        ehlo::ClientConfig::drop(config);
        continue;
      }
      const support::ClientCalls calls(client);
      std::vector<ehlo::ClientEvent> events(16);
      const auto feed = [&](std::string_view text) {
        ehlo::ClientBatch batch{events.data(), sizeof(ehlo_client_event), 16, 0, EHLO_OK};
        calls.receive(bytes_of(text), batch);
        ehlo::Octet out[512];
        calls.output(out, sizeof out);
        return batch.event_count == 0 ? EHLO_OK : static_cast<Error>(events[batch.event_count - 1].error);
      };
      feed("220 mx.test\r\n");
      // By hand: the call is refused, and the same call later is good.
      error = calls.hello(EHLO_VERB_EHLO);
      if (error != EHLO_OK) {
        EXPECT_EQ(error, EHLO_E_MEMORY);
        EXPECT_EQ(wants_text(calls.wants()), "input command");
        EXPECT_EQ(calls.outstanding(), 0u);
        failed_call = true;
      } else {
        feed("");
        error = feed(std::string("250-mx.test\r\n250-X") + std::string(300, 'x') + "\r\n250 SIZE\r\n");
        if (error != EHLO_OK) {
          EXPECT_EQ(error, EHLO_E_MEMORY);
          EXPECT_EQ(wants_text(calls.wants()), "close");
          failed_session = true;
        } else {
          passed = memory.allocations() <= failure;
        }
      }
      ehlo::Client::destroy(client);
      ehlo::ClientConfig::drop(config);
    }
    EXPECT_EQ(memory.blocks(), 0u);
    EXPECT_FALSE(memory.broken());
  }
  EXPECT_TRUE(failed_new && failed_call && failed_session && passed);
}

// A response that the outbox has no room for yet. The call is refused, and one that needs no more room is good.
TEST(ClientAllocation, OfRoomForALongResponseMayFail) {
  const std::string response(6000, 'r');
  std::size_t refused = 0;
  for (std::size_t failure = 1; failure < 10; ++failure) {
    CountingAllocator memory(failure);
    ClientLink link(client_options(), {}, memory.core());
    link->open();
    link.feed("220 mx.test\r\n");
    link.feed("250-mx.test\r\n250 AUTH PLAIN\r\n");
    if (memory.allocations() > failure) continue;
    link.take_wire();
    const Error error = link->auth(bytes_of("PLAIN"), bytes_of(response), true);
    if (error == EHLO_OK) break;
    EXPECT_EQ(error, EHLO_E_MEMORY);
    EXPECT_EQ(wants_text(link->wants()), "input command");
    EXPECT_EQ(link->outstanding(), 0u);
    EXPECT_EQ(link->auth(bytes_of("PLAIN"), bytes_of("short"), true), EHLO_OK);
    link.pump();
    EXPECT_EQ(link.take_wire(), "AUTH PLAIN c2hvcnQ=\r\n");
    ++refused;
  }
  EXPECT_EQ(refused, 1u);
}

TEST(ClientAllocation, OfAConfigurationMayFail) {
  CountingAllocator none(0);
  Error error = EHLO_OK;
  EXPECT_EQ(ehlo::ClientConfig::create(client_options(), none.core(), error), nullptr);
  EXPECT_EQ(error, EHLO_E_MEMORY);
}

TEST(ClientAllocation, OfAnEnvelopeMayFailAtAnyPoint) {
  bool failed_new = false, failed_add = false, passed = false;
  for (std::size_t failure = 0; failure < 50 && !passed; ++failure) {
    CountingAllocator memory(failure);
    const ehlo::EnvelopeOptions options{sizeof options, "a@c.test", 8, nullptr, 0, 0, 0, 0, nullptr};
    Error error = EHLO_OK;
    ehlo::Envelope* envelope = ehlo::Envelope::create(options, memory.core(), error);
    if (envelope == nullptr) {
      EXPECT_EQ(error, EHLO_E_MEMORY);
      failed_new = true;
    } else {
      std::uint32_t added = 0;
      for (int i = 0; i < 200; ++i) {
        error = envelope->add(bytes_of("recipient@mx.test"), nullptr, 0);
        if (error == EHLO_OK) {
          ++added;
          continue;
        }
        EXPECT_EQ(error, EHLO_E_MEMORY);
        failed_add = true;
      }
      // The envelope is as before, with those that were taken.
      EXPECT_EQ(envelope->count(), added);
      std::size_t cursor = 0;
      EXPECT_EQ(envelope->next(cursor).text.text(), "MAIL FROM:<a@c.test>");
      for (std::uint32_t i = 0; i < added; ++i)
        EXPECT_EQ(envelope->next(cursor).text.text(), "RCPT TO:<recipient@mx.test>");
      passed = added == 200;
    }
    ehlo::Envelope::drop(envelope);
    EXPECT_EQ(memory.blocks(), 0u);
    EXPECT_FALSE(memory.broken());
  }
  EXPECT_TRUE(failed_new && failed_add && passed);
}

// Memory that can be searched while it is in use and as it is given back.
class SearchedMemory {
 public:
  ehlo::Allocator allocator() {
    return {[](void* self, std::size_t octets) -> void* {
              auto* memory = static_cast<char*>(std::calloc(1, octets));
              static_cast<SearchedMemory*>(self)->blocks_.emplace_back(memory, octets);
              return memory;
            },
            [](void* self, void* memory, std::size_t octets) {
              auto& mine = *static_cast<SearchedMemory*>(self);
              mine.returned_ += std::string(static_cast<char*>(memory), octets);
              std::erase_if(mine.blocks_, [memory](const auto& block) { return block.first == memory; });
              std::free(memory);
            },
            this};
  }
  bool in_use(std::string_view text) const {
    for (const auto& [memory, octets] : blocks_)
      if (std::string_view(memory, octets).find(text) != std::string_view::npos) return true;
    return false;
  }
  bool returned(std::string_view text) const { return returned_.find(text) != std::string::npos; }

 private:
  std::vector<std::pair<char*, std::size_t>> blocks_;
  std::string returned_;
};

std::string base64(std::string_view text) {
  return written([&](ehlo::Writer& out) { ehlo::encode_base64(bytes_of(text), out); });
}

class Secrets : public testing::TestWithParam<std::size_t> {
 protected:
  // Neither the password nor any piece of its base64 form.
  static bool anywhere(const SearchedMemory& memory, std::string_view secret) {
    const std::string encoded = base64(secret);
    bool found = memory.in_use(secret) || memory.returned(secret);
    for (std::size_t at = 0; at + 8 <= encoded.size(); at += 4)
      found |= memory.in_use(encoded.substr(at, 8)) || memory.returned(encoded.substr(at, 8));
    return found;
  }
};

TEST_P(Secrets, AreForgottenOnceTheyAreTaken) {
  // Distinct pieces, so that a piece that stays is found.
  std::string secret = "correct horse battery staple";
  if (GetParam() > 1)
    for (int i = 0; i < 60; ++i) secret += "-" + std::to_string(1000 + i * 37) + "passwd";
  for (const bool initial : {true, false}) {
    SearchedMemory memory;
    {
      ClientLink link(client_options(), {64, 7, 8, 0, 0}, memory.allocator());
      link->open();
      link.feed("220 mx.test\r\n");
      link.feed("250-mx.test\r\n250 AUTH PLAIN\r\n");
      ASSERT_EQ(link->auth(bytes_of("PLAIN"), initial ? bytes_of(secret) : ehlo::Bytes{}, initial), EHLO_OK);
      EXPECT_EQ(anywhere(memory, secret), initial) << "the search works";
      link.pump();
      if (!initial || GetParam() > 1) link.feed("334 \r\n");
      if (!initial) {
        ASSERT_EQ(link->auth_respond(bytes_of(secret)), EHLO_OK);
        EXPECT_TRUE(anywhere(memory, secret));
        link.pump();
      }
      EXPECT_NE(link.take_wire().find(base64(secret)), std::string::npos);
      EXPECT_FALSE(anywhere(memory, secret)) << "taken: " << (initial ? "initial" : "response");
      link.feed("235 ok\r\n");
    }
    EXPECT_FALSE(anywhere(memory, secret)) << "freed";
  }
}

TEST_P(Secrets, AreForgottenWhereTheyAreNeverTaken) {
  std::string secret = "correct horse battery staple";
  if (GetParam() > 1)
    for (int i = 0; i < 60; ++i) secret += "-" + std::to_string(1000 + i * 37) + "passwd";
  for (const std::string_view how : {"free", "abort", "refused", "garbage", "half"}) {
    SearchedMemory memory;
    {
      ClientLink link(client_options(), {64, 7, 8, 0, 0}, memory.allocator());
      link->open();
      link.feed("220 mx.test\r\n");
      link.feed("250-mx.test\r\n250 AUTH PLAIN\r\n");
      ASSERT_EQ(link->auth(bytes_of("PLAIN"), bytes_of(secret), true), EHLO_OK);
      if (how == "refused") link.pump(), link.feed("535 no\r\n");
      if (how == "garbage") link.pump(), link.feed("334 ???\r\n");
      if (how == "half") link.take_output(), link.take_output();
      if (how == "abort") link->abort(), link.pump();
      const bool gone = how != "free" && how != "half";
      EXPECT_FALSE(gone && anywhere(memory, secret)) << how;
    }
    EXPECT_FALSE(anywhere(memory, secret)) << how;
  }
}

// With a command line of AUTH, and kept for the first challenge, in a buffer that has grown for it.
INSTANTIATE_TEST_SUITE_P(Lengths, Secrets, testing::Values(1, 2));

}  // namespace
