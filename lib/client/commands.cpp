// Single commands: sent now, or refused without a trace.
#include "client/client.h"

namespace ehlo {
namespace {

Error program_error(Error error) noexcept { return error == EHLO_E_SYNTAX ? EHLO_E_ARGUMENT : error; }

}  // namespace

// RFC 2920 3.1: nothing may follow those that end a group before their replies; the end of content is no command.
bool Client::ends_group(const Pending& sent) const noexcept {
  return sent.expect != Expect::result && (verb_row(sent.verb).flags & EHLO_COMMAND_ENDS_GROUP) != 0;
}

// RFC 5321 4.3.1, RFC 2920 3.1: whether a command may leave before the replies to those before it are in. Input that
// belongs to no command must be judged first.
bool Client::can_follow() const noexcept {
  if (eof_ || outbox_.ends_with_chunk_line()) return false;
  if (pending_.empty()) return !leftover_ && !challenged_;
  return pipelining() && !ends_group(pending_.back()) && !pending_.full();
}

// `octets` 0: what the configuration says.
Error Client::make_room(std::uint32_t octets) noexcept {
  const std::uint32_t least = config_.options().command_octets;
  return outbox_.reserve(allocator_, octets < least ? least : octets);
}

void Client::note_sent(Expect expect, Verb verb, std::uint32_t count) noexcept {
  pending_.push({expect, current_, verb, true, count});
}

// For what belongs to no transaction.
void Client::note_sent_alone(Expect expect, Verb verb) noexcept { pending_.push({expect, kNoSlot, verb, true, 1}); }

Error Client::send_line(Bytes line) noexcept {
  if (const Error error = make_room(0); error != EHLO_OK) return error;
  Writer out = outbox_.writer();
  out.put(line);
  if (!out.fits()) return EHLO_E_SPACE;
  outbox_.commit(out.size());
  return EHLO_OK;
}

// Into the outbox, and into the account of replies; whether it may be sent now has been judged.
Error Client::send_now(ClientInput step, Expect expect, const CommandText& command) noexcept {
  if (const Error error = make_room(0); error != EHLO_OK) return error;
  Writer out = outbox_.writer();
  const Error error = write_command(command, out);
  if (error != EHLO_OK) return program_error(error);
  if (!out.fits()) return EHLO_E_SPACE;
  outbox_.commit(out.size());
  const bool ends_transaction = expect == Expect::hello && has_transaction(state_);
  if (expect == Expect::data || ends_transaction)
    note_sent(expect, command.verb);
  else
    note_sent_alone(expect, command.verb);
  current().reset_sent |= ends_transaction;
  go(step);
  return EHLO_OK;
}

Error Client::send_command(ClientInput step, Expect expect, const CommandText& command) noexcept {
  return job_.envelope != nullptr || !may_send(step) ? EHLO_E_STATE : send_now(step, expect, command);
}

// Keeps what is missing, in the program's words as far as there is room.
Error Client::not_offered(const Missing& missing) noexcept {
  const std::size_t size = missing.keyword.size < kKeywordRoom ? missing.keyword.size : kKeywordRoom - 1;
  lacks_ = missing.extensions;
  if (size != 0) std::memcpy(lacks_keyword_, missing.keyword.data, size);
  lacks_keyword_[size] = 0;
  lacks_keyword_size_ = static_cast<std::uint8_t>(size);
  return EHLO_E_NOT_OFFERED;
}

Error Client::open() noexcept {
  if (opening_) return EHLO_E_STATE;
  if (state_ == ClientState::connected) {
    opening_ = true;
    return EHLO_OK;
  }
  const Error error = has_transaction(state_) ? EHLO_E_STATE : hello(lmtp() ? EHLO_VERB_LHLO : EHLO_VERB_EHLO);
  opening_ = error == EHLO_OK;
  return error;
}

Error Client::hello(Verb verb) noexcept {
  if (verb != EHLO_VERB_EHLO && verb != EHLO_VERB_HELO && verb != EHLO_VERB_LHLO) return EHLO_E_ARGUMENT;
  // RFC 2033 4.1: LMTP has LHLO and nothing else.
  if ((verb == EHLO_VERB_LHLO) != lmtp() || !pending_.empty()) return EHLO_E_STATE;
  if (job_.envelope != nullptr || !may_send(ClientInput::hello)) return EHLO_E_STATE;
  return say_hello(verb);
}

Error Client::say_hello(Verb verb) noexcept {
  CommandText command;
  command.verb = verb;
  command.text = config_.hostname();
  return send_now(ClientInput::hello, Expect::hello, command);
}

Error Client::starttls() noexcept {
  if (tls_ || job_.envelope != nullptr || !pending_.empty() || !may_send(ClientInput::starttls)) return EHLO_E_STATE;
  if (!has(capabilities_.usable, EHLO_EXT_STARTTLS)) return not_offered({EHLO_EXT_BIT(EHLO_EXT_STARTTLS), {}});
  CommandText command;
  command.verb = EHLO_VERB_STARTTLS;
  return send_now(ClientInput::starttls, Expect::starttls, command);
}

// Writes MAIL or RCPT straight into the outbox; what is refused is not committed.
Error Client::send_envelope_line(const EnvelopeCommand& command) noexcept {
  if (command.params == nullptr && command.param_count != 0) return EHLO_E_ARGUMENT;
  if (const Error error = make_room(0); error != EHLO_OK) return error;
  outbox_.writer();  // closes the gap of what has been taken
  const std::size_t room = envelope_line_room(command) + 2;
  Octet* const begin = outbox_.room();
  if (room > outbox_.room_octets()) return EHLO_E_SPACE;
  EnvelopeLine line;
  Error error = write_envelope_line(command, config_.rows(), begin, line);
  if (error != EHLO_OK) return error;
  if (config_.flag(EHLO_CLIENT_FLAG_REQUIRE_TLS) && !tls_) return EHLO_E_TLS_REQUIRED;
  Missing missing;
  error = judge_offered(line, command.verb, param_offer(), missing);
  if (error == EHLO_E_NOT_OFFERED) return not_offered(missing);
  if (error != EHLO_OK) return error;
  begin[line.text.size] = '\r';
  begin[line.text.size + 1] = '\n';
  if (command.verb == EHLO_VERB_MAIL) {
    if (!begin_transaction(0)) return EHLO_E_STATE;
    current().number = ++transactions_;
    current().smtputf8 = line.smtputf8;
    current().binary = line.body == EHLO_BODY_BINARYMIME;
  }
  outbox_.commit(line.text.size + 2);
  return EHLO_OK;
}

Error Client::mail(Bytes sender, const ParamText* params, std::size_t param_count) noexcept {
  if (job_.envelope != nullptr || !may_send(ClientInput::mail)) return EHLO_E_STATE;
  const Error error = send_envelope_line({EHLO_VERB_MAIL, sender, params, param_count, false});
  if (error != EHLO_OK) return error;
  note_sent(Expect::mail, EHLO_VERB_MAIL);
  go(ClientInput::mail);
  return EHLO_OK;
}

Error Client::rcpt(Bytes recipient, const ParamText* params, std::size_t param_count) noexcept {
  if (job_.envelope != nullptr || !may_send(ClientInput::rcpt)) return EHLO_E_STATE;
  Transaction& transaction = current();
  if (transaction.recipients == config_.options().max_recipients) return EHLO_E_ARGUMENT;
  const Error error = send_envelope_line({EHLO_VERB_RCPT, recipient, params, param_count, transaction.smtputf8});
  if (error != EHLO_OK) return error;
  transaction.add(transaction.recipients++);
  note_sent(Expect::rcpt, EHLO_VERB_RCPT);
  go(ClientInput::rcpt);
  return EHLO_OK;
}

Error Client::data() noexcept {
  const Transaction& transaction = current();
  const bool nobody = transaction.replied == transaction.recipients && transaction.accepted == 0;
  // RFC 3030 3: binary content cannot go with DATA.
  if (nobody || transaction.binary) return EHLO_E_STATE;
  CommandText command;
  command.verb = EHLO_VERB_DATA;
  return send_command(ClientInput::data, Expect::data, command);
}

Error Client::reset() noexcept {
  if (job_.envelope != nullptr || !may_send(ClientInput::reset)) return EHLO_E_STATE;
  return send_reset();
}

Error Client::send_reset() noexcept {
  if (const Error error = send_line(bytes_of("RSET\r\n")); error != EHLO_OK) return error;
  // What has had its content is no longer in the buffers that RSET clears, unless a chunk of it is refused.
  if (current().number != 0 && (!current().content_given || current().chunked)) {
    note_sent(Expect::reset, EHLO_VERB_RSET);
    current().reset_sent = true;
  } else {
    note_sent_alone(Expect::reset, EHLO_VERB_RSET);
  }
  unclear_ = false;
  go(ClientInput::reset);
  return EHLO_OK;
}

Error Client::quit() noexcept {
  CommandText command;
  command.verb = EHLO_VERB_QUIT;
  return send_command(ClientInput::quit, Expect::quit, command);
}

}  // namespace ehlo
