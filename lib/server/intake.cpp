// Input: decides which octets are a command line, a line of AUTH, content or a chunk, and which are dropped.
#include "server/commands.h"
#include "server/content.h"
#include "server/server.h"
#include "syntax/char_class.h"

namespace ehlo {
namespace {

// Offsets of events have 32 bits, so more input than this is read in several calls.
constexpr std::size_t kMaxInput = std::size_t{1} << 30;

void ask_greeting(Session& session, Call& call) noexcept {
  if (session.flags.greeting_asked) return;
  session.flags.greeting_asked = true;
  Event& event = call.events.draft(EHLO_SERVER_EVENT_GREETING);
  session.ask_or_report(call, event, EHLO_ASK_GREETING, Question::greeting);
}

// Whether there are octets to read, or a result to ask for, or a chunk that has ended without more octets (BDAT 0).
bool has_work(const Session& session, const Call& call) noexcept {
  if (session.intake() == Intake::results) return session.transaction.results_left != 0;
  return call.used != call.input.size || (session.intake() == Intake::chunk && session.content.has_whole_chunk());
}

// RFC 3207 4.2 and 6: input that was sent in clear text after STARTTLS must not become part of the TLS session. Where
// the program cut its reads does not matter: all of it is dropped.
void drop_plaintext(Session& session, Call& call) noexcept {
  session.content.drop(call.input.size - call.used);
  call.used = call.input.size;
  if (session.config().flag(EHLO_SERVER_FLAG_CLOSE_ON_INJECTION)) session.end(EHLO_E_TLS_INJECTION);
}

// Whether the line waits until all recipients are decided. Only another RCPT within the window does not wait: any other
// command may depend on their answers, as DATA does.
bool is_barrier(const Session& session, Bytes line) noexcept {
  const ServerOptions& options = session.options();
  const std::uint32_t undecided = session.queue.undecided();
  if (find_verb(line) != EHLO_VERB_RCPT || !has_transaction(session.state())) return true;
  // Near a limit the missing answers decide whether this command is one too many, so it waits.
  if (session.activity.is_idle(options.max_idle_commands, 1)) return true;
  return undecided >= options.recipient_window || session.transaction.accepted + undecided >= options.max_recipients;
}

void reject_long_line(Session& session, Call& call, const LineFramer::Frame& frame) noexcept {
  if (session.intake() == Intake::auth_lines) return abort_auth(session, call, kAbsent, EHLO_E_AUTH_LINE_TOO_LONG);
  if (frame.start.has_auth()) session.flags.behind_auth = true;
  Event& event = call.events.draft();
  event.flags = session.flags.behind_auth ? std::uint32_t{EHLO_FLAG_SECRET} : 0;
  const auto octets = static_cast<std::uint32_t>(frame.total < UINT32_MAX ? frame.total : UINT32_MAX);
  reject_line(session, call, event, frame.start, {EHLO_E_LINE_TOO_LONG, octets});
}

// EHLO_FLAG_SECRET if the line may contain credentials: an AUTH line, also a mistyped one, and lines after it, which
// may be responses that were sent without waiting for the challenge. A valid command shows that these have ended.
std::uint32_t secret_flag(Session& session, Bytes line, Verb verb, const Problem& problem) noexcept {
  bool secret = false;
  if (problem.ok() && verb != EHLO_VERB_UNKNOWN) {
    session.flags.behind_auth = verb == EHLO_VERB_AUTH;
    secret = is_secret(session.config().verb_row(verb));
  } else {
    if (start_of(line).has_auth()) session.flags.behind_auth = true;
    secret = session.flags.behind_auth || session.config().is_secret_verb(first_word(line));
  }
  return secret ? std::uint32_t{EHLO_FLAG_SECRET} : 0;
}

// Whether the command must be the last of a pipelined group (RFC 2920 3.1). AUTH with an initial response need not be:
// the exchange may end with it (RFC 4954 4).
bool ends_group(const ehlo_verb_row& row, const Command& command) noexcept {
  const bool begun = row.argument == EHLO_ARGUMENT_MECHANISM && present(command.response);
  return (row.flags & EHLO_COMMAND_ENDS_GROUP) != 0 && !begun;
}

}  // namespace

std::size_t Server::receive(Bytes input, Batch& batch) noexcept {
  const bool more = input.size > kMaxInput;
  if (more) input.size = kMaxInput;
  Call call{input, EventWriter(batch), more};
  if (!call.events.begin()) return 0;
  if (input.size != 0 && !session_.flags.greeting_sent) session_.flags.early_talker = true;
  ask_greeting(session_, call);
  // An end of the session in the loop makes events that wait; before each line and at the end they are given out, in
  // order.
  const auto emit_pending = [&] {
    if (session_.pending.any()) session_.pending.emit(call.events, session_.content.dropped());
  };
  do emit_pending();
  while (can_take(call) && take(call));
  emit_pending();
  session_.flags.leftover = call.has_rest();
  return call.used;
}

// Whether the next line or piece of content can be handled completely: with room for its events and its reply. Else it
// stays with the caller, so that nothing has to be stored.
bool Server::can_take(const Call& call) noexcept {
  if (!has_work(session_, call)) return false;
  // Octets that are only dropped need no room.
  if (session_.intake() == Intake::nothing || session_.intake() == Intake::plaintext) return true;
  if (!call.events.has_room()) return false;
  if (session_.state() == State::connected || session_.pending.any()) return false;
  return session_.queue.make_room(allocator_);
}

// Takes one line, or the content that is here. False: nothing more can be done now.
bool Server::take(Call& call) noexcept {
  switch (session_.intake()) {
    case Intake::lines:
    case Intake::auth_lines: return take_line(call);
    case Intake::content:
    case Intake::chunk: return take_content(session_, call);
    case Intake::results: ask_result(session_, call); return true;
    case Intake::plaintext: drop_plaintext(session_, call); return false;
    case Intake::nothing: break;
  }
  call.used = call.input.size;
  return false;
}

// The limit here is that of the longest command: which verb the line has is not known before it is complete.
// read_command checks the limit of the verb.
bool Server::take_line(Call& call) noexcept {
  if (session_.queue.undecided() != 0 && session_.flags.barrier) return false;
  const ServerOptions& options = session_.options();
  const bool auth = session_.intake() == Intake::auth_lines;
  const Bytes rest = call.rest();
  const std::uint32_t limit = auth ? options.max_auth_line_octets : session_.offer().longest_line();
  const LineFramer::Frame frame = framer_.next(rest, limit, options.command_endings != 0);
  if (frame.result != LineFramer::Result::line) [[unlikely]]
    return skip_line(call, frame);
  if (session_.queue.undecided() != 0 && is_barrier(session_, rest.first(frame.length))) {
    framer_.keep(frame);
    session_.flags.barrier = true;
    return false;
  }
  const Span line{static_cast<std::uint32_t>(call.used), frame.length};
  call.used += frame.consumed;
  if (auth)
    read_auth_line(session_, call, line, frame.bare_lf);
  else
    read_line(call, frame, line);
  return true;
}

// A line that is not complete, or too long.
bool Server::skip_line(Call& call, const LineFramer::Frame& frame) noexcept {
  call.used += frame.consumed;
  const bool ended = frame.result == LineFramer::Result::long_line;
  // The whole length counts where the end of the line is here, so that the result does not depend on how it was cut.
  if ((ended ? frame.total : framer_.discarded()) > session_.options().max_discard_octets) {
    session_.end_with_reply(EHLO_E_TOO_MUCH_JUNK);
    return false;
  }
  if (ended) reject_long_line(session_, call, frame);
  return ended;
}

// The order is visible to the program: first violations of the line, then the limit of idle commands, then the event of
// the command or of its error.
void Server::read_line(Call& call, const LineFramer::Frame& frame, Span line) noexcept {
  const Bytes octets = call.input.at(line);
  Param own[EHLO_PARAMS_MAX];
  ParamList params;
  params.items = call.events.param_places(own);
  params.cap = EHLO_PARAMS_MAX;
  Command command;
  Dialogue dialogue{session_.flags.esmtp, has_transaction(session_.state()) && session_.transaction.smtputf8};
  const Problem problem = read_command(call.input.first(line.off + line.len), line.off, frame.consumed - line.len,
                                       session_.offer(), dialogue, command, params);
  const std::uint32_t secret = secret_flag(session_, octets, command.verb, problem);
  if (frame.bare_lf) call.report_bare_lf(line, secret);
  session_.activity.count_command();
  if (session_.activity.is_idle(session_.options().max_idle_commands))
    return session_.end_with_reply(EHLO_E_TOO_MANY_COMMANDS);
  if (ends_group(session_.config().verb_row(command.verb), command) && call.has_rest())
    session_.flags.ill_pipelined = true;
  if (!problem.ok()) call.report_bare_cr(line, secret);
  Event& event = call.events.draft();
  event.verb = command.verb;
  event.line = problem.error == EHLO_E_LINE_TOO_LONG ? kAbsent : line;
  event.flags = secret;
  if (!problem.ok()) return reject_line(session_, call, event, start_of(octets), problem);
  call.events.add_params(params, event);
  CommandCall c{call, command, params, event, dialogue.smtputf8};
  run_command(session_, c);
}

}  // namespace ehlo
