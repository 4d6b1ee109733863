%%{
  # xtext.rl - xtext, and the forms of a UTF-8 original recipient.
  # Spec:     RFC 3461 4 (upper case digits only), RFC 4954 5 (any case), RFC 6533 3
  # Needs:    abnf.rl
  # Actions:  octet_seen utf8_octet hex_high hex_low point_begin point_digit point_end
  machine ehlo_xtext;

  xchar = 0x21..0x2A | 0x2C..0x3C | 0x3E..0x7E;

  upper_hex = [0-9A-F];
  xtext     = ( xchar @octet_seen | "+" upper_hex @hex_high upper_hex @hex_low )*;
  xtext_any = ( xchar @octet_seen | "+" hexdig @hex_high hexdig @hex_low )*;

  # EmbeddedUnicodeChar "\x{HEXPOINT}": what may stand for itself may not be escaped, no needless leading zero, no
  # surrogates. RFC 6533 prints upper case digits through HEXDIG, which RFC 5234 makes caseless.
  nz       = [1-9A-Fa-f];
  hexpoint = "0" [1-9] | "10" | "1" [1-9] | "20" | "2B"i | "3D"i | "7F"i | "5C"i
           | [89A-Fa-f] hexdig
           | nz hexdig{2}
           | [1-9A-Ca-c] hexdig{3} | "D"i [0-7] hexdig{2} | [E-Fe-f] hexdig{3}
           | nz hexdig{4}
           | "10" hexdig{4};
  embedded = "\\x{" @point_begin (hexpoint $point_digit) "}" @point_end;
  qchar    = 0x21..0x2A | 0x2C..0x3C | 0x3E..0x5B | 0x5D..0x7E;

  # utf-8-addr-xtext and utf-8-addr-unitext in one; utf-8-address differs from the latter only in being readable.
  utf8_address = ( qchar @octet_seen | utf8_non_ascii $utf8_octet | embedded )+;
}%%
