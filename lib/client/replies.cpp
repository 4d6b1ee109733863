// What follows from each reply.
#include "client/replies.h"

#include "client/commands.h"
#include "client/ending.h"
#include "client/transaction_replies.h"

namespace ehlo {
namespace {

constexpr std::uint16_t kAnyCode = 0;
constexpr std::uint16_t kNoCode = 1;

struct ReplyRow {
  std::uint16_t positive;      // the one 2yz code that counts, or kAnyCode (RFC 5321 4.2: by the first digit)
  std::uint16_t intermediate;  // likewise for 3yz
  void (*take)(ClientSession& session, ClientCall& call, const Pending& to) noexcept;

  constexpr bool allows(std::uint32_t code) const noexcept {
    if (code >= 400) return true;
    const std::uint16_t wanted = code >= 300 ? intermediate : positive;
    return wanted == kAnyCode || wanted == code;
  }
};

// To EHLO: the server may still know HELO (RFC 5321 3.2, RFC 1869 4.5 to 4.7).
bool asks_for_helo(std::uint32_t code) noexcept {
  constexpr std::uint16_t kCodes[] = {500, 501, 502, 504, 550, 554};
  for (const std::uint16_t one : kCodes)
    if (one == code) return true;
  return false;
}

Error store_hello(ClientSession& s, const ClientCall& call) noexcept {
  const Bytes reply = call.rest().first(call.reply().length);
  return s.announced.store(reply, call.reply().lines, call.hello, s.tls, s.config, s.allocator);
}

void on_greeting(ClientSession& s, ClientCall& call, const Pending&) noexcept {
  call.emit(call.reply_event(EHLO_CLIENT_EVENT_GREETING, EHLO_VERB_UNKNOWN));
  const bool good = call.reply().code_class() == 2;
  s.pipeline.go(good ? ClientInput::greeting_ok : ClientInput::greeting_refused);
  if (!s.opening) return;
  if (good) {
    const Error error = write_hello(s, s.lmtp() ? EHLO_VERB_LHLO : EHLO_VERB_EHLO);
    if (error != EHLO_OK) fail(s, error);
    return;
  }
  s.opening = false;
  ClientEvent event = call.reply_event(EHLO_CLIENT_EVENT_READY, EHLO_VERB_UNKNOWN);
  event.error = EHLO_E_HELLO_REFUSED;
  call.emit(event);
}

void on_hello(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  report_reply(s, call, to);
  // RFC 5321 4.1.4: EHLO ends a transaction as RSET does. A refusal changes nothing in the server, but this session
  // has to begin anew.
  if (to.slot != kNoSlot && call.reply().code != 421) abandon(s, to.slot);
  ClientEvent ready = call.reply_event(EHLO_CLIENT_EVENT_READY, to.verb);
  if (call.reply().code_class() == 2) {
    s.announced.forget();
    // RFC 5321 3.2: the reply to HELO has no extensions, whatever its lines look like.
    const Error error = to.verb == EHLO_VERB_HELO ? Error{EHLO_OK} : store_hello(s, call);
    if (error != EHLO_OK) return fail(s, error);
    s.opening = false;
    s.pipeline.go(ClientInput::hello_ok);
    ready.extensions = s.announced.usable();
    call.emit(ready);
    return;
  }
  s.pipeline.go(ClientInput::hello_refused);
  s.announced.forget();
  if (!s.opening) return;
  if (to.verb == EHLO_VERB_EHLO && asks_for_helo(call.reply().code) && !s.config.flag(EHLO_CLIENT_FLAG_NO_HELO)) {
    const Error error = write_hello(s, EHLO_VERB_HELO);
    if (error != EHLO_OK) fail(s, error);
    return;
  }
  s.opening = false;
  ready.error = EHLO_E_HELLO_REFUSED;
  call.emit(ready);
}

void on_starttls(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  if (call.reply().code_class() != 2) {
    report_reply(s, call, to);
    s.pipeline.go(ClientInput::starttls_refused);
    return;
  }
  call.emit(call.reply_event(EHLO_CLIENT_EVENT_TLS, to.verb));
  s.pipeline.go(ClientInput::starttls_ok);
}

void take_challenge(ClientSession& s, ClientCall& call) noexcept {
  ClientEvent event = call.reply_event(EHLO_CLIENT_EVENT_CHALLENGE, EHLO_VERB_AUTH);
  event.error = s.auth.take_challenge(call.input().at(event.text), s.config.options().max_auth_challenges);
  Error failure = EHLO_OK;
  if (event.error != EHLO_OK) {
    s.pipeline.outbox().drop_held();
    failure = cancel_auth(s);
  } else if (s.pipeline.outbox().send_held()) {
    event.flags = EHLO_FLAG_ANSWERED;
    note_auth_line(s, Expect::auth);
  } else {
    s.auth.await_response();
  }
  call.emit(event);
  if (failure != EHLO_OK) fail(s, failure);
}

void on_auth(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  if (call.reply().code_class() == 3) return take_challenge(s, call);
  report_reply(s, call, to);
  s.pipeline.outbox().drop_held();
  if (call.reply().code_class() == 2) s.auth.succeed();
  s.pipeline.go(ClientInput::auth_over);
}

void on_plain(ClientSession& s, ClientCall& call, const Pending& to) noexcept { report_reply(s, call, to); }

void on_quit(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  report_reply(s, call, to);
  end_session(s, EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
}

// In the order of Expect. The 2yz of the greeting, EHLO and STARTTLS are exact: with another one the two sides are not
// talking about the same thing. 354 alone lets content out (RFC 5321 3.3). What was cancelled can only be refused (RFC
// 4954 4).
constexpr ReplyRow kReplyRows[kExpectCount] = {
    /* greeting */ {220, kNoCode, on_greeting},
    /* hello */ {250, kNoCode, on_hello},
    /* starttls */ {220, kNoCode, on_starttls},
    /* auth */ {kAnyCode, 334, on_auth},
    /* auth_cancel */ {kNoCode, kNoCode, on_auth},
    /* mail */ {kAnyCode, kNoCode, on_mail},
    /* rcpt */ {kAnyCode, kNoCode, on_rcpt},
    /* data */ {kNoCode, 354, on_data},
    /* chunk */ {kAnyCode, kNoCode, on_chunk},
    /* result */ {kAnyCode, kNoCode, on_result},
    /* reset */ {kAnyCode, kNoCode, on_reset},
    /* plain */ {kAnyCode, kNoCode, on_plain},
    /* plain_3yz */ {kAnyCode, kAnyCode, on_plain},
    /* quit */ {kAnyCode, kNoCode, on_quit},
};

// RFC 5321 3.8: 421 may come at any time. Another refusal within the content is final too, but where the server goes on
// reading from is not known, so the session ends.
void take_unasked(ClientSession& s, ClientCall& call) noexcept {
  if (call.reply().code == 421) return end_session(s, EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
  if (s.pipeline.state() == ClientState::content && call.reply().code_class() >= 4) refuse_content(s, call);
  fail(s, EHLO_E_UNSOLICITED_REPLY);
}

}  // namespace

void take_reply(ClientSession& s, ClientCall& call) noexcept {
  if (!s.pipeline.is_reply_due()) return take_unasked(s, call);
  const Pending to = s.pipeline.awaited().front();
  const ReplyRow& row = kReplyRows[static_cast<std::size_t>(to.expect)];
  if (!row.allows(call.reply().code)) return fail(s, EHLO_E_UNEXPECTED_CODE);
  s.pipeline.take_reply();
  s.answered = to.decider();
  s.answered_slot = to.slot;
  row.take(s, call, to);
  if (call.reply().code == 421) end_session(s, EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
  s.answered_slot = kNoSlot;
}

}  // namespace ehlo
