// Dates and times as RFC 3339 writes them.
#pragma once

#include "syntax/writer.h"

namespace ehlo {

struct DateRules {
  bool utc_only = false;  // "Z" and no other offset
  bool fraction = true;   // of a second; it is dropped
};

// Reads `text`, which must be one date-time; `seconds` becomes its Unix time. Second 60 is valid only as 23:59:60 UTC
// on the last day of June or December, and gives the number of the next second (RFC 3339 5.7 and appendix D).
bool read_date_time(Bytes text, DateRules rules, std::int64_t& seconds) noexcept;

// Writes a Unix time in UTC. False outside of the years 0 to 9999.
bool write_date_time(std::int64_t seconds, Writer& out) noexcept;

}  // namespace ehlo
