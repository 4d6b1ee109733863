// The replies that the library gives by itself.
#pragma once

#include "syntax/write_reply.h"

namespace ehlo {

// A reply in the queue is one of these, an Error, or a text of the program's.
enum class Standard : std::uint16_t {
  greeting,
  hello,        // HELO: one line
  hello_esmtp,  // EHLO and LHLO: the list of extensions
  hello_esmtp_tls,
  mail_ok,
  rcpt_ok,
  go_ahead,
  chunk_ok,
  message_ok,
  reset_ok,
  noop_ok,
  help_ok,
  cannot_verify,
  bye,
  starttls_ok,
  auth_ok,
  auth_unavailable,
  command_ok,
  count
};

struct StandardReply {
  std::uint16_t code;
  EnhancedCode enhanced;
  std::string_view text;
};
const StandardReply& standard_reply(Standard reply) noexcept;

// The code of an Error's reply as the session gives it.
StandardReply error_reply(Error error) noexcept;

}  // namespace ehlo
