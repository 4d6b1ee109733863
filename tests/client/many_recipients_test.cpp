// As many recipients as a transaction may have: the work for each does not grow with their number.
#include <ctime>

#include "support/client_dialogue.h"
#include "support/own_rows.h"
#include "syntax/hello.h"

namespace {

using namespace support;
using ehlo::Error;

constexpr std::uint32_t kMany = 65536;

TEST(ManyRecipients, AreSearchedForTheOpenOnesFromWhereTheLastSearchEnded) {
  ehlo::Octet bits[2] = {};
  ehlo::Transaction transaction;
  transaction.open_bits = bits;
  transaction.begin(1);
  transaction.recipients = 16;
  EXPECT_EQ(transaction.first_open(), 16u);
  transaction.begin(2);
  transaction.recipients = 16;
  for (std::uint32_t i = 0; i < 16; ++i) transaction.add(i);
  EXPECT_EQ(transaction.first_open(), 0u);
  for (const std::uint32_t index : {0u, 1u, 2u, 3u, 5u}) transaction.mark_decided(index);
  EXPECT_EQ(transaction.first_open(), 4u);
  transaction.mark_decided(4);
  EXPECT_EQ(transaction.first_open(), 6u);
  // No code does this. It shows that recipients before the last place are not searched again.
  bits[0] = 0xFF;
  EXPECT_EQ(transaction.first_open(), 6u);
}

// Takes events and counts outcomes, without a log.
class Delivery {
 public:
  explicit Delivery(std::uint32_t flags = 0, const ehlo_rows* rows = nullptr) {
    ehlo::ClientOptions options = client_options(flags);
    options.rows = rows;
    options.protocol = 1;
    options.max_recipients = kMany;
    options.replies = {0, 1u << 16, 1u << 20};
    Error error = EHLO_OK;
    config_ = ehlo::ClientConfig::create(options, heap(), error);
    client_ = ehlo::Client::create(*config_, heap());
    (*this)->open();
  }
  ~Delivery() {
    ehlo::Client::destroy(client_);
    ehlo::ClientConfig::drop(config_);
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  support::ClientCalls operator->() { return support::ClientCalls(client_); }

  void feed(std::string_view octets) {
    std::size_t used = 0;
    do {
      ehlo::ClientEvent events[64];
      ehlo::ClientBatch batch{events, sizeof(ehlo_client_event), 64, 0, EHLO_OK};
      used += (*this)->receive(bytes_of(octets.substr(used)), batch);
      for (std::uint32_t i = 0; i < batch.event_count; ++i) take(events[i]);
    } while (((*this)->wants() & EHLO_WANT_EVENTS) != 0);
    drain();
  }
  void drain() {
    ehlo::Octet out[4096];
    while ((*this)->output(out, sizeof out) != 0) {
    }
  }

  std::uint32_t accepted = 0, failed = 0;
  bool done = false;

 private:
  void take(const ehlo::ClientEvent& event) {
    if (event.type == EHLO_CLIENT_EVENT_DONE) done = true;
    if (event.type != EHLO_CLIENT_EVENT_OUTCOME) return;
    EXPECT_EQ(event.index, accepted + failed);
    ++(event.verdict == EHLO_VERDICT_ACCEPTED ? accepted : failed);
  }

  ehlo::ClientConfig* config_ = nullptr;
  ehlo::Client* client_ = nullptr;
};

std::string repeated(std::string_view text, std::uint32_t count) {
  std::string all;
  while (count-- != 0) all += text;
  return all;
}

TEST(ManyRecipients, HaveEachTheirReplyOfLmtp) {
  std::vector<std::string> recipients(kMany, "b@mx.test");
  const TestEnvelope envelope("a@c.test", recipients);
  Delivery delivery;
  delivery.feed("220 mx.test LMTP\r\n");
  delivery.feed("250-mx.test\r\n250 PIPELINING\r\n");
  ASSERT_EQ(delivery->transact(*envelope), EHLO_OK);
  delivery.drain();
  delivery.feed(repeated("250 ok\r\n", kMany + 1) + "354 go\r\n");
  ehlo::Octet out[64];
  std::size_t written = 0, consumed = 0;
  ASSERT_EQ(delivery->body_copy({}, true, out, sizeof out, written, consumed), EHLO_OK);
  delivery.feed(repeated("250 ok\r\n", kMany / 2));
  EXPECT_FALSE(delivery.done);
  delivery.feed(repeated("550 no\r\n", kMany / 2));
  EXPECT_EQ(delivery.accepted, kMany / 2);
  EXPECT_EQ(delivery.failed, kMany / 2);
  EXPECT_TRUE(delivery.done);
}

// Of processor time, which other programs of the machine do not change.
template <class Work>
double seconds(Work work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

std::string long_hello() {
  std::string lines = "XWANTED";
  while (lines.size() < 60000) lines += "\nX" + std::to_string(lines.size());
  return hello_reply(lines);
}
// Of reading that reply as often as may be.
double seconds_of_reading(const std::string& reply) {
  return seconds([&] {
    ehlo::Capability line;
    for (int i = 0; i < 500; ++i)
      for (std::size_t at = 0; next_capability(bytes_of(reply), at, line);) {
      }
  });
}

// The reply is read a few times, and not once for each look-up.
TEST(ManyLookups, DoNotReadALongReplyEach) {
  const std::string reply = long_hello();
  Delivery delivery;
  delivery.feed("220 mx.test LMTP\r\n");
  delivery.feed(reply);
  const double all = seconds([&] {
    ehlo::Span arguments;
    for (std::uint32_t i = 0; i < kMany; ++i)
      ASSERT_TRUE(delivery->offers(bytes_of(i % 2 ? "XWANTED" : "X7"), arguments));
  });
  EXPECT_LT(all, seconds_of_reading(reply)) << "as long as 500 readings of the reply";
}

// Nor for each recipient that has a parameter of the program's.
TEST(ManyRecipients, WithOwnParametersDoNotReadALongReplyEach) {
  const OwnRowsOf own{{own_extension("XWANTED"), own_extension("X7")},
                      {own_param("XVALUE", "XWANTED", kOfBoth), own_param("XOTHER", "X7", kOfBoth)},
                      {}};
  const ehlo_rows rows = own.rows();
  const std::string reply = long_hello();
  std::vector<std::string> recipients(kMany, "b@mx.test XVALUE");
  recipients.back() = "b@mx.test XOTHER";
  const TestEnvelope envelope("a@c.test", recipients);
  Delivery delivery(0, &rows);
  delivery.feed("220 mx.test LMTP\r\n");
  delivery.feed(reply);
  const double all = seconds([&] { ASSERT_EQ(delivery->transact(*envelope), EHLO_OK); });
  EXPECT_LT(all, seconds_of_reading(reply)) << "as long as 500 readings of the reply";
}

}  // namespace
