// The sending side through the C API: structs, misuse, memory, and a delivery from end to end against our own server.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "support/client_link.h"
#include "support/envelopes.h"
#include "support/link.h"
#include "support/own_rows.h"

namespace {

using support::capi_client_options;
using support::capi_envelope;
using support::CapiClient;
using support::CountingAllocator;

TEST(ClientOptions, HaveTheDefaultsOfTheHeader) {
  ehlo_client_options options;
  std::memset(&options, 0x5a, sizeof options);
  ehlo_client_options_init(&options, sizeof options);
  EXPECT_EQ(options.struct_size, sizeof options);
  EXPECT_EQ(options.hostname, nullptr);
  EXPECT_EQ(options.protocol, static_cast<std::uint32_t>(EHLO_PROTOCOL_SMTP));
  EXPECT_EQ(options.flags, 0u);
  EXPECT_EQ(options.data_endings, static_cast<std::uint32_t>(EHLO_ENDING_REJECT));
  EXPECT_EQ(options.max_recipients, 1000u);
  EXPECT_EQ(options.max_auth_challenges, 16u);
  EXPECT_EQ(options.max_auth_line_octets, 12288u);
  EXPECT_EQ(options.command_octets, 4096u);
  EXPECT_EQ(options.rows, nullptr);
  ehlo_client_config* config = ehlo_client_config_new(&options, nullptr, nullptr);
  EXPECT_EQ(config, nullptr) << "our name is needed";
  options.hostname = "c.test";
  options.replies = {0, 0, 0};
  config = ehlo_client_config_new(&options, nullptr, nullptr);
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(ehlo_client_config_max_reply(config), 65536u);
  ehlo_client_config_free(config);
}

TEST(ClientOptions, AreCheckedByTheNameOfTheField) {
  ehlo_client_options options = capi_client_options();
  EXPECT_EQ(ehlo_client_options_check(&options), nullptr);
  const ehlo_verb_row fixed = support::own_verb("NOOP");
  const ehlo_rows rows = support::rows_of(nullptr, 0, nullptr, 0, &fixed, 1);
  options.rows = &rows;
  EXPECT_STREQ(ehlo_client_options_check(&options), "rows.verbs");
  options.max_recipients = 0;
  EXPECT_STREQ(ehlo_client_options_check(&options), "max_recipients");
  options.replies.octets = 1;
  EXPECT_STREQ(ehlo_client_options_check(&options), "replies.octets");
  options.struct_size = 1;
  EXPECT_STREQ(ehlo_client_options_check(&options), "struct_size");
}

TEST(ClientOptions, OfOtherSizesWork) {
  struct {
    ehlo_client_options options;
    char behind[32];
  } newer;
  ehlo_client_options_init(&newer.options, sizeof newer);
  newer.options.hostname = "c.test";
  std::int32_t error = EHLO_OK;
  ehlo_client_config* config = ehlo_client_config_new(&newer.options, nullptr, &error);
  EXPECT_NE(config, nullptr) << ehlo_error_name(error);
  ehlo_client_config_free(config);
  newer.behind[31] = 1;
  EXPECT_EQ(ehlo_client_config_new(&newer.options, nullptr, &error), nullptr);
  EXPECT_EQ(error, EHLO_E_ARGUMENT);
  for (const std::size_t size : {offsetof(ehlo_client_options, protocol), offsetof(ehlo_client_options, replies),
                                 offsetof(ehlo_client_options, command_octets)}) {
    // In memory that ends where the struct does, for the sanitizers.
    auto* octets = new unsigned char[size];
    auto* older = reinterpret_cast<ehlo_client_options*>(octets);
    ehlo_client_options_init(older, size);
    const char* name = "c.test";
    std::memcpy(octets + offsetof(ehlo_client_options, hostname), &name, sizeof name);
    config = ehlo_client_config_new(older, nullptr, &error);
    EXPECT_NE(config, nullptr) << size << ' ' << ehlo_error_name(error);
    ehlo_client_config_free(config);
    delete[] octets;
  }
  for (const std::size_t size : {std::size_t{0}, sizeof(std::size_t) - 1}) {
    ehlo_client_options options = capi_client_options();
    options.struct_size = size;
    EXPECT_EQ(ehlo_client_config_new(&options, nullptr, &error), nullptr);
    EXPECT_EQ(error, EHLO_E_ARGUMENT);
  }
}

TEST(EnvelopeOptions, OfOtherSizesWork) {
  struct {
    ehlo_envelope_options options;
    char behind[32];
  } newer;
  ehlo_envelope_options_init(&newer.options, sizeof newer);
  newer.options.sender = "a@c.test";
  newer.options.sender_length = 8;
  std::int32_t error = EHLO_E_ID;
  ehlo_envelope* envelope = ehlo_envelope_new(&newer.options, nullptr, &error);
  EXPECT_NE(envelope, nullptr);
  EXPECT_EQ(error, EHLO_OK);
  ehlo_envelope_free(envelope);
  newer.behind[0] = 1;
  EXPECT_EQ(ehlo_envelope_new(&newer.options, nullptr, &error), nullptr);
  EXPECT_EQ(error, EHLO_E_ARGUMENT);
  const std::size_t size = offsetof(ehlo_envelope_options, params);
  // In memory that ends where the struct does, for the sanitizers; so its members are written without it.
  auto* octets = new unsigned char[size];
  auto* older = reinterpret_cast<ehlo_envelope_options*>(octets);
  ehlo_envelope_options_init(older, size);
  const char* sender = "a@c.test";
  const std::size_t length = 8;
  std::memcpy(octets + offsetof(ehlo_envelope_options, sender), &sender, sizeof sender);
  std::memcpy(octets + offsetof(ehlo_envelope_options, sender_length), &length, sizeof length);
  envelope = ehlo_envelope_new(older, nullptr, &error);
  EXPECT_NE(envelope, nullptr) << ehlo_error_name(error);
  ehlo_envelope_free(envelope);
  delete[] octets;
}

// The layout of what crosses the border is part of the API.
TEST(ClientStructs, KeepTheirSizes) {
  EXPECT_EQ(sizeof(ehlo_reply_limits), 12u);
  EXPECT_EQ(sizeof(ehlo_reply), 16u);
  EXPECT_EQ(sizeof(ehlo_capability), 16u);
  EXPECT_EQ(sizeof(ehlo_hello), 40u);
  EXPECT_EQ(sizeof(ehlo_param_text), 2 * sizeof(void*) + 2 * sizeof(std::size_t));
  EXPECT_EQ(sizeof(ehlo_client_event), 72u);
  EXPECT_EQ(offsetof(ehlo_client_event, number), 40u);
  EXPECT_EQ(offsetof(ehlo_client_event, text), 64u);
  EXPECT_EQ(sizeof(ehlo_client_batch), sizeof(void*) + 16);
}

TEST(ClientNames, AreGivenForEachEvent) {
  std::set<std::string> names;
  for (std::uint32_t type = EHLO_CLIENT_EVENT_NONE; type <= EHLO_CLIENT_EVENT_ERROR; ++type)
    EXPECT_TRUE(names.insert(ehlo_client_event_name(type)).second) << type;
  EXPECT_STREQ(ehlo_client_event_name(EHLO_CLIENT_EVENT_GO_AHEAD), "go-ahead");
  EXPECT_EQ(names.count(ehlo_client_event_name(EHLO_CLIENT_EVENT_ERROR + 1)), 0u);
  EXPECT_EQ(names.count(ehlo_client_event_name(UINT32_MAX)), 0u);
}

TEST(MisuseOfNoClient, IsHarmless) {
  ehlo_client_free(nullptr);
  ehlo_client_config_free(nullptr);
  ehlo_envelope_free(nullptr);
}

class ClientMisuse : public testing::Test {
 protected:
  ClientMisuse() {
    const ehlo_client_options options = capi_client_options();
    config_ = ehlo_client_config_new(&options, nullptr, nullptr);
    client_ = ehlo_client_new(config_, nullptr);
  }
  ~ClientMisuse() override {
    ehlo_client_free(client_);
    ehlo_client_config_free(config_);
  }
  ehlo_client_config* config_;
  ehlo_client* client_;
};

TEST_F(ClientMisuse, OfTooSmallAnArrayDoesNothing) {
  ehlo_client_event events[8];
  for (std::uint32_t cap = 0; cap < EHLO_CLIENT_EVENTS_MIN; ++cap) {
    ehlo_client_batch batch{};
    batch.events = cap == 0 ? nullptr : events;
    batch.event_size = sizeof *batch.events;
    batch.event_cap = cap;
    batch.event_count = 99;
    EXPECT_EQ(ehlo_client_receive(client_, "220 x\r\n", 7, &batch), 0u);
    EXPECT_EQ(batch.error, EHLO_E_ARGUMENT);
    EXPECT_EQ(batch.event_count, 0u);
  }
  ehlo_client_batch batch{};
  batch.events = events;
  batch.event_size = sizeof *batch.events;
  batch.event_cap = 8;
  EXPECT_EQ(ehlo_client_receive(client_, "220 x\r\n", 7, &batch), 7u);
  EXPECT_EQ(batch.error, EHLO_OK);
  EXPECT_EQ(batch.event_count, 1u);
}

TEST_F(ClientMisuse, OfTooSmallABufferForContentDoesNothing) {
  CapiClient session(client_);
  ehlo_client_open(client_);
  session.feed("220 x\r\n");
  session.feed("250-x\r\n250 PIPELINING\r\n");
  ehlo_envelope* envelope = capi_envelope("a@c.test");
  ASSERT_EQ(ehlo_envelope_add(envelope, "b@mx.test", 9, nullptr, 0), EHLO_OK);
  ASSERT_EQ(ehlo_client_transact(client_, envelope), EHLO_OK);
  session.pump();
  session.feed("250 ok\r\n250 ok\r\n354 go\r\n");
  ehlo_span spans[8];
  std::uint32_t count = 99;
  std::size_t consumed = 99, written = 99;
  char out[64];
  for (std::uint32_t cap = 0; cap < EHLO_SPANS_MIN; ++cap) {
    EXPECT_LT(ehlo_client_body(client_, "hi", 2, 1, spans, cap, &count, &consumed), 0);
    EXPECT_EQ(count, 0u);
    EXPECT_EQ(consumed, 0u);
  }
  EXPECT_LT(ehlo_client_body_copy(client_, "hi", 2, 1, out, 63, &written, &consumed), 0);
  EXPECT_EQ(written, 0u);
  EXPECT_EQ(ehlo_client_wants(client_), static_cast<std::uint32_t>(EHLO_WANT_INPUT | EHLO_WANT_BODY));
  EXPECT_EQ(ehlo_client_body_copy(client_, "hi", 2, 1, out, 64, &written, &consumed), EHLO_OK);
  EXPECT_EQ(std::string_view(out, written), "hi\r\n.\r\n");
  ehlo_envelope_free(envelope);
}

TEST_F(ClientMisuse, OfArgumentsIsRefused) {
  CapiClient session(client_);
  session.feed("220 x\r\n");
  for (const std::uint32_t verb : {EHLO_VERB_UNKNOWN + 0u, EHLO_VERB_MAIL + 0u, 16u, 256u, 257u, UINT32_MAX})
    EXPECT_LT(ehlo_client_hello(client_, verb), 0) << verb;
  for (const std::uint32_t flags : {EHLO_FLAG_LAST + 0u, EHLO_FLAG_SECRET + 0u, 1u << 31, UINT32_MAX})
    EXPECT_EQ(ehlo_client_command(client_, "VRFY", 4, "x", 1, flags), EHLO_E_ARGUMENT) << flags;
  session.pump();
  EXPECT_EQ(session.wire(), "");
  EXPECT_EQ(ehlo_client_command(client_, "NOOP", 4, nullptr, 0, 0), EHLO_OK) << "no argument";
  session.pump();
  EXPECT_EQ(session.wire(), "NOOP\r\n");
  ehlo_envelope* envelope = capi_envelope("a@c.test");
  EXPECT_EQ(ehlo_envelope_add(envelope, "b@mx.test", 9, nullptr, 1), EHLO_E_ARGUMENT) << "no parameters, but one";
  EXPECT_EQ(ehlo_envelope_count(envelope), 0u);
  ehlo_envelope_free(envelope);
  std::int32_t error = EHLO_OK;
  EXPECT_EQ(capi_envelope("a@c.test\r\n", nullptr, &error), nullptr);
  EXPECT_EQ(error, EHLO_E_ARGUMENT);
}

TEST_F(ClientMisuse, OfLookupsBeforeTheHelloIsHarmless) {
  std::size_t length = 99;
  EXPECT_EQ(ehlo_client_hello_reply(client_, &length), nullptr);
  EXPECT_EQ(length, 0u);
  std::uint64_t limit = 99;
  EXPECT_EQ(ehlo_client_size_limit(client_, &limit), 0);
  EXPECT_EQ(ehlo_client_extensions(client_), 0u);
  ehlo_span arguments{1, 2};
  EXPECT_EQ(ehlo_client_offers(client_, "SIZE", 4, &arguments), 0);
  EXPECT_EQ(arguments.off, EHLO_ABSENT);
  EXPECT_EQ(ehlo_client_transaction(client_), 0u);
  EXPECT_EQ(ehlo_client_outstanding(client_), 1u) << "the greeting";
  EXPECT_EQ(ehlo_client_facts(client_), 0u);
  char out[1];
  EXPECT_EQ(ehlo_client_output(client_, out, 1), 0u);
  EXPECT_EQ(ehlo_client_output(client_, nullptr, 0), 0u);
}

// Our client against our server, octets carried from one to the other.
void deliver(const ehlo_allocator* allocator, bool& delivered) {
  const ehlo_client_options options = capi_client_options();
  const ehlo_server_options server_options = support::capi_options();
  ehlo_client_config* config = ehlo_client_config_new(&options, allocator, nullptr);
  ehlo_server_config* server_config = ehlo_server_config_new(&server_options, nullptr, nullptr);
  ehlo_client* client = config == nullptr ? nullptr : ehlo_client_new(config, allocator);
  ehlo_envelope* envelope = client == nullptr ? nullptr : capi_envelope("a@c.test", allocator);
  ehlo_server* server = ehlo_server_new(server_config, nullptr);
  if (envelope != nullptr) {
    CapiClient sender(client);
    support::CapiSession receiver(server);
    const auto carry = [&] {
      for (int turns = 0; turns < 100; ++turns) {
        sender.feed(receiver.take_wire());
        if (sender.wire().empty() && receiver.wire().empty()) return;
        receiver.feed(sender.take_wire());
      }
    };
    bool good = ehlo_client_open(client) == EHLO_OK;
    carry();
    good = good && ehlo_envelope_add(envelope, "b@mx.test", 9, nullptr, 0) == EHLO_OK;
    good = good && ehlo_client_transact(client, envelope) == EHLO_OK;
    carry();
    char out[256];
    std::size_t written = 0, consumed = 0;
    good = good && ehlo_client_body_copy(client, ".dot\r\n", 6, 1, out, sizeof out, &written, &consumed) == EHLO_OK;
    if (good) receiver.feed(std::string_view(out, written));
    carry();
    good = good && sender.last() == "done #1" && ehlo_client_quit(client) == EHLO_OK;
    carry();
    delivered = good && sender.last() == "closed";
    const std::vector<std::string> expected{
        "greeting 220",
        "reply EHLO 250",
        "ready PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES DSN CHUNKING BINARYMIME SMTPUTF8 HELP",
        "reply MAIL 250 2.1.0 #1",
        "reply RCPT 250 2.1.5 #1 @0",
        "go-ahead DATA 354 #1",
        "result DATA 250 2.0.0 #1",
        "outcome 250 2.0.0 #1 @0 accepted message",
        "done #1",
        "reply QUIT 221 2.0.0",
        "closed"};
    if (delivered) {
      EXPECT_EQ(sender.log(), expected);
    }
  }
  ehlo_server_free(server);
  ehlo_envelope_free(envelope);
  ehlo_client_free(client);
  ehlo_client_config_free(config);
  ehlo_server_config_free(server_config);
}

TEST(ClientOfTheCApi, EndsAGoAheadForNobodyWithTheLoneDot) {
  const ehlo_client_options options = capi_client_options();
  ehlo_client_config* config = ehlo_client_config_new(&options, nullptr, nullptr);
  ehlo_client* session = ehlo_client_new(config, nullptr);
  CapiClient client(session);
  EXPECT_EQ(ehlo_client_abort_data(session), EHLO_E_STATE);
  EXPECT_EQ(ehlo_client_open(session), EHLO_OK);
  client.feed("220 mx.test\r\n");
  client.feed("250-mx.test\r\n250 PIPELINING\r\n");
  EXPECT_EQ(ehlo_client_mail(session, "a@c.test", 8, nullptr, 0), EHLO_OK);
  EXPECT_EQ(ehlo_client_rcpt(session, "b@mx.test", 9, nullptr, 0), EHLO_OK);
  EXPECT_EQ(ehlo_client_data(session), EHLO_OK);
  client.pump();
  client.feed("250 ok\r\n550 no\r\n354 go\r\n");
  EXPECT_EQ(client.last(), "go-ahead DATA 354 #1");
  client.take_wire();
  EXPECT_EQ(ehlo_client_abort_data(session), EHLO_OK);
  client.pump();
  EXPECT_EQ(client.wire(), ".\r\n");
  client.feed("554 nobody\r\n");
  EXPECT_EQ(client.last(), "done #1");
  ehlo_client_free(session);
  ehlo_client_config_free(config);
}

TEST(ClientAndServer, UnderstandEachOther) {
  bool delivered = false;
  deliver(nullptr, delivered);
  EXPECT_TRUE(delivered);
}

TEST(ClientAndServer, SurviveWhereMemoryIsShort) {
  bool delivered = false;
  std::size_t failure = 0;
  for (; !delivered && failure < 50; ++failure) {
    CountingAllocator memory(failure);
    deliver(memory.get(), delivered);
    EXPECT_EQ(memory.blocks(), 0u) << failure;
    EXPECT_FALSE(memory.broken()) << failure;
  }
  EXPECT_TRUE(delivered);
  EXPECT_GE(failure, 6u) << "config, client, envelope, its lines, commands and the hello each failed once";
}

}  // namespace
