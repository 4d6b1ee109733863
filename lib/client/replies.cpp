// What follows from each reply.
#include <cstring>

#include "client/client.h"
#include "client/reply_rows.h"
#include "syntax/text.h"

namespace ehlo {

// The 2yz of the greeting, EHLO and STARTTLS are exact: with another one the two sides are not talking about the same
// thing. 354 alone lets content out (RFC 5321 3.3). What was cancelled can only be refused (RFC 4954 4).
const Client::ReplyRow Client::kReplyRows[kExpectCount] = {
    /* greeting */ {220, kNoCode, &Client::on_greeting},
    /* hello */ {250, kNoCode, &Client::on_hello},
    /* starttls */ {220, kNoCode, &Client::on_starttls},
    /* auth */ {kAnyCode, 334, &Client::on_auth},
    /* auth_cancel */ {kNoCode, kNoCode, &Client::on_auth},
    /* mail */ {kAnyCode, kNoCode, &Client::on_mail},
    /* rcpt */ {kAnyCode, kNoCode, &Client::on_rcpt},
    /* data */ {kNoCode, 354, &Client::on_data},
    /* chunk */ {kAnyCode, kNoCode, &Client::on_chunk},
    /* result */ {kAnyCode, kNoCode, &Client::on_result},
    /* reset */ {kAnyCode, kNoCode, &Client::on_reset},
    /* query */ {kAnyCode, kNoCode, &Client::on_query},
    /* query_or_more */ {kAnyCode, kAnyCode, &Client::on_query},
    /* quit */ {kAnyCode, kNoCode, &Client::on_quit},
};

namespace {

// To EHLO: the server may still know HELO (RFC 5321 3.2, RFC 1869 4.5 to 4.7).
bool asks_for_helo(std::uint32_t code) noexcept {
  constexpr std::uint16_t kCodes[] = {500, 501, 502, 504, 550, 554};
  for (const std::uint16_t one : kCodes)
    if (one == code) return true;
  return false;
}

}  // namespace

void Client::tell_reply(Call& call, const Pending& to) noexcept {
  ClientEvent event = reply_event(call, EHLO_CLIENT_EVENT_REPLY, to.verb);
  if (to.expect == Expect::mail || to.expect == Expect::rcpt || to.expect == Expect::data || to.expect == Expect::chunk)
    event.transaction = transactions_open_[to.slot].number;
  if (to.expect == Expect::rcpt) event.index = transactions_open_[to.slot].replied;
  emit(call, event);
}

void Client::on_greeting(Call& call, const Pending&) noexcept {
  emit(call, reply_event(call, EHLO_CLIENT_EVENT_GREETING, EHLO_VERB_UNKNOWN));
  const bool good = reply_.klass() == 2;
  go(good ? ClientInput::greeting_ok : ClientInput::greeting_refused);
  if (!opening_) return;
  if (good) {
    const Error error = say_hello(lmtp() ? EHLO_VERB_LHLO : EHLO_VERB_EHLO);
    if (error != EHLO_OK) fail(error);
    return;
  }
  opening_ = false;
  ClientEvent event = reply_event(call, EHLO_CLIENT_EVENT_READY, EHLO_VERB_UNKNOWN);
  event.error = EHLO_E_HELLO_REFUSED;
  emit(call, event);
}

void Client::on_hello(Call& call, const Pending& to) noexcept {
  tell_reply(call, to);
  // RFC 5321 4.1.4: as RSET. After a refusal the server is where it was, and here the session has to begin anew.
  if (to.slot != kNoSlot && reply_.code != 421) abandon(to.slot);
  ClientEvent ready = reply_event(call, EHLO_CLIENT_EVENT_READY, to.verb);
  if (reply_.klass() == 2) {
    forget_hello();
    esmtp_ = to.verb != EHLO_VERB_HELO;
    // RFC 5321 3.2: the reply to HELO has no extensions, whatever its lines look like.
    const Error error = esmtp_ ? store_hello(call.rest().first(reply_.length), call.hello) : EHLO_OK;
    if (error != EHLO_OK) return fail(error);
    opening_ = false;
    go(ClientInput::hello_ok);
    ready.extensions = capabilities_.usable;
    emit(call, ready);
    return;
  }
  go(ClientInput::hello_refused);
  forget_hello();
  if (!opening_) return;
  if (to.verb == EHLO_VERB_EHLO && asks_for_helo(reply_.code) && !config_.flag(EHLO_CLIENT_FLAG_NO_HELO)) {
    const Error error = say_hello(EHLO_VERB_HELO);
    if (error != EHLO_OK) fail(error);
    return;
  }
  opening_ = false;
  ready.error = EHLO_E_HELLO_REFUSED;
  emit(call, ready);
}

// The reply is kept whole, for lookups by the program and for the list of mechanisms, with room for the index of its
// lines behind it, and for what it means for the rows of the program.
Error Client::store_hello(Bytes reply, const HelloLines& lines) noexcept {
  std::size_t octets = hello_index_at(reply.size) + reply_.lines * sizeof(Span);
  if (config_.has_rows()) octets = aligned<AnnouncedRows>(octets) + sizeof(AnnouncedRows);
  if (octets > hello_capacity_) {
    auto* text = static_cast<Octet*>(allocator_.allocate(allocator_.context, octets));
    if (text == nullptr) return EHLO_E_MEMORY;
    if (hello_text_ != nullptr) allocator_.release(allocator_.context, hello_text_, hello_capacity_);
    hello_text_ = text;
    hello_capacity_ = static_cast<std::uint32_t>(octets);
  }
  std::memcpy(hello_text_, reply.data, reply.size);
  hello_size_ = static_cast<std::uint32_t>(reply.size);
  capabilities_ = read_capabilities(hello_reply(), lines, tls_, config_.rows().replaced_extensions());
  return EHLO_OK;
}

// What the server announced, in an order that can be searched, and what that means for the rows of the program.
void Client::index_hello() const noexcept {
  if (indexed_ || hello_size_ == 0) return;
  keywords_ = KeywordIndex::build(hello_reply(), hello_index());
  indexed_ = true;
  if (config_.has_rows())
    *own_room() =
        read_announced_rows(config_.rows(), {hello_reply(), hello_index(), keywords_}, capabilities_.usable, tls_);
}

bool Client::offers(Bytes keyword, Span& arguments) const noexcept {
  index_hello();
  return KeywordIndex(hello_reply(), hello_index(), keywords_).find(keyword, arguments);
}

// Behind HELO nothing is offered (RFC 5321 3.2).
const AnnouncedRows& Client::announced_rows() const noexcept {
  if (!config_.has_rows()) return kNoAnnouncedRows;
  index_hello();
  return indexed_ ? *own_room() : kNoAnnouncedRows;
}

void Client::forget_hello() noexcept {
  keywords_ = 0;
  indexed_ = false;
  hello_size_ = 0;
  capabilities_ = {};
  esmtp_ = false;
}

void Client::on_starttls(Call& call, const Pending& to) noexcept {
  if (reply_.klass() != 2) {
    tell_reply(call, to);
    go(ClientInput::starttls_refused);
    return;
  }
  emit(call, reply_event(call, EHLO_CLIENT_EVENT_TLS, to.verb));
  go(ClientInput::starttls_ok);
}

void Client::on_auth(Call& call, const Pending& to) noexcept {
  if (reply_.klass() == 3) return on_challenge(call);
  tell_reply(call, to);
  outbox_.drop_held();
  authenticated_ |= reply_.klass() == 2;
  go(ClientInput::auth_over);
}

void Client::on_challenge(Call& call) noexcept {
  ClientEvent event = reply_event(call, EHLO_CLIENT_EVENT_CHALLENGE, EHLO_VERB_AUTH);
  Writer measured(nullptr, 0);
  if (!decode_base64(call.input.at(event.text), measured)) event.error = EHLO_E_BAD_BASE64;
  if (++auth_steps_ > config_.options().max_auth_challenges) event.error = EHLO_E_BAD_SEQUENCE;
  Error failure = EHLO_OK;
  if (event.error != EHLO_OK) {
    outbox_.drop_held();
    failure = cancel_auth();
  } else if (outbox_.release()) {
    event.flags = EHLO_FLAG_ANSWERED;
    note_sent_alone(Expect::auth, EHLO_VERB_AUTH);
  } else {
    challenged_ = true;
  }
  emit(call, event);
  if (failure != EHLO_OK) fail(failure);
}

void Client::on_mail(Call& call, const Pending& to) noexcept {
  tell_reply(call, to);
  if (reply_.klass() == 2) return;
  Transaction& transaction = transactions_open_[to.slot];
  transaction.mail_refused = true;
  settle(to.slot, verdict_of_reply(to.expect), EHLO_SCOPE_MESSAGE);
  if (!owns_state(to.slot)) return;
  drop_job(to.slot);
  go(ClientInput::mail_refused);
  // With DATA under way the transaction is over when that has had its reply.
  transaction.closed = state_ == ClientState::ready;
}

void Client::on_rcpt(Call& call, const Pending& to) noexcept {
  tell_reply(call, to);
  Transaction& transaction = transactions_open_[to.slot];
  const std::uint32_t index = transaction.replied++;
  const bool accepted = reply_.klass() == 2;
  // Without MAIL there is nothing that a recipient could belong to (RFC 5321 3.3): the two sides are out of step.
  if (accepted && transaction.mail_refused) return fail(EHLO_E_UNEXPECTED_CODE);
  if (accepted)
    ++transaction.accepted;
  else if (index < transaction.recipients && transaction.is_open(index))
    tell_outcome(call, to.slot, index, verdict_of_reply(to.expect), EHLO_SCOPE_RECIPIENT);
}

void Client::on_data(Call& call, const Pending& to) noexcept {
  Transaction& transaction = transactions_open_[to.slot];
  if (reply_.klass() == 3) {
    // RFC 2033 4.2: here DATA must fail, and how many replies would follow a dot nobody knows.
    if (lmtp() && transaction.accepted == 0) return fail(EHLO_E_UNEXPECTED_CODE);
    ClientEvent event = reply_event(call, EHLO_CLIENT_EVENT_GO_AHEAD, to.verb);
    event.transaction = transaction.number;
    emit(call, event);
    go(ClientInput::go_ahead);
    content_.encoder = DotEncoder(config_.endings(), config_.flag(EHLO_CLIENT_FLAG_REFUSE_NUL));
    if (!transaction.of_envelope || transaction.accepted != 0) return;
    const Error error = abort_data();
    if (error != EHLO_OK) fail(error);
    return;
  }
  tell_reply(call, to);
  settle(to.slot, verdict_of_reply(to.expect), EHLO_SCOPE_MESSAGE);
  transaction.closed = true;
  drop_job(to.slot);
  go(transaction.mail_refused ? ClientInput::data_pointless : ClientInput::data_refused);
}

void Client::on_chunk(Call& call, const Pending& to) noexcept {
  tell_reply(call, to);
  if (reply_.klass() == 2) return;
  Transaction& transaction = transactions_open_[to.slot];
  transaction.closed = true;
  // Where the last chunk is on its way, its reply says whether the message was taken all the same.
  const bool last_follows = transaction.content_given && reply_.code != 421;
  if (transaction.refused_code == 0 && !last_follows) {
    settle(to.slot, verdict_of_reply(to.expect), EHLO_SCOPE_MESSAGE);
  } else if (transaction.refused_code == 0) {
    transaction.refused_code = reply_.code;
    transaction.refused_enhanced = reply_.enhanced;
  }
  if (!owns_state(to.slot)) return;
  drop_job(to.slot);
  go(ClientInput::chunk_refused);
}

void Client::on_result(Call& call, const Pending& to) noexcept {
  Transaction& transaction = transactions_open_[to.slot];
  ClientEvent event = reply_event(call, EHLO_CLIENT_EVENT_RESULT, to.verb);
  event.transaction = transaction.number;
  const bool refused = transaction.refused_code != 0;
  transaction.delivered |= reply_.klass() == 2 && !refused;
  // RFC 3030 2: the transaction has failed, but with a message that was taken what there is of it nobody knows.
  const Verdict verdict = refused ? Verdict{EHLO_VERDICT_UNKNOWN} : verdict_of_reply(to.expect);
  // RFC 2033 4.2: one for each accepted recipient, in their order.
  if (lmtp()) event.index = transaction.first_open();
  emit(call, event);
  if (refused && reply_.klass() != 2)
    settle_refused(to.slot);
  else if (!lmtp())
    settle(to.slot, verdict, EHLO_SCOPE_MESSAGE);
  else if (event.index != transaction.recipients)
    tell_outcome(call, to.slot, event.index, verdict, EHLO_SCOPE_RECIPIENT);
  transaction.closed |= to.count == 1;
  if (transaction.closed && to.slot == current_) unclear_ = !transaction.delivered && !transaction.reset_sent;
  // RFC 3030 2: a BDAT that failed leaves a state that only RSET makes certain.
  if (to.verb == EHLO_VERB_BDAT && transaction.closed && !transaction.delivered && owns_state(to.slot))
    go(ClientInput::chunk_refused);
}

void Client::on_reset(Call& call, const Pending& to) noexcept {
  tell_reply(call, to);
  if (reply_.code == 421) return;
  const bool refused = reply_.klass() != 2;
  // RFC 5321 4.1.1.5 knows no refusal: what a server thinks that does is anybody's guess, and the transaction of an
  // envelope ends there.
  const bool of_envelope = job_.envelope != nullptr || (current().number != 0 && current().of_envelope);
  // Nor can it go on where MAIL is under way behind it: the recipients of before might get the next message.
  if (refused && (of_envelope || has_transaction(state_))) return fail(EHLO_E_UNEXPECTED_CODE);
  go(refused ? ClientInput::reset_refused : ClientInput::reset_ok);
  if (to.slot != kNoSlot) abandon(to.slot);
}

void Client::on_query(Call& call, const Pending& to) noexcept { tell_reply(call, to); }

void Client::on_quit(Call& call, const Pending& to) noexcept {
  tell_reply(call, to);
  end(EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
}

}  // namespace ehlo
