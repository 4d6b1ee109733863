// Parameter lists as sent (RFC 5321 4.1.2: esmtp-keyword, esmtp-value).
#include "syntax/parameter.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::Error;
using ehlo::Param;
using ehlo::ParamList;
using support::guarded;

ehlo::Problem parse(std::string_view text, std::string& out, std::uint32_t cap = EHLO_PARAMS_MAX) {
  Param items[EHLO_PARAMS_MAX];
  ParamList list{items, cap, 0, false};
  const ehlo::Bytes bytes = guarded(text);
  const ehlo::Problem problem = ehlo::parse_parameters(bytes, list);
  out.clear();
  for (std::uint32_t i = 0; problem.ok() && i < list.count; ++i) {
    out += "[";
    out += bytes.at(items[i].keyword).text();
    if (ehlo::present(items[i].value)) (out += "|") += bytes.at(items[i].value).text();
    out += "]";
  }
  return problem;
}

TEST(Parameters, AreSplit) {
  const struct {
    std::string_view text, expected;
  } rows[] = {{"", ""},
              {"SIZE=1", "[SIZE|1]"},
              {"A", "[A]"},
              {"a-b=c-d", "[a-b|c-d]"},
              {"A=1 B C=3", "[A|1][B][C|3]"},
              {"9=!\"#$%&'()*+,-./", "[9|!\"#$%&'()*+,-./]"},
              {"X=<a@b>~", "[X|<a@b>~]"},
              {"X=\xC3\xBC", "[X|\xC3\xBC]"}};
  for (const auto& row : rows) {
    std::string out;
    ASSERT_TRUE(parse(row.text, out).ok()) << row.text;
    EXPECT_EQ(out, row.expected);
    if (row.text.empty()) continue;
    // Exactly one space stands between parameters and none around them.
    for (const std::string& other : {std::string(row.text) + " ", " " + std::string(row.text),
                                     std::string(row.text) + '\0', std::string(row.text) + "\r\n"})
      EXPECT_EQ(parse(other, out).error, EHLO_E_BAD_PARAMETER) << other;
  }
}

TEST(Parameters, AreNothingElse) {
  const struct {
    std::string_view text;
    std::uint32_t at;
  } rows[] = {{"=", 0},     {"=x", 0},   {"-A", 0},     {"A=", 2},     {"A==", 2},   {"A=b=c", 3}, {"A  B", 2},
              {"A_B=1", 1}, {"A\tB", 1}, {"A=b\tc", 3}, {"A=\x7f", 2}, {"A=1 =", 4}, {"A:b", 1},   {"\xC3\xBC=1", 0}};
  for (const auto& row : rows) {
    std::string out;
    const ehlo::Problem problem = parse(row.text, out);
    EXPECT_EQ(problem.error, EHLO_E_BAD_PARAMETER) << row.text;
    EXPECT_EQ(problem.at, row.at) << row.text;
  }
}

TEST(Parameters, AreUtf8WhereTheyAreNotAscii) {
  std::string out;
  for (const std::string_view text : {"X=\xC3", "X=\xFF", "X=\xC0\x80", "X=\xED\xA0\x80", "X=\x80"})
    EXPECT_EQ(parse(text, out).error, EHLO_E_BAD_PARAMETER) << text;
}

TEST(Parameters, AreAtMost32) {
  std::string text = "A0=1";
  for (int i = 1; i < 32; ++i) text += " A" + std::to_string(i) + "=1";
  std::string out;
  EXPECT_TRUE(parse(text, out).ok());
  const ehlo::Problem no_room = parse(text, out, 31), too_many = parse(text + " B=1", out, 32);
  EXPECT_EQ(no_room.error, EHLO_E_SPACE);
  EXPECT_EQ(no_room.at, text.find("A31")) << "the first octet of the one too many";
  EXPECT_EQ(too_many.error, EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(too_many.at, text.size() + 1);
}

}  // namespace
