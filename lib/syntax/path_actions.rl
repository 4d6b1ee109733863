%%{
  # path_actions.rl - the actions of domain.rl and address.rl for the hosts that fill a Path.
  # The host declares: base (what spans count from), path (Path&), label and long_label (const Octet*).
  machine ehlo_path_actions;

  action non_ascii_seen  { path.flags |= EHLO_PATH_NON_ASCII; }
  action label_begin     { label = p; p = run_last(p, pe, kLetDig); }
  action label_run       { p = run_last(p, pe, kLetDig); }
  action label_end       { if (p - label > static_cast<std::ptrdiff_t>(kMaxLabel) && long_label == nullptr) long_label = label; }
  action literal_begin   { path.domain.off = offset(p + 1); }
  action literal_end     { path.domain.len = offset(p) - path.domain.off; }
  action literal_ipv4    { path.domain_kind = EHLO_DOMAIN_IPV4; }
  action literal_ipv6    { path.domain_kind = EHLO_DOMAIN_IPV6; }
  action literal_general { path.domain_kind = EHLO_DOMAIN_GENERAL; }
  action path_begin      { path.whole.off = offset(p); path.local.off = offset(p + 1); }
  action route_begin     { path.route.off = offset(p); }
  action route_end       { path.route.len = offset(p) - path.route.off; path.local.off = offset(p + 1); }
  action local_run       { p = run_last(p, pe, kAtext); }
  action quoted_seen     { path.flags |= EHLO_PATH_QUOTED; }
  action qtext_run       { p = run_last(p, pe, kQtext); }
  action at_seen         {
    path.local.len = offset(p) - path.local.off;
    path.domain.off = offset(p + 1);
    path.domain_kind = EHLO_DOMAIN_NAME;
  }
  action path_end        {
    path.whole.len = offset(p + 1) - path.whole.off;
    if (path.domain_kind == EHLO_DOMAIN_NAME) path.domain.len = offset(p) - path.domain.off;
    if (path.domain_kind == EHLO_DOMAIN_NONE) {
      path.local.len = offset(p) - path.local.off;
      path.flags |= path.local.len == 0 ? EHLO_PATH_NULL : EHLO_PATH_POSTMASTER;
    }
  }
}%%
