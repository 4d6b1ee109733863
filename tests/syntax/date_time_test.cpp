// Dates of RFC 3339: which there are, and their Unix times.
#include "syntax/date_time.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "support/guarded_octets.h"

namespace {

using namespace ehlo;

void expect_time(std::string_view text, std::int64_t seconds, DateRules rules = {}) {
  std::int64_t read = -12345;
  EXPECT_TRUE(read_date_time(support::guarded(text), rules, read)) << text;
  EXPECT_EQ(read, seconds) << text;
}

void expect_none(std::string_view text, DateRules rules = {}) {
  std::int64_t read = 0;
  EXPECT_FALSE(read_date_time(support::guarded(text), rules, read)) << text;
}

std::string write(std::int64_t seconds) {
  bool good = false;
  const std::string text = support::written([&](Writer& out) { good = write_date_time(seconds, out); });
  return good ? text : "refused";
}

TEST(DateTime, IsAUnixTime) {
  expect_time("1970-01-01T00:00:00Z", 0);
  expect_time("1970-01-01t00:00:00z", 0);
  expect_time("2014-04-03T23:01:00-07:00", 1396591260);
  expect_time("2014-04-03T23:01:00Z", 1396566060);
  expect_time("2014-04-04T04:31:00+05:30", 1396566060);
  expect_time("2014-04-03T23:01:00-00:00", 1396566060);
  expect_time("2000-02-29T12:00:00+23:59", 951825600 - 23 * 3600 - 59 * 60);
  expect_time("0000-01-01T00:00:00Z", -62167219200);
  expect_time("9999-12-31T23:59:59Z", 253402300799);
}

TEST(DateTime, DropsAFraction) {
  expect_time("2030-01-01T00:00:00.5Z", 1893456000);
  expect_time("2030-01-01T00:00:00.999999999999999999999999+00:00", 1893456000);
  for (const std::string_view text : {"2030-01-01T00:00:00.Z", "2030-01-01T00:00:00,5Z", "2030-01-01T00:00:00.5.5Z",
                                      "2030-01-01T00:00:00.", "2030-01-01T00:00:00.5"})
    expect_none(text);
  expect_none("2030-01-01T00:00:00.5Z", {false, false});
  expect_time("2030-01-01T00:00:00Z", 1893456000, {false, false});
}

TEST(DateTime, MayHaveToBeInUtc) {
  expect_time("2030-01-01T00:00:00Z", 1893456000, {true, true});
  for (const std::string_view text : {"2030-01-01T00:00:00+00:00", "2030-01-01T00:00:00-00:00"}) {
    expect_time(text, 1893456000);
    expect_none(text, {true, true});
  }
}

TEST(DateTime, TakesLeapSecondsWhereTheyCanBe) {
  expect_time("1990-12-31T23:59:60Z", 662688000);
  expect_time("1990-12-31T15:59:60-08:00", 662688000);
  expect_time("2030-06-30T23:59:60Z", 1909094400);
  expect_time("2030-07-01T05:29:60.9+05:30", 1909094400);
  for (const std::string_view text :
       {"1990-12-31T23:59:60-08:00", "2030-01-01T12:00:60Z", "2030-06-30T23:59:61Z", "2030-03-31T23:59:60Z",
        "2030-06-30T23:58:60Z", "2030-07-01T23:59:60Z", "2030-06-29T23:59:60Z"})
    expect_none(text);
}

TEST(DateTime, IsOneThatThereIs) {
  for (const std::string_view text :
       {"2030-00-01T00:00:00Z", "2030-13-01T00:00:00Z", "2030-01-00T00:00:00Z", "2030-01-32T00:00:00Z",
        "2030-04-31T00:00:00Z", "2030-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2030-01-01T24:00:00Z",
        "2030-01-01T00:60:00Z", "2030-01-01T00:00:00+24:00", "2030-01-01T00:00:00+00:60"})
    expect_none(text);
  expect_time("2000-02-29T00:00:00Z", 951782400);
  expect_time("2028-02-29T00:00:00Z", 1835395200);
}

// With each octet left out, doubled, or another.
TEST(DateTime, HasNothingMissingAndNothingMore) {
  for (const std::string whole : {"2030-01-01T00:00:00Z", "2030-01-01T00:00:00+01:00"}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      expect_none(whole.substr(0, at));
      expect_none(whole.substr(0, at) + whole.substr(at + 1));
      expect_none(whole.substr(0, at) + whole[at] + whole.substr(at));
      for (const char octet : {' ', 'x', '/', '\0', '\xB0'}) {
        std::string other = whole;
        other[at] = octet;
        expect_none(other);
      }
    }
    expect_none(whole + " ");
  }
  expect_none("20300101T000000Z");
  expect_none("2030-01-01 00:00:00Z");
  expect_none("2030-01-01T00:00Z");
  expect_none("+2030-01-01T00:00:00Z");
}

TEST(DateTime, IsWrittenAsItIsRead) {
  EXPECT_EQ(write(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(write(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(write(-62167219200), "0000-01-01T00:00:00Z");
  EXPECT_EQ(write(-62167219201), "refused");
  EXPECT_EQ(write(253402300799), "9999-12-31T23:59:59Z");
  EXPECT_EQ(write(253402300800), "refused");
  EXPECT_EQ(write(INT64_MIN), "refused");
  EXPECT_EQ(write(INT64_MAX), "refused");
  // Each day of 800 years, at some second, as the C library has it.
  for (std::int64_t seconds = -12345678901; seconds < 12900000000; seconds += 86400 + 17) {
    const auto time = static_cast<std::time_t>(seconds);
    if (time != seconds) continue;  // a C library whose time has 32 bits
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    ASSERT_EQ(write(seconds), text);
    std::int64_t read = 0;
    ASSERT_TRUE(read_date_time(bytes_of(text), {}, read));
    ASSERT_EQ(read, seconds);
  }
}

}  // namespace
