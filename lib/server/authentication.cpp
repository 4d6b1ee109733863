// AUTH (RFC 4954): the exchange is opaque; what the session knows of it is base64, turns and limits.
#include "server/server.h"
#include "syntax/text.h"

namespace ehlo {

void Server::on_auth(CommandCall& c) noexcept {
  if (authenticated_) return reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  if (auth_attempts_ >= options().max_auth_attempts && options().max_auth_attempts != 0)
    return end_with_reply(EHLO_E_TOO_MANY_ERRORS);
  if (!config_.serves_mechanism(c.call.input.at(c.command.text), tls_))
    return reject(c.call, c.event, {EHLO_E_BAD_MECHANISM, c.command.text.off - c.event.line.off});
  c.event.text = c.command.text;
  c.event.response = c.command.response;
  auth_steps_ = 0;
  go(Input::auth);
  intake_ = Intake::auth_lines;
  ask_or_tell(c, EHLO_SERVER_EVENT_AUTH, EHLO_ASK_AUTH, Question::auth, 0);
}

// A line within the exchange is a response and never a command, whatever it looks like.
bool Server::take_auth_line(Call& call) noexcept {
  if (queue_.undecided() != 0) return false;
  const std::size_t begin = call.used;
  const LineFramer::Frame frame =
      framer_.next(call.rest(), options().max_auth_line_octets, options().command_endings != 0);
  call.used += frame.consumed;
  if (frame.result == LineFramer::Result::need_more) {
    (void)is_budget_spent(frame);
    return false;
  }
  if (frame.result == LineFramer::Result::long_line) {
    if (is_budget_spent(frame)) return false;
    abort_auth(call, kAbsent, EHLO_E_AUTH_LINE_TOO_LONG);
    return true;
  }
  const Span line{static_cast<std::uint32_t>(begin), frame.length};
  if (frame.bare_lf) note_bare_lf(call, line, EHLO_FLAG_SECRET);
  const Bytes response = call.input.at(line);
  Writer measured(nullptr, 0);
  if (equals_caseless(response, "*")) {
    abort_auth(call, line, EHLO_E_AUTH_CANCELLED);
  } else if (!decode_base64(response, measured)) {
    note_bare_cr(call, line, EHLO_FLAG_SECRET);
    abort_auth(call, line, EHLO_E_BAD_BASE64);
  } else {
    Event& event = draft_auth(call, line, EHLO_SERVER_EVENT_AUTH_RESPONSE);
    event.response = line;
    event.id = queue_.ask(Question::auth, 0, 0, commands_);
    barrier_ = true;
    emit(call);
  }
  return true;
}

Event& Server::draft_auth(Call& call, Span line, EventType type) noexcept {
  Event& event = draft(call);
  event.type = type;
  event.verb = EHLO_VERB_AUTH;
  event.line = line;
  event.flags = EHLO_FLAG_SECRET;
  return event;
}

void Server::abort_auth(Call& call, Span line, Error error) noexcept {
  Event& event = draft_auth(call, line, EHLO_SERVER_EVENT_AUTH_ABORT);
  event.error = error;
  event.code = error_reply(error).code;
  emit(call);
  queue_.push(error);
  auth_failed();
}

// Each AUTH that gives no identity counts: guesses are what the limit is for.
void Server::auth_failed() noexcept {
  go(Input::auth_done);
  intake_ = Intake::lines;
  ++auth_attempts_;
}

}  // namespace ehlo
