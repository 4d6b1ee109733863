// The single commands of a program: each is sent now, or refused with an error and nothing has changed.
#pragma once

#include "client/sending.h"

namespace ehlo {

// EHLO or LHLO now, or after the greeting.
Error open_session(ClientSession& session) noexcept;
Error send_hello(ClientSession& session, Verb verb) noexcept;
// EHLO, LHLO or HELO where it has been decided that it comes next.
Error write_hello(ClientSession& session, Verb verb) noexcept;
Error send_starttls(ClientSession& session) noexcept;
Error send_mail(ClientSession& session, Bytes sender, const ParamText* params, std::size_t param_count) noexcept;
Error send_rcpt(ClientSession& session, Bytes recipient, const ParamText* params, std::size_t param_count) noexcept;
Error send_data(ClientSession& session) noexcept;
Error send_reset(ClientSession& session) noexcept;
// RSET where it has been decided that it may be sent.
Error write_reset_line(ClientSession& session) noexcept;
Error send_quit(ClientSession& session) noexcept;

// A plain verb of a row, or one that no row knows. `flags`: EHLO_FLAG_SMTPUTF8.
Error send_plain(ClientSession& session, Bytes verb, Bytes text, std::uint32_t flags) noexcept;

}  // namespace ehlo
