%%{
  # parameter_actions.rl - the actions of parameter.rl for the hosts that fill a ParamList.
  # The host declares: params (ParamList&), full (bool).
  machine ehlo_parameter_actions;

  action keyword_begin {
    if (!params.open(offset(p))) { full = true; fhold; fbreak; }
    p = run_last(p, pe, kKeyword);
  }
  action keyword_end { params.end_keyword(offset(p)); }
  action value_begin { params.begin_value(offset(p + 1)); }
  action value_run   { p = run_last(p, pe, kValue); }
  action value_end   { params.end_value(offset(p)); }
}%%
