// An advance does what the single calls do, in the same order.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/link.h"

namespace {

using support::capi_options;
using support::CapiSession;

constexpr ehlo_server_answer accept(std::uint32_t id) { return {id, EHLO_SERVER_ANSWER_ACCEPT, 0, 0, {0, 0}, 0, 0}; }

class ServerAdvance : public testing::Test {
 protected:
  ServerAdvance() {
    ehlo_server_options options = capi_options();
    options.mechanisms = "PLAIN";
    options.flags |= EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
    options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
    config_ = ehlo_server_config_new(&options, nullptr, nullptr);
    server_ = ehlo_server_new(config_, nullptr);
    batch_.events = events_;
    batch_.event_size = sizeof *batch_.events;
    batch_.event_cap = 16;
    batch_.spans = spans_;
    batch_.span_cap = 16;
    batch_.params = params_;
    batch_.param_size = sizeof *batch_.params;
    batch_.param_cap = EHLO_PARAMS_MAX;
    run("");
  }
  ~ServerAdvance() override {
    ehlo_server_free(server_);
    ehlo_server_config_free(config_);
  }

  // One advance with these answers and the input that is left; the asks in its events wait in `asked`.
  void advance(std::vector<ehlo_server_answer> answers = {}) {
    ehlo_server_advance(server_, answers.data(), sizeof(ehlo_server_answer), static_cast<std::uint32_t>(answers.size()),
                        texts_.data(), texts_.size(), tail_.data(), tail_.size(), &batch_, out_, sizeof out_,
                        &progress_);
    given_ = answers;
    asked_.clear();
    for (std::uint32_t i = 0; i < batch_.event_count; ++i) {
      types_.push_back(events_[i].type);
      if (events_[i].id != 0) asked_.push_back(events_[i].id);
    }
    tail_.erase(0, progress_.consumed);
    wire_.append(out_, progress_.written);
  }

  // Steps until nothing moves, with every ask accepted.
  void run(std::string_view input) {
    tail_ += input;
    std::vector<ehlo_server_answer> answers;
    do {
      advance(answers);
      answers.clear();
      for (const std::uint32_t id : asked_) answers.push_back(accept(id));
    } while (progress_.consumed + progress_.written + batch_.event_count != 0);
  }

  // The replies to the one ask of `line`, which is answered with `kind` and `text`.
  std::string answered(std::string_view line, std::uint32_t kind, std::uint32_t code, std::uint32_t enhanced,
                       ehlo_span text) {
    tail_ += line;
    advance();
    EXPECT_EQ(asked_.size(), 1u);
    EXPECT_EQ(progress_.wants & EHLO_WANT_ANSWER, EHLO_WANT_ANSWER);
    const std::uint32_t id = asked_.empty() ? 0 : asked_[0];
    wire_.clear();
    advance({{id, kind, code, enhanced, text, 0, 0}});
    return wire_;
  }

  ehlo_server_config* config_;
  ehlo_server* server_;
  std::string wire_, texts_, tail_;
  std::vector<std::uint32_t> types_, asked_;
  std::vector<ehlo_server_answer> given_;
  ehlo_server_batch batch_{};
  ehlo_progress progress_{};
  ehlo_server_event events_[16];
  ehlo_span spans_[16];
  ehlo_param params_[EHLO_PARAMS_MAX];
  char out_[600];
};

TEST_F(ServerAdvance, GivesTheEventsAndRepliesOfTheSingleCalls) {
  ehlo_server* other = ehlo_server_new(config_, nullptr);
  CapiSession single(other);
  single.feed(support::kOrdinarySession);
  run(support::kOrdinarySession);
  EXPECT_EQ(wire_, single.wire());
  EXPECT_EQ(types_, single.types);
  EXPECT_EQ(progress_.wants, ehlo_server_wants(other));
  EXPECT_EQ(progress_.facts, ehlo_server_facts(other));
  EXPECT_EQ(progress_.timeout.kind, ehlo_server_timeout(other).kind);
  EXPECT_EQ(progress_.timeout.seconds, ehlo_server_timeout(other).seconds);
  ehlo_server_free(other);
}

TEST_F(ServerAdvance, SaysHowLongIsWaitedForWhat) {
  run("EHLO c.test\r\n");
  EXPECT_EQ(progress_.wants, static_cast<std::uint32_t>(EHLO_WANT_INPUT));
  EXPECT_EQ(progress_.facts, static_cast<std::uint32_t>(EHLO_FACT_ESMTP));
  EXPECT_EQ(progress_.timeout.kind, static_cast<std::uint32_t>(EHLO_TIMEOUT_COMMAND));
  EXPECT_EQ(progress_.timeout.seconds, 300u);
}

TEST_F(ServerAdvance, TakesTextsByTheirPlaceAmongThem) {
  run("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n");
  texts_ = "..No such user here..";
  const ehlo_span text{2, 17};
  EXPECT_EQ(answered("RCPT TO:<b@mx.test>\r\n", EHLO_SERVER_ANSWER_REPLY, 550, EHLO_ENHANCED(5, 1, 1), text),
            "550 5.1.1 No such user here\r\n");
  EXPECT_EQ(answered("RCPT TO:<c@mx.test>\r\n", EHLO_SERVER_ANSWER_REPLY, 450, 0, text),
            "450 4.0.0 No such user here\r\n");
  EXPECT_EQ(answered("RCPT TO:<e@mx.test>\r\n", EHLO_SERVER_ANSWER_DECLINE, 250, 0, {EHLO_ABSENT, EHLO_ABSENT}),
            "451 4.3.0 Requested action aborted: local error in processing\r\n");
  EXPECT_EQ(answered("RCPT TO:<d@mx.test>\r\n", EHLO_SERVER_ANSWER_REPLY, 250, EHLO_ENHANCED(2, 999, 1023), {2, 0}),
            "");
  EXPECT_EQ(given_[0].error, EHLO_E_ARGUMENT);  // 1023 is no detail: three digits at most
}

TEST_F(ServerAdvance, TakesChallengesAndRefusalsOfMessages) {
  run("EHLO c.test\r\n");
  texts_ = "Who are you?";
  EXPECT_EQ(answered("AUTH PLAIN\r\n", EHLO_SERVER_ANSWER_CHALLENGE, 0, 0, {0, 12}), "334 V2hvIGFyZSB5b3U/\r\n");
  EXPECT_EQ(answered("AA==\r\n", EHLO_SERVER_ANSWER_REPLY, 535, EHLO_ENHANCED(5, 7, 8), {0, 0}), "535 5.7.8\r\n");
  run("MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  texts_ = "Not that";
  wire_.clear();
  advance({{0, EHLO_SERVER_ANSWER_REFUSE, 554, EHLO_ENHANCED(5, 7, 1), {0, 8}, 0, 0}});
  EXPECT_EQ(given_[0].error, EHLO_OK);
  types_.clear();
  run("Subject: x\r\n\r\n.\r\n");
  EXPECT_EQ(wire_, "554 5.7.1 Not that\r\n");
  EXPECT_EQ(types_, std::vector<std::uint32_t>{EHLO_SERVER_EVENT_ABORT});
}

TEST_F(ServerAdvance, ReportsWhatIsWrongWithEachAnswerAndTakesTheOthers) {
  run("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n");
  wire_.clear();
  tail_ = "RCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n";
  advance();
  ASSERT_EQ(asked_.size(), 2u);
  texts_ = "four";
  const std::uint32_t first = asked_[0], second = asked_[1];
  advance({{77, EHLO_SERVER_ANSWER_ACCEPT, 0, 0, {0, 0}, 0, 0},
           {first, EHLO_SERVER_ANSWER_REPLY, 550, 0, {1, 4}, 0, 0},
           {first, EHLO_SERVER_ANSWER_REPLY, 550, 0, {5, 0}, 0, 0},
           {first, EHLO_SERVER_ANSWER_REPLY, 550, 0, {EHLO_ABSENT, EHLO_ABSENT}, 0, 0},
           {first, 9, 550, 0, {0, 4}, 0, 0},
           {first, EHLO_SERVER_ANSWER_CHALLENGE, 0, 0, {0, 4}, 0, 0},
           {first, EHLO_SERVER_ANSWER_REFUSE, 550, 0, {0, 4}, 0, 0},
           {first, EHLO_SERVER_ANSWER_REPLY, 550, 0, {0, 4}, 0, 0},
           accept(second)});
  std::vector<std::int32_t> errors;
  for (const ehlo_server_answer& answer : given_) errors.push_back(answer.error);
  EXPECT_EQ(errors, (std::vector<std::int32_t>{EHLO_E_ID, EHLO_E_ARGUMENT, EHLO_E_ARGUMENT, EHLO_E_ARGUMENT,
                                               EHLO_E_ARGUMENT, EHLO_E_ARGUMENT, EHLO_E_STATE, EHLO_OK, EHLO_OK}));
  EXPECT_EQ(progress_.refused, 7u);
  EXPECT_EQ(wire_, "550 5.0.0 four\r\n250 2.1.5 Recipient ok\r\n");
}

TEST_F(ServerAdvance, WritesNoMoreThanFits) {
  run("EHLO c.test\r\n");
  const std::string line = "NOOP\r\n";
  char out[5];
  ehlo_server_advance(server_, nullptr, sizeof(ehlo_server_answer), 0, nullptr, 0, line.data(), line.size(), &batch_,
                      out, sizeof out, &progress_);
  EXPECT_EQ(progress_.written, 5u);
  EXPECT_EQ(std::string_view(out, 5), "250 2");
  EXPECT_TRUE(progress_.wants & EHLO_WANT_OUTPUT);
  advance();
  EXPECT_EQ(wire_.substr(wire_.size() - 9), ".0.0 Ok\r\n");
}

TEST_F(ServerAdvance, ReportsThatTheBatchIsTooSmallAndHasGivenTheAnswers) {
  run("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n");
  tail_ = "RCPT TO:<b@mx.test>\r\n";
  advance();
  const std::uint32_t id = asked_.at(0);
  wire_.clear();
  batch_.event_size = sizeof *batch_.events;
  batch_.event_cap = 1;
  advance({accept(id)});
  EXPECT_EQ(batch_.error, EHLO_E_ARGUMENT);
  EXPECT_EQ(wire_, "250 2.1.5 Recipient ok\r\n");
}

TEST(ClientAdvance, GivesTheEventsAndCommandsOfTheSingleCalls) {
  ehlo_client_options options;
  ehlo_client_options_init(&options, sizeof options);
  options.hostname = "c.test";
  ehlo_client_config* config = ehlo_client_config_new(&options, nullptr, nullptr);
  ehlo_client* client = ehlo_client_new(config, nullptr);
  ehlo_client_event events[8];
  ehlo_client_batch batch{events, sizeof(ehlo_client_event), 8, 0, 0};
  ehlo_progress progress{};
  char out[100];
  ASSERT_EQ(ehlo_client_open(client), EHLO_OK);
  const std::string_view greeting = "220 mx.test ESMTP\r\n";
  ehlo_client_advance(client, greeting.data(), greeting.size(), &batch, out, sizeof out, &progress);
  EXPECT_EQ(progress.consumed, 19u);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(events[0].type, static_cast<std::uint32_t>(EHLO_CLIENT_EVENT_GREETING));
  EXPECT_EQ(std::string_view(out, progress.written), "EHLO c.test\r\n");
  EXPECT_EQ(progress.wants, static_cast<std::uint32_t>(EHLO_WANT_INPUT));
  EXPECT_EQ(progress.timeout.kind, static_cast<std::uint32_t>(EHLO_TIMEOUT_COMMAND));
  EXPECT_EQ(progress.facts, 0u);
  ehlo_client_free(client);
  ehlo_client_config_free(config);
}

}  // namespace
