// What a server session tells its program: flat structs in arrays of the program's.
#pragma once

#include "syntax/command.h"

namespace ehlo {

// Values are those of EHLO_SERVER_EVENT_*.
enum class EventType : std::uint32_t {
  none = 0,
  greeting = 1,
  hello = 2,
  mail = 3,
  rcpt = 4,
  data = 5,
  bdat = 6,
  body = 7,
  chunk = 8,
  message = 9,
  abort = 10,
  rset = 11,
  noop = 12,
  help = 13,
  vrfy = 14,
  expn = 15,
  quit = 16,
  starttls = 17,
  auth = 18,
  auth_response = 19,
  auth_abort = 20,
  command = 21,
  rejected = 22,
  violation = 23,
  plaintext = 24,
  close = 25
};

// The layout of ehlo_server_event.
struct [[gnu::may_alias]] Event {
  EventType type;
  std::uint32_t id;  // not 0: an ask
  std::uint32_t flags;
  Error error;
  std::uint64_t number;
  Span line;
  Span text;
  Span response;
  Path path;
  Range params;
  Range body;
  std::uint32_t index;
  Verb verb;
  std::uint32_t kind;
  std::uint32_t code;
};
inline constexpr Event kNoEvent{EventType::none, 0,      0, Error::none,   0, kAbsent, kAbsent, kAbsent, kNoPath,
                                {0, 0},          {0, 0}, 0, Verb::unknown, 0, 0};

// The layout of ehlo_server_batch.
struct [[gnu::may_alias]] Batch {
  Event* events;
  Span* spans;
  Param* params;
  std::uint32_t event_cap, event_count;
  std::uint32_t span_cap, span_count;
  std::uint32_t param_cap, param_count;
  Error error;
  std::uint32_t reserved;
};

// One step of a session gives at most so many events: six violations, a piece of the body, and a chunk or a message.
inline constexpr std::uint32_t kEventsPerStep = 8;
inline constexpr std::uint32_t kSpansPerStep = 8;

// What a rejected line looks like; the values of EHLO_JUNK_*.
enum class Junk : std::uint32_t { none = 0, http = 1, tls = 2 };
Junk classify_junk(Bytes line) noexcept;

const char* event_name(EventType type) noexcept;

}  // namespace ehlo
