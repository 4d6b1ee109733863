%%{
  # abnf.rl - the terminals that the other grammars share.
  # Spec:     RFC 5234 B.1, RFC 5321 4.1.2, RFC 6531 3.3, RFC 3629 4
  # Needs:    nothing
  # Actions:  non_ascii_seen
  machine ehlo_abnf;

  sp        = " ";
  dquote    = '"';
  backslash = "\\";
  let_dig   = [A-Za-z0-9];
  hexdig    = [0-9A-Fa-f];

  # Overlong forms, surrogates and what lies above U+10FFFF are no UTF-8.
  utf8_tail = 0x80..0xBF;
  utf8_2    = 0xC2..0xDF utf8_tail;
  utf8_3    = 0xE0 0xA0..0xBF utf8_tail
            | 0xE1..0xEC utf8_tail utf8_tail
            | 0xED 0x80..0x9F utf8_tail
            | 0xEE..0xEF utf8_tail utf8_tail;
  utf8_4    = 0xF0 0x90..0xBF utf8_tail utf8_tail
            | 0xF1..0xF3 utf8_tail utf8_tail utf8_tail
            | 0xF4 0x80..0x8F utf8_tail utf8_tail;
  utf8_non_ascii = (utf8_2 | utf8_3 | utf8_4) >non_ascii_seen;
}%%
