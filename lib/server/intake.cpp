// Input: which octets are a command line, content, a chunk, or nothing that may be looked at.
#include "base/elements.h"
#include "server/server.h"
#include "syntax/char_class.h"

namespace ehlo {
namespace {

// More than one batch can address is taken in pieces.
constexpr std::size_t kMaxInput = std::size_t{1} << 30;

bool is_usable(const Batch& batch) noexcept {
  return batch.event_cap >= EHLO_SERVER_EVENTS_MIN && is_element_size<Event>(batch.event_size) &&
         batch.span_cap >= EHLO_SPANS_MIN &&
         (batch.params == nullptr || (batch.param_cap >= EHLO_PARAMS_MAX && is_element_size<Param>(batch.param_size)));
}

// Gives the parameters of an event to the program.
void hand_over(const ParamList& params, bool in_place, Batch& batch, Event& event) noexcept {
  event.params = {batch.param_count, params.count};
  for (std::uint32_t i = 0; i < params.count && !in_place; ++i)
    put_element(batch.params, batch.param_size, batch.param_count + i, params.items[i]);
  batch.param_count += params.count;
}

// RFC 4954 4: with an initial response AUTH may be all of its exchange, without one it ends a group.
bool ends_group(const ehlo_verb_row& row, const Command& command) noexcept {
  const bool begun = row.argument == EHLO_ARGUMENT_MECHANISM && present(command.response);
  return (row.flags & EHLO_COMMAND_ENDS_GROUP) != 0 && !begun;
}

}  // namespace

std::size_t Server::receive(Bytes input, Batch& batch) noexcept {
  batch.event_count = batch.span_count = batch.param_count = 0;
  batch.error = is_usable(batch) ? EHLO_OK : EHLO_E_ARGUMENT;
  if (batch.error != EHLO_OK) return 0;
  const bool more = input.size > kMaxInput;
  if (more) input.size = kMaxInput;
  if (input.size != 0 && !greeting_sent_) early_talker_ = true;
  Call call{input, batch, more};
  if (!greeting_asked_) {
    greeting_asked_ = true;
    Event& event = draft(call);
    event.type = EHLO_SERVER_EVENT_GREETING;
    ask_or_tell(call, event, EHLO_ASK_GREETING, Question::greeting, 0, 0);
  }
  do {
    if (has_pending()) emit_pending(call);
  } while (can_step(call) && step(call));
  if (has_pending()) emit_pending(call);
  leftover_ = call.has_rest();
  return call.used;
}

// Whether the next octets are there, or nothing but what follows from those before.
bool Server::has_work(const Call& call) const noexcept {
  if (intake_ == Intake::results) return transaction_.results_left != 0;
  return call.used != call.input.size || (intake_ == Intake::chunk && chunk_left_ == 0);
}

bool Server::can_step(const Call& call) noexcept {
  if (!has_work(call)) return false;
  if (intake_ == Intake::nothing || intake_ == Intake::plaintext) return true;
  const Batch& batch = call.batch;
  if (batch.event_cap - batch.event_count < EHLO_SERVER_EVENTS_MIN ||
      batch.span_cap - batch.span_count < EHLO_SPANS_MIN)
    return false;
  if (batch.params != nullptr && batch.param_cap - batch.param_count < EHLO_PARAMS_MAX) return false;
  if (state_ == State::connected || has_pending()) return false;
  return queue_.make_room(allocator_);
}

// Takes one line, or what there is of content. False: nothing more can be done now.
bool Server::step(Call& call) noexcept {
  switch (intake_) {
    case Intake::lines: return take_line(call);
    case Intake::content: return take_content(call);
    case Intake::chunk: return take_chunk(call);
    case Intake::results: return take_results(call);
    case Intake::auth_lines: return take_auth_line(call);
    case Intake::plaintext: return drop_plaintext(call);
    case Intake::nothing: break;
  }
  call.used = call.input.size;
  return false;
}

bool Server::take_line(Call& call) noexcept {
  if (queue_.undecided() != 0 && barrier_) return false;
  const std::size_t begin = call.used;
  const Bytes rest = call.rest();
  const LineFramer::Frame frame = framer_.next(rest, offer().longest_line(), options().command_endings != 0);
  if (frame.result == LineFramer::Result::need_more) {
    call.used += frame.consumed;
    (void)is_budget_spent(frame);
    return false;
  }
  if (frame.result == LineFramer::Result::line && queue_.undecided() != 0 && is_barrier(rest.first(frame.length))) {
    framer_.keep(frame);
    barrier_ = true;
    return false;
  }
  call.used += frame.consumed;
  if (frame.result == LineFramer::Result::line) {
    read_line(call, frame, begin);
    return true;
  }
  if (is_budget_spent(frame)) return false;
  reject_long_line(call, frame);
  return true;
}

void Server::reject_long_line(Call& call, const LineFramer::Frame& frame) noexcept {
  behind_auth_ |= frame.start.has_auth();
  Event& event = draft(call);
  event.flags = behind_auth_ ? std::uint32_t{EHLO_FLAG_SECRET} : 0;
  const auto octets = static_cast<std::uint32_t>(frame.total < UINT32_MAX ? frame.total : UINT32_MAX);
  if (frame.start.has_bdat()) return reject_bdat_line(call, event, {EHLO_E_BAD_CHUNK, octets});
  reject(call, event, {EHLO_E_LINE_TOO_LONG, octets});
}

// Whether the line may hold credentials: an AUTH line, also a mistyped one, and what may be a response that was sent
// without waiting for the challenge. A command that can be read shows that no more of these come.
bool Server::is_secret(Bytes line, Verb verb, const Problem& problem) noexcept {
  if (problem.ok() && verb != EHLO_VERB_UNKNOWN) {
    behind_auth_ = verb == EHLO_VERB_AUTH;
    return ehlo::is_secret(config_.verb_row(verb));
  }
  behind_auth_ |= start_of(line).has_auth();
  return behind_auth_ || config_.is_secret_verb(first_word(line));
}

// How much of an over-long line is skipped before the session ends; the same whether it is shown whole or in pieces.
bool Server::is_budget_spent(const LineFramer::Frame& frame) noexcept {
  const bool ended = frame.result == LineFramer::Result::long_line;
  if ((ended ? frame.total : framer_.discarded()) <= options().max_discard_octets) return false;
  end_with_reply(EHLO_E_TOO_MUCH_JUNK);
  return true;
}

// While recipients are undecided nothing but another RCPT within the window is judged (RFC 2920 3.1: replies in order,
// DATA after them).
bool Server::is_barrier(Bytes line) const noexcept {
  if (find_verb(line) != EHLO_VERB_RCPT || !has_transaction(state_)) return true;
  // Whether this command is one too many may depend on the answers that are missing.
  if (options().max_idle_commands != 0 && commands_ + 1 - last_useful_ > options().max_idle_commands) return true;
  return queue_.undecided() >= options().recipient_window ||
         transaction_.accepted + queue_.undecided() >= options().max_recipients;
}

void Server::read_line(Call& call, const LineFramer::Frame& frame, std::size_t begin) noexcept {
  const Bytes line = call.input.from(begin).first(frame.length);
  const auto offset = static_cast<std::uint32_t>(begin);
  Batch& batch = call.batch;
  Param own[EHLO_PARAMS_MAX];
  ParamList params;
  const bool in_place = batch.params != nullptr && batch.param_size == sizeof(Param);
  params.items = in_place ? batch.params + batch.param_count : own;
  params.cap = EHLO_PARAMS_MAX;
  Command command;
  Dialogue dialogue{esmtp_, has_transaction(state_) && transaction_.smtputf8};
  const Bytes text = call.input.first(begin + frame.length);
  const Problem problem = read_command(text, offset, frame.consumed - frame.length, offer(), dialogue, command, params);
  const Span whole{offset, frame.length};
  const ehlo_verb_row& row = config_.verb_row(command.verb);
  const std::uint32_t secret = is_secret(line, command.verb, problem) ? std::uint32_t{EHLO_FLAG_SECRET} : 0;
  if (frame.bare_lf) note_bare_lf(call, whole, secret);
  ++commands_;
  if (commands_ - last_useful_ > options().max_idle_commands && options().max_idle_commands != 0)
    return end_with_reply(EHLO_E_TOO_MANY_COMMANDS);
  if (ends_group(row, command) && call.has_rest()) ill_pipelined_ = true;
  if (!problem.ok()) note_bare_cr(call, whole, secret);
  Event& event = draft(call);
  event.verb = command.verb;
  event.line = problem.error == EHLO_E_LINE_TOO_LONG ? kAbsent : whole;
  event.flags = secret;
  if (!problem.ok() && command.verb != EHLO_VERB_BDAT) {
    if (start_of(line).has_bdat()) return reject_bdat_line(call, event, {EHLO_E_BAD_CHUNK, problem.at});
    return reject(call, event, problem);
  }
  if (batch.params != nullptr && params.count != 0) hand_over(params, in_place, batch, event);
  CommandCall c{call, command, event, command.verb == EHLO_VERB_MAIL && dialogue.smtputf8};
  if (command.verb == EHLO_VERB_BDAT) return on_bdat(c, problem);
  for (std::uint32_t i = 0; i < params.count; ++i) {
    if (params.items[i].id == EHLO_PARAM_SIZE) event.number = static_cast<std::uint64_t>(params.items[i].number);
    if (params.items[i].id == EHLO_PARAM_BODY) event.kind = static_cast<std::uint32_t>(params.items[i].number);
  }
  dispatch(c);
}

// A line that a bare LF has ended does not hold it any more: then the position is its end.
void Server::note_bare_lf(Call& call, Span line, std::uint32_t flags) noexcept {
  note_violation(call, EHLO_E_BARE_LF, position_of('\n', call.input.at(line)), line, flags);
}

// No line that can be read holds a CR.
void Server::note_bare_cr(Call& call, Span line, std::uint32_t flags) noexcept {
  const std::size_t at = position_of('\r', call.input.at(line));
  if (at != line.len) note_violation(call, EHLO_E_BARE_CR, at, line, flags);
}

// Asks for the message: once, in LMTP for each accepted recipient (RFC 2033 4.2).
bool Server::take_results(Call& call) noexcept {
  Event& event = draft(call);
  event.type = EHLO_SERVER_EVENT_MESSAGE;
  event.number = decoder_.octets();
  event.verb = chunk_last_ ? EHLO_VERB_BDAT : EHLO_VERB_DATA;
  if (lmtp()) {
    event.index = next_accepted(transaction_.next_result);
    transaction_.next_result = event.index + 1;
  }
  --transaction_.results_left;
  ask_or_tell(call, event, EHLO_ASK_MESSAGE, Question::message, event.index, 0);
  return true;
}

bool Server::drop_plaintext(Call& call) noexcept {
  // RFC 3207 4.2 and 6: what was sent in clear text behind STARTTLS must not be taken for a part of the TLS session.
  dropped_ += call.input.size - call.used;
  call.used = call.input.size;
  if (config_.flag(EHLO_SERVER_FLAG_CLOSE_ON_INJECTION)) end(EHLO_E_TLS_INJECTION);
  return false;
}

Event& Server::draft(Call& call) noexcept {
  return put_element(call.batch.events, call.batch.event_size, call.batch.event_count, kNoEvent);
}

void Server::emit_pending(Call& call) noexcept {
  if (call.batch.event_cap - call.batch.event_count < 3) return;
  if (pending_plaintext_) {
    Event& event = draft(call);
    event.type = EHLO_SERVER_EVENT_PLAINTEXT;
    event.number = dropped_;
    dropped_ = 0;
    emit(call);
  }
  if (pending_abort_) {
    Event& event = draft(call);
    event.type = EHLO_SERVER_EVENT_ABORT;
    event.error = abort_error_;
    emit(call);
  }
  if (pending_close_) {
    Event& event = draft(call);
    event.type = EHLO_SERVER_EVENT_CLOSE;
    event.error = close_error_;
    emit(call);
  }
  pending_plaintext_ = pending_abort_ = pending_close_ = false;
}

// `line`: that of the event which follows; absent in content.
void Server::note_violation(Call& call, Error error, std::uint64_t at, Span line, std::uint32_t flags) noexcept {
  Event& event = draft(call);
  event.type = EHLO_SERVER_EVENT_VIOLATION;
  event.error = error;
  event.number = at;
  event.line = line;
  event.flags = flags;
  emit(call);
}

}  // namespace ehlo
