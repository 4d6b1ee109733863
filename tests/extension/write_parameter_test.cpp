// The writers of parameters: each value that is written is read again, as what was meant.
#include <gtest/gtest.h>

#include <string>

#include "extension/parameters.h"

namespace {

using ehlo::ParamId;

std::string write(ParamId id, std::int64_t number, std::string_view text) {
  ehlo::Octet room[1024];
  ehlo::Writer out(room, sizeof room);
  if (!ehlo::write_parameter(id, {number, ehlo::bytes_of(text)}, out)) return "refused";
  return {reinterpret_cast<char*>(room), out.size()};
}

TEST(ParameterWriter, WritesEveryKnownParameter) {
  EXPECT_EQ(write(EHLO_PARAM_SIZE, -1, ""), "SIZE=18446744073709551615");
  EXPECT_EQ(write(EHLO_PARAM_BODY, 2, ""), "BODY=BINARYMIME");
  EXPECT_EQ(write(EHLO_PARAM_SMTPUTF8, 0, ""), "SMTPUTF8");
  EXPECT_EQ(write(EHLO_PARAM_RET, 2, ""), "RET=HDRS");
  EXPECT_EQ(write(EHLO_PARAM_ENVID, 0, "a b+c=d"), "ENVID=a+20b+2Bc+3Dd");
  EXPECT_EQ(write(EHLO_PARAM_NOTIFY, EHLO_NOTIFY_SUCCESS | EHLO_NOTIFY_DELAY, ""), "NOTIFY=SUCCESS,DELAY");
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "rfc822;a+b@x.example"), "ORCPT=rfc822;a+2Bb@x.example");
  EXPECT_EQ(write(EHLO_PARAM_AUTH, 0, "e=mc2@example.com"), "AUTH=e+3Dmc2@example.com");
  EXPECT_EQ(write(EHLO_PARAM_AUTH, 0, "<>"), "AUTH=<>");
  EXPECT_EQ(write(EHLO_PARAM_REQUIRETLS, 0, ""), "REQUIRETLS");
}

// RFC 6533 3: an address that needs UTF-8 goes out in ASCII, with the points that may not stand for themselves.
TEST(ParameterWriter, EscapesUtf8Recipients) {
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "utf-8;\xC3\xBC+1@\xE4\xBE\x8B.example"),
            "ORCPT=utf-8;\\x{FC}\\x{2B}1@\\x{4F8B}.example");
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "utf-8;\xF0\x9F\x93\xA7@x.example"), "ORCPT=utf-8;\\x{1F4E7}@x.example");
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "UTF-8;a b\\c=d"), "ORCPT=UTF-8;a\\x{20}b\\x{5C}c\\x{3D}d");
}

TEST(ParameterWriter, RefusesWhatNoServerWouldTake) {
  EXPECT_EQ(write(EHLO_PARAM_BODY, 3, ""), "refused");
  EXPECT_EQ(write(EHLO_PARAM_RET, 0, ""), "refused");
  EXPECT_EQ(write(EHLO_PARAM_NOTIFY, EHLO_NOTIFY_NEVER | EHLO_NOTIFY_DELAY, ""), "refused");
  EXPECT_EQ(write(EHLO_PARAM_NOTIFY, 0, ""), "refused");
  EXPECT_EQ(write(EHLO_PARAM_ENVID, 0, ""), "refused");
  EXPECT_EQ(write(EHLO_PARAM_ENVID, 0, "a\nb"), "refused");
  EXPECT_EQ(write(EHLO_PARAM_ENVID, 0, std::string(101, 'x')), "refused");
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "rfc822"), "refused");
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "rfc822;a\r\nb"), "refused");
  EXPECT_EQ(write(EHLO_PARAM_ORCPT, 0, "utf-8;\xC3"), "refused");
  EXPECT_EQ(write(EHLO_PARAM_AUTH, 0, "not a mailbox"), "refused");
  // RFC 4954 5: 500 octets of xtext, of which "=" takes three.
  EXPECT_EQ(write(EHLO_PARAM_AUTH, 0, std::string(490, 'x') + "=@b.example"), "refused");
  EXPECT_EQ(write(EHLO_PARAM_UNKNOWN, 0, ""), "refused");
}

TEST(ParameterWriter, RoundTripsThroughTheReaders) {
  const struct {
    ParamId id;
    ehlo::Verb command;
    std::int64_t number;
    std::string_view text;
  } kRows[] = {{EHLO_PARAM_SIZE, EHLO_VERB_MAIL, 12345, ""},
               {EHLO_PARAM_BODY, EHLO_VERB_MAIL, 1, ""},
               {EHLO_PARAM_RET, EHLO_VERB_MAIL, 1, ""},
               {EHLO_PARAM_ENVID, EHLO_VERB_MAIL, 0, "tab\there"},
               {EHLO_PARAM_NOTIFY, EHLO_VERB_RCPT, 14, ""},
               {EHLO_PARAM_ORCPT, EHLO_VERB_RCPT, 0, "utf-8;\xC3\xBC=\x20\\@x.example"},
               {EHLO_PARAM_AUTH, EHLO_VERB_MAIL, 0, "\"a b\"@x.example"}};
  for (const auto& row : kRows) {
    const std::string line = write(row.id, row.number, row.text);
    ASSERT_NE(line, "refused");
    ehlo::Param items[EHLO_PARAMS_MAX];
    ehlo::ParamList params{items, EHLO_PARAMS_MAX};
    ASSERT_TRUE(ehlo::parse_parameters(ehlo::bytes_of(line), params).ok()) << line;
    ehlo::ParamRules rules{~ehlo::ExtensionSet{0}, false};
    ASSERT_TRUE(ehlo::read_parameters(ehlo::bytes_of(line), row.command, rules, params).ok()) << line;
    EXPECT_EQ(params.items[0].id, row.id);
    EXPECT_EQ(params.items[0].number, row.number);
  }
}

}  // namespace
