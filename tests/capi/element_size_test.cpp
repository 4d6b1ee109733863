// Arrays of a program that was compiled with a later header: its elements are larger than ours.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "support/link.h"

namespace {

using support::capi_options;

// What a later header may have made of T.
template <typename T>
struct Later {
  T now;
  std::uint64_t later[2];
};

template <typename T>
std::vector<Later<T>> later_elements(std::size_t count) {
  std::vector<Later<T>> elements(count);
  std::memset(static_cast<void*>(elements.data()), 0xAA, count * sizeof(Later<T>));
  return elements;
}

template <typename T>
bool ends_with_zeros(const Later<T>& element) {
  return element.later[0] == 0 && element.later[1] == 0;
}

std::string text_of(std::string_view input, ehlo_span span) { return std::string(input.substr(span.off, span.len)); }

class ElementSizes : public testing::Test {
 protected:
  ElementSizes() {
    ehlo_server_options server_options = capi_options();
    server_options.asks = 0;
    server_config_ = ehlo_server_config_new(&server_options, nullptr, nullptr);
    server_ = ehlo_server_new(server_config_, nullptr);
    ehlo_client_options client_options;
    ehlo_client_options_init(&client_options, sizeof client_options);
    client_options.hostname = "c.example";
    client_config_ = ehlo_client_config_new(&client_options, nullptr, nullptr);
    client_ = ehlo_client_new(client_config_, nullptr);
    EXPECT_EQ(ehlo_client_open(client_), EHLO_OK);
  }
  ~ElementSizes() override {
    ehlo_server_free(server_);
    ehlo_server_config_free(server_config_);
    ehlo_client_free(client_);
    ehlo_client_config_free(client_config_);
  }

  ehlo_server_batch server_batch() {
    ehlo_server_batch batch{};
    batch.events = &events_[0].now;
    batch.event_size = sizeof events_[0];
    batch.event_cap = static_cast<std::uint32_t>(events_.size());
    batch.spans = spans_;
    batch.span_cap = EHLO_SPANS_MIN;
    batch.params = &params_[0].now;
    batch.param_size = sizeof params_[0];
    batch.param_cap = static_cast<std::uint32_t>(params_.size());
    return batch;
  }
  ehlo_client_batch client_batch() {
    ehlo_client_batch batch{};
    batch.events = &client_events_[0].now;
    batch.event_size = sizeof client_events_[0];
    batch.event_cap = static_cast<std::uint32_t>(client_events_.size());
    return batch;
  }

  ehlo_server_config* server_config_ = nullptr;
  ehlo_server* server_ = nullptr;
  ehlo_client_config* client_config_ = nullptr;
  ehlo_client* client_ = nullptr;
  std::vector<Later<ehlo_server_event>> events_ = later_elements<ehlo_server_event>(16);
  std::vector<Later<ehlo_param>> params_ = later_elements<ehlo_param>(2 * EHLO_PARAMS_MAX);
  std::vector<Later<ehlo_client_event>> client_events_ = later_elements<ehlo_client_event>(EHLO_CLIENT_EVENTS_MIN);
  ehlo_span spans_[EHLO_SPANS_MIN];
};

TEST_F(ElementSizes, LargerEventsAndParametersOfAServerEndWithZeros) {
  constexpr std::string_view kInput =
      "EHLO c.example\r\nMAIL FROM:<a@b.example> SIZE=5 BODY=8BITMIME\r\nRCPT TO:<c@d.example> NOTIFY=NEVER\r\n";
  ehlo_server_batch batch = server_batch();
  EXPECT_EQ(ehlo_server_receive(server_, kInput.data(), kInput.size(), &batch), kInput.size());
  EXPECT_EQ(batch.error, EHLO_OK);
  ASSERT_EQ(batch.event_count, 4u);
  const std::uint32_t types[] = {EHLO_SERVER_EVENT_GREETING, EHLO_SERVER_EVENT_HELLO, EHLO_SERVER_EVENT_MAIL,
                                 EHLO_SERVER_EVENT_RCPT};
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(events_[i].now.type, types[i]) << i;
    EXPECT_TRUE(ends_with_zeros(events_[i])) << i;
  }
  EXPECT_EQ(events_[4].later[0], 0xAAAAAAAAAAAAAAAAu) << "what is behind the count is not touched";
  const ehlo_range mail = events_[2].now.params, rcpt = events_[3].now.params;
  EXPECT_EQ(mail.first, 0u);
  ASSERT_EQ(mail.count, 2u);
  EXPECT_EQ(rcpt.first, 2u);
  ASSERT_EQ(rcpt.count, 1u);
  const std::string_view keywords[] = {"SIZE", "BODY", "NOTIFY"};
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(text_of(kInput, params_[i].now.keyword), keywords[i]);
    EXPECT_TRUE(ends_with_zeros(params_[i])) << i;
  }
  EXPECT_EQ(params_[3].later[0], 0xAAAAAAAAAAAAAAAAu);
  EXPECT_EQ(ehlo_server_event_param(&batch, &events_[2].now, EHLO_PARAM_BODY), &params_[1].now);
  EXPECT_EQ(ehlo_server_event_param(&batch, &events_[3].now, EHLO_PARAM_NOTIFY), &params_[2].now);
  EXPECT_EQ(ehlo_server_event_param(&batch, &events_[3].now, EHLO_PARAM_BODY), nullptr);
}

TEST_F(ElementSizes, LargerEventsOfAClientEndWithZeros) {
  constexpr std::string_view kInput = "220 mx.example\r\n";
  ehlo_client_batch batch = client_batch();
  EXPECT_EQ(ehlo_client_receive(client_, kInput.data(), kInput.size(), &batch), kInput.size());
  EXPECT_EQ(batch.error, EHLO_OK);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(client_events_[0].now.type, std::uint32_t{EHLO_CLIENT_EVENT_GREETING});
  EXPECT_TRUE(ends_with_zeros(client_events_[0]));
  EXPECT_EQ(client_events_[1].later[0], 0xAAAAAAAAAAAAAAAAu);
}

TEST_F(ElementSizes, LargerParametersOfParsersEndWithZeros) {
  constexpr std::string_view kLine = "MAIL FROM:<a@b.example> SIZE=5 BODY=8BITMIME\r\n";
  ehlo_command command;
  ASSERT_EQ(ehlo_command_parse(kLine.data(), kLine.size(), nullptr, &command, &params_[0].now, sizeof params_[0],
                               params_.size(), nullptr),
            EHLO_OK);
  ASSERT_EQ(command.param_count, 2u);
  EXPECT_EQ(text_of(kLine, params_[1].now.value), "8BITMIME");
  EXPECT_TRUE(ends_with_zeros(params_[0]) && ends_with_zeros(params_[1]));
  constexpr std::string_view kText = "NOTIFY=NEVER ORCPT=rfc822;c@d.example";
  std::size_t count = 0;
  ASSERT_EQ(ehlo_params_parse(kText.data(), kText.size(), EHLO_VERB_RCPT, nullptr, &params_[2].now, sizeof params_[2],
                              params_.size() - 2, &count, nullptr),
            EHLO_OK);
  ASSERT_EQ(count, 2u);
  EXPECT_EQ(text_of(kText, params_[3].now.detail), "c@d.example");
  EXPECT_TRUE(ends_with_zeros(params_[2]) && ends_with_zeros(params_[3]));
}

TEST_F(ElementSizes, LargerAnswersAreGivenAndTheirErrorsSet) {
  Later<ehlo_server_answer> answers[2] = {};
  answers[0].now.id = 4711;
  answers[1].now.id = 4712;
  answers[0].now.error = answers[1].now.error = EHLO_OK;
  ehlo_server_batch batch = server_batch();
  ehlo_progress progress;
  char out[256];
  ehlo_server_advance(server_, &answers[0].now, sizeof answers[0], 2, nullptr, 0, nullptr, 0, &batch, out, sizeof out,
                      &progress);
  EXPECT_EQ(answers[0].now.error, EHLO_E_ID);
  EXPECT_EQ(answers[1].now.error, EHLO_E_ID);
  EXPECT_EQ(progress.refused, 2u);
  ASSERT_EQ(batch.event_count, 1u);
}

TEST_F(ElementSizes, AnswersThatAreTooSmallAreRefusedAndTheStepIsMade) {
  ehlo_server_answer answers[2] = {};
  answers[0].error = answers[1].error = 77;
  ehlo_server_batch batch = server_batch();
  ehlo_progress progress;
  char out[256];
  ehlo_server_advance(server_, answers, sizeof answers[0] - 4, 2, nullptr, 0, nullptr, 0, &batch, out, sizeof out,
                      &progress);
  EXPECT_EQ(answers[0].error, 77);
  EXPECT_EQ(progress.refused, 2u);
  EXPECT_EQ(batch.event_count, 1u);
  EXPECT_NE(progress.written, 0u);
}

TEST_F(ElementSizes, ThatHoldLessThanWeKnowAreRefused) {
  for (const std::uint32_t octets :
       {0u, 8u, std::uint32_t{sizeof(ehlo_server_event)} - 8u, std::uint32_t{sizeof(ehlo_server_event)} + 1u}) {
    ehlo_server_batch batch = server_batch();
    batch.event_size = octets;
    batch.event_count = 7;
    EXPECT_EQ(ehlo_server_receive(server_, "NOOP\r\n", 6, &batch), 0u) << octets;
    EXPECT_EQ(batch.error, EHLO_E_ARGUMENT) << octets;
    EXPECT_EQ(batch.event_count, 0u) << octets;
  }
  for (const std::uint32_t octets : {0u, std::uint32_t{sizeof(ehlo_param)} - 8u}) {
    ehlo_server_batch batch = server_batch();
    batch.param_size = octets;
    EXPECT_EQ(ehlo_server_receive(server_, "NOOP\r\n", 6, &batch), 0u) << octets;
    EXPECT_EQ(batch.error, EHLO_E_ARGUMENT) << octets;
    ehlo_command command;
    EXPECT_EQ(ehlo_command_parse("NOOP\r\n", 6, nullptr, &command, &params_[0].now, octets, 2, nullptr),
              EHLO_E_ARGUMENT);
    std::size_t count = 7;
    EXPECT_EQ(ehlo_params_parse("SIZE=1", 6, EHLO_VERB_MAIL, nullptr, &params_[0].now, octets, 2, &count, nullptr),
              EHLO_E_ARGUMENT);
    EXPECT_EQ(count, 0u);
  }
  for (const std::uint32_t octets : {0u, std::uint32_t{sizeof(ehlo_client_event)} - 8u}) {
    ehlo_client_batch batch = client_batch();
    batch.event_size = octets;
    EXPECT_EQ(ehlo_client_receive(client_, "220 x\r\n", 7, &batch), 0u) << octets;
    EXPECT_EQ(batch.error, EHLO_E_ARGUMENT) << octets;
  }
  // Where no parameters are handed over their size is not looked at.
  ehlo_server_batch batch = server_batch();
  batch.params = nullptr;
  batch.param_size = 0;
  EXPECT_EQ(ehlo_server_receive(server_, "NOOP\r\n", 6, &batch), 6u);
  EXPECT_EQ(batch.error, EHLO_OK);
}

}  // namespace
