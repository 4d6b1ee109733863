// What a command does: the table of verbs, the policies before all of them, and the commands without content.
#include "server/server.h"
#include "syntax/char_class.h"

namespace ehlo {

// One row a verb: where it stands in the order of the dialogue, which policies spare it, and who handles it.
struct Server::VerbRow {
  Input input;
  bool before_tls;   // RFC 3207 4: not refused where TLS is required
  bool before_auth;  // RFC 4954 6: not refused where authentication is required
  Handler handler;
  EventType event = EHLO_SERVER_EVENT_NONE;
  std::uint32_t ask = EHLO_ASK_NOOP;
  Standard answer = Standard::noop_ok;
};

constexpr Server::VerbRow Server::kVerbs[kVerbCount] = {
    {Input::query, false, false, nullptr},                                  // unknown
    {Input::hello, true, true, &Server::on_hello},                          // EHLO
    {Input::hello, false, true, &Server::on_hello},                         // HELO
    {Input::hello, true, true, &Server::on_hello},                          // LHLO
    {Input::mail, false, false, &Server::on_mail},                          // MAIL
    {Input::rcpt, false, false, &Server::on_rcpt},                          // RCPT
    {Input::data, false, false, &Server::on_data},                          // DATA
    {Input::chunk, false, false, nullptr},                                  // BDAT: see on_bdat
    {Input::reset, false, true, &Server::on_reset},                         // RSET
    {Input::query, true, true, &Server::on_query, EHLO_SERVER_EVENT_NOOP},  // NOOP
    {Input::quit, true, true, &Server::on_quit},                            // QUIT
    {Input::query, false, false, &Server::on_query, EHLO_SERVER_EVENT_VRFY, EHLO_ASK_VRFY, Standard::cannot_verify},
    {Input::query, false, false, &Server::on_query, EHLO_SERVER_EVENT_EXPN, EHLO_ASK_EXPN, Standard::cannot_verify},
    {Input::query, false, false, &Server::on_query, EHLO_SERVER_EVENT_HELP, EHLO_ASK_HELP, Standard::help_ok},
    {Input::starttls, true, true, &Server::on_starttls},  // STARTTLS
    {Input::auth, false, true, &Server::on_auth},         // AUTH
};

// Why a command may not come now, if so: the policies before all commands, then the order of the dialogue.
Error Server::judge_moment(Verb verb) const noexcept {
  const VerbRow& row = kVerbs[verb];
  if (config_.flag(EHLO_SERVER_FLAG_REQUIRE_TLS) && !tls_ && !row.before_tls) return EHLO_E_TLS_REQUIRED;
  if (config_.flag(EHLO_SERVER_FLAG_REQUIRE_AUTH) && !authenticated_ && !row.before_auth) return EHLO_E_AUTH_REQUIRED;
  if (is_legal(state_, row.input)) return EHLO_OK;
  const bool content = row.input == Input::data || row.input == Input::chunk;
  return content && state_ == State::mail_open ? EHLO_E_NO_RECIPIENTS : EHLO_E_BAD_SEQUENCE;
}

bool Server::is_permitted(CommandCall& c) noexcept {
  const Error error = judge_moment(c.command.verb);
  if (error == EHLO_OK) return true;
  reject(c.call, c.event, {error, 0});
  return false;
}

void Server::dispatch(CommandCall& c) noexcept {
  if (!is_permitted(c)) return;
  (this->*kVerbs[static_cast<std::size_t>(c.command.verb)].handler)(c);
}

void Server::on_hello(CommandCall& c) noexcept {
  c.event.text = c.command.text;
  c.event.kind = static_cast<std::uint32_t>(c.command.host_kind);
  c.event.flags |= c.command.flags;
  const bool esmtp = c.command.verb != EHLO_VERB_HELO;
  ask_or_tell(c, EHLO_SERVER_EVENT_HELLO, EHLO_ASK_HELLO, Question::hello, 0,
              static_cast<std::uint8_t>(kSlotHello | (esmtp ? kSlotEsmtp : 0)));
}

void Server::on_reset(CommandCall& c) noexcept {
  abort_transaction(EHLO_OK);
  ask_or_tell(c, EHLO_SERVER_EVENT_RSET, EHLO_ASK_RSET, Question::reset, 0);
}

void Server::on_query(CommandCall& c) noexcept {
  const VerbRow& row = kVerbs[static_cast<std::size_t>(c.command.verb)];
  c.event.text = c.command.text;
  c.event.flags |= c.command.flags;
  ask_or_tell(c, row.event, row.ask, Question::query, static_cast<std::uint32_t>(row.answer),
              c.command.flags & EHLO_FLAG_SMTPUTF8 ? kSlotUtf8 : kSlotNone);
}

void Server::on_quit(CommandCall& c) noexcept {
  ask_or_tell(c, EHLO_SERVER_EVENT_QUIT, EHLO_ASK_QUIT, Question::quit, 0);
}

void Server::on_starttls(CommandCall& c) noexcept {
  // RFC 3207 4.2: not offered once TLS is active.
  if (tls_) return reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  ask_or_tell(c, EHLO_SERVER_EVENT_STARTTLS, EHLO_ASK_STARTTLS, Question::starttls, 0);
}

// A verb of the program's rows, or one of none where the program wants it. It needs to be no more than words.
bool Server::offer_to_program(Call& call, Event& event) noexcept {
  const Bytes line = without_trailing_space(call.input.at(event.line));
  if (line.empty() || line[0] == ' ' || has_control(line)) return false;
  const std::size_t space = line.text().find(' ');
  const Bytes word = space == std::string_view::npos ? line : line.first(space);
  const std::optional<std::uint32_t> verb = config_.own_verb(word, event.verb);
  if (!verb) return false;
  const Error error = judge_moment(EHLO_VERB_UNKNOWN);
  if (error != EHLO_OK) {
    reject(call, event, {error, 0});
    return true;
  }
  event.type = EHLO_SERVER_EVENT_COMMAND;
  event.text = {event.line.off, static_cast<std::uint32_t>(word.size)};
  if (word.size != line.size)
    event.response = {event.text.off + event.text.len + 1, static_cast<std::uint32_t>(line.size - word.size - 1)};
  event.verb = *verb;
  event.id = queue_.ask(Question::query, static_cast<std::uint32_t>(Standard::command_ok), kSlotNone, commands_);
  barrier_ = true;
  emit(call);
  return true;
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

void Server::ask_or_tell(CommandCall& c, EventType type, std::uint32_t ask, Question question, std::uint32_t about,
                         std::uint8_t flags) noexcept {
  c.event.type = type;
  ask_or_tell(c.call, c.event, ask, question, about, flags);
}

void Server::ask_or_tell(Call& call, Event& event, std::uint32_t ask, Question question, std::uint32_t about,
                         std::uint8_t flags) noexcept {
  if (options().asks & ask) {
    event.id = queue_.ask(question, about, flags, commands_);
    barrier_ = question != Question::rcpt && question != Question::message;
    emit(call);
    return;
  }
  emit(call);
  const bool positive = question != Question::auth;
  queue_.push(default_reply(question, about, flags, positive));
  settle({static_cast<std::uint16_t>(commands_), question, flags, about}, positive);
}

}  // namespace ehlo
