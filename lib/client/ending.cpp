// The end of a session.
#include "client/ending.h"

namespace ehlo {
namespace {

// The command that an end of the session cuts short: the one whose reply is being taken, or is awaited, or the next
// one. Whether the next command of an envelope is in the outbox already depends on how the input was cut, so it counts
// as awaited.
Decider under_way(const ClientSession& s, std::uint8_t slot) noexcept {
  if (s.answered_slot == slot) return s.answered;
  if (const Pending* awaited = s.pipeline.awaited().first_of(slot); awaited != nullptr) return awaited->decider();
  if (slot != s.transactions.current_slot()) return {};
  if (s.pipeline.state() == ClientState::content) return {EHLO_VERB_DATA, true};
  if (s.pipeline.state() == ClientState::chunking) return {EHLO_VERB_BDAT, false};
  if (!s.job.started) return {};
  if (s.job.sent < s.job.recipients) return {EHLO_VERB_RCPT, false};
  return {wants_chunks(s, *s.job.envelope) ? EHLO_VERB_BDAT : EHLO_VERB_DATA, false};
}

// Whether the error is about the octets of a reply, so that these come with the event.
bool is_about_reply(Error error) noexcept {
  switch (error) {
    case EHLO_E_MALFORMED_REPLY:
    case EHLO_E_CODE_MISMATCH:
    case EHLO_E_BARE_LF:
    case EHLO_E_BARE_CR:
    case EHLO_E_REPLY_TOO_LONG:
    case EHLO_E_UNEXPECTED_CODE:
    case EHLO_E_UNSOLICITED_REPLY: return true;
    default: return false;
  }
}

void settle_lost(ClientSession& s, const ClientCall& call, std::uint8_t slot) noexcept {
  const bool goodbye = s.ending.event == EHLO_CLIENT_EVENT_CLOSED && call.holds_reply() && call.reply().code == 421;
  s.begin_settlement(slot, outcome_of_lost(s.transactions.at(slot), s.ending.error, goodbye ? &call.reply() : nullptr));
}

// An envelope that was taken, and of which nothing was sent before the end, has its outcomes like any other.
bool begin_lost_job(ClientSession& s) noexcept {
  if (!s.job.active() || !s.transactions.can_begin()) return false;
  s.transactions.begin(s.job.number, s.job.recipients);
  s.transactions.current().closed = true;
  s.transactions.current().under_way = {EHLO_VERB_MAIL, false};
  s.job.drop();
  return true;
}

}  // namespace

void end_session(ClientSession& s, ClientEventType how, Error why, std::uint64_t at) noexcept {
  if (s.pipeline.state() == ClientState::closed) return;
  // First, since it is found by the state and the awaited replies, which are cleared below.
  for (std::uint8_t slot = 0; slot < Transactions::kSlots; ++slot)
    s.transactions.at(slot).under_way = under_way(s, slot);
  s.pipeline.close();
  s.ending = {how, why, at};
  drop_job(s, s.transactions.current_slot());
  s.opening = false;
  s.auth.end_turn();
  for (std::uint8_t slot = 0; slot < Transactions::kSlots; ++slot) s.transactions.at(slot).closed = true;
}

bool report_end(ClientSession& s, ClientCall& call) noexcept {
  for (std::uint8_t i = 0; i < Transactions::kSlots; ++i) {
    const std::uint8_t slot = s.transactions.by_age(i);
    if (s.transactions.at(slot).open == 0) continue;
    settle_lost(s, call, slot);
    return true;
  }
  if (begin_lost_job(s)) return true;
  if (s.ending.event == EHLO_CLIENT_EVENT_NONE) {
    call.use_all();
    return false;
  }
  // Why the server closed stands in its 421.
  const bool goodbye = s.ending.event == EHLO_CLIENT_EVENT_CLOSED && call.reply().code == 421;
  const bool with_reply = goodbye || is_about_reply(s.ending.error);
  ClientEvent event = with_reply ? call.reply_event(s.ending.event, EHLO_VERB_UNKNOWN) : kNoClientEvent;
  event.type = s.ending.event;
  event.error = s.ending.error;
  event.number = s.ending.at;
  call.emit(event);
  s.ending.event = EHLO_CLIENT_EVENT_NONE;
  return true;
}

}  // namespace ehlo
