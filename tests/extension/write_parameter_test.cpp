// The writers of parameters: each value that is written is judged good, and typed back to what was meant.
#include <gtest/gtest.h>

#include <string>

#include "extension/dsn.h"
#include "extension/registry.h"

namespace {

using ehlo::ParamId;

std::string write(ParamId id, std::uint64_t number, std::string_view text) {
  ehlo::Octet room[1024];
  ehlo::Writer out(room, sizeof room);
  if (!ehlo::write_parameter(id, {number, ehlo::bytes_of(text)}, out)) return "refused";
  return {reinterpret_cast<char*>(room), out.size()};
}

TEST(ParameterWriter, WritesEveryKnownParameter) {
  EXPECT_EQ(write(ParamId::size, UINT64_MAX, ""), "SIZE=18446744073709551615");
  EXPECT_EQ(write(ParamId::body, 2, ""), "BODY=BINARYMIME");
  EXPECT_EQ(write(ParamId::smtputf8, 0, ""), "SMTPUTF8");
  EXPECT_EQ(write(ParamId::ret, 2, ""), "RET=HDRS");
  EXPECT_EQ(write(ParamId::envid, 0, "a b+c=d"), "ENVID=a+20b+2Bc+3Dd");
  EXPECT_EQ(write(ParamId::notify, ehlo::kNotifySuccess | ehlo::kNotifyDelay, ""), "NOTIFY=SUCCESS,DELAY");
  EXPECT_EQ(write(ParamId::orcpt, 0, "rfc822;a+b@x.example"), "ORCPT=rfc822;a+2Bb@x.example");
  EXPECT_EQ(write(ParamId::auth, 0, "e=mc2@example.com"), "AUTH=e+3Dmc2@example.com");
  EXPECT_EQ(write(ParamId::auth, 0, "<>"), "AUTH=<>");
  EXPECT_EQ(write(ParamId::requiretls, 0, ""), "REQUIRETLS");
}

// RFC 6533 3: an address that needs UTF-8 goes out in ASCII, with the points that may not stand for themselves.
TEST(ParameterWriter, EscapesUtf8Recipients) {
  EXPECT_EQ(write(ParamId::orcpt, 0, "utf-8;\xC3\xBC+1@\xE4\xBE\x8B.example"),
            "ORCPT=utf-8;\\x{FC}\\x{2B}1@\\x{4F8B}.example");
  EXPECT_EQ(write(ParamId::orcpt, 0, "utf-8;\xF0\x9F\x93\xA7@x.example"), "ORCPT=utf-8;\\x{1F4E7}@x.example");
  EXPECT_EQ(write(ParamId::orcpt, 0, "UTF-8;a b\\c=d"), "ORCPT=UTF-8;a\\x{20}b\\x{5C}c\\x{3D}d");
}

TEST(ParameterWriter, RefusesWhatNoServerWouldTake) {
  EXPECT_EQ(write(ParamId::body, 3, ""), "refused");
  EXPECT_EQ(write(ParamId::ret, 0, ""), "refused");
  EXPECT_EQ(write(ParamId::notify, ehlo::kNotifyNever | ehlo::kNotifyDelay, ""), "refused");
  EXPECT_EQ(write(ParamId::notify, 0, ""), "refused");
  EXPECT_EQ(write(ParamId::envid, 0, ""), "refused");
  EXPECT_EQ(write(ParamId::envid, 0, "a\nb"), "refused");
  EXPECT_EQ(write(ParamId::envid, 0, std::string(101, 'x')), "refused");
  EXPECT_EQ(write(ParamId::orcpt, 0, "rfc822"), "refused");
  EXPECT_EQ(write(ParamId::orcpt, 0, "rfc822;a\r\nb"), "refused");
  EXPECT_EQ(write(ParamId::orcpt, 0, "utf-8;\xC3"), "refused");
  EXPECT_EQ(write(ParamId::auth, 0, "not a mailbox"), "refused");
  EXPECT_EQ(write(ParamId::unknown, 0, ""), "refused");
}

TEST(ParameterWriter, RoundTripsThroughTheJudges) {
  const struct {
    ParamId id;
    ehlo::Verb command;
    std::uint64_t number;
    std::string_view text;
  } kRows[] = {{ParamId::size, ehlo::Verb::mail, 12345, ""},
               {ParamId::body, ehlo::Verb::mail, 1, ""},
               {ParamId::ret, ehlo::Verb::mail, 1, ""},
               {ParamId::envid, ehlo::Verb::mail, 0, "tab\there"},
               {ParamId::notify, ehlo::Verb::rcpt, 14, ""},
               {ParamId::orcpt, ehlo::Verb::rcpt, 0, "utf-8;\xC3\xBC=\x20\\@x.example"},
               {ParamId::auth, ehlo::Verb::mail, 0, "\"a b\"@x.example"}};
  for (const auto& row : kRows) {
    const std::string line = write(row.id, row.number, row.text);
    ASSERT_NE(line, "refused");
    ehlo::Param items[ehlo::kMaxParams];
    ehlo::ParamList params{items, ehlo::kMaxParams};
    ASSERT_TRUE(ehlo::parse_parameters(ehlo::bytes_of(line), params).ok()) << line;
    ehlo::ParamRules rules{~ehlo::ExtensionSet{0}, false, nullptr, nullptr};
    ASSERT_TRUE(ehlo::judge_parameters(ehlo::bytes_of(line), row.command, rules, params).ok()) << line;
    EXPECT_EQ(params.items[0].id, row.id);
    EXPECT_EQ(params.items[0].number, row.number);
  }
}

}  // namespace
