// Configurations and envelopes count who has them: nothing is freed before its last user, nothing is left behind him.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "support/client_link.h"
#include "support/envelopes.h"
#include "support/link.h"
#include "support/own_rows.h"

namespace {

using namespace support;

ehlo_server_config* server_config(const CountingAllocator& memory) {
  const ehlo_server_options options = capi_options();
  return ehlo_server_config_new(&options, memory.get(), nullptr);
}

TEST(ServerLifetime, OfAConfigurationEndsWithItsLastSession) {
  CountingAllocator of_config, of_sessions;
  ehlo_server_config* config = server_config(of_config);
  CServerOwner first(ehlo_server_new(config, of_sessions.get())), second(ehlo_server_new(config, of_sessions.get()));
  ehlo_server_config_free(config);
  first.reset();
  EXPECT_EQ(of_config.blocks(), 1u);
  CapiSession session(second.get());
  session.feed(kOrdinarySession);
  EXPECT_NE(session.wire().find("221 2.0.0 mx.test"), std::string::npos) << session.wire();
  second.reset();
  EXPECT_EQ(of_config.blocks(), 0u);
  EXPECT_EQ(of_sessions.blocks(), 0u);
}

TEST(ServerLifetime, OfAConfigurationEndsWithItsMakerWhereTheSessionsWentBefore) {
  CountingAllocator memory;
  ehlo_server_config* config = server_config(memory);
  ehlo_server_free(ehlo_server_new(config, memory.get()));
  EXPECT_EQ(memory.blocks(), 1u);
  ehlo_server_config_free(config);
  EXPECT_EQ(memory.blocks(), 0u);
}

TEST(ServerLifetime, IsNotProlongedByASessionThatCouldNotBeMade) {
  CountingAllocator memory, none(0);
  ehlo_server_config* config = server_config(memory);
  EXPECT_EQ(ehlo_server_new(config, none.get()), nullptr);
  ehlo_server_config_free(config);
  EXPECT_EQ(memory.blocks(), 0u);
}

// A client with a configuration and an envelope, each of them with memory of its own.
class Delivery {
 public:
  explicit Delivery(std::string_view extension = "PIPELINING") : extension_(extension) {
    const ehlo_client_options options = capi_client_options();
    config_ = ehlo_client_config_new(&options, of_config.get(), nullptr);
    client_ = ehlo_client_new(config_, of_client.get());
    link_.emplace(client_);
    envelope_ = capi_envelope("a@c.test", of_envelope.get());
    EXPECT_EQ(add("b@mx.test"), EHLO_OK);
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery() {
    free_envelope();
    free_client();
    free_config();
    EXPECT_EQ(of_config.blocks() + of_envelope.blocks() + of_client.blocks(), 0u);
    EXPECT_FALSE(of_config.broken() || of_envelope.broken() || of_client.broken());
  }

  void free_config() { ehlo_client_config_free(std::exchange(config_, nullptr)); }
  void free_envelope() { ehlo_envelope_free(std::exchange(envelope_, nullptr)); }
  void free_client() { ehlo_client_free(std::exchange(client_, nullptr)); }

  std::int32_t add(std::string_view recipient) {
    return ehlo_envelope_add(envelope_, recipient.data(), recipient.size(), nullptr, 0);
  }
  std::int32_t transact() {
    const std::int32_t error = ehlo_client_transact(client_, envelope_);
    link_->pump();
    return error;
  }
  CapiClient& link() { return *link_; }

  // The exchange in kClientInputs inputs; the envelope is taken by the third.
  static constexpr int kClientInputs = 6, kTransact = 3;
  void input(int number) {
    switch (number) {
      case 1: EXPECT_EQ(ehlo_client_open(client_), EHLO_OK); return link_->feed("220 mx.test\r\n");
      case 2: return link_->feed("250-mx.test\r\n250 " + extension_ + "\r\n");
      case kTransact: EXPECT_EQ(transact(), EHLO_OK); return;
      case 4: return link_->feed("250 ok\r\n250 ok\r\n354 go\r\n");
      case 5: EXPECT_EQ(link_->content("x\r\n"), EHLO_OK); return;
      default: return link_->feed("250 taken\r\n");
    }
  }
  void inputs(int from, int to) {
    for (int number = from; number <= to; ++number) input(number);
  }

  CountingAllocator of_config, of_envelope, of_client;

 private:
  std::string extension_;
  ehlo_client_config* config_;
  ehlo_client* client_;
  ehlo_envelope* envelope_;
  std::optional<CapiClient> link_;
};

TEST(ClientLifetime, EndsInAnyOrderAtAnyMoment) {
  using Free = void (Delivery::*)();
  for (int moment = 0; moment <= Delivery::kClientInputs; ++moment) {
    std::array<int, 3> order{0, 1, 2};
    do {
      SCOPED_TRACE(testing::Message() << "input " << moment << ", order " << testing::PrintToString(order));
      static constexpr Free kFrees[] = {&Delivery::free_config, &Delivery::free_envelope, &Delivery::free_client};
      Delivery delivery;
      delivery.inputs(1, moment);
      for (const int which : order) (delivery.*kFrees[which])();
      EXPECT_EQ(delivery.of_config.blocks() + delivery.of_envelope.blocks() + delivery.of_client.blocks(), 0u);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

// An envelope that was built with the rows of a configuration holds it.
TEST(ClientLifetime, OfAConfigurationEndsWithItsLastEnvelope) {
  CountingAllocator of_config, of_envelope;
  const ehlo_verb_row verb = support::own_verb("XVERB");
  const ehlo_rows rows = support::rows_of(nullptr, 0, nullptr, 0, &verb, 1);
  ehlo_client_options options = capi_client_options();
  options.rows = &rows;
  ehlo_client_config* config = ehlo_client_config_new(&options, of_config.get(), nullptr);
  ehlo_envelope* envelope = capi_envelope("a@c.test", of_envelope.get(), nullptr, config);
  EXPECT_EQ(capi_envelope("not a sender", of_envelope.get(), nullptr, config), nullptr);
  ehlo_client_config_free(config);
  EXPECT_EQ(of_config.blocks(), 1u);
  EXPECT_EQ(ehlo_envelope_add(envelope, "b@mx.test", 9, nullptr, 0), EHLO_OK);
  ehlo_envelope_free(envelope);
  EXPECT_EQ(of_config.blocks() + of_envelope.blocks(), 0u);
}

// What the program has freed the session still has.
TEST(ClientLifetime, OfTheSessionIsNotShortenedByWhatWasFreedBefore) {
  for (int moment = Delivery::kTransact; moment <= Delivery::kClientInputs; ++moment) {
    Delivery delivery;
    delivery.inputs(1, moment);
    delivery.free_config();
    delivery.free_envelope();
    EXPECT_EQ(delivery.of_config.blocks(), 1u);
    delivery.inputs(moment + 1, Delivery::kClientInputs);
    EXPECT_EQ(delivery.link().take_wire(),
              "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nx\r\n.\r\n");
    EXPECT_EQ(delivery.link().take_events().back(), "done #1");
  }
}

TEST(EnvelopeLifetime, EndsWithTheContent) {
  Delivery delivery;
  delivery.inputs(1, 3);
  delivery.free_envelope();
  EXPECT_NE(delivery.of_envelope.blocks(), 0u);
  delivery.input(4);
  EXPECT_NE(delivery.of_envelope.blocks(), 0u);
  delivery.input(5);
  EXPECT_EQ(delivery.of_envelope.blocks(), 0u);
}

TEST(EnvelopeLifetime, EndsWhereNobodyIsAccepted) {
  Delivery delivery;
  delivery.inputs(1, 3);
  delivery.free_envelope();
  delivery.link().feed("550 no\r\n503 no\r\n503 no\r\n");
  EXPECT_EQ(delivery.of_envelope.blocks(), 0u);
}

TEST(EnvelopeLifetime, EndsWithTheConnection) {
  Delivery delivery;
  delivery.inputs(1, 3);
  delivery.free_envelope();
  ehlo_client_eof(delivery.link().get());
  delivery.link().pump();
  EXPECT_EQ(delivery.of_envelope.blocks(), 0u);
}

// Without PIPELINING the second transaction waits for the result of the first; then the connection ends.
TEST(EnvelopeLifetime, EndsWithAConnectionThatEndsBeforeTheTransactionHasBegun) {
  Delivery delivery("SIZE");
  delivery.inputs(1, 3);
  for (int reply = 0; reply < 2; ++reply) delivery.link().feed("250 ok\r\n");
  delivery.link().feed("354 go\r\n");
  delivery.input(5);
  EXPECT_EQ(delivery.transact(), EHLO_OK);
  delivery.free_envelope();
  EXPECT_NE(delivery.of_envelope.blocks(), 0u);
  ehlo_client_eof(delivery.link().get());
  delivery.link().pump();
  EXPECT_EQ(delivery.link().take_events().back(), "error connection-lost");
  EXPECT_EQ(delivery.of_envelope.blocks(), 0u);
}

// DONE comes for transactions of single commands too, which have no envelope: it does not let go that of the next.
TEST(EnvelopeLifetime, IsNotEndedByTheDoneOfAnotherTransaction) {
  Delivery delivery;
  delivery.inputs(1, 2);
  ehlo_client* client = delivery.link().get();
  ASSERT_EQ(ehlo_client_mail(client, "a@c.test", 8, nullptr, 0), EHLO_OK);
  ASSERT_EQ(ehlo_client_rcpt(client, "b@mx.test", 9, nullptr, 0), EHLO_OK);
  ASSERT_EQ(ehlo_client_data(client), EHLO_OK);
  delivery.link().pump();
  delivery.inputs(4, 5);
  EXPECT_EQ(delivery.transact(), EHLO_OK);
  EXPECT_EQ(delivery.add("late@mx.test"), EHLO_E_STATE);
  delivery.free_envelope();
  delivery.link().feed("250 taken\r\n");
  EXPECT_EQ(delivery.link().take_events().back(), "done #1");
  EXPECT_NE(delivery.of_envelope.blocks(), 0u);
  delivery.link().feed("250 reset\r\n");
  delivery.inputs(4, 5);
  EXPECT_EQ(delivery.of_envelope.blocks(), 0u);
}

TEST(EnvelopeLifetime, IsNotProlongedByATransactionThatIsRefused) {
  Delivery delivery;
  EXPECT_EQ(delivery.transact(), EHLO_E_STATE);
  delivery.free_envelope();
  EXPECT_EQ(delivery.of_envelope.blocks(), 0u);
}

TEST(EnvelopeLifetime, HasNoTimeForARecipientWhileATransactionHasIt) {
  Delivery delivery;
  delivery.inputs(1, 3);
  EXPECT_EQ(delivery.add("late@mx.test"), EHLO_E_STATE);
  EXPECT_EQ(delivery.transact(), EHLO_E_STATE);
  delivery.inputs(4, 5);
  EXPECT_EQ(delivery.add("late@mx.test"), EHLO_OK);
  EXPECT_EQ(delivery.transact(), EHLO_OK);
  delivery.input(6);
  delivery.link().take_wire();
  EXPECT_EQ(delivery.add("later@mx.test"), EHLO_E_STATE);
}

}  // namespace
