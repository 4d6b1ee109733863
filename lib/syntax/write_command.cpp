// The writer of command lines. Each part is validated by the parser that would read it: so the two cannot disagree
// about where an argument ends.
#include "syntax/write_command.h"

#include "syntax/argument.h"
#include "syntax/char_class.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

// Whether `text` may stand after the "@" of a mailbox. The parser reads mailboxes only, so it gets a short local part.
bool is_mail_host(Bytes text) noexcept {
  constexpr std::string_view kLocal = "a@";
  constexpr std::size_t kLongest = kMaxDomain + sizeof "[]" - 1;
  Octet room[kLocal.size() + kLongest];
  Writer whole(room, sizeof room);
  whole.put(kLocal);
  whole.put(text);
  return whole.fits() && is_mailbox({room, whole.size()});
}

// Whether the reader of this kind accepts `text` and reads all of it as one argument: another argument after a space
// would not be part of read.text.
bool is_argument(Bytes text, ArgumentForm form, bool smtputf8) noexcept {
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  Command read = kNoCommand;
  if (!read_argument(text, 0, form, {false, false, smtputf8}, read, params).ok()) return false;
  const bool has_text = (form & kArgumentKind) != EHLO_ARGUMENT_ATTRIBUTES;
  return !has_text || read.text.off + read.text.len == text.size;
}

// Writes an argument, or the part of it that its reader accepts alone.
Error write_checked(Bytes text, ArgumentForm form, Writer& out) noexcept {
  if (!is_argument(text, form, false)) return EHLO_E_SYNTAX;
  out.put(' ');
  out.put(text);
  return EHLO_OK;
}

Error write_text(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  if (has_control(command.text)) return EHLO_E_ARGUMENT;
  // A reader removes white space at the ends, so it would not read the same text.
  if (command.text[0] == ' ' || command.text[command.text.size - 1] == ' ') return EHLO_E_SYNTAX;
  const bool smtputf8 = (form & kUtf8Argument) && command.smtputf8;
  if (!smtputf8 && !is_ascii(command.text)) return EHLO_E_NEEDS_SMTPUTF8;
  // Checked as a receiver that offers SMTPUTF8 reads it: a last word SMTPUTF8 would be its parameter.
  if (!is_argument(command.text, form, true)) return EHLO_E_SYNTAX;
  out.put(' ');
  out.put(command.text);
  if (smtputf8) out.put(" SMTPUTF8");
  return EHLO_OK;
}

Error write_path(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  Path path;
  const PathRules rules{form & kForwardPath ? Direction::forward : Direction::reverse, false};
  if (!parse_bare_path(command.text, rules, path).ok()) return EHLO_E_SYNTAX;
  // RFC 6531 3.4: a non-ASCII path goes only with the SMTPUTF8 parameter.
  if ((path.flags & EHLO_PATH_NON_ASCII) && !command.smtputf8) return EHLO_E_NEEDS_SMTPUTF8;
  out.put(form & kForwardPath ? " TO:<" : " FROM:<");
  out.put(command.text);
  out.put('>');
  return EHLO_OK;
}

Error write_envelope(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  const Error error = write_path(command, form, out);
  if (error != EHLO_OK || command.params.empty()) return error;
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  if (!parse_parameters(command.params, params).ok()) return EHLO_E_SYNTAX;
  if (params.non_ascii && !command.smtputf8) return EHLO_E_NEEDS_SMTPUTF8;
  out.put(' ');
  out.put(command.params);
  return EHLO_OK;
}

void write_number(const CommandText& command, Writer& out) noexcept {
  out.put(' ');
  out.put_number(command.number);
}

// The second number is text. It is validated after a first number, since the reader wants two.
Error write_size(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  constexpr std::string_view kNumber = "0 ";
  constexpr std::size_t kDigits = 20;
  Octet room[kNumber.size() + kDigits];
  Writer whole(room, sizeof room);
  whole.put(kNumber);
  whole.put(command.text);
  if (!whole.fits() || !is_argument({room, whole.size()}, form, false)) return EHLO_E_SYNTAX;
  write_number(command, out);
  out.put(' ');
  out.put(command.text);
  return EHLO_OK;
}

Error write_chunk(const CommandText& command, Writer& out) noexcept {
  write_number(command, out);
  if (command.last) out.put(" LAST");
  return EHLO_OK;
}

Error write_uri(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  const Error error = write_checked(command.text, form, out);
  if (error == EHLO_OK && command.last) out.put(" LAST");
  return error;
}

Error write_mechanism(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  if (const Error error = write_checked(command.text, form, out); error != EHLO_OK) return error;
  if (!command.has_response) return EHLO_OK;
  out.put(' ');
  if (command.response.empty())
    out.put('=');  // RFC 4954 4: nothing, but present
  else
    encode_base64(command.response, out);
  return EHLO_OK;
}

Error write_argument(const CommandText& command, ArgumentForm form, Writer& out) noexcept {
  if ((form & kOptionalArgument) && command.text.empty() && command.params.empty()) return EHLO_OK;
  switch (form & kArgumentKind) {
    case EHLO_ARGUMENT_NONE: return command.text.empty() ? EHLO_OK : EHLO_E_SYNTAX;
    case EHLO_ARGUMENT_TEXT: return command.text.empty() ? EHLO_E_SYNTAX : write_text(command, form, out);
    case EHLO_ARGUMENT_HOST:
    case EHLO_ARGUMENT_DOMAINS:
    case EHLO_ARGUMENT_NODE: return write_checked(command.text, form, out);
    case EHLO_ARGUMENT_PATH: return write_path(command, form, out);
    case EHLO_ARGUMENT_PATH_PARAMS: return write_envelope(command, form, out);
    case EHLO_ARGUMENT_MECHANISM: return write_mechanism(command, form, out);
    case EHLO_ARGUMENT_CHUNK: return write_chunk(command, out);
    case EHLO_ARGUMENT_SIZE: return write_size(command, form, out);
    case EHLO_ARGUMENT_URI: return write_uri(command, form, out);
    case EHLO_ARGUMENT_ATTRIBUTES: return write_checked(command.params, form, out);
    default: return EHLO_E_ARGUMENT;
  }
}

}  // namespace

Error write_command(const CommandText& command, Writer& out) noexcept {
  if (command.verb >= kMaxRows || kVerbsById[command.verb] == nullptr) return EHLO_E_ARGUMENT;
  return write_command(*kVerbsById[command.verb], command, out);
}

Error write_command(const ehlo_verb_row& row, const CommandText& command, Writer& out) noexcept {
  out.put(row.name);
  const Error error = write_argument(command, argument_form(row), out);
  out.put("\r\n");
  return error;
}

bool write_mailbox(Bytes local_meaning, Bytes domain, Writer& out) noexcept {
  if (!is_mail_host(domain) || !quote_local_part(local_meaning, out)) return false;
  out.put('@');
  out.put(domain);
  return true;
}

}  // namespace ehlo
