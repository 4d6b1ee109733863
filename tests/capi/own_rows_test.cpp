// Rows of the program in parsers without a session, and what the C API says of options that cannot be.
#include "support/own_rows.h"

#include <gtest/gtest.h>

#include <string>

#include "support/link.h"

namespace {

using namespace support;

struct Parsed {
  std::int32_t error;
  ehlo_command command;
  ehlo_param params[EHLO_PARAMS_MAX];
};

Parsed parse(const std::string& line, const ehlo_rows* rows, std::uint64_t extensions = EHLO_EXT_DEFAULT,
             std::uint32_t protocol = EHLO_PROTOCOL_SMTP) {
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.rows = rows;
  options.extensions = extensions;
  options.protocol = protocol;
  Parsed parsed{};
  parsed.error = ehlo_command_parse(line.data(), line.size(), &options, &parsed.command, parsed.params,
                                    sizeof *parsed.params, EHLO_PARAMS_MAX, nullptr);
  return parsed;
}

TEST(ParsedOwnRows, GiveVerbsWithTheirArgument) {
  const OwnRowsOf own{{},
                      {},
                      {own_verb("XFOO"), own_verb("VRFY", "", EHLO_ARGUMENT_NODE, EHLO_COMMAND_SMTP),
                       own_verb("XHELP", "HELP", EHLO_ARGUMENT_NONE, kPlainVerb)}};
  const ehlo_rows rows = own.rows();
  const Parsed vrfy = parse("vrfy @x.test\r\n", &rows);
  EXPECT_EQ(vrfy.error, EHLO_OK);
  EXPECT_EQ(vrfy.command.verb, EHLO_VERB_OWN + 1u);
  EXPECT_EQ(vrfy.command.kind, static_cast<std::uint32_t>('@'));
  EXPECT_EQ(vrfy.command.text.off, 6u);
  EXPECT_EQ(vrfy.command.text.len, 6u);
  const Parsed bare = parse("XFOO \t\r\n", &rows);
  EXPECT_EQ(bare.error, EHLO_OK);
  EXPECT_EQ(bare.command.verb, EHLO_VERB_OWN + 0u);
  EXPECT_EQ(bare.command.text.off, EHLO_ABSENT);
  EXPECT_EQ(parse("VRFY bob\r\n", &rows).error, EHLO_E_SYNTAX);
  EXPECT_EQ(parse("VRFY bob\r\n", &rows, EHLO_EXT_DEFAULT, EHLO_PROTOCOL_LMTP).error, EHLO_E_UNKNOWN_COMMAND);
  EXPECT_EQ(parse("VRFY bob\r\n", nullptr).error, EHLO_OK);
  EXPECT_EQ(parse("XHELP\r\n", &rows).error, EHLO_OK);
  EXPECT_EQ(parse("XHELP\r\n", &rows, 0).error, EHLO_E_NOT_IMPLEMENTED);
  EXPECT_EQ(parse("XBAR\r\n", &rows).error, EHLO_E_UNKNOWN_COMMAND);
  EXPECT_EQ(parse("NOOP\r\n", &rows).command.verb, std::uint32_t{EHLO_VERB_NOOP});
}

TEST(ParsedOwnRows, GiveParametersWithTheirValue) {
  ehlo_param_row number = own_param("RET", "", EHLO_PARAM_OF_MAIL, EHLO_KIND_NUMBER);
  number.most = 9;
  const OwnRowsOf own{{own_extension("REQUIRETLS", nullptr, EHLO_EXTENSION_TLS_ONLY)},
                      {own_param("XFOO", "REQUIRETLS", EHLO_PARAM_OF_MAIL), number},
                      {}};
  const ehlo_rows rows = own.rows();
  const Parsed parsed = parse("MAIL FROM:<> ret=7 SIZE=5\r\n", &rows);
  EXPECT_EQ(parsed.error, EHLO_OK);
  EXPECT_EQ(parsed.params[0].id, EHLO_PARAM_OWN + 1u);
  EXPECT_EQ(parsed.params[0].number, 7);
  EXPECT_EQ(parsed.params[1].id, EHLO_PARAM_SIZE);
  EXPECT_EQ(parse("MAIL FROM:<> RET=FULL\r\n", &rows).error, EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(parse("MAIL FROM:<> RET=FULL\r\n", nullptr).error, EHLO_OK);
  EXPECT_EQ(parse("MAIL FROM:<> XFOO\r\n", &rows).error, EHLO_E_UNKNOWN_PARAMETER) << "without TLS";
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.rows = &rows;
  options.flags = EHLO_SERVER_FLAG_IMPLICIT_TLS;
  options.extensions |= EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS);
  const std::string list = "XFOO RET=1";
  ehlo_param params[EHLO_PARAMS_MAX];
  std::size_t count = 0;
  EXPECT_EQ(ehlo_params_parse(list.data(), list.size(), EHLO_VERB_MAIL, &options, params, sizeof *params,
                              EHLO_PARAMS_MAX, &count, nullptr),
            EHLO_OK);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(params[0].id, EHLO_PARAM_OWN + 0u);
  // The library's parameter went with its extension.
  EXPECT_EQ(ehlo_params_parse("REQUIRETLS", 10, EHLO_VERB_MAIL, &options, params, sizeof *params, EHLO_PARAMS_MAX,
                              &count, nullptr),
            EHLO_E_UNKNOWN_PARAMETER);
}

// RFC 6531 3.4: UTF-8 in a value comes with the parameter. Alone and in a line the error is at the keyword.
TEST(ParsedOwnRows, HaveNoUtf8WithoutItsParameter) {
  const OwnRowsOf own{{own_extension("XOWN")}, {own_param("XFOO", "XOWN", kOfBoth)}, {}};
  const ehlo_rows rows = own.rows();
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.rows = &rows;
  ehlo_param params[EHLO_PARAMS_MAX];
  ehlo_command command;
  std::size_t count = 0, at = 0;
  for (const std::string list : {"SIZE=5 XFOO=\xC3\xBC BODY=7BIT", "SIZE=5 xfoo=a\xC3\xBC"}) {
    EXPECT_EQ(ehlo_params_parse(list.data(), list.size(), EHLO_VERB_MAIL, &options, params, sizeof *params,
                                EHLO_PARAMS_MAX, &count, &at),
              EHLO_E_BAD_PARAMETER);
    EXPECT_EQ(at, 7u) << list;
    const std::string before = "MAIL FROM:<a@b.example> ", line = before + list + "\r\n";
    EXPECT_EQ(
        ehlo_command_parse(line.data(), line.size(), &options, &command, params, sizeof *params, EHLO_PARAMS_MAX, &at),
        EHLO_E_BAD_PARAMETER);
    EXPECT_EQ(at, before.size() + 7) << list;
    EXPECT_EQ(parse(before + list + " SMTPUTF8\r\n", &rows).error, EHLO_OK) << list;
  }
}

TEST(ParsedOwnRows, AreRefusedWhereTheyCannotBe) {
  const OwnRowsOf own{{}, {}, {own_verb("MAIL")}};
  const ehlo_rows rows = own.rows();
  EXPECT_EQ(parse("NOOP\r\n", &rows).error, EHLO_E_ARGUMENT);
}

TEST(OwnRowsOptions, AreNamedWhereTheyAreWrong) {
  ehlo_server_options options = capi_options();
  ehlo_verb_row verb = own_verb("XFOO");
  ehlo_rows rows = rows_of(nullptr, 0, nullptr, 0, &verb, 1);
  options.rows = &rows;
  EXPECT_EQ(ehlo_server_options_check(&options), nullptr);
  rows.verb_size -= 1;
  EXPECT_STREQ(ehlo_server_options_check(&options), "rows.verbs");
}

}  // namespace
