// Reads and writes dates of RFC 3339. No Ragel grammar: most rules are about numbers, such as the days of a month.
#include "syntax/date_time.h"

namespace ehlo {
namespace {

constexpr std::int64_t kDay = 86400;

struct Date {
  std::int64_t year;
  unsigned month, day;
};

// Days from 1970-01-01 and back, in the Gregorian calendar. Years begin in March here, so that February 29 is the last
// day of a year, and are counted in eras of 400 years (146097 days), which are all alike. From March on the lengths of
// the months repeat in groups of five with 153 days. 719468 days lie between 0000-03-01 and 1970-01-01.
constexpr std::int64_t days_of(Date date) noexcept {
  const std::int64_t year = date.year - (date.month <= 2);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<unsigned>(year - era * 400);
  const unsigned of_year = (153 * (date.month + (date.month > 2 ? 0u : 12u) - 3) + 2) / 5 + date.day - 1;
  return era * 146097 + (of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719468;
}

constexpr Date date_of(std::int64_t days) noexcept {
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const auto of_era = static_cast<unsigned>(shifted - era * 146097);
  const unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
  const unsigned month = (5 * of_year + 2) / 153;
  return {era * 400 + year + (month >= 10), month < 10 ? month + 3 : month - 9, of_year - (153 * month + 2) / 5 + 1};
}

constexpr unsigned days_in(std::int64_t year, unsigned month) noexcept {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

constexpr bool is_digit(Octet c) noexcept { return c >= '0' && c <= '9'; }

// Reads from the front. After a failure all further calls fail, so the caller checks once, with at_end().
class Reader {
 public:
  explicit Reader(Bytes text) noexcept : rest_(text) {}

  unsigned number(unsigned digits, unsigned most) noexcept {
    unsigned value = 0;
    for (unsigned i = 0; i < digits; ++i) {
      good_ = good_ && !rest_.empty() && is_digit(rest_[0]);
      if (!good_) return 0;
      value = value * 10 + (rest_[0] - '0');
      rest_ = rest_.from(1);
    }
    good_ = value <= most;
    return value;
  }
  // Letters in any case (RFC 3339 5.6).
  bool take(char c) noexcept {
    if (!good_ || rest_.empty() || upper(rest_[0]) != static_cast<Octet>(c)) return false;
    rest_ = rest_.from(1);
    return true;
  }
  void need(char c) noexcept { good_ = take(c); }
  void fraction() noexcept {
    number(1, 9);
    while (good_ && !rest_.empty() && is_digit(rest_[0])) rest_ = rest_.from(1);
  }
  void fail_unless(bool condition) noexcept { good_ = good_ && condition; }
  bool at_end() const noexcept { return good_ && rest_.empty(); }

 private:
  Bytes rest_;
  bool good_ = true;
};

std::int64_t read_offset(Reader& reader, bool utc_only) noexcept {
  if (reader.take('Z')) return 0;
  const bool ahead = !utc_only && reader.take('+');
  if (!ahead && (utc_only || !reader.take('-'))) reader.fail_unless(false);
  const unsigned hours = reader.number(2, 23);
  reader.need(':');
  const std::int64_t minutes = hours * 60 + reader.number(2, 59);
  const std::int64_t offset = minutes * 60;
  return ahead ? offset : -offset;
}

// Whether a leap second may stand before this one: they are inserted at the end of June or December, in UTC.
bool is_behind_leap_second(std::int64_t seconds) noexcept {
  if (seconds % kDay != 0) return false;
  const Date date = date_of(seconds / kDay);
  return date.day == 1 && (date.month == 1 || date.month == 7);
}

void put_digits(Writer& out, std::int64_t number, unsigned digits) noexcept {
  std::int64_t place = 1;
  while (--digits != 0) place *= 10;
  for (; place != 0; place /= 10) out.put(static_cast<Octet>('0' + number / place % 10));
}

}  // namespace

bool read_date_time(Bytes text, DateRules rules, std::int64_t& seconds) noexcept {
  Reader reader(text);
  Date date{};
  date.year = reader.number(4, 9999);
  reader.need('-');
  date.month = reader.number(2, 12);
  reader.need('-');
  date.day = reader.number(2, 31);
  reader.need('T');
  const unsigned hour = reader.number(2, 23);
  reader.need(':');
  const unsigned minute = reader.number(2, 59);
  reader.need(':');
  // 60 is checked at the end: whether it may be a leap second depends on the offset.
  const unsigned second = reader.number(2, 60);
  if (rules.fraction && reader.take('.')) reader.fraction();
  const std::int64_t offset = read_offset(reader, rules.utc_only);
  if (!reader.at_end() || date.month == 0 || date.day == 0 || date.day > days_in(date.year, date.month)) return false;
  const std::int64_t minutes = hour * 60 + minute;
  seconds = days_of(date) * kDay + minutes * 60 + second - offset;
  return second < 60 || is_behind_leap_second(seconds);
}

bool write_date_time(std::int64_t seconds, Writer& out) noexcept {
  constexpr std::int64_t kFirst = days_of({0, 1, 1}) * kDay, kEnd = days_of({10000, 1, 1}) * kDay;
  if (seconds < kFirst || seconds >= kEnd) return false;
  // C++ division rounds towards 0, and days before 1970 must round down: so the dividend is made positive.
  const std::int64_t days = (seconds - kFirst) / kDay + kFirst / kDay, of_day = seconds - days * kDay;
  const Date date = date_of(days);
  put_digits(out, date.year, 4);
  out.put('-');
  put_digits(out, date.month, 2);
  out.put('-');
  put_digits(out, date.day, 2);
  out.put('T');
  put_digits(out, of_day / 3600, 2);
  out.put(':');
  put_digits(out, of_day / 60 % 60, 2);
  out.put(':');
  put_digits(out, of_day % 60, 2);
  out.put('Z');
  return true;
}

}  // namespace ehlo
