// Replies in, events out. One thing at a time is reported in full before the next one happens, so that the events do
// not depend on how much room for them a call has, nor on where the input was cut.
#include "base/find_octet.h"
#include "client/client.h"
#include "client/ending.h"
#include "client/replies.h"

namespace ehlo {

std::size_t Client::receive(Bytes input, ClientBatch& batch) noexcept {
  batch.event_count = 0;
  const bool usable = batch.event_cap >= EHLO_CLIENT_EVENTS_MIN && is_element_size<ClientEvent>(batch.event_size);
  batch.error = usable ? EHLO_OK : EHLO_E_ARGUMENT;
  if (batch.error != EHLO_OK) return 0;
  ClientCall call(input, batch, held_);
  bool room = true;
  while (room && advance(call)) room = call.has_room();
  const bool closed = session_.pipeline.state() == ClientState::closed;
  // A reply that has been reported is used up, also where there is no room to go on, so that only input that has
  // not been read stays. At the end of the session the last events may still be about it.
  if (!session_.settlement.active && !closed) call.release_reply();
  session_.pipeline.set_unread(!closed && (!call.used_all() || parser_.within_reply()));
  stalled_ = !room && !call.used_all();
  continue_job(session_);
  return call.used();
}

// Does the next thing that is due; false where nothing is.
bool Client::advance(ClientCall& call) noexcept {
  if (session_.settlement.active) {
    report_settlement(call);
    return true;
  }
  if (report_done(call)) return true;
  const ClientState state = session_.pipeline.state();
  if (state == ClientState::closed) return report_end(session_, call);
  call.release_reply();
  if (state == ClientState::tls_pending && !call.used_all()) {
    // RFC 3207 6: octets that came with the 220 were never protected. The first of them ends the session.
    fail(session_, EHLO_E_TLS_INJECTION);
    return true;
  }
  if (state != ClientState::tls_pending && read_reply(call)) return true;
  if (!session_.pipeline.eof()) return false;
  lose_connection();
  return true;
}

void Client::report_settlement(ClientCall& call) noexcept {
  Settlement& settlement = session_.settlement;
  Transaction& transaction = session_.transactions.at(settlement.slot);
  while (!call.is_full()) {
    const std::uint32_t index = transaction.first_open();
    if (index == transaction.recipients) {
      settlement.active = false;
      return;
    }
    report_outcome(call, transaction, index, settlement.outcome);
  }
}

bool Client::report_done(ClientCall& call) noexcept {
  const std::uint8_t slot = session_.transactions.next_over(session_.pipeline.awaited(), session_.pipeline.state());
  if (slot == kNoSlot) return false;
  Transaction& transaction = session_.transactions.at(slot);
  ClientEvent event = kNoClientEvent;
  event.type = EHLO_CLIENT_EVENT_DONE;
  event.transaction = transaction.number;
  call.emit(event);
  transaction.number = 0;
  return true;
}

bool Client::read_reply(ClientCall& call) noexcept {
  const PendingReplies& awaited = session_.pipeline.awaited();
  const bool hello = !awaited.empty() && awaited.front().expect == Expect::hello;
  const Problem problem =
      hello ? parser_.feed_hello(call.rest(), held_.reply, call.hello) : parser_.feed(call.rest(), held_.reply);
  if (problem.error == EHLO_E_INCOMPLETE) return false;
  if (problem.ok()) {
    held_.octets = held_.reply.length;
    take_reply(session_, call);
  } else {
    hold_unreadable(call, problem);
    fail(session_, problem.error, problem.at);
  }
  return true;
}

// The length of the reply does not depend on cuts: it ends with the octet at fault, or before it where the reply is too
// long. The text that explains it to a person may stand after that octet, so the rest of the line is held too, as far
// as it is here.
void Client::hold_unreadable(const ClientCall& call, Problem problem) noexcept {
  const Bytes rest = call.rest();
  const bool too_long = problem.error == EHLO_E_REPLY_TOO_LONG;
  const std::size_t readable = problem.at + (too_long ? 0 : 1);
  const std::uint32_t most = session_.config.options().replies.octets;
  held_.reply = {};
  held_.reply.length = static_cast<std::uint32_t>(readable < rest.size ? readable : rest.size);
  held_.octets = held_.reply.length;
  if (too_long || held_.octets == 0 || rest[held_.octets - 1] == '\n') return;
  const Bytes shown = rest.first(rest.size < most ? rest.size : most);
  const Octet* const end = find_octet(shown.data + held_.octets, shown.end(), '\n');
  held_.octets = static_cast<std::uint32_t>((end == shown.end() ? end : end + 1) - shown.data);
}

void Client::lose_connection() noexcept {
  if (session_.pipeline.awaits_goodbye_alone())
    end_session(session_, EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
  else
    fail(session_, EHLO_E_CONNECTION_LOST);
}

}  // namespace ehlo
