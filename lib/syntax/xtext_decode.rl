// Host of xtext.rl: decodes xtext and UTF-8 original recipients, and validates UTF-8.
#include "syntax/char_class.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::uint32_t hex_value(Octet c) noexcept {
  return c <= '9' ? static_cast<std::uint32_t>(c - '0') : static_cast<std::uint32_t>(upper(c) - 'A' + 10);
}

void put_utf8(Writer& out, std::uint32_t point) noexcept {
  const auto tail = [&](unsigned shift) { out.put(static_cast<Octet>(0x80 | ((point >> shift) & 0x3F))); };
  if (point < 0x80) {
    out.put(static_cast<Octet>(point));
  } else if (point < 0x800) {
    out.put(static_cast<Octet>(0xC0 | (point >> 6)));
    tail(0);
  } else if (point < 0x10000) {
    out.put(static_cast<Octet>(0xE0 | (point >> 12)));
    tail(6);
    tail(0);
  } else {
    out.put(static_cast<Octet>(0xF0 | (point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

%%{
  machine xtext_strict;
  alphtype unsigned char;
  include ehlo_xtext_actions "xtext_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_xtext "xtext.rl";
  main := xtext;
  write data noerror nofinal noentry;
}%%

%%{
  machine xtext_caseless;
  alphtype unsigned char;
  include ehlo_xtext_actions "xtext_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_xtext "xtext.rl";
  main := xtext_any;
  write data noerror nofinal noentry;
}%%

%%{
  machine utf8_original;
  alphtype unsigned char;
  include ehlo_xtext_actions "xtext_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_xtext "xtext.rl";
  main := utf8_address;
  write data noerror nofinal noentry;
}%%

%%{
  machine utf8_text;
  alphtype unsigned char;
  action non_ascii_seen { }
  include ehlo_abnf "abnf.rl";
  main := (0..127 | utf8_non_ascii)*;
  write data noerror nofinal noentry;
}%%

bool decode_upper(Bytes text, Writer& out) noexcept {
  const Octet *p = text.begin(), *const pe = text.end();
  std::uint32_t value = 0;
  int cs;
  %%{
    machine xtext_strict;
    write init;
    write exec;
  }%%
  return cs >= %%{ write first_final; }%% && p == pe;
}

bool decode_caseless(Bytes text, Writer& out) noexcept {
  const Octet *p = text.begin(), *const pe = text.end();
  std::uint32_t value = 0;
  int cs;
  %%{
    machine xtext_caseless;
    write init;
    write exec;
  }%%
  return cs >= %%{ write first_final; }%% && p == pe;
}

}  // namespace

bool decode_xtext(Bytes text, HexCase hex, Writer& out) noexcept {
  return hex == HexCase::upper ? decode_upper(text, out) : decode_caseless(text, out);
}

bool decode_utf8_address(Bytes text, Writer& out, bool& ascii) noexcept {
  const Octet *p = text.begin(), *const pe = text.end();
  std::uint32_t value = 0;
  int cs;
  ascii = true;
  %%{
    machine utf8_original;
    write init;
    write exec;
  }%%
  return cs >= %%{ write first_final; }%% && p == pe;
}

bool is_utf8(Bytes text) noexcept {
  const Octet *p = text.begin(), *const pe = text.end();
  int cs;
  %%{
    machine utf8_text;
    write init;
    write exec;
  }%%
  return cs >= %%{ write first_final; }%% && p == pe;
}

}  // namespace ehlo
