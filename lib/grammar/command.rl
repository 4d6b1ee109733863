%%{
  # command.rl - the arguments of BDAT and AUTH.
  # Spec:     RFC 3030 2, RFC 4954 8, RFC 4422 3.1, RFC 4648 4
  # Needs:    nothing
  # Actions:  size_digit last_seen mechanism_end initial_begin base64_run
  machine ehlo_command;

  # 2^64 has twenty digits. A number with more, be they zeros, is read by some receivers and not by others, and where a
  # chunk ends must be beyond doubt.
  chunk_size     = digit{1,20} $size_digit;
  bdat_arguments = chunk_size (" " "LAST"i @last_seen)?;

  # sasl-mech is defined in upper case; verbs and keywords of SMTP are caseless, so lower case is taken too.
  sasl_mech   = [A-Za-z0-9_\-]{1,20};
  base64_char = [A-Za-z0-9+/];
  # Any length in the run: the host checks that the whole is a multiple of four.
  base64      = (base64_char >base64_run)+ "="{0,2};
  # "=" alone is an initial response of no octets.
  initial_response = "=" | base64;
  auth_arguments   = sasl_mech %mechanism_end (" " @initial_begin initial_response)?;
}%%
