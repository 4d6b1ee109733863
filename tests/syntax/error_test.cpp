// The table of errors: every one has a name of its own and a reply that fits.
#include "syntax/error.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <string>

#include "server/replies.h"

namespace {

using ehlo::Error;

// The values of ehlo_rc, as the header has them: an error without a row in the table must not pass unseen.
std::set<std::int32_t> known_errors() {
  std::string path = SYMBOLS;
  path.replace(path.rfind('/') + 1, std::string::npos, "ehlo_types.h");
  std::ifstream header(path);
  const std::regex value("^ *EHLO_E_\\w+ = (-[0-9]+)");
  std::set<std::int32_t> values;
  for (std::string line; std::getline(header, line);) {
    std::smatch match;
    if (std::regex_search(line, match, value)) values.insert(std::stoi(match[1]));
  }
  EXPECT_TRUE(values.count(EHLO_E_ARGUMENT) == 1 && values.count(EHLO_E_HELLO_REFUSED) == 1);
  return values;
}

const std::set<std::int32_t>& known() {
  static const std::set<std::int32_t> values = known_errors();
  return values;
}

TEST(Errors, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const std::int32_t value : known()) {
    const std::string name = ehlo::error_info(static_cast<Error>(value)).name;
    EXPECT_NE(name, "unknown-error") << value;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << name;
  }
}

TEST(Errors, HaveAReplyOfOneClass) {
  for (const std::int32_t value : known()) {
    const ehlo::ErrorInfo& info = ehlo::error_info(static_cast<Error>(value));
    EXPECT_EQ(info.code == 0, info.enhanced == EHLO_ENHANCED_NONE) << info.name;
    if (info.code == 0) continue;
    EXPECT_TRUE(ehlo::agrees(info.enhanced, info.code)) << info.name;
    EXPECT_TRUE(ehlo::is_reply_text(ehlo::bytes_of(info.text), false));
    // RFC 5321 4.2.1: 421 says that the connection ends.
    if (info.code == 421) {
      EXPECT_EQ(info.fatal, 1) << info.name;
    }
  }
}

// Those without a reply have one for logs.
TEST(Errors, AllHaveATextForPeople) {
  for (std::int32_t value = -256; value <= 1; ++value) {
    const ehlo::ErrorInfo& info = ehlo::error_info(static_cast<Error>(value));
    ASSERT_NE(info.text, nullptr) << value;
    const std::string text = info.text;
    EXPECT_GE(text.size(), 5u) << info.name;
    EXPECT_TRUE(ehlo::is_reply_text(ehlo::bytes_of(text), false)) << info.name;
    EXPECT_NE(text, info.name);
  }
  EXPECT_STREQ(ehlo::error_info(EHLO_OK).text, "Success");
  EXPECT_STREQ(ehlo::error_info(static_cast<Error>(-8)).text, "Unknown error");
  for (const std::int32_t value : known())
    EXPECT_STRNE(ehlo::error_info(static_cast<Error>(value)).text, "Unknown error") << value;
}

TEST(Errors, AreUnknownWhereTheHeaderHasNone) {
  std::set<std::int32_t> values{INT32_MIN, INT32_MAX};
  for (std::int32_t value = -256; value <= 1; ++value)
    if (value != EHLO_OK && known().count(value) == 0) values.insert(value);
  for (const std::int32_t value : values) {
    const ehlo::ErrorInfo& info = ehlo::error_info(static_cast<Error>(value));
    EXPECT_STREQ(info.name, "unknown-error") << value;
    EXPECT_EQ(info.code, 0);
  }
  EXPECT_EQ(ehlo::error_info(EHLO_OK).fault, 0);
}

// ehlo.h: what is wrong with replies is the server's fault, what may not be sent is the program's.
TEST(Errors, OfClientsHaveNamesAndFaults) {
  const struct {
    Error error;
    const char* name;
    std::uint8_t fault;
    bool fatal;
  } rows[] = {{EHLO_E_NOT_OFFERED, "not-offered", EHLO_FAULT_PROGRAM, false},
              {EHLO_E_INCOMPLETE, "incomplete", EHLO_FAULT_NONE, false},
              {EHLO_E_MALFORMED_REPLY, "malformed-reply", EHLO_FAULT_PEER, true},
              {EHLO_E_CODE_MISMATCH, "code-mismatch", EHLO_FAULT_PEER, true},
              {EHLO_E_REPLY_TOO_LONG, "reply-too-long", EHLO_FAULT_PEER, true},
              {EHLO_E_UNEXPECTED_CODE, "unexpected-code", EHLO_FAULT_PEER, true},
              {EHLO_E_UNSOLICITED_REPLY, "unsolicited-reply", EHLO_FAULT_PEER, true}};
  for (const auto& row : rows) {
    const ehlo::ErrorInfo& info = ehlo::error_info(row.error);
    EXPECT_STREQ(info.name, row.name);
    EXPECT_EQ(info.fatal, row.fatal ? 1 : 0) << row.name;
    if (row.error != EHLO_E_INCOMPLETE) {
      EXPECT_EQ(info.fault, row.fault) << row.name;
    }
    // No server answers with them.
    EXPECT_EQ(info.code, 0) << row.name;
  }
  EXPECT_STREQ(ehlo::error_info(EHLO_E_HELLO_REFUSED).name, "hello-refused");
}

}  // namespace
