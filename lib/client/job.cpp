// How the transaction of an envelope is written: MAIL, each RCPT, DATA; or RSET where it has failed.
#include "client/job.h"

#include "client/commands.h"

namespace ehlo {
namespace {

// The lines are checked already. The server may lack an extension, or the configuration room for a line.
Error check_envelope(ClientSession& s, const Envelope& envelope) noexcept {
  const Capabilities& capabilities = s.announced.capabilities();
  Missing missing;
  const Error error = envelope.validate(s.param_offer(), capabilities.has_size_limit, capabilities.size_limit, missing);
  if (error == EHLO_E_NOT_OFFERED) return s.not_offered.record(missing);
  if (error != EHLO_OK) return error;
  if (envelope.body() == EHLO_BODY_BINARYMIME && !s.announced.can_use(EHLO_EXT_CHUNKING))
    return s.not_offered.record(EHLO_EXT_CHUNKING);
  Writer measured(nullptr, 0);
  envelope.write_mail(capabilities.usable, measured);
  const std::size_t longest = measured.size() > envelope.longest_line() ? measured.size() : envelope.longest_line();
  return longest + 2 > s.config.options().command_octets ? EHLO_E_SPACE : EHLO_OK;
}

bool write_reset(ClientSession& s) noexcept { return s.may_send(ClientInput::reset) && write_reset_line(s) == EHLO_OK; }

// A transaction that failed half-way is cleared (RFC 2920 3.1, RFC 3030 2): after the transaction of an envelope, or
// before one.
bool reset_failed_transaction(ClientSession& s) noexcept {
  if (s.pipeline.state() != ClientState::transaction_failed) return false;
  const Transaction& failed = s.transactions.current();
  if (!(failed.number != 0 && failed.of_envelope) && !s.job.active()) return false;
  return write_reset(s);
}

bool write_mail(ClientSession& s) noexcept {
  // RFC 2920 3.1 has RSET between the content and the next MAIL of a group: a server that still had the old
  // envelope would add the next recipients to it.
  if (s.needs_reset) return write_reset(s);
  if (!s.may_send(ClientInput::mail)) return false;
  Job& job = s.job;
  Outbox& outbox = s.pipeline.outbox();
  Writer out = outbox.writer();
  job.envelope->write_mail(s.announced.usable(), out);
  out.put("\r\n");
  if (!out.fits() || !s.transactions.can_begin()) return false;
  s.transactions.begin(job.number, job.recipients);
  Transaction& transaction = s.transactions.current();
  transaction.of_envelope = true;
  transaction.smtputf8 = job.envelope->needs_smtputf8();
  transaction.binary = job.envelope->body() == EHLO_BODY_BINARYMIME;
  job.started = true;
  job.envelope->next(job.cursor);
  outbox.commit(out.size());
  note_sent(s, ClientInput::mail, Expect::mail, EHLO_VERB_MAIL);
  return true;
}

bool write_rcpt(ClientSession& s) noexcept {
  if (!s.may_send(ClientInput::rcpt)) return false;
  Job& job = s.job;
  Outbox& outbox = s.pipeline.outbox();
  std::size_t cursor = job.cursor;
  const EnvelopeLine line = job.envelope->next(cursor);
  Writer out = outbox.writer();
  out.put(line.text);
  out.put("\r\n");
  if (!out.fits()) return false;
  outbox.commit(out.size());
  job.cursor = cursor;
  ++job.sent;
  note_sent(s, ClientInput::rcpt, Expect::rcpt, EHLO_VERB_RCPT);
  return true;
}

// All recipients have been sent.
bool begin_content(ClientSession& s) noexcept {
  if (s.pipeline.state() != ClientState::rcpt_sent) return false;
  const Transaction& transaction = s.transactions.current();
  const bool decided = transaction.replied == transaction.recipients;
  if (decided && transaction.accepted == 0) {
    if (!write_reset(s)) return false;
    s.job.drop();
    return true;
  }
  if (wants_chunks(s, *s.job.envelope)) {
    s.job.awaits_chunks = decided;
    return false;
  }
  // DATA goes in the group of the recipients; after 354 without an accepted recipient the content is a lone dot.
  if (!s.may_send(ClientInput::data) || send_line(s, bytes_of("DATA\r\n")) != EHLO_OK) return false;
  note_sent(s, ClientInput::data, Expect::data, EHLO_VERB_DATA);
  return true;
}

// Writes the next command; false where none may be sent now.
bool write_next(ClientSession& s) noexcept {
  if (reset_failed_transaction(s)) return true;
  if (!s.job.active()) return false;
  if (!s.job.started) return write_mail(s);
  if (s.job.sent < s.job.recipients) return write_rcpt(s);
  return begin_content(s);
}

}  // namespace

Error transact(ClientSession& s, const Envelope& envelope) noexcept {
  const bool between =
      s.pipeline.state() == ClientState::ready || s.pipeline.state() == ClientState::transaction_failed;
  if (s.job.active() || !between || s.pipeline.eof()) return EHLO_E_STATE;
  if (envelope.count() == 0 || envelope.count() > s.config.options().max_recipients) return EHLO_E_ARGUMENT;
  if (s.config.flag(EHLO_CLIENT_FLAG_REQUIRE_TLS) && !s.tls) return EHLO_E_TLS_REQUIRED;
  if (const Error error = check_envelope(s, envelope); error != EHLO_OK) return error;
  if (const Error error = make_room(s); error != EHLO_OK) return error;
  s.job = {};
  s.job.envelope = envelope.take();
  s.job.recipients = envelope.count();
  s.job.number = s.transactions.new_number();
  continue_job(s);
  return EHLO_OK;
}

void continue_job(ClientSession& s) noexcept {
  while (s.pipeline.state() != ClientState::closed && write_next(s)) {
  }
}

std::size_t take_output(ClientSession& s, Octet* out, std::size_t capacity) noexcept {
  std::size_t taken = 0;
  for (;;) {
    const bool chunk_line = s.pipeline.outbox().ends_with_chunk_line();
    const std::size_t count = s.pipeline.take_output(out + taken, capacity - taken);
    taken += count;
    // The content of a chunk comes next, from the program.
    if (count == 0 || chunk_line) return taken;
    continue_job(s);
  }
}

// A job whose MAIL is not sent yet comes after the transaction before it, and does not end with that.
void drop_job(ClientSession& s, std::uint8_t slot) noexcept {
  if (s.job.started && slot == s.transactions.current_slot()) s.job.drop();
}

bool wants_chunks(const ClientSession& s, const Envelope& envelope) noexcept {
  return envelope.body() == EHLO_BODY_BINARYMIME ||
         (s.config.flag(EHLO_CLIENT_FLAG_CHUNKING) && s.announced.can_use(EHLO_EXT_CHUNKING));
}

}  // namespace ehlo
