// Plain verbs: those that need nothing of the session but a good line at a good moment.
#include "client/commands.h"
#include "client/verb_rows.h"
#include "syntax/argument.h"
#include "syntax/char_class.h"
#include "syntax/line_start.h"

namespace ehlo {
namespace {

struct PlainCommand {
  Verb id;
  Bytes verb, text;
  bool smtputf8;
};

ClientInput input_of(const ehlo_verb_row& row) noexcept {
  if (row.flags & EHLO_COMMAND_ANY_TIME) return ClientInput::any_time;
  return row.flags & EHLO_COMMAND_IN_TRANSACTION ? ClientInput::in_transaction : ClientInput::between_transactions;
}

// `line` is the verb and, after a space, the argument if there is one: it goes through the reader of the server.
Error check_argument(Bytes line, Bytes argument, const ehlo_verb_row& row, bool smtputf8) noexcept {
  // White space at the ends would be taken off by the reader.
  if (!argument.empty() && (argument[0] == ' ' || argument[argument.size - 1] == ' ')) return EHLO_E_ARGUMENT;
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  Command command = kNoCommand;
  const auto begin = static_cast<std::uint32_t>(line.size - argument.size);
  if (!read_argument(line, begin, row, {false, false, true}, command, params).ok()) return EHLO_E_ARGUMENT;
  // The session alone writes the word SMTPUTF8.
  if (command.flags & EHLO_FLAG_SMTPUTF8) return EHLO_E_ARGUMENT;
  if (smtputf8 || is_ascii(argument)) return EHLO_OK;
  return row.flags & EHLO_COMMAND_UTF8 ? EHLO_E_NEEDS_SMTPUTF8 : EHLO_E_ARGUMENT;
}

// Whether the row lets it be sent now.
Error check_moment(ClientSession& s, const ehlo_verb_row& row, bool own) noexcept {
  // RFC 3030 2 leaves open what state a server is in after a refused chunk, so a command that has its place between
  // transactions waits for the replies, as MAIL does.
  const Transaction& transaction = s.transactions.current();
  const ClientInput input = input_of(row);
  const bool unclear = input == ClientInput::between_transactions && transaction.number != 0 && transaction.chunked;
  if (unclear || !s.may_send_single(input)) return EHLO_E_STATE;
  if (!(row.flags & (s.lmtp() ? EHLO_COMMAND_LMTP : EHLO_COMMAND_SMTP))) return EHLO_E_STATE;
  Missing missing;
  if (!is_verb_offered(row, own, s.announced, s.config, missing)) return s.not_offered.record(missing);
  const bool needs_ehlo = (row.flags & EHLO_COMMAND_NEEDS_EHLO) && !s.announced.esmtp();
  const bool needs_auth = (row.flags & EHLO_COMMAND_NEEDS_AUTH) && !s.auth.authenticated();
  return needs_ehlo || needs_auth ? EHLO_E_STATE : EHLO_OK;
}

// Writes the line straight into the outbox, and commits it once its argument has been checked there.
Error write_plain(ClientSession& s, const PlainCommand& command, const ehlo_verb_row& row) noexcept {
  if (const Error error = make_room(s); error != EHLO_OK) return error;
  Outbox& outbox = s.pipeline.outbox();
  Writer out = outbox.writer();
  if (command.id == EHLO_VERB_UNKNOWN)
    out.put(command.verb);
  else
    out.put(row.name);
  if (!command.text.empty()) out.put(' ');
  out.put(command.text);
  const std::size_t length = out.size();
  if (command.smtputf8) out.put(" SMTPUTF8");
  out.put("\r\n");
  if (!out.fits()) return EHLO_E_SPACE;
  const Bytes line{outbox.room(), length};
  if (const Error error = check_argument(line, command.text, row, command.smtputf8); error != EHLO_OK) return error;
  outbox.commit(out.size());
  if (is_secret(row)) outbox.set_secret();
  const Expect expect = row.flags & EHLO_COMMAND_REPLY_3YZ ? Expect::plain_3yz : Expect::plain;
  note_sent_alone(s, input_of(row), expect, command.id);
  return EHLO_OK;
}

}  // namespace

Error send_plain(ClientSession& s, Bytes verb, Bytes text, std::uint32_t flags) noexcept {
  if (verb.empty() || run_end(verb.begin(), verb.end(), kKeyword) != verb.end()) return EHLO_E_ARGUMENT;
  // A server may read it as BDAT, and the octets after it as a chunk.
  if (start_of(verb).has_bdat()) return EHLO_E_ARGUMENT;
  const Verb id = find_plain_verb(verb, s.config.rows());
  const ehlo_verb_row& row = verb_row(id, s.config.rows());
  const bool smtputf8 = (flags & EHLO_FLAG_SMTPUTF8) != 0;
  if ((flags & ~std::uint32_t{EHLO_FLAG_SMTPUTF8}) != 0 || (smtputf8 && !(row.flags & EHLO_COMMAND_UTF8)))
    return EHLO_E_ARGUMENT;
  if ((row.flags & EHLO_COMMAND_SESSION) || row.follows != EHLO_FOLLOWS_NONE) return EHLO_E_ARGUMENT;
  if (const Error error = check_moment(s, row, id >= EHLO_VERB_OWN); error != EHLO_OK) return error;
  if (smtputf8 && !s.announced.can_use(EHLO_EXT_SMTPUTF8)) return s.not_offered.record(EHLO_EXT_SMTPUTF8);
  return write_plain(s, {id, verb, text, smtputf8}, row);
}

}  // namespace ehlo
