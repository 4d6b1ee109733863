%%{
  # absolute_uri.rl - absolute URIs.
  # Spec:     RFC 3986 3, 4.3 and appendix A
  # Needs:    nothing
  # Actions:  none
  machine ehlo_absolute_uri;

  unreserved  = [A-Za-z0-9\-._~];
  pct_encoded = "%" xdigit{2};
  sub_delims  = [!$&'()*+,;=];
  pchar       = unreserved | pct_encoded | sub_delims | ":" | "@";

  # Of IPv6 "::" stands for one group or more here, for two or more in mail (RFC 5321 4.1.3).
  uri_octet = digit | [1-9] digit | "1" digit{2} | "2" [0-4] digit | "25" [0-5];
  uri_ipv4  = uri_octet "." uri_octet "." uri_octet "." uri_octet;
  group     = xdigit{1,4};
  last_two  = group ":" group | uri_ipv4;
  uri_ipv6  = (group ":"){6} last_two
            | "::" (group ":"){5} last_two
            | group? "::" (group ":"){4} last_two
            | ((group ":"){0,1} group)? "::" (group ":"){3} last_two
            | ((group ":"){0,2} group)? "::" (group ":"){2} last_two
            | ((group ":"){0,3} group)? "::" group ":" last_two
            | ((group ":"){0,4} group)? "::" last_two
            | ((group ":"){0,5} group)? "::" group
            | ((group ":"){0,6} group)? "::";
  ip_future  = "v"i xdigit+ "." (unreserved | sub_delims | ":")+;
  ip_literal = "[" (uri_ipv6 | ip_future) "]";

  # An IPv4 address is a reg-name too.
  reg_name  = (unreserved | pct_encoded | sub_delims)*;
  userinfo  = (unreserved | pct_encoded | sub_delims | ":")*;
  authority = (userinfo "@")? (ip_literal | reg_name) (":" digit*)?;

  scheme     = [A-Za-z] [A-Za-z0-9+\-.]*;
  path_rest  = pchar+ ("/" pchar*)*;
  hierarchy  = "//" authority ("/" pchar*)* | "/" path_rest? | path_rest?;
  uri_query  = (pchar | "/" | "?")*;
  absolute_uri = scheme ":" hierarchy ("?" uri_query)?;
}%%
