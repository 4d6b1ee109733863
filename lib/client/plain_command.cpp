// Plain verbs: those that need nothing of the session but that their line is a good one and comes at a good moment.
#include "base/rows.h"
#include "client/client.h"
#include "syntax/argument.h"
#include "syntax/char_class.h"
#include "syntax/line_start.h"

namespace ehlo {
namespace {

// What a server makes of it is for the program to know: nothing may be sent behind it before its reply.
constexpr ehlo_verb_row kUnknownToUs = [] {
  ehlo_verb_row row = kUnknownVerb;
  row.flags |= EHLO_COMMAND_ENDS_GROUP;
  return row;
}();

ClientInput input_of(const ehlo_verb_row& row) noexcept {
  if (row.flags & EHLO_COMMAND_ANY_TIME) return ClientInput::query;
  return row.flags & EHLO_COMMAND_IN_TRANSACTION ? ClientInput::inside : ClientInput::command;
}

// `line` is the verb and, behind a space, the argument if there is one: it goes through the reader of the server.
Error check_argument(Bytes line, Bytes argument, const ehlo_verb_row& row, bool smtputf8) noexcept {
  // White space at the ends would be taken off by the reader.
  if (!argument.empty() && (argument[0] == ' ' || argument[argument.size - 1] == ' ')) return EHLO_E_ARGUMENT;
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  Command command = kNoCommand;
  const auto begin = static_cast<std::uint32_t>(line.size - argument.size);
  if (!read_argument(line, begin, row, {false, false, true}, command, params).ok()) return EHLO_E_ARGUMENT;
  // The word SMTPUTF8 is the session's to write.
  if (command.flags & EHLO_FLAG_SMTPUTF8) return EHLO_E_ARGUMENT;
  if (smtputf8 || is_ascii(argument)) return EHLO_OK;
  return row.flags & EHLO_COMMAND_UTF8 ? EHLO_E_NEEDS_SMTPUTF8 : EHLO_E_ARGUMENT;
}

}  // namespace

const ehlo_verb_row& Client::verb_row(Verb verb) const noexcept {
  if (verb >= EHLO_VERB_OWN) return config_.rows().verb(verb - EHLO_VERB_OWN);
  const ehlo_verb_row* const row = verb < kMaxRows ? kVerbsById[verb] : nullptr;
  return row != nullptr ? *row : kUnknownToUs;
}

// Of the program's rows, or of ours; EHLO_VERB_UNKNOWN: of neither.
Verb Client::plain_verb(Bytes name) const noexcept {
  const std::uint32_t own = config_.rows().find_verb(name);
  return own != kNoRow ? EHLO_VERB_OWN + own : find_verb(name);
}

// What brings a verb of ours is an extension of ours: one of the program's in its place has verbs of its own.
bool Client::is_announced(const ehlo_verb_row& row, bool own) const noexcept {
  if (!own) return is_brought(kNoOwnRows, row.extensions, capabilities_.usable, kNoOwnRow);
  return is_brought(config_.rows(), row.extensions, capabilities_.usable, announced_rows().extensions);
}

// What of the library's would bring it; of the program's the first.
Missing Client::missing_owners(const ehlo_verb_row& row, bool own) const noexcept {
  Missing missing{owners_of(row.extensions) & ~capabilities_.usable, {}};
  if (!own) return missing;
  missing.extensions &= ~config_.rows().replaced_extensions();
  for_each_row_word(view(row.extensions), [&](std::string_view keyword) {
    if (missing.keyword.empty() && config_.rows().find_extension(keyword) != kNoRow)
      missing.keyword = bytes_of(keyword);
  });
  return missing;
}

// Whether it may leave now, by its row.
Error Client::check_moment(const ehlo_verb_row& row, bool own) noexcept {
  // RFC 3030 2 leaves open what state a server is in behind a refused chunk, so what has its place between transactions
  // waits for the replies, as MAIL does.
  const ClientInput input = input_of(row);
  const bool unclear = input == ClientInput::command && current().number != 0 && current().chunked;
  if (job_.envelope != nullptr || unclear || !may_send(input)) return EHLO_E_STATE;
  if (!(row.flags & (lmtp() ? EHLO_COMMAND_LMTP : EHLO_COMMAND_SMTP))) return EHLO_E_STATE;
  if (!is_announced(row, own)) return not_offered(missing_owners(row, own));
  const bool needs_ehlo = (row.flags & EHLO_COMMAND_NEEDS_EHLO) && !esmtp_;
  const bool needs_auth = (row.flags & EHLO_COMMAND_NEEDS_AUTH) && !authenticated_;
  return needs_ehlo || needs_auth ? EHLO_E_STATE : EHLO_OK;
}

Error Client::command(Bytes verb, Bytes text, std::uint32_t flags) noexcept {
  if (verb.empty() || run_end(verb.begin(), verb.end(), kKeyword) != verb.end()) return EHLO_E_ARGUMENT;
  // A server may take it for BDAT, and what follows for a chunk.
  if (start_of(verb).has_bdat()) return EHLO_E_ARGUMENT;
  const Verb id = plain_verb(verb);
  const ehlo_verb_row& row = verb_row(id);
  const bool smtputf8 = (flags & EHLO_FLAG_SMTPUTF8) != 0;
  if ((flags & ~std::uint32_t{EHLO_FLAG_SMTPUTF8}) != 0 || (smtputf8 && !(row.flags & EHLO_COMMAND_UTF8)))
    return EHLO_E_ARGUMENT;
  if ((row.flags & EHLO_COMMAND_SESSION) || row.follows != EHLO_FOLLOWS_NONE) return EHLO_E_ARGUMENT;
  if (const Error error = check_moment(row, id >= EHLO_VERB_OWN); error != EHLO_OK) return error;
  if (smtputf8 && !has(capabilities_.usable, EHLO_EXT_SMTPUTF8))
    return not_offered({EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8), {}});
  return send_plain({id, verb, text, smtputf8});
}

// Writes the line straight into the outbox; what is refused is not committed.
Error Client::send_plain(const PlainCommand& command) noexcept {
  if (const Error error = make_room(0); error != EHLO_OK) return error;
  const ehlo_verb_row& row = verb_row(command.id);
  Writer out = outbox_.writer();
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
  const Bytes line{outbox_.room(), length};
  if (const Error error = check_argument(line, command.text, row, command.smtputf8); error != EHLO_OK) return error;
  outbox_.commit(out.size());
  if (is_secret(row)) outbox_.set_secret();
  note_sent_alone(row.flags & EHLO_COMMAND_REPLY_3YZ ? Expect::query_or_more : Expect::query, command.id);
  go(input_of(row));
  return EHLO_OK;
}

}  // namespace ehlo
