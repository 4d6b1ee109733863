// Values by kind: what each kind takes and what it means, wherever the value stands in the line; and that what is
// written is read back as what was meant.
#include "extension/values.h"

#include <gtest/gtest.h>

#include <string>

#include "support/guarded_octets.h"

namespace {

using namespace ehlo;
using support::octets;

ehlo_param_row row_of(ehlo_kind kind, std::uint32_t flags = 0, std::int64_t least = 0, std::int64_t most = 0,
                      const char* words = nullptr) {
  return {"XFOO",
          "",
          words,
          least,
          most,
          0,
          0,
          EHLO_PARAM_OF_MAIL,
          static_cast<std::uint8_t>(kind),
          EHLO_VALUE_REQUIRED,
          static_cast<std::uint8_t>(flags)};
}

constexpr ExtensionSet kAll = ~ExtensionSet{0};

struct Outcome {
  Error error;
  std::uint64_t number;
  Span detail;
  bool operator==(const Outcome&) const = default;
};

Outcome read_at(const Value& value, std::string_view front, std::string_view text, ExtensionSet offered,
                bool smtputf8) {
  const Bytes line = support::guarded(std::string(front) + std::string(text));
  const auto begin = static_cast<std::uint32_t>(front.size());
  Param param{EHLO_PARAM_UNKNOWN, 0, {0, 0}, {begin, static_cast<std::uint32_t>(text.size())}, kAbsent, 0};
  const Error error = read_value({line, offered, smtputf8}, value, param);
  const Span detail = ehlo::present(param.detail) ? Span{param.detail.off - begin, param.detail.len} : kAbsent;
  return {error, error == EHLO_OK ? static_cast<std::uint64_t>(param.number) : 0, error == EHLO_OK ? detail : kAbsent};
}

// At the start of the buffer, near it, and far from it: words and numbers are loaded together with what is before.
Outcome read(const ehlo_param_row& row, std::string_view text, ExtensionSet offered = kAll, bool smtputf8 = false) {
  const Value value = make_value(row);
  const Outcome outcome = read_at(value, "", text, offered, smtputf8);
  for (const std::string_view front : {"=", "99999=", "MAIL FROM:<a@b.example> XFOO="})
    EXPECT_EQ(read_at(value, front, text, offered, smtputf8), outcome) << front << text;
  return outcome;
}

void expect_number(const ehlo_param_row& row, std::string_view text, std::uint64_t number) {
  const Outcome outcome = read(row, text);
  EXPECT_EQ(outcome.error, EHLO_OK) << text;
  EXPECT_EQ(outcome.number, number) << text;
}

void expect_good(const ehlo_param_row& row, std::string_view text) { expect_number(row, text, 0); }

void expect_bad(const ehlo_param_row& row, std::string_view text, Error error = EHLO_E_BAD_PARAMETER) {
  EXPECT_EQ(read(row, text).error, error) << text;
}

std::string write(const ehlo_param_row& row, std::uint64_t number, std::string_view text) {
  const Value value = make_value(row);
  Octet room[4096];
  Writer out(room, sizeof room);
  if (!write_value(value, {static_cast<std::int64_t>(number), bytes_of(text)}, out)) return "refused";
  return {reinterpret_cast<char*>(room), out.size()};
}

std::uint64_t minus(std::uint64_t number) { return std::uint64_t{0} - number; }

TEST(Value, IsThereOrNotAsItsRowSays) {
  ehlo_param_row row = row_of(EHLO_KIND_TEXT);
  const auto read_absent = [&] {
    Param param{EHLO_PARAM_UNKNOWN, 0, {0, 0}, kAbsent, kAbsent, 0};
    return read_value({support::guarded("XFOO"), kAll, false}, make_value(row), param);
  };
  EXPECT_EQ(read_absent(), EHLO_E_BAD_PARAMETER);
  expect_good(row, "x");
  row.value = EHLO_VALUE_OPTIONAL;
  EXPECT_EQ(read_absent(), EHLO_OK);
  expect_good(row, "x");
  row.value = EHLO_VALUE_NONE;
  EXPECT_EQ(read_absent(), EHLO_OK);
  expect_bad(row, "x");
  EXPECT_EQ(write(row, 7, "x"), "");
}

TEST(TextValue, IsTakenAsItIs) {
  const ehlo_param_row row = row_of(EHLO_KIND_TEXT, 0, 0, 4);
  expect_good(row, "a+~!");
  expect_bad(row, "12345");
  expect_bad(row, "");
  EXPECT_EQ(write(row, 0, "ab,c"), "ab,c");
  EXPECT_EQ(write(row, 0, "\xC3\xBC"), "\xC3\xBC");
  for (const std::string_view text : {"", "abcde", "a=b", "a b", "a\n", "\xC3", "\x7F"})
    EXPECT_EQ(write(row, 0, text), "refused") << text;
  EXPECT_EQ(write(row_of(EHLO_KIND_TEXT), 0, std::string(2000, 'x')), std::string(2000, 'x'));
}

TEST(NumberValue, StandsWithinItsBounds) {
  const ehlo_param_row holdfor = row_of(EHLO_KIND_NUMBER, 0, 1, 999999999);
  expect_number(holdfor, "1", 1);
  expect_number(holdfor, "99999999", 99999999);
  expect_number(holdfor, "999999999", 999999999);
  for (const std::string_view text : {"0", "01", "1000000000", "-1", "+1", "1.", "", "-", "1x", "x1", "00000001",
                                      "18446744073709551617", "99999999999999999999", "999999999999999999999"})
    expect_bad(holdfor, text);
  EXPECT_EQ(write(holdfor, 1, ""), "1");
  EXPECT_EQ(write(holdfor, 999999999, ""), "999999999");
  EXPECT_EQ(write(holdfor, 0, ""), "refused");
  EXPECT_EQ(write(holdfor, 1000000000, ""), "refused");
  EXPECT_EQ(write(holdfor, minus(1), ""), "refused");
}

TEST(NumberValue, MayBeNegative) {
  const ehlo_param_row priority = row_of(EHLO_KIND_NUMBER, 0, -9, 9);
  for (int number = -9; number <= 9; ++number) {
    const std::string text = std::to_string(number);
    const auto as_sent = static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
    expect_number(priority, text, as_sent);
    EXPECT_EQ(write(priority, as_sent, ""), text);
  }
  for (const std::string_view text : {"10", "-10", "-0", "+3", "--3", "-", "3-", "-03", "03", "00", "-9x", "1-1"})
    expect_bad(priority, text);
  EXPECT_EQ(write(priority, 10, ""), "refused");
  EXPECT_EQ(write(priority, minus(10), ""), "refused");
  const ehlo_param_row below = row_of(EHLO_KIND_NUMBER, 0, -20, -10);
  expect_number(below, "-10", minus(10));
  expect_number(below, "-20", minus(20));
  for (const std::string_view text : {"-9", "-21", "0", "10", "20"}) expect_bad(below, text);
}

TEST(NumberValue, ReachesToBothEndsOf64Bits) {
  const ehlo_param_row row = row_of(EHLO_KIND_NUMBER, 0, INT64_MIN, INT64_MAX);
  expect_number(row, "9223372036854775807", INT64_MAX);
  expect_number(row, "-9223372036854775808", std::uint64_t{1} << 63);
  expect_number(row, "-1", minus(1));
  expect_number(row, "0", 0);
  for (const std::string_view text :
       {"9223372036854775808", "-9223372036854775809", "18446744073709551615", "-18446744073709551616", "-0"})
    expect_bad(row, text);
  EXPECT_EQ(write(row, std::uint64_t{1} << 63, ""), "-9223372036854775808");
  EXPECT_EQ(write(row, INT64_MAX, ""), "9223372036854775807");
}

TEST(NumberValue, MayBeUnsignedAndPadded) {
  const ehlo_param_row size = row_of(EHLO_KIND_NUMBER, EHLO_ROW_UNSIGNED | EHLO_ROW_LEADING_ZEROS, 0, INT64_MAX);
  expect_number(size, "18446744073709551615", UINT64_MAX);
  expect_number(size, "00000000000000000001", 1);
  expect_number(size, "0000", 0);
  expect_number(size, "09", 9);
  expect_bad(size, "000000000000000000001");
  expect_bad(size, "18446744073709551616", EHLO_E_SIZE_OVERFLOW);
  expect_bad(size, "99999999999999999999", EHLO_E_SIZE_OVERFLOW);
  for (const std::string_view text : {"-1", "-0", "-00", "-", ""}) expect_bad(size, text);
  EXPECT_EQ(write(size, UINT64_MAX, ""), "18446744073709551615");
  const ehlo_param_row least = row_of(EHLO_KIND_NUMBER, EHLO_ROW_UNSIGNED, 5, 0);
  expect_bad(least, "4");
  expect_number(least, "5", 5);
  expect_bad(least, "18446744073709551616", EHLO_E_SIZE_OVERFLOW);
  EXPECT_EQ(write(least, 4, ""), "refused");
}

// Up to eight digits are read at once.
TEST(NumberValue, HasOnlyDigitsAtAnyPlace) {
  const ehlo_param_row row = row_of(EHLO_KIND_NUMBER, 0, 0, INT64_MAX);
  for (std::size_t length = 1; length <= 10; ++length) {
    const std::string digits = std::string("9876543210").substr(0, length);
    expect_number(row, digits, std::stoull(digits));
    for (std::size_t at = 0; at < length; ++at) {
      for (const char octet : {'/', ':', 'a', '.', '~', '!', '-', '\xB1'}) {
        std::string wrong = digits;
        wrong[at] = octet;
        expect_bad(row, wrong);
      }
    }
  }
}

TEST(WordValue, IsTheNumberOfItsWord) {
  const ehlo_param_row row = row_of(EHLO_KIND_WORD, 0, 1, 0, "FULL HDRS A-B TWELVE-LONGER 5TH");
  expect_number(row, "FULL", 1);
  expect_number(row, "hDrS", 2);
  expect_number(row, "a-b", 3);
  expect_number(row, "Twelve-Longer", 4);
  expect_number(row, "5th", 5);
  for (const std::string_view text : {"", "F", "FUL", "FULLX", "XFULL", "FULL,HDRS", "FULL HDRS", "TWELVE", "LONGER",
                                      "TWELVE-LONGE", "E-LONGER", "5TH-", "uTH", "A\xADZ"})
    expect_bad(row, text);
  EXPECT_EQ(write(row, 1, ""), "FULL");
  EXPECT_EQ(write(row, 4, ""), "TWELVE-LONGER");
  EXPECT_EQ(write(row, 5, ""), "5TH");
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{6}, UINT64_MAX})
    EXPECT_EQ(write(row, number, ""), "refused");
}

TEST(WordValue, OfAnExtensionNeedsThatOneOrALaterOne) {
  ehlo_param_row body = row_of(EHLO_KIND_WORD, 0, 0, 0, "7BIT 8BITMIME BINARYMIME");
  body.extensions = "8BITMIME BINARYMIME";
  const ExtensionSet eight = EHLO_EXT_BIT(EHLO_EXT_8BITMIME), binary = EHLO_EXT_BIT(EHLO_EXT_BINARYMIME);
  EXPECT_EQ(read(body, "7BIT", eight).error, EHLO_OK);
  EXPECT_EQ(read(body, "8BITMIME", eight).error, EHLO_OK);
  EXPECT_EQ(read(body, "BINARYMIME", eight).error, EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(read(body, "BINARYMIME", eight | binary).number, 2u);
  EXPECT_EQ(read(body, "8BITMIME", binary).number, 1u);
  // Of another extension's keyword nothing follows.
  body.extensions = "BINARYMIME";
  EXPECT_EQ(read(body, "8BITMIME", 0).number, 1u);
  EXPECT_EQ(read(body, "8BITMIME", 0).error, EHLO_OK);
}

TEST(WordsValue, IsTheBitsOfItsWords) {
  const ehlo_param_row notify = row_of(EHLO_KIND_WORDS, EHLO_ROW_FIRST_ALONE, 0, 0, "NEVER SUCCESS FAILURE DELAY");
  expect_number(notify, "NEVER", 1);
  expect_number(notify, "success", 2);
  expect_number(notify, "Delay,Failure,SUCCESS", 14);
  expect_number(notify, "DELAY,DELAY", 8);
  for (const std::string_view text : {"", ",", "NEVER,NEVER", "NEVER,DELAY", "DELAY,NEVER", "DELAY,", ",DELAY",
                                      "DELAY,,SUCCESS", "DELAYS", "DELAY;SUCCESS", "ELAY"})
    expect_bad(notify, text);
  EXPECT_EQ(write(notify, 1, ""), "NEVER");
  EXPECT_EQ(write(notify, 14, ""), "SUCCESS,FAILURE,DELAY");
  for (const std::uint64_t number : {0, 3, 15, 16}) EXPECT_EQ(write(notify, number, ""), "refused");
  const ehlo_param_row free = row_of(EHLO_KIND_WORDS, 0, 0, 0, "A B C D E F");
  expect_number(free, "F,A,E", 1 + 16 + 32);
  EXPECT_EQ(write(free, 63, ""), "A,B,C,D,E,F");
  EXPECT_EQ(write(free, 64, ""), "refused");
}

TEST(XtextValue, IsPrintableWhenDecoded) {
  const ehlo_param_row envid = row_of(EHLO_KIND_XTEXT, 0, 0, 12);
  for (const std::string_view text : {"x", "a+2Bb", "+20", "+09", "+7E", "123456789012", "123456789+2B"})
    expect_good(envid, text);
  for (const std::string_view text : {"", "1234567890123", "+", "+2", "+2b", "a+0D+0A", "+00", "+7F", "+80", "+C3+BC",
                                      "a+", "a+4", "a+GG", "a\xC3\xBC", "a=b", "a+2", "+1F"})
    expect_bad(envid, text);
  EXPECT_EQ(write(envid, 0, "a b+"), "a+20b+2B");
  EXPECT_EQ(write(envid, 0, "\t"), "+09");
  EXPECT_EQ(write(envid, 0, "1234567890 "), "refused");
  for (const std::string_view text : {"", "a\nb", "\x7F", "\xC3\xBC"}) EXPECT_EQ(write(envid, 0, text), "refused");
  const ehlo_param_row any = row_of(EHLO_KIND_XTEXT, EHLO_ROW_ANY_HEX);
  expect_good(any, "a+2bc+2B" + std::string(3000, 'x'));
  expect_bad(any, "a+0ab");
}

TEST(MailboxValue, IsOneWhenDecoded) {
  const ehlo_param_row submitter = row_of(EHLO_KIND_MAILBOX, 0, 0, 40);
  for (const std::string_view text :
       {"bob@almamater.example", "bob+2Blists@a.example", "\"b+20o\"@a.example", "a@[192.0.2.1]"})
    expect_good(submitter, text);
  for (const std::string_view text : {"", "<>", "bob", "bob+2@a.example", "bob+2blists@a.example", "a+0D+0Ab@c.example",
                                      "a@", "@a", "+3C+3E", "a@b.example,c@d.example"})
    expect_bad(submitter, text);
  expect_bad(submitter, "a@" + std::string(31, 'x') + ".example");
  EXPECT_EQ(write(submitter, 0, "e=mc2@a.example"), "e+3Dmc2@a.example");
  EXPECT_EQ(write(submitter, 0, "<>"), "refused");
  EXPECT_EQ(write(submitter, 0, "a@" + std::string(31, 'x') + ".example"), "refused");
  EXPECT_EQ(write(submitter, 0, "bob"), "refused");
  const ehlo_param_row auth = row_of(EHLO_KIND_MAILBOX, EHLO_ROW_NULL_PATH | EHLO_ROW_ANY_HEX, 0, 500);
  for (const std::string_view text : {"<>", "+3C+3e", "bob+2blists@a.example"}) expect_good(auth, text);
  EXPECT_EQ(write(auth, 0, "<>"), "<>");
}

TEST(DateValue, IsUnixSeconds) {
  const ehlo_param_row any = row_of(EHLO_KIND_DATE), utc = row_of(EHLO_KIND_DATE, EHLO_ROW_UTC_ONLY);
  for (const ehlo_param_row* row : {&any, &utc}) {
    expect_number(*row, "2030-01-01T00:00:00Z", 1893456000);
    expect_number(*row, "2030-01-01T00:00:00.5z", 1893456000);
    expect_number(*row, "1990-01-01T00:00:00Z", 631152000);
    expect_number(*row, "1969-12-31T23:59:59Z", minus(1));
    expect_bad(*row, "2030-01-01T00:00:00");
    expect_bad(*row, "");
  }
  expect_number(any, "2030-01-01T00:00:00+00:00", 1893456000);
  expect_bad(utc, "2030-01-01T00:00:00+00:00");
  EXPECT_EQ(write(utc, 1893456000, ""), "2030-01-01T00:00:00Z");
  EXPECT_EQ(write(utc, minus(1), ""), "1969-12-31T23:59:59Z");
  EXPECT_EQ(write(utc, INT64_MAX, ""), "refused");
  expect_bad(row_of(EHLO_KIND_DATE, 0, 0, 20), "2030-01-01T00:00:00.5Z");
}

TEST(KeywordsValue, IsAListOfWords) {
  const ehlo_param_row solicit = row_of(EHLO_KIND_KEYWORDS, 0, 0, 40);
  for (const std::string_view text : {"a", "A-", "net.example:ADV,org.example:ADV:ADLT", "a_b.c-d:e9,z"}) {
    expect_good(solicit, text);
    EXPECT_EQ(write(solicit, 0, text), text);
  }
  for (const std::string_view text :
       {"", ",", "a,", ",a", "a,,b", "9a", "a,9", "-a", "net.example/ADV", "a b", "a;b", "a\xC3\xBC"}) {
    expect_bad(solicit, text);
    EXPECT_EQ(write(solicit, 0, text), "refused") << text;
  }
  expect_bad(solicit, std::string(41, 'a'));
  EXPECT_EQ(write(solicit, 0, std::string(41, 'a')), "refused");
}

TEST(CustomValue, IsReadByTheIdOfItsRow) {
  const ehlo_param_row& orcpt = *kParamsById[static_cast<std::size_t>(EHLO_PARAM_ORCPT)];
  const Outcome outcome = read(orcpt, "rfc822;a+2Bb@x.example");
  EXPECT_EQ(outcome.error, EHLO_OK);
  EXPECT_EQ(outcome.detail, (Span{7, 15}));
  expect_bad(orcpt, "rfc822");
  EXPECT_EQ(read(orcpt, "utf-8;\xC3\xBC@x.example", kAll, true).error, EHLO_OK);
  EXPECT_EQ(read(orcpt, "utf-8;\xC3\xBC@x.example", kAll, false).error, EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(write(orcpt, 0, "utf-8;\xC3\xBC@x.example"), "utf-8;\\x{FC}@x.example");
}

// Whatever a row lets be written is read again as what was meant.
TEST(WrittenValues, AreReadAgain) {
  for (const Value& value : kValues) {
    if (value.row->value == EHLO_VALUE_NONE) continue;
    for (std::uint64_t number = 0; number < 20; ++number) {
      for (const std::string_view text : {"", "<>", "a@b.example", "rfc822;a@b.example", "a b", "\xC3\xBC@b.example"}) {
        const std::string written = write(*value.row, number, text);
        if (written == "refused") continue;
        const Outcome outcome = read(*value.row, written);
        EXPECT_EQ(outcome.error, EHLO_OK) << value.row->keyword << written;
        const bool counts = value.row->kind == EHLO_KIND_NUMBER || value.row->kind == EHLO_KIND_WORD ||
                            value.row->kind == EHLO_KIND_WORDS;
        if (counts) {
          EXPECT_EQ(outcome.number, number) << written;
        }
      }
    }
  }
}

}  // namespace
