// What a command does, and the commands without content.
#include "server/moment.h"
#include "server/server.h"
#include "syntax/char_class.h"

namespace ehlo {

// Why a command may not come now, if so.
Error Server::check_moment(const ehlo_verb_row& row) const noexcept {
  return ehlo::check_moment(row, {state_, config_.flag(EHLO_SERVER_FLAG_REQUIRE_TLS) && !tls_,
                                  config_.flag(EHLO_SERVER_FLAG_REQUIRE_AUTH), authenticated_, esmtp_});
}

void Server::dispatch(CommandCall& c) noexcept {
  const ehlo_verb_row& row = config_.verb_row(c.command.verb);
  const Error error = check_moment(row);
  if (error != EHLO_OK) return reject(c.call, c.event, {error, 0});
  if (!(row.flags & EHLO_COMMAND_SESSION)) return on_command(c, row);
  switch (row.id) {
    case EHLO_VERB_MAIL: return on_mail(c);
    case EHLO_VERB_RCPT: return on_rcpt(c);
    case EHLO_VERB_DATA: return on_data(c);
    case EHLO_VERB_RSET: return on_reset(c);
    case EHLO_VERB_QUIT: return on_quit(c);
    case EHLO_VERB_STARTTLS: return on_starttls(c);
    case EHLO_VERB_AUTH: return on_auth(c);
    default: return on_hello(c);
  }
}

void Server::on_hello(CommandCall& c) noexcept {
  c.event.text = c.command.text;
  c.event.kind = static_cast<std::uint32_t>(c.command.kind);
  c.event.flags |= c.command.flags;
  const bool esmtp = c.command.verb != EHLO_VERB_HELO;
  ask_or_tell(c, EHLO_SERVER_EVENT_HELLO, EHLO_ASK_HELLO, Question::hello, 0,
              static_cast<std::uint8_t>(kSlotHello | (esmtp ? kSlotEsmtp : 0)));
}

void Server::on_reset(CommandCall& c) noexcept {
  abort_transaction(EHLO_OK);
  ask_or_tell(c, EHLO_SERVER_EVENT_RSET, EHLO_ASK_RSET, Question::reset, 0);
}

// A verb that needs nothing of the session: the program gets its argument, and the row has the answers.
void Server::on_command(CommandCall& c, const ehlo_verb_row& row) noexcept {
  const Command& command = c.command;
  c.event.type = EHLO_SERVER_EVENT_COMMAND;
  c.event.response = {c.event.line.off, static_cast<std::uint32_t>(std::string_view(row.name).size())};
  if (c.event.response.len == 0)
    c.event.response.len = position_of(' ', without_trailing_space(c.call.input.at(c.event.line)));
  c.event.text = command.text;
  // A response may be empty, and then "=" (RFC 4954 4).
  if (present(command.response)) {
    const Bytes whole = without_trailing_space(c.call.input.at(c.event.line));
    c.event.text.len = c.event.line.off + static_cast<std::uint32_t>(whole.size) - command.text.off;
  }
  c.event.path = command.path;
  c.event.kind = command.kind;
  c.event.number = command.number;
  c.event.flags |= command.flags;
  const std::uint8_t flags = command.flags & EHLO_FLAG_SMTPUTF8 ? kSlotUtf8 : kSlotNone;
  if (waits(c.event.verb)) return ask(c.call, c.event, Question::command, c.event.verb, flags);
  tell(c.call, Question::command, c.event.verb, flags, !(row.flags & EHLO_COMMAND_DECLINED));
}

// Whether the answer to a verb without an event of its own is the program's. One that is no verb of the library has no
// other.
bool Server::waits(std::uint32_t verb) const noexcept {
  return verb == EHLO_VERB_UNKNOWN || verb >= kMaxRows || (options().command_asks >> verb & 1) != 0;
}

void Server::on_quit(CommandCall& c) noexcept {
  ask_or_tell(c, EHLO_SERVER_EVENT_QUIT, EHLO_ASK_QUIT, Question::quit, 0);
}

void Server::on_starttls(CommandCall& c) noexcept {
  // RFC 3207 4.2: not offered once TLS is active.
  if (tls_) return reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  ask_or_tell(c, EHLO_SERVER_EVENT_STARTTLS, EHLO_ASK_STARTTLS, Question::starttls, 0);
}

void Server::reject(Call& call, Event& event, Problem problem) noexcept {
  const StandardReply reply = error_reply(problem.error);
  const bool hello = event.verb == EHLO_VERB_EHLO || event.verb == EHLO_VERB_HELO || event.verb == EHLO_VERB_LHLO;
  event.type = EHLO_SERVER_EVENT_REJECTED;
  event.error = problem.error;
  event.number = problem.at;
  event.code = reply.code;
  event.params = {0, 0};
  event.kind = static_cast<std::uint32_t>(classify_junk(call.input.at(event.line)));
  const bool permanent = reply.code >= 500;
  if (permanent && ++errors_ > options().max_errors && options().max_errors != 0) {
    event.code = 421;
    emit(call);
    return end_with_reply(EHLO_E_TOO_MANY_ERRORS);
  }
  emit(call);
  queue_.push(problem.error, 1, hello ? kSlotHello : event.verb == EHLO_VERB_MAIL ? kSlotSender : kSlotNone);
}

void Server::ask_or_tell(CommandCall& c, EventType type, std::uint32_t bit, Question question, std::uint32_t about,
                         std::uint8_t flags) noexcept {
  c.event.type = type;
  ask_or_tell(c.call, c.event, bit, question, about, flags);
}

void Server::ask_or_tell(Call& call, Event& event, std::uint32_t bit, Question question, std::uint32_t about,
                         std::uint8_t flags) noexcept {
  if (options().asks & bit) return ask(call, event, question, about, flags);
  tell(call, question, about, flags, question != Question::auth);
}

void Server::ask(Call& call, Event& event, Question question, std::uint32_t about, std::uint8_t flags) noexcept {
  event.id = queue_.ask(question, about, flags, commands_);
  barrier_ = question != Question::rcpt && question != Question::message;
  emit(call);
}

// The answer is the default.
void Server::tell(Call& call, Question question, std::uint32_t about, std::uint8_t flags, bool positive) noexcept {
  emit(call);
  queue_.push(default_reply(question, about, flags, positive));
  settle({static_cast<std::uint16_t>(commands_), question, flags, about}, positive);
}

}  // namespace ehlo
