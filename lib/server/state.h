// The order of the dialogue as data: which input is legal in which state, and what follows (RFC 5321 4.1.4).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/transitions.h"

namespace ehlo {

enum class State : std::uint8_t {
  connected,          // the greeting has not been decided
  refused,            // the greeting was 554 or 521: nothing but QUIT
  greeted,            // no EHLO yet
  ready,              // EHLO, HELO or LHLO done
  mail_open,          // MAIL accepted
  has_recipient,      // one RCPT accepted or more
  receiving_content,  // after 354
  receiving_chunk,    // within the octets of a BDAT
  between_chunks,     // a chunk that was not the last is in
  authenticating,     // within a SASL exchange
  tls_pending,        // 220 to STARTTLS given
  closing             // the replies that are left are sent, input is dropped
};
inline constexpr std::size_t kStates = 12;

// The inputs of the table: an accepted command, or something that happened to the session.
enum class Input : std::uint8_t {
  greeting_ok,
  greeting_refused,
  hello,
  mail,
  rcpt,
  data,
  chunk,                 // a BDAT that may carry its octets
  chunk_stored,          // not the last, complete
  message_done,          // the message has its reply, positive or negative
  reset,                 // RSET, or the transaction was given up
  any_time,              // a verb that may come at any time (NOOP), and a verb without a row
  in_transaction,        // one that needs EHLO, and may come within a transaction too
  between_transactions,  // one that stands between transactions (ETRN)
  auth,
  auth_done,
  starttls,
  tls_started,
  quit,
  end
};
inline constexpr std::size_t kInputs = 19;

struct Edge {
  State from;
  Input on;
  State to;
  std::string_view spec;
};

inline constexpr std::array kEdges{
    Edge{State::connected, Input::greeting_ok, State::greeted, "RFC 5321 3.1"},
    Edge{State::connected, Input::greeting_refused, State::refused, "RFC 5321 3.1, RFC 7504"},

    Edge{State::greeted, Input::hello, State::ready, "RFC 5321 4.1.1.1"},
    Edge{State::ready, Input::hello, State::ready, "RFC 5321 4.1.4"},
    Edge{State::mail_open, Input::hello, State::ready, "RFC 5321 4.1.4: as RSET"},
    Edge{State::has_recipient, Input::hello, State::ready, "RFC 5321 4.1.4: as RSET"},
    Edge{State::between_chunks, Input::hello, State::ready, "RFC 5321 4.1.4: as RSET"},

    Edge{State::ready, Input::mail, State::mail_open, "RFC 5321 4.1.1.2"},
    Edge{State::mail_open, Input::rcpt, State::has_recipient, "RFC 5321 4.1.1.3"},
    Edge{State::has_recipient, Input::rcpt, State::has_recipient, "RFC 5321 4.1.1.3"},
    Edge{State::has_recipient, Input::data, State::receiving_content, "RFC 5321 4.1.1.4"},
    Edge{State::has_recipient, Input::chunk, State::receiving_chunk, "RFC 3030 2"},
    Edge{State::between_chunks, Input::chunk, State::receiving_chunk, "RFC 3030 2"},
    Edge{State::receiving_chunk, Input::chunk_stored, State::between_chunks, "RFC 3030 2"},
    Edge{State::receiving_content, Input::message_done, State::ready, "RFC 5321 4.1.1.4: buffers cleared"},
    Edge{State::receiving_chunk, Input::message_done, State::ready, "RFC 3030 2"},

    Edge{State::greeted, Input::reset, State::greeted, "RFC 5321 4.1.4: at any time"},
    Edge{State::ready, Input::reset, State::ready, "RFC 5321 4.1.1.5"},
    Edge{State::mail_open, Input::reset, State::ready, "RFC 5321 4.1.1.5"},
    Edge{State::has_recipient, Input::reset, State::ready, "RFC 5321 4.1.1.5"},
    Edge{State::between_chunks, Input::reset, State::ready, "RFC 3030 2: clears all segments"},

    Edge{State::greeted, Input::any_time, State::greeted, "RFC 5321 4.1.4: at any time"},
    Edge{State::ready, Input::any_time, State::ready, "RFC 5321 4.1.4"},
    Edge{State::mail_open, Input::any_time, State::mail_open, "RFC 5321 4.1.1.9: no effect on the buffers"},
    Edge{State::has_recipient, Input::any_time, State::has_recipient, "RFC 5321 4.1.1.9"},
    Edge{State::between_chunks, Input::any_time, State::between_chunks, "RFC 5321 4.1.1.9"},

    Edge{State::ready, Input::in_transaction, State::ready, "EHLO_COMMAND_IN_TRANSACTION"},
    Edge{State::mail_open, Input::in_transaction, State::mail_open, "EHLO_COMMAND_IN_TRANSACTION"},
    Edge{State::has_recipient, Input::in_transaction, State::has_recipient, "EHLO_COMMAND_IN_TRANSACTION"},
    Edge{State::between_chunks, Input::in_transaction, State::between_chunks, "EHLO_COMMAND_IN_TRANSACTION"},
    Edge{State::ready, Input::between_transactions, State::ready, "RFC 1985 3: ETRN between transactions"},

    Edge{State::ready, Input::auth, State::authenticating, "RFC 4954 4: after EHLO, not within a transaction"},
    Edge{State::authenticating, Input::auth_done, State::ready, "RFC 4954 4"},
    Edge{State::greeted, Input::starttls, State::tls_pending, "RFC 3207 4"},
    Edge{State::ready, Input::starttls, State::tls_pending, "RFC 3207 4"},
    Edge{State::tls_pending, Input::tls_started, State::greeted, "RFC 3207 4.2: as after the greeting"},

    Edge{State::refused, Input::quit, State::closing, "RFC 5321 3.1"},
    Edge{State::greeted, Input::quit, State::closing, "RFC 5321 4.1.1.10"},
    Edge{State::ready, Input::quit, State::closing, "RFC 5321 4.1.1.10"},
    Edge{State::mail_open, Input::quit, State::closing, "RFC 5321 4.1.1.10: the transaction is dropped"},
    Edge{State::has_recipient, Input::quit, State::closing, "RFC 5321 4.1.1.10"},
    Edge{State::between_chunks, Input::quit, State::closing, "RFC 5321 4.1.1.10"},

    Edge{State::connected, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::refused, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::greeted, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::ready, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::mail_open, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::has_recipient, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::receiving_content, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::receiving_chunk, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::between_chunks, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::authenticating, Input::end, State::closing, "RFC 5321 3.8"},
    Edge{State::tls_pending, Input::end, State::closing, "RFC 3207 4.1: no way back to plaintext"},
    Edge{State::closing, Input::end, State::closing, "already"},
};

inline constexpr State kNowhere{0xFF};

inline constexpr auto kNext = make_transitions<State, kStates, kInputs>(kEdges, kNowhere);

constexpr State next_state(State from, Input on) noexcept {
  return kNext[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
}
constexpr bool is_legal(State from, Input on) noexcept { return next_state(from, on) != kNowhere; }

constexpr bool has_transaction(State state) noexcept {
  return state == State::mail_open || state == State::has_recipient || state == State::receiving_content ||
         state == State::receiving_chunk || state == State::between_chunks;
}

namespace state_checks {

constexpr bool every_state_can_end() noexcept {
  for (std::size_t i = 0; i < kStates; ++i)
    if (!is_legal(static_cast<State>(i), Input::end)) return false;
  return true;
}

// DATA content begins only where a recipient was accepted.
constexpr bool content_needs_recipient() noexcept {
  for (const Edge& edge : kEdges)
    if (edge.to == State::receiving_content && edge.from != State::has_recipient) return false;
  return true;
}

static_assert(edges_are_unique(kEdges), "two edges for one state and input");
static_assert(every_state_can_end());
static_assert(content_needs_recipient());
static_assert(!is_legal(State::greeted, Input::mail), "MAIL needs EHLO, HELO or LHLO first");
static_assert(!is_legal(State::mail_open, Input::mail), "RFC 5321 4.1.4: no nested MAIL");
static_assert(!is_legal(State::mail_open, Input::data), "DATA needs a recipient");
static_assert(!is_legal(State::between_chunks, Input::data), "RFC 3030 2: DATA and BDAT do not mix");
static_assert(!is_legal(State::mail_open, Input::auth), "RFC 4954 4: not within a transaction");
static_assert(!is_legal(State::mail_open, Input::starttls), "an envelope would be lost silently");
static_assert(!is_legal(State::between_chunks, Input::rcpt), "the recipients are settled before the content");

}  // namespace state_checks
}  // namespace ehlo
