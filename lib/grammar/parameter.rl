%%{
  # parameter.rl - the parameter list of MAIL and RCPT.
  # Spec:     RFC 5321 4.1.2, RFC 6531 3.3
  # Needs:    abnf.rl
  # Actions:  keyword_begin keyword_end value_begin value_run value_end
  machine ehlo_parameter;

  esmtp_keyword = (let_dig >keyword_begin (let_dig | "-")*) %keyword_end;
  value_char    = 33..60 | 62..126;
  esmtp_value   = ( (value_char >value_run | utf8_non_ascii)+ ) %value_end;
  esmtp_param   = esmtp_keyword ("=" @value_begin esmtp_value)?;
  parameters    = esmtp_param (sp esmtp_param)*;
}%%
