// Replies in, events out: one step at a time, each complete before the next.
#include "base/elements.h"
#include "base/find_octet.h"
#include "client/client.h"
#include "client/reply_rows.h"

namespace ehlo {
namespace {

// Whether what the server said is the error, so that it comes with it.
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

}  // namespace

std::size_t Client::receive(Bytes input, ClientBatch& batch) noexcept {
  batch.event_count = 0;
  const bool usable = batch.event_cap >= EHLO_CLIENT_EVENTS_MIN && is_element_size<ClientEvent>(batch.event_size);
  batch.error = usable ? EHLO_OK : EHLO_E_ARGUMENT;
  if (batch.error != EHLO_OK) return 0;
  Call call{input, batch};
  bool room = true;
  while (room && step(call)) room = batch.event_cap - batch.event_count >= EHLO_CLIENT_EVENTS_MIN;
  // A reply that has been told is gone, also where there is no room for the next step: what is left is left to judge.
  // At the end of the session the last events may still be about it.
  if (!settlement_.active && state_ != ClientState::closed) release_reply(call);
  leftover_ = state_ != ClientState::closed && (call.used != input.size || parser_.within_reply());
  stalled_ = !room && call.used != input.size;
  pump();
  return call.used;
}

bool Client::step(Call& call) noexcept {
  if (settlement_.active) {
    settle_step(call);
    return true;
  }
  if (finish_step(call)) return true;
  if (state_ == ClientState::closed) return end_step(call);
  release_reply(call);
  if (state_ == ClientState::tls_pending && !call.rest().empty()) {
    // RFC 3207 6: what came with the 220 was never protected; the first octet of it ends the session.
    fail(EHLO_E_TLS_INJECTION);
    return true;
  }
  if (state_ != ClientState::tls_pending && take_reply(call)) return true;
  if (!eof_) return false;
  lose_connection();
  return true;
}

// The reply has been told in full.
void Client::release_reply(Call& call) noexcept {
  const std::size_t left = call.input.size - call.used;
  call.used += held_ < left ? held_ : left;
  held_ = 0;
}

bool Client::take_reply(Call& call) noexcept {
  const bool hello = !pending_.empty() && pending_.front().expect == Expect::hello;
  const Problem problem =
      hello ? parser_.feed_hello(call.rest(), reply_, call.hello) : parser_.feed(call.rest(), reply_);
  if (problem.error == EHLO_E_INCOMPLETE) return false;
  if (problem.ok()) {
    held_ = reply_.length;
    dispatch(call);
  } else {
    hold_unreadable(call, problem);
    fail(problem.error, problem.at);
  }
  return true;
}

// Its length is up to the octet at fault, which is here wherever the input was cut. Of a reply that is too long none
// is. The reason that people look for may stand behind it: what is here of its line is held too.
void Client::hold_unreadable(const Call& call, Problem problem) noexcept {
  const Bytes rest = call.rest();
  const bool too_long = problem.error == EHLO_E_REPLY_TOO_LONG;
  const std::size_t readable = problem.at + (too_long ? 0 : 1);
  const std::uint32_t most = config_.options().replies.octets;
  reply_ = {};
  reply_.length = static_cast<std::uint32_t>(readable < rest.size ? readable : rest.size);
  held_ = reply_.length;
  if (too_long || held_ == 0 || rest[held_ - 1] == '\n') return;
  const Bytes shown = rest.first(rest.size < most ? rest.size : most);
  const Octet* const end = find_octet(shown.data + held_, shown.end(), '\n');
  held_ = static_cast<std::uint32_t>((end == shown.end() ? end : end + 1) - shown.data);
}

void Client::dispatch(Call& call) noexcept {
  const bool goodbye = reply_.code == 421;
  // A reply that was here before its command left is no answer to it.
  const bool awaited = !pending_.empty() && (!pending_.front().by_line || in_flight_ > 0);
  if (!awaited) {
    // RFC 5321 3.8: 421 may come at any time. Another refusal within the content is final too, but where the server
    // goes on reading from is not known, so the session ends.
    if (!goodbye && state_ == ClientState::content && reply_.klass() >= 4) refuse_content(call);
    if (goodbye)
      end(EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
    else
      fail(EHLO_E_UNSOLICITED_REPLY);
    return;
  }
  const Pending to = pending_.front();
  const ReplyRow& row = kReplyRows[static_cast<std::size_t>(to.expect)];
  if (!row.allows(reply_.code)) return fail(EHLO_E_UNEXPECTED_CODE);
  // The end of an LMTP message is one line with many replies.
  if (to.by_line && (to.expect != Expect::result || to.count == 1)) --in_flight_;
  pending_.pop();
  answered_ = to.decider();
  answered_slot_ = to.slot;
  (this->*row.handler)(call, to);
  if (goodbye) end(EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
  answered_slot_ = kNoSlot;
}

void Client::settle_step(Call& call) noexcept {
  Transaction& transaction = transactions_open_[settlement_.slot];
  while (call.batch.event_count != call.batch.event_cap) {
    const std::uint32_t index = transaction.first_open();
    if (index == transaction.recipients) {
      settlement_.active = false;
      return;
    }
    tell_outcome(call, settlement_.slot, index, settlement_.verdict, settlement_.scope);
  }
}

bool Client::finish_step(Call& call) noexcept {
  const std::uint8_t slot = next_over();
  if (slot == kNoSlot) return false;
  ClientEvent event = kNoClientEvent;
  event.type = EHLO_CLIENT_EVENT_DONE;
  event.transaction = transactions_open_[slot].number;
  emit(call, event);
  transactions_open_[slot].number = 0;
  return true;
}

// The last events, in their order: outcomes, DONE, the end.
bool Client::end_step(Call& call) noexcept {
  for (std::uint8_t i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<std::uint8_t>(older_slot() ^ i);
    if (transactions_open_[slot].open == 0) continue;
    settle_lost(slot);
    return true;
  }
  if (begin_lost_job()) return true;
  if (end_event_ == EHLO_CLIENT_EVENT_NONE) {
    call.used = call.input.size;
    held_ = 0;
    return false;
  }
  // Why the server closed stands in its 421.
  const bool goodbye = end_event_ == EHLO_CLIENT_EVENT_CLOSED && reply_.code == 421;
  ClientEvent event =
      goodbye || is_about_reply(end_error_) ? reply_event(call, end_event_, EHLO_VERB_UNKNOWN) : kNoClientEvent;
  event.type = end_event_;
  event.error = end_error_;
  event.number = end_at_;
  emit(call, event);
  end_event_ = EHLO_CLIENT_EVENT_NONE;
  return true;
}

void Client::emit(Call& call, const ClientEvent& event) noexcept {
  put_element(call.batch.events, call.batch.event_size, call.batch.event_count++, event);
}

ClientEvent Client::reply_event(const Call& call, ClientEventType type, Verb verb) const noexcept {
  ClientEvent event = kNoClientEvent;
  event.type = type;
  event.verb = verb;
  if (held_ == 0 || call.input.size - call.used < held_) return event;
  event.code = reply_.code;
  event.enhanced = reply_.enhanced;
  const auto base = static_cast<std::uint32_t>(call.used);
  event.reply = {base, held_};
  std::size_t at = base;
  event.text = next_reply_line(call.input.first(base + reply_.length), at);
  return event;
}

}  // namespace ehlo
