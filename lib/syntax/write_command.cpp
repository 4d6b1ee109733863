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
  const PathRules rules{command.verb == Verb::mail ? Direction::reverse : Direction::forward, false};
  if (!parse_bare_path(command.text, rules, path).ok()) return Error::syntax;
  // RFC 6531 3.4: a non-ASCII path goes only with the SMTPUTF8 parameter.
  if ((path.flags & kPathNonAscii) && !command.smtputf8) return Error::needs_smtputf8;
  out.put(command.verb == Verb::mail ? " FROM:<" : " TO:<");
  out.put(command.text);
  out.put('>');
  return Error::none;
}

Error write_envelope(const CommandText& command, Writer& out) noexcept {
  const Error error = write_path(command, out);
  if (error != Error::none || command.params.empty()) return error;
  Param items[kMaxParams];
  ParamList params{items, kMaxParams};
  if (!parse_parameters(command.params, params).ok()) return Error::syntax;
  if (params.non_ascii && !command.smtputf8) return Error::needs_smtputf8;
  out.put(' ');
  out.put(command.params);
  return Error::none;
}

Error write_chunk(const CommandText& command, Writer& out) noexcept {
  out.put(' ');
  out.put_number(command.size);
  if (command.last) out.put(" LAST");
  return Error::none;
}

Error write_auth(const CommandText& command, Writer& out) noexcept {
  Span mechanism, initial;
  if (!parse_auth(command.text, mechanism, initial).ok() || initial.present()) return Error::syntax;
  out.put(' ');
  out.put(command.text);
  if (!command.has_response) return Error::none;
  out.put(' ');
  if (command.response.empty())
    out.put('=');  // RFC 4954 4: nothing, but present
  else
    encode_base64(command.response, out);
  return Error::none;
}

// Such an argument would be read as one with the SMTPUTF8 parameter.
bool ends_with_parameter(Bytes text) noexcept {
  constexpr std::string_view kParameter = " SMTPUTF8";
  return text.size > kParameter.size() && equals_caseless(text.from(text.size - kParameter.size()), kParameter);
}

Error write_text(const CommandText& command, bool needed, Writer& out) noexcept {
  if (command.text.empty()) return needed ? Error::syntax : Error::none;
  if (has_control(command.text)) return Error::argument;
  // White space at the ends would be taken off by the reader.
  if (command.text[0] == ' ' || command.text[command.text.size - 1] == ' ') return Error::syntax;
  for (const Octet c : command.text)
    if (c >= 0x80 && !(needed && command.smtputf8)) return Error::needs_smtputf8;
  if (!is_utf8(command.text) || (needed && ends_with_parameter(command.text))) return Error::syntax;
  out.put(' ');
  out.put(command.text);
  if (needed && command.smtputf8) out.put(" SMTPUTF8");
  return Error::none;
}

Error write_arguments(const CommandText& command, Writer& out) noexcept {
  switch (command.verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      if (!is_host_argument(command.text)) return Error::syntax;
      out.put(' ');
      out.put(command.text);
      return Error::none;
    case Verb::mail:
    case Verb::rcpt: return write_envelope(command, out);
    case Verb::bdat: return write_chunk(command, out);
    case Verb::auth: return write_auth(command, out);
    case Verb::vrfy:
    case Verb::expn: return write_text(command, true, out);
    case Verb::noop:
    case Verb::help: return write_text(command, false, out);
    case Verb::data:
    case Verb::rset:
    case Verb::quit:
    case Verb::starttls: return command.text.empty() ? Error::none : Error::syntax;
    case Verb::unknown: break;
  }
  return Error::argument;
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
