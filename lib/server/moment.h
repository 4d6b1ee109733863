// Decides whether a command may come now: first by the policies of the server, then by the order of the dialogue. The
// flags of the verb's row say which policies apply to it.
#pragma once

#include "base/rows.h"
#include "server/state.h"
#include "syntax/error.h"

namespace ehlo {

// The part of the session's state that decides.
struct Moment {
  State state = State::connected;
  bool lacks_tls = false;      // TLS is required and not active
  bool requires_auth = false;  // authentication is required
  bool authenticated = false;
  bool esmtp = false;  // EHLO or LHLO, and not HELO, was the last
};

constexpr Input input_of_session(std::uint32_t verb) noexcept {
  switch (verb) {
    case EHLO_VERB_MAIL: return Input::mail;
    case EHLO_VERB_RCPT: return Input::rcpt;
    case EHLO_VERB_DATA: return Input::data;
    case EHLO_VERB_BDAT: return Input::chunk;
    case EHLO_VERB_RSET: return Input::reset;
    case EHLO_VERB_QUIT: return Input::quit;
    case EHLO_VERB_STARTTLS: return Input::starttls;
    case EHLO_VERB_AUTH: return Input::auth;
    default: return Input::hello;
  }
}

// The input of the table that a command is.
constexpr Input input_of(const ehlo_verb_row& row) noexcept {
  if (row.flags & EHLO_COMMAND_SESSION) return input_of_session(row.id);
  if (row.flags & EHLO_COMMAND_ANY_TIME) return Input::any_time;
  return row.flags & EHLO_COMMAND_IN_TRANSACTION ? Input::in_transaction : Input::between_transactions;
}

// The error for which the command may not come now; EHLO_OK: it may. The order decides the reply: 530 for missing TLS,
// 530 for missing authentication, then 503. A client that meets the first condition may not need the others.
constexpr Error check_moment(const ehlo_verb_row& row, const Moment& moment) noexcept {
  if (moment.lacks_tls && !(row.flags & EHLO_COMMAND_BEFORE_TLS)) return EHLO_E_TLS_REQUIRED;
  if (!moment.authenticated) {
    const bool required = moment.requires_auth && !(row.flags & EHLO_COMMAND_BEFORE_AUTH);
    if (required || (row.flags & EHLO_COMMAND_NEEDS_AUTH)) return EHLO_E_AUTH_REQUIRED;
  }
  if ((row.flags & EHLO_COMMAND_NEEDS_EHLO) && !moment.esmtp) return EHLO_E_BAD_SEQUENCE;
  const Input input = input_of(row);
  if (is_legal(moment.state, input)) return EHLO_OK;
  // RFC 5321 3.3 allows 503 for DATA without a recipient; the event says more exactly what is wrong.
  const bool content = input == Input::data || input == Input::chunk;
  return content && moment.state == State::mail_open ? EHLO_E_NO_RECIPIENTS : EHLO_E_BAD_SEQUENCE;
}

namespace state_checks {

// The flags of a row and the table agree about when its verb may come. STARTTLS is special: it may come before EHLO.
constexpr bool agrees_with_its_row(const ehlo_verb_row& row) noexcept {
  const Input input = input_of(row);
  const bool any_time = (row.flags & EHLO_COMMAND_ANY_TIME) != 0;
  const bool inside = any_time || (row.flags & EHLO_COMMAND_IN_TRANSACTION);
  const bool before = is_legal(State::greeted, input) && row.id != EHLO_VERB_STARTTLS;
  const bool within = is_legal(State::mail_open, input) || is_legal(State::has_recipient, input);
  return before == any_time && within == inside;
}
constexpr bool rows_agree() noexcept {
  for (const ehlo_verb_row& row : kVerbRows)
    if (!agrees_with_its_row(row)) return false;
  return true;
}
static_assert(rows_agree());

}  // namespace state_checks
}  // namespace ehlo
