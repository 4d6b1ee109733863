// The transaction of an envelope is carried out as far as the replies and the room for commands allow, whenever one of
// them changes.
#include "client/client.h"

namespace ehlo {

Error Client::transact(const Envelope& envelope) noexcept {
  const bool between = state_ == ClientState::ready || state_ == ClientState::spent;
  if (job_.envelope != nullptr || !between || eof_) return EHLO_E_STATE;
  if (envelope.count() == 0 || envelope.count() > config_.options().max_recipients) return EHLO_E_ARGUMENT;
  if (config_.flag(EHLO_CLIENT_FLAG_REQUIRE_TLS) && !tls_) return EHLO_E_TLS_REQUIRED;
  Missing missing;
  const Error error = envelope.judge(param_offer(), capabilities_.has_size_limit, capabilities_.size_limit, missing);
  if (error == EHLO_E_NOT_OFFERED) return not_offered(missing);
  if (error != EHLO_OK) return error;
  if (envelope.body() == EHLO_BODY_BINARYMIME && !has(capabilities_.usable, EHLO_EXT_CHUNKING))
    return not_offered({EHLO_EXT_BIT(EHLO_EXT_CHUNKING), {}});
  Writer measured(nullptr, 0);
  envelope.write_mail(capabilities_.usable, measured);
  const std::size_t longest = measured.size() > envelope.longest_line() ? measured.size() : envelope.longest_line();
  if (longest + 2 > config_.options().command_octets) return EHLO_E_SPACE;
  if (const Error memory = make_room(0); memory != EHLO_OK) return memory;
  job_ = {};
  job_.envelope = envelope.take();
  job_.recipients = envelope.count();
  job_.number = ++transactions_;
  pump();
  return EHLO_OK;
}

void Client::pump() noexcept {
  while (state_ != ClientState::closed && pump_step()) {
  }
}

bool Client::pump_step() noexcept {
  if (clear_spent()) return true;
  if (job_.envelope == nullptr) return false;
  if (!job_.started) return start_job();
  if (job_.sent < job_.recipients) return send_recipient();
  return begin_content();
}

// What failed half-way is cleared away (RFC 2920 3.1, RFC 3030 2): after the transaction of an envelope, or before one.
bool Client::clear_spent() noexcept {
  const bool failed = current().number != 0 && current().of_envelope;
  if (state_ != ClientState::spent || (!failed && job_.envelope == nullptr)) return false;
  return may_send(ClientInput::reset) && send_reset() == EHLO_OK;
}

bool Client::start_job() noexcept {
  // RFC 2920 3.1 has RSET between the content and the next MAIL of a group: a server that still had the envelope of
  // before would take the next recipients into it.
  if (unclear_) return may_send(ClientInput::reset) && send_reset() == EHLO_OK;
  if (!may_send(ClientInput::mail)) return false;
  Writer out = outbox_.writer();
  job_.envelope->write_mail(capabilities_.usable, out);
  out.put("\r\n");
  if (!out.fits() || !begin_transaction(job_.recipients)) return false;
  Transaction& transaction = current();
  transaction.number = job_.number;
  transaction.of_envelope = true;
  transaction.smtputf8 = job_.envelope->needs_smtputf8();
  transaction.binary = job_.envelope->body() == EHLO_BODY_BINARYMIME;
  job_.started = true;
  job_.envelope->next(job_.cursor);
  outbox_.commit(out.size());
  note_sent(Expect::mail, EHLO_VERB_MAIL);
  go(ClientInput::mail);
  return true;
}

bool Client::send_recipient() noexcept {
  if (!may_send(ClientInput::rcpt)) return false;
  std::size_t cursor = job_.cursor;
  const EnvelopeLine line = job_.envelope->next(cursor);
  Writer out = outbox_.writer();
  out.put(line.text);
  out.put("\r\n");
  if (!out.fits()) return false;
  outbox_.commit(out.size());
  job_.cursor = cursor;
  ++job_.sent;
  note_sent(Expect::rcpt, EHLO_VERB_RCPT);
  go(ClientInput::rcpt);
  return true;
}

bool Client::chunks_wanted(const Envelope& envelope) const noexcept {
  return envelope.body() == EHLO_BODY_BINARYMIME ||
         (config_.flag(EHLO_CLIENT_FLAG_CHUNKING) && has(capabilities_.usable, EHLO_EXT_CHUNKING));
}

// All recipients have been sent.
bool Client::begin_content() noexcept {
  if (state_ != ClientState::rcpt_sent) return false;
  const Transaction& transaction = current();
  const bool settled = transaction.replied == transaction.recipients;
  if (settled && transaction.accepted == 0) {
    if (!may_send(ClientInput::reset) || send_reset() != EHLO_OK) return false;
    drop_job(current_);
    return true;
  }
  if (chunks_wanted(*job_.envelope)) {
    job_.awaits_chunks = settled;
    return false;
  }
  if (!may_send(ClientInput::data) || send_line(bytes_of("DATA\r\n")) != EHLO_OK) return false;
  note_sent(Expect::data, EHLO_VERB_DATA);
  go(ClientInput::data);
  return true;
}

// An envelope that was taken, and of which nothing was sent before the end, has its outcomes like any other.
bool Client::begin_lost_job() noexcept {
  if (job_.envelope == nullptr || !begin_transaction(job_.recipients)) return false;
  current().number = job_.number;
  current().closed = true;
  current().under_way = {EHLO_VERB_MAIL, false};
  end_job();
  return true;
}

void Client::end_job() noexcept {
  Envelope::drop(job_.envelope);
  job_ = {};
}

void Client::drop_job(std::uint8_t slot) noexcept {
  if (job_.started && slot == current_) end_job();
}

}  // namespace ehlo
