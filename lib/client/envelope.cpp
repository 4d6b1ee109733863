// The lines of an envelope stand one behind the other in one block, each behind its record.
#include "client/envelope.h"

#include <cstring>
#include <new>

namespace ehlo {

struct Envelope::Record {
  std::uint32_t length;  // of the text that follows
  std::uint32_t params;  // where they begin in it
  bool non_ascii;
  bool smtputf8;
};

namespace {

constexpr std::size_t kFirstBlock = 512;
constexpr std::size_t kLongestLine = 1u << 16;

}  // namespace

Envelope* Envelope::create(const EnvelopeOptions& options, const Allocator& allocator, Error& error) noexcept {
  error = EHLO_E_ARGUMENT;
  if (options.body > 2 || (options.flags & ~(EHLO_ENVELOPE_FLAG_SMTPUTF8 | EHLO_ENVELOPE_FLAG_REQUIRETLS)) != 0)
    return nullptr;
  if (options.params == nullptr && options.param_count != 0) return nullptr;
  void* memory = allocator.allocate(allocator.context, sizeof(Envelope));
  error = EHLO_E_MEMORY;
  if (memory == nullptr) return nullptr;
  auto* envelope = new (memory) Envelope(allocator);
  const auto* const config = reinterpret_cast<const ClientConfig*>(options.config);
  envelope->config_ = config == nullptr ? nullptr : &config->take();
  envelope->size_ = options.size;
  envelope->body_ = options.body;
  envelope->smtputf8_ = (options.flags & EHLO_ENVELOPE_FLAG_SMTPUTF8) != 0;
  envelope->requiretls_ = (options.flags & EHLO_ENVELOPE_FLAG_REQUIRETLS) != 0;
  const Bytes sender{reinterpret_cast<const Octet*>(options.sender), options.sender_length};
  EnvelopeLine mail;
  error = envelope->append({EHLO_VERB_MAIL, sender, options.params, options.param_count, false}, mail);
  if (error == EHLO_OK && !envelope->note_mail_params(mail)) error = EHLO_E_ARGUMENT;
  if (error == EHLO_OK) return envelope;
  drop(envelope);
  return nullptr;
}

void Envelope::drop(const Envelope* envelope) noexcept {
  if (envelope == nullptr || !envelope->references_.drop()) return;
  const Allocator allocator = envelope->allocator_;
  if (envelope->lines_ != nullptr) allocator.release(allocator.context, envelope->lines_, envelope->capacity_);
  ClientConfig::drop(envelope->config_);
  envelope->~Envelope();
  allocator.release(allocator.context, const_cast<Envelope*>(envelope), sizeof(Envelope));
}

bool Envelope::make_room(std::size_t octets) noexcept {
  if (capacity_ - used_ >= octets) return true;
  std::size_t capacity = capacity_ == 0 ? kFirstBlock : capacity_;
  while (capacity - used_ < octets) capacity *= 2;
  auto* lines = static_cast<Octet*>(allocator_.allocate(allocator_.context, capacity));
  if (lines == nullptr) return false;
  if (used_ != 0) std::memcpy(lines, lines_, used_);
  if (lines_ != nullptr) allocator_.release(allocator_.context, lines_, capacity_);
  lines_ = lines;
  capacity_ = capacity;
  return true;
}

Error Envelope::append(const EnvelopeCommand& command, EnvelopeLine& line) noexcept {
  const std::size_t room = envelope_line_room(command);
  if (room > kLongestLine) return EHLO_E_ARGUMENT;
  if (!make_room(sizeof(Record) + room)) return EHLO_E_MEMORY;
  Error error = write_envelope_line(command, rows(), lines_ + used_ + sizeof(Record), line);
  if (error != EHLO_OK && command.verb == EHLO_VERB_RCPT) {
    // A value may be good in a transaction with SMTPUTF8 alone.
    EnvelopeCommand with_smtputf8 = command;
    with_smtputf8.smtputf8 = true;
    line = {};
    error = write_envelope_line(with_smtputf8, rows(), lines_ + used_ + sizeof(Record), line);
  }
  if (error != EHLO_OK) return error;
  const Record record{static_cast<std::uint32_t>(line.text.size),
                      static_cast<std::uint32_t>(line.params.data - line.text.data), line.non_ascii, line.smtputf8};
  std::memcpy(lines_ + used_, &record, sizeof record);
  used_ += sizeof record + line.text.size;
  if (line.text.size > longest_) longest_ = line.text.size;
  smtputf8_ |= line.non_ascii || line.smtputf8;
  return EHLO_OK;
}

Error Envelope::add(Bytes recipient, const ParamText* params, std::size_t param_count) noexcept {
  if (params == nullptr && param_count != 0) return EHLO_E_ARGUMENT;
  if (references_.shared()) return EHLO_E_STATE;
  if (count_ == UINT32_MAX) return EHLO_E_SPACE;
  EnvelopeLine line;
  const Error error = append({EHLO_VERB_RCPT, recipient, params, param_count, false}, line);
  if (error == EHLO_OK) ++count_;
  return error;
}

EnvelopeLine Envelope::next(std::size_t& cursor) const noexcept {
  Record record;
  std::memcpy(&record, lines_ + cursor, sizeof record);
  const Bytes text{lines_ + cursor + sizeof record, record.length};
  cursor += sizeof record + record.length;
  return {text, text.from(record.params), record.non_ascii, record.smtputf8};
}

// False where BODY contradicts the option `body` (RFC 3030 3: binary content goes with its parameter alone).
bool Envelope::note_mail_params(const EnvelopeLine& mail) noexcept {
  given_ = mail.known;
  if (!gave(EHLO_PARAM_BODY)) return true;
  const bool same = body_ == EHLO_BODY_7BIT || body_ == mail.body;
  body_ = mail.body;
  return same;
}

// Gives `visit` the parameters of MAIL that follow from the options.
template <class Visit>
void Envelope::each_implied(Visit visit) const noexcept {
  constexpr ExtensionSet kSize = owners_of(kParamsById[EHLO_PARAM_SIZE]->extensions),
                         kSmtputf8 = owners_of(kParamsById[EHLO_PARAM_SMTPUTF8]->extensions),
                         kRequiretls = owners_of(kParamsById[EHLO_PARAM_REQUIRETLS]->extensions);
  if (size_ != 0) visit(Implied{EHLO_PARAM_SIZE, static_cast<std::int64_t>(size_), kSize, true});
  // Its row names the two that bring one value each.
  if (body_ == EHLO_BODY_8BITMIME) visit(Implied{EHLO_PARAM_BODY, body_, EHLO_EXT_BIT(EHLO_EXT_8BITMIME), false});
  if (body_ == EHLO_BODY_BINARYMIME) visit(Implied{EHLO_PARAM_BODY, body_, EHLO_EXT_BIT(EHLO_EXT_BINARYMIME), false});
  if (smtputf8_) visit(Implied{EHLO_PARAM_SMTPUTF8, 0, kSmtputf8, false});
  if (requiretls_) visit(Implied{EHLO_PARAM_REQUIRETLS, 0, kRequiretls, false});
}

void Envelope::write_mail(ExtensionSet usable, Writer& out) const noexcept {
  std::size_t cursor = 0;
  out.put(next(cursor).text);
  each_implied([&](const Implied& one) {
    if (gave(one.id) || (one.is_hint && !(one.owners & usable))) return;
    out.put(' ');
    write_parameter(one.id, {one.number, {}}, out);
  });
}

ExtensionSet Envelope::needed(bool any_parameter) const noexcept {
  ExtensionSet needed = 0;
  each_implied([&](const Implied& one) {
    // The program gave the parameter itself and wants it sent whatever is offered. Then that is its own risk.
    const bool own_risk = any_parameter && one.id == EHLO_PARAM_BODY && gave(one.id);
    if (!one.is_hint && !own_risk) needed |= one.owners;
  });
  return needed;
}

Error Envelope::validate(const ParamOffer& offer, bool has_limit, std::uint64_t limit,
                         Missing& missing) const noexcept {
  missing.extensions = needed(offer.any) & ~offer.usable;
  if (missing.extensions != 0) return EHLO_E_NOT_OFFERED;
  // RFC 1870 6.1: a message above the limit is not to be sent; 0 says that there is none.
  if (has_limit && limit != 0 && size_ > limit) return EHLO_E_MESSAGE_TOO_LARGE;
  std::size_t cursor = 0;
  Verb verb = EHLO_VERB_MAIL;
  for (std::uint32_t i = 0; i <= count_; ++i) {
    EnvelopeLine line = next(cursor);
    line.smtputf8 |= smtputf8_;
    const Error error = validate_offered(line, verb, offer, missing);
    if (error != EHLO_OK) return error;
    verb = EHLO_VERB_RCPT;
  }
  return EHLO_OK;
}

}  // namespace ehlo
