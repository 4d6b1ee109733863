%%{
  # xtext_actions.rl - the actions of xtext.rl for the hosts that decode into a Writer.
  # The host declares: out (Writer&), value (std::uint32_t), and for utf8_address ascii (bool).
  machine ehlo_xtext_actions;

  action non_ascii_seen { }
  action octet_seen     { out.put(*p); }
  action utf8_octet     { out.put(*p); ascii = false; }
  action hex_high       { value = hex_value(*p) << 4; }
  action hex_low        { out.put(static_cast<Octet>(value | hex_value(*p))); }
  action point_begin    { value = 0; }
  action point_digit    { value = value << 4 | hex_value(*p); }
  action point_end      { put_utf8(out, value); }
}%%
