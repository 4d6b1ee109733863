%%{
  # ehlo.rl - one line of the reply to EHLO, after its code.
  # Spec:     RFC 5321 4.1.1.1
  # Needs:    nothing
  # Actions:  keyword_end param_begin param_end
  machine ehlo_ehlo;

  ehlo_keyword = [A-Za-z0-9] [A-Za-z0-9\-]*;
  ehlo_param   = (33..126)+;
  # One space by the grammar; servers write more of them, and at the end too.
  ehlo_params  = ehlo_param >param_begin %param_end (" "+ ehlo_param %param_end)*;
  ehlo_line    = ehlo_keyword %keyword_end (" "+ ehlo_params?)? " "*;
  # "AUTH=LOGIN" is how AUTH was written before it was a standard; some servers still do, for clients of that time, and
  # Exchange does so for its X-EXPS.
  auth_line    = ("AUTH"i | "X-EXPS"i) %keyword_end "=" " "* ehlo_params? " "*;
}%%
