// Parameters of MAIL and RCPT from what they mean, through the C API: whole, and their values alone.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ehlo.h"

namespace {

using Write = decltype(&ehlo_param_write);

std::string write(Write writer, std::uint32_t id, std::int64_t number, std::string_view text) {
  const std::int64_t octets = writer(id, number, text.data(), text.size(), nullptr, 0);
  if (octets < 0) return ehlo_error_name(static_cast<std::int32_t>(octets));
  const auto size = static_cast<std::size_t>(octets);
  std::string out(size + 4, '-');
  if (size != 0) {
    // One octet too few: nothing is written.
    EXPECT_EQ(writer(id, number, text.data(), text.size(), out.data(), size - 1), octets);
    EXPECT_EQ(out.find_first_not_of('-'), std::string::npos);
  }
  EXPECT_EQ(writer(id, number, text.data(), text.size(), out.data(), size), octets);
  EXPECT_EQ(out.substr(size), "----");
  return out.substr(0, size);
}

TEST(ParameterOfTheCApi, IsItsKeywordAndItsValue) {
  const struct {
    std::uint32_t id;
    std::int64_t number;
    std::string_view text, keyword, value;
  } rows[] = {
      {EHLO_PARAM_SIZE, 0, "", "SIZE", "0"},
      {EHLO_PARAM_SIZE, INT64_MAX, "", "SIZE", "9223372036854775807"},
      {EHLO_PARAM_SIZE, static_cast<std::int64_t>(UINT64_MAX), "", "SIZE", "18446744073709551615"},
      {EHLO_PARAM_BODY, EHLO_BODY_8BITMIME, "", "BODY", "8BITMIME"},
      {EHLO_PARAM_RET, EHLO_RET_HDRS, "", "RET", "HDRS"},
      {EHLO_PARAM_ENVID, 0, "a b+c=d", "ENVID", "a+20b+2Bc+3Dd"},
      {EHLO_PARAM_NOTIFY, EHLO_NOTIFY_SUCCESS | EHLO_NOTIFY_DELAY, "", "NOTIFY", "SUCCESS,DELAY"},
      {EHLO_PARAM_ORCPT, 0, "rfc822;a+b@mx.test", "ORCPT", "rfc822;a+2Bb@mx.test"},
      {EHLO_PARAM_ORCPT, 0, "utf-8;\xC3\xBC@mx.test", "ORCPT", "utf-8;\\x{FC}@mx.test"},
      {EHLO_PARAM_AUTH, 0, "<>", "AUTH", "<>"},
      {EHLO_PARAM_AUTH, 0, "e=mc2@c.test", "AUTH", "e+3Dmc2@c.test"},
      {EHLO_PARAM_SMTPUTF8, 0, "", "SMTPUTF8", ""},
      {EHLO_PARAM_REQUIRETLS, 0, "", "REQUIRETLS", ""},
  };
  for (const auto& row : rows) {
    const std::string keyword(row.keyword), value(row.value);
    EXPECT_EQ(write(ehlo_param_value_write, row.id, row.number, row.text), value);
    EXPECT_EQ(write(ehlo_param_write, row.id, row.number, row.text), value.empty() ? keyword : keyword + "=" + value);
  }
}

std::int32_t parse_orcpt(std::string_view text) {
  ehlo_param param{};
  std::size_t count = 0;
  return ehlo_params_parse(text.data(), text.size(), EHLO_VERB_RCPT, nullptr, &param, sizeof param, 1, &count, nullptr);
}

TEST(ParameterOfTheCApi, AloneDecodesToAsciiUnlessItHasUtf8Itself) {
  EXPECT_EQ(parse_orcpt("ORCPT=utf-8;\xC3\xBC@mx.test"), EHLO_OK);
  EXPECT_EQ(parse_orcpt("ORCPT=utf-8;\\x{FC}@mx.test"), EHLO_OK);
  EXPECT_EQ(parse_orcpt("ORCPT=rfc822;+C3+BC@mx.test"), EHLO_E_BAD_PARAMETER);
  constexpr std::string_view kLine = "RCPT TO:<b@mx.test> ORCPT=rfc822;+C3+BC@mx.test\r\n";
  ehlo_command command{};
  ehlo_param param{};
  EXPECT_EQ(ehlo_command_parse(kLine.data(), kLine.size(), nullptr, &command, &param, sizeof param, 1, nullptr),
            EHLO_E_BAD_PARAMETER);
}

TEST(ParameterOfTheCApi, HasASizeUpToTheLastOf64Bits) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{INT64_MAX}, std::uint64_t{1} << 63, UINT64_MAX}) {
    const std::string text = "SIZE=" + std::to_string(size);
    ehlo_param param{};
    std::size_t count = 0;
    ASSERT_EQ(
        ehlo_params_parse(text.data(), text.size(), EHLO_VERB_MAIL, nullptr, &param, sizeof param, 1, &count, nullptr),
        EHLO_OK);
    EXPECT_EQ(ehlo_param_unsigned(&param), size);
    EXPECT_EQ(write(ehlo_param_write, EHLO_PARAM_SIZE, param.number, ""), text);
  }
}

// What ehlo_envelope_add takes, made from what a program knows.
TEST(ParameterOfTheCApi, IsTakenByAnEnvelope) {
  const std::string orcpt = write(ehlo_param_value_write, EHLO_PARAM_ORCPT, 0, "rfc822;a+b@mx.test");
  const std::string notify = write(ehlo_param_value_write, EHLO_PARAM_NOTIFY, EHLO_NOTIFY_NEVER, "");
  const ehlo_param_text params[] = {{"ORCPT", 5, orcpt.data(), orcpt.size()},
                                    {"NOTIFY", 6, notify.data(), notify.size()}};
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = "a@c.test";
  options.sender_length = 8;
  ehlo_envelope* envelope = ehlo_envelope_new(&options, nullptr, nullptr);
  EXPECT_EQ(ehlo_envelope_add(envelope, "b@mx.test", 9, params, 2), EHLO_OK);
  EXPECT_EQ(ehlo_envelope_count(envelope), 1u);
  ehlo_envelope_free(envelope);
}

TEST(ParameterOfTheCApi, IsRefusedWhereThereIsNoSuchValue) {
  for (const Write writer : {&ehlo_param_write, &ehlo_param_value_write}) {
    for (const std::uint32_t id : {0u + EHLO_PARAM_UNKNOWN, 63u, 65536u + EHLO_PARAM_SIZE, UINT32_MAX})
      EXPECT_EQ(write(writer, id, 1, ""), "argument") << id;
    EXPECT_EQ(write(writer, EHLO_PARAM_BODY, 3, ""), "argument");
    EXPECT_EQ(write(writer, EHLO_PARAM_RET, 0, ""), "argument");
    for (const std::uint32_t id : {EHLO_PARAM_BODY, EHLO_PARAM_RET, EHLO_PARAM_NOTIFY}) {
      EXPECT_EQ(write(writer, id, -1, ""), "argument") << id;
      EXPECT_EQ(write(writer, id, INT64_MIN, ""), "argument") << id;
    }
    EXPECT_EQ(write(writer, EHLO_PARAM_NOTIFY, EHLO_NOTIFY_NEVER | EHLO_NOTIFY_DELAY, ""), "argument");
    EXPECT_EQ(write(writer, EHLO_PARAM_ENVID, 0, "a\r\nb"), "argument");
    EXPECT_EQ(write(writer, EHLO_PARAM_ORCPT, 0, "rfc822"), "argument");
  }
}

}  // namespace
