%%{
  # address.rl - local parts, mailboxes, source routes and paths.
  # Spec:     RFC 5321 4.1.2, RFC 6531 3.3
  # Needs:    abnf.rl domain.rl
  # Actions:  path_begin path_end route_begin route_end local_run quoted_seen qtext_run at_seen
  machine ehlo_address;

  atext = let_dig | [!#$%&'*+/=?^_`{|}~] | "-";
  qtext = 32..33 | 35..91 | 93..126;

  atom          = (atext >local_run | utf8_non_ascii)+;
  dot_string    = atom ("." atom)*;
  quoted_pair   = backslash 32..126;
  # RFC 5321 4.1.2 as printed lets a Quoted-string be empty.
  quoted_string = dquote @quoted_seen (qtext >qtext_run | quoted_pair | utf8_non_ascii)* dquote;
  local_part    = dot_string | quoted_string;

  mailbox = local_part "@" @at_seen (domain | address_literal);

  at_domain = "@" domain;
  route     = "@" @route_begin domain ("," at_domain)* ":" @route_end;

  # The path without a domain is there for bare Postmaster; the host checks that it is that word.
  path = "<" @path_begin ( route? (mailbox | local_part) )? ">" @path_end;
}%%
