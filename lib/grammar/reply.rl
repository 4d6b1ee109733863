%%{
  # reply.rl - one line of a reply.
  # Spec:     RFC 5321 4.2
  # Needs:    nothing
  # Actions:  code_digit code_end more_follows text_run line_end
  machine ehlo_reply;

  # RFC 5321 4.2.1: the first digit is 2 to 5. The other two are free: codes nobody knows count by their first digit.
  reply_code = ([2-5] digit digit) $code_digit @code_end;
  # Any octets: text is for people, and servers write UTF-8 or worse. NUL, CR and LF are not text of anybody.
  textstring = ((any - [\r\n] - 0) >text_run)*;
  # RFC 5321 4.2: a client should be prepared for the code alone, without the space.
  reply_line = reply_code (("-" @more_follows textstring) | (" " textstring))? "\r" "\n" @line_end;
}%%
