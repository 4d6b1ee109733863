// Single commands: sent now, or refused without a trace.
#include "client/client.h"
#include "syntax/char_class.h"

namespace ehlo {
namespace {

// Nothing may follow these before their replies (RFC 2920 3.1; AUTH and STARTTLS by their own RFCs).
bool ends_group(Expect expect) noexcept {
  switch (expect) {
    case Expect::mail:
    case Expect::rcpt:
    case Expect::reset:
    case Expect::chunk:
    case Expect::result: return false;
    default: return true;
  }
}

Error program_error(Error error) noexcept { return error == Error::syntax ? Error::argument : error; }

}  // namespace

// RFC 5321 4.3.1, RFC 2920 3.1: whether a command may leave before the replies to those before it are in. Input that
// belongs to no command must be judged first.
bool Client::can_follow() const noexcept {
  if (eof_ || outbox_.ends_with_chunk_line()) return false;
  if (pending_.empty()) return !leftover_ && !challenged_;
  return pipelining() && !ends_group(pending_.back().expect) && !pending_.full();
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
  if (const Error error = make_room(0); error != Error::none) return error;
  Writer out = outbox_.writer();
  out.put(line);
  if (!out.fits()) return Error::space;
  outbox_.commit(out.size());
  return Error::none;
}

// Into the outbox, and into the account of replies; whether it may be sent now has been judged.
Error Client::send_now(Step step, Expect expect, const CommandText& command) noexcept {
  if (const Error error = make_room(0); error != Error::none) return error;
  Writer out = outbox_.writer();
  const Error error = write_command(command, out);
  if (error != Error::none) return program_error(error);
  if (!out.fits()) return Error::space;
  outbox_.commit(out.size());
  const bool ends_transaction = expect == Expect::hello && has_transaction(state_);
  if (expect == Expect::data || ends_transaction)
    note_sent(expect, command.verb);
  else
    note_sent_alone(expect, command.verb);
  current().reset_sent |= ends_transaction;
  go(step);
  return Error::none;
}

Error Client::send_command(Step step, Expect expect, const CommandText& command) noexcept {
  return job_.envelope != nullptr || !may_send(step) ? Error::state : send_now(step, expect, command);
}

// Before parameters are held against what the server announced.
Error Client::index_keywords(bool unknown_params) noexcept {
  if (!unknown_params || config_.flag(kClientAnyParameter)) return Error::none;
  return keywords_.build(hello_reply(), allocator_);
}

// Keeps what is missing, in the program's words as far as there is room.
Error Client::not_offered(const Missing& missing) noexcept {
  const std::size_t size = missing.keyword.size < kKeywordRoom ? missing.keyword.size : kKeywordRoom - 1;
  lacks_ = missing.extensions;
  if (size != 0) std::memcpy(lacks_keyword_, missing.keyword.data, size);
  lacks_keyword_[size] = 0;
  lacks_keyword_size_ = static_cast<std::uint8_t>(size);
  return Error::not_offered;
}

Error Client::open() noexcept {
  if (opening_) return Error::state;
  if (state_ == ClientState::connected) {
    opening_ = true;
    return Error::none;
  }
  const Error error = has_transaction(state_) ? Error::state : hello(lmtp() ? Verb::lhlo : Verb::ehlo);
  opening_ = error == Error::none;
  return error;
}

Error Client::hello(Verb verb) noexcept {
  if (verb != Verb::ehlo && verb != Verb::helo && verb != Verb::lhlo) return Error::argument;
  // RFC 2033 4.1: LMTP has LHLO and nothing else.
  if ((verb == Verb::lhlo) != lmtp() || !pending_.empty()) return Error::state;
  if (job_.envelope != nullptr || !may_send(Step::hello)) return Error::state;
  return say_hello(verb);
}

Error Client::say_hello(Verb verb) noexcept {
  CommandText command;
  command.verb = verb;
  command.text = config_.hostname();
  return send_now(Step::hello, Expect::hello, command);
}

Error Client::starttls() noexcept {
  if (tls_ || job_.envelope != nullptr || !pending_.empty() || !may_send(Step::starttls)) return Error::state;
  if (!has(capabilities_.usable, ExtensionId::starttls)) return not_offered({bit(ExtensionId::starttls), {}});
  CommandText command;
  command.verb = Verb::starttls;
  return send_now(Step::starttls, Expect::starttls, command);
}

// Writes MAIL or RCPT straight into the outbox; what is refused is not committed.
Error Client::send_envelope_line(const EnvelopeCommand& command) noexcept {
  if (command.params == nullptr && command.param_count != 0) return Error::argument;
  if (const Error error = make_room(0); error != Error::none) return error;
  outbox_.writer();  // closes the gap of what has been taken
  const std::size_t room = envelope_line_room(command) + 2;
  Octet* const begin = outbox_.room();
  if (room > outbox_.room_octets()) return Error::space;
  EnvelopeLine line;
  Error error = write_envelope_line(command, begin, line);
  if (error != Error::none) return error;
  if (config_.flag(kClientRequireTls) && !tls_) return Error::tls_required;
  if (error = index_keywords(line.unknown); error != Error::none) return error;
  Missing missing;
  error = judge_offered(line, command.verb, param_offer(), missing);
  if (error == Error::not_offered) return not_offered(missing);
  if (error != Error::none) return error;
  begin[line.text.size] = '\r';
  begin[line.text.size + 1] = '\n';
  if (command.verb == Verb::mail) {
    if (!begin_transaction(0)) return Error::state;
    current().number = ++transactions_;
    current().smtputf8 = line.smtputf8;
    current().binary = line.binary;
  }
  outbox_.commit(line.text.size + 2);
  return Error::none;
}

Error Client::mail(Bytes sender, const ParamText* params, std::size_t param_count) noexcept {
  if (job_.envelope != nullptr || !may_send(Step::mail)) return Error::state;
  const Error error = send_envelope_line({Verb::mail, sender, params, param_count, false});
  if (error != Error::none) return error;
  note_sent(Expect::mail, Verb::mail);
  go(Step::mail);
  return Error::none;
}

Error Client::rcpt(Bytes recipient, const ParamText* params, std::size_t param_count) noexcept {
  if (job_.envelope != nullptr || !may_send(Step::rcpt)) return Error::state;
  Transaction& transaction = current();
  if (transaction.recipients == config_.options().max_recipients) return Error::argument;
  const Error error = send_envelope_line({Verb::rcpt, recipient, params, param_count, transaction.smtputf8});
  if (error != Error::none) return error;
  transaction.add(transaction.recipients++);
  note_sent(Expect::rcpt, Verb::rcpt);
  go(Step::rcpt);
  return Error::none;
}

Error Client::data() noexcept {
  const Transaction& transaction = current();
  const bool nobody = transaction.replied == transaction.recipients && transaction.accepted == 0;
  // RFC 3030 3: binary content cannot go with DATA.
  if (nobody || transaction.binary) return Error::state;
  CommandText command;
  command.verb = Verb::data;
  return send_command(Step::data, Expect::data, command);
}

Error Client::reset() noexcept {
  if (job_.envelope != nullptr || !may_send(Step::reset)) return Error::state;
  return send_reset();
}

Error Client::send_reset() noexcept {
  if (const Error error = send_line(bytes_of("RSET\r\n")); error != Error::none) return error;
  // What has had its content is no longer in the buffers that RSET clears, unless a chunk of it is refused.
  if (current().number != 0 && (!current().content_given || current().chunked)) {
    note_sent(Expect::reset, Verb::rset);
    current().reset_sent = true;
  } else {
    note_sent_alone(Expect::reset, Verb::rset);
  }
  unclear_ = false;
  go(Step::reset);
  return Error::none;
}

Error Client::query(Verb verb, Bytes text, bool smtputf8) noexcept {
  if (verb != Verb::noop && verb != Verb::help && verb != Verb::vrfy && verb != Verb::expn) return Error::argument;
  CommandText command;
  command.verb = verb;
  command.text = text;
  command.smtputf8 = smtputf8;
  if (job_.envelope != nullptr || !may_send(Step::query)) return Error::state;
  if (smtputf8 && !has(capabilities_.usable, ExtensionId::smtputf8))
    return not_offered({bit(ExtensionId::smtputf8), {}});
  return send_now(Step::query, Expect::query, command);
}

Error Client::command(Bytes verb, Bytes text) noexcept {
  if (job_.envelope != nullptr || !may_send(Step::query)) return Error::state;
  if (verb.empty() || run_end(verb.begin(), verb.end(), kKeyword) != verb.end()) return Error::argument;
  if (find_verb(verb) != Verb::unknown || has_control(text)) return Error::argument;
  for (const Octet c : text)
    if (c >= 0x80) return Error::argument;
  if (const Error error = make_room(0); error != Error::none) return error;
  Writer out = outbox_.writer();
  out.put(verb);
  if (!text.empty()) out.put(' ');
  out.put(text);
  out.put("\r\n");
  if (!out.fits()) return Error::space;
  outbox_.commit(out.size());
  note_sent_alone(Expect::query, Verb::unknown);
  go(Step::query);
  return Error::none;
}

Error Client::quit() noexcept {
  CommandText command;
  command.verb = Verb::quit;
  return send_command(Step::quit, Expect::quit, command);
}

}  // namespace ehlo
