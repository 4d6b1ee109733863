// Lines into the outbox.
#include "client/sending.h"

namespace ehlo {

Error make_room(ClientSession& s, std::size_t octets) noexcept {
  const std::uint32_t least = s.config.options().command_octets;
  return s.pipeline.outbox().reserve(s.allocator, octets < least ? least : static_cast<std::uint32_t>(octets));
}

Error send_line(ClientSession& s, Bytes line) noexcept {
  if (const Error error = make_room(s); error != EHLO_OK) return error;
  Writer out = s.pipeline.outbox().writer();
  out.put(line);
  if (!out.fits()) return EHLO_E_SPACE;
  s.pipeline.outbox().commit(out.size());
  return EHLO_OK;
}

Error send_command(ClientSession& s, ClientInput input, Expect expect, const CommandText& command) noexcept {
  if (const Error error = make_room(s); error != EHLO_OK) return error;
  Writer out = s.pipeline.outbox().writer();
  const Error error = write_command(command, out);
  // The program gave its parts.
  if (error != EHLO_OK) return error == EHLO_E_SYNTAX ? Error{EHLO_E_ARGUMENT} : error;
  if (!out.fits()) return EHLO_E_SPACE;
  s.pipeline.outbox().commit(out.size());
  // RFC 5321 4.1.4: EHLO within a transaction is as RSET.
  const bool ends_transaction = expect == Expect::hello && has_transaction(s.pipeline.state());
  s.transactions.current().reset_sent |= ends_transaction;
  if (expect == Expect::data || ends_transaction)
    note_sent(s, input, expect, command.verb);
  else
    note_sent_alone(s, input, expect, command.verb);
  return EHLO_OK;
}

}  // namespace ehlo
