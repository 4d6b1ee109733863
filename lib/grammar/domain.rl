%%{
  # domain.rl - domains and address literals.
  # Spec:     RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3
  # Needs:    abnf.rl
  # Actions:  label_begin label_run label_end literal_begin literal_end literal_ipv4 literal_ipv6 literal_general
  machine ehlo_domain;

  # sub-domain = Let-dig [Ldh-str], extended by U-label: hyphens inside only.
  u_let_dig  = let_dig | utf8_non_ascii;
  sub_domain = ( (u_let_dig >label_begin) u_let_dig* ("-"+ (u_let_dig >label_run)+)* ) %label_end;
  domain     = sub_domain ("." sub_domain)*;

  # Snum = 1*3DIGIT with a value of 0 to 255; leading zeros are within the grammar.
  snum = [01]? digit{1,2} | "2" [0-4] digit | "25" [0-5];
  ipv4 = snum "." snum "." snum "." snum;

  # "::" stands for two groups or more (RFC 5321 4.1.3), so at most six stand beside it, or four before an IPv4 tail.
  h16 = hexdig{1,4};
  ipv6_full = h16 (":" h16){7};
  ipv6_comp = "::" (h16 (":" h16){0,5})?
            | h16 "::" (h16 (":" h16){0,4})?
            | h16 (":" h16){1} "::" (h16 (":" h16){0,3})?
            | h16 (":" h16){2} "::" (h16 (":" h16){0,2})?
            | h16 (":" h16){3} "::" (h16 (":" h16){0,1})?
            | h16 (":" h16){4} "::" h16?
            | h16 (":" h16){5} "::";
  ipv6v4_full = h16 (":" h16){5} ":" ipv4;
  ipv6v4_comp = "::" (h16 ":"){0,4} ipv4
              | h16 "::" (h16 ":"){0,3} ipv4
              | h16 (":" h16){1} "::" (h16 ":"){0,2} ipv4
              | h16 (":" h16){2} "::" (h16 ":"){0,1} ipv4
              | h16 (":" h16){3} "::" ipv4;
  ipv6 = "IPv6:"i (ipv6_full | ipv6_comp | ipv6v4_full | ipv6v4_comp);

  ldh_str  = (let_dig | "-")* let_dig;
  dcontent = 33..90 | 94..126;
  general  = (ldh_str - "IPv6"i) ":" dcontent+;

  address_literal = "[" @literal_begin
                    (ipv4 %literal_ipv4 | ipv6 %literal_ipv6 | general %literal_general)
                    "]" @literal_end;
}%%
