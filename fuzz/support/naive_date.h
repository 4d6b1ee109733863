// A reference reader of date-times (RFC 3339): it compares with a template and counts days one by one.
#pragma once

#include <optional>

#include "naive_path.h"

namespace support::naive {

inline bool is_leap_year(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
inline int days_of_month(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

// Days since the first of January of the year 0.
inline std::int64_t days_from_year_0(int year, int month, int day) {
  std::int64_t days = day - 1;
  for (int y = 0; y < year; ++y) days += is_leap_year(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += days_of_month(year, m);
  return days;
}

// `form`: "d" is a digit.
inline bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                    [](char c, char f) { return f == 'd' ? is_digit(c) : lower(c) == lower(f); });
}

inline int two_digits(std::string_view text, std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

// RFC 3339 5.6 and 5.7: the second 60 is allowed where UTC has leap seconds. It has the same number as the second after
// it.
inline std::optional<std::int64_t> date_time(std::string_view text, bool utc_only) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (!has_form(text.substr(0, kForm.size()), kForm)) return std::nullopt;
  std::string_view rest = text.substr(kForm.size());
  if (rest.starts_with('.')) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (digits == 1) return std::nullopt;
    rest.remove_prefix(digits);
  }
  std::int64_t offset = 0;
  if (!same_word(rest, "Z")) {
    if (utc_only || (!has_form(rest, "+dd:dd") && !has_form(rest, "-dd:dd"))) return std::nullopt;
    if (two_digits(rest, 1) > 23 || two_digits(rest, 4) > 59) return std::nullopt;
    offset = (two_digits(rest, 1) * 60 + two_digits(rest, 4)) * (rest[0] == '-' ? -60 : 60);
  }
  const int year = two_digits(text, 0) * 100 + two_digits(text, 2), month = two_digits(text, 5),
            day = two_digits(text, 8), second = two_digits(text, 17);
  if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) return std::nullopt;
  if (two_digits(text, 11) > 23 || two_digits(text, 14) > 59 || second > 60) return std::nullopt;
  const std::int64_t days = days_from_year_0(year, month, day);
  const std::int64_t of_day = two_digits(text, 11) * 3600 + two_digits(text, 14) * 60 + second;
  const std::int64_t seconds = (days - days_from_year_0(1970, 1, 1)) * 86400 + of_day - offset;
  if (second < 60) return seconds;
  for (int y = year - 1; y <= year + 1; ++y)
    for (const int behind : {1, 7})
      if (y >= 0 && seconds == (days_from_year_0(y, behind, 1) - days_from_year_0(1970, 1, 1)) * 86400) return seconds;
  return std::nullopt;
}

}  // namespace support::naive
