// What a client session tells its program.
#pragma once

#include "extension/extension.h"
#include "syntax/error.h"
#include "syntax/verb.h"

namespace ehlo {

// Values are those of EHLO_CLIENT_EVENT_*.
enum class ClientEventType : std::uint32_t {
  none = 0,
  greeting = 1,
  reply = 2,
  ready = 3,
  start_tls = 4,
  challenge = 5,
  go_ahead = 6,
  result = 7,
  outcome = 8,
  done = 9,
  closed = 10,
  error = 11
};

enum class Verdict : std::uint32_t { none = 0, accepted = 1, failed = 2, retry = 3, unknown = 4 };

// What a verdict is about.
enum class About : std::uint32_t { none = 0, recipient = 1, message = 2, connection = 3 };

inline constexpr std::uint32_t kFlagAnswered = 16;

// The layout of ehlo_client_event.
struct [[gnu::may_alias]] ClientEvent {
  ClientEventType type;
  Verb verb;
  std::uint32_t code;
  std::uint32_t enhanced;
  std::uint32_t transaction;
  std::uint32_t index;
  Verdict verdict;
  About scope;
  std::uint32_t flags;
  Error error;
  std::uint64_t number;
  ExtensionSet extensions;
  Span reply;
  Span text;
};
inline constexpr ClientEvent kNoClientEvent{ClientEventType::none,
                                            Verb::unknown,
                                            0,
                                            0,
                                            0,
                                            0,
                                            Verdict::none,
                                            About::none,
                                            0,
                                            Error::none,
                                            0,
                                            0,
                                            kAbsent,
                                            kAbsent};

// The layout of ehlo_client_batch.
struct [[gnu::may_alias]] ClientBatch {
  ClientEvent* events;
  std::uint32_t event_cap, event_count;
  Error error;
  std::uint32_t reserved;
};

// The most events that one step of a session gives.
inline constexpr std::uint32_t kClientEventsPerStep = 8;

const char* client_event_name(ClientEventType type) noexcept;

}  // namespace ehlo
