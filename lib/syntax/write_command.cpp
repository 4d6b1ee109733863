// The writer of command lines. Each part goes through the parser that reads it.
#include "syntax/write_command.h"

#include "syntax/char_class.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

bool is_host_argument(Bytes text) noexcept {
  Host host{};
  return parse_host(text, false, host).ok() && host.text.len == text.size;
}

// What may stand behind the "@" of a mailbox.
bool is_mail_host(Bytes text) noexcept {
  constexpr std::string_view kLocal = "a@";
  constexpr std::size_t kLongest = kMaxDomain + sizeof "[]" - 1;
  Octet room[kLocal.size() + kLongest];
  Writer whole(room, sizeof room);
  whole.put(kLocal);
  whole.put(text);
  return whole.fits() && is_mailbox({room, whole.size()});
}

Error write_path(const CommandText& command, Writer& out) noexcept {
  Path path;
  const PathRules rules{command.verb == EHLO_VERB_MAIL ? Direction::reverse : Direction::forward, false};
  if (!parse_bare_path(command.text, rules, path).ok()) return EHLO_E_SYNTAX;
  // RFC 6531 3.4: a non-ASCII path goes only with the SMTPUTF8 parameter.
  if ((path.flags & EHLO_PATH_NON_ASCII) && !command.smtputf8) return EHLO_E_NEEDS_SMTPUTF8;
  out.put(command.verb == EHLO_VERB_MAIL ? " FROM:<" : " TO:<");
  out.put(command.text);
  out.put('>');
  return EHLO_OK;
}

Error write_envelope(const CommandText& command, Writer& out) noexcept {
  const Error error = write_path(command, out);
  if (error != EHLO_OK || command.params.empty()) return error;
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  if (!parse_parameters(command.params, params).ok()) return EHLO_E_SYNTAX;
  if (params.non_ascii && !command.smtputf8) return EHLO_E_NEEDS_SMTPUTF8;
  out.put(' ');
  out.put(command.params);
  return EHLO_OK;
}

Error write_chunk(const CommandText& command, Writer& out) noexcept {
  out.put(' ');
  out.put_number(command.size);
  if (command.last) out.put(" LAST");
  return EHLO_OK;
}

Error write_auth(const CommandText& command, Writer& out) noexcept {
  Span mechanism, initial;
  if (!parse_auth(command.text, mechanism, initial).ok() || present(initial)) return EHLO_E_SYNTAX;
  out.put(' ');
  out.put(command.text);
  if (!command.has_response) return EHLO_OK;
  out.put(' ');
  if (command.response.empty())
    out.put('=');  // RFC 4954 4: nothing, but present
  else
    encode_base64(command.response, out);
  return EHLO_OK;
}

// Such an argument would be read as one with the SMTPUTF8 parameter.
bool ends_with_parameter(Bytes text) noexcept {
  constexpr std::string_view kParameter = " SMTPUTF8";
  return text.size > kParameter.size() && equals_caseless(text.from(text.size - kParameter.size()), kParameter);
}

Error write_text(const CommandText& command, bool needed, Writer& out) noexcept {
  if (command.text.empty()) return needed ? EHLO_E_SYNTAX : EHLO_OK;
  if (has_control(command.text)) return EHLO_E_ARGUMENT;
  // White space at the ends would be taken off by the reader.
  if (command.text[0] == ' ' || command.text[command.text.size - 1] == ' ') return EHLO_E_SYNTAX;
  for (const Octet c : command.text)
    if (c >= 0x80 && !(needed && command.smtputf8)) return EHLO_E_NEEDS_SMTPUTF8;
  if (!is_utf8(command.text) || (needed && ends_with_parameter(command.text))) return EHLO_E_SYNTAX;
  out.put(' ');
  out.put(command.text);
  if (needed && command.smtputf8) out.put(" SMTPUTF8");
  return EHLO_OK;
}

Error write_arguments(const CommandText& command, Writer& out) noexcept {
  switch (command.verb) {
    case EHLO_VERB_EHLO:
    case EHLO_VERB_HELO:
    case EHLO_VERB_LHLO:
      if (!is_host_argument(command.text)) return EHLO_E_SYNTAX;
      out.put(' ');
      out.put(command.text);
      return EHLO_OK;
    case EHLO_VERB_MAIL:
    case EHLO_VERB_RCPT: return write_envelope(command, out);
    case EHLO_VERB_BDAT: return write_chunk(command, out);
    case EHLO_VERB_AUTH: return write_auth(command, out);
    case EHLO_VERB_VRFY:
    case EHLO_VERB_EXPN: return write_text(command, true, out);
    case EHLO_VERB_NOOP:
    case EHLO_VERB_HELP: return write_text(command, false, out);
    case EHLO_VERB_DATA:
    case EHLO_VERB_RSET:
    case EHLO_VERB_QUIT:
    case EHLO_VERB_STARTTLS: return command.text.empty() ? EHLO_OK : EHLO_E_SYNTAX;
    case EHLO_VERB_UNKNOWN: break;
  }
  return EHLO_E_ARGUMENT;
}

}  // namespace

Error write_command(const CommandText& command, Writer& out) noexcept {
  out.put(verb_name(command.verb));
  const Error error = write_arguments(command, out);
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
