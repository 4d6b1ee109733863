// Lines one behind the other in one block, each with what must be known of it.
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
  envelope->size_ = options.size;
  envelope->body_ = options.body;
  envelope->smtputf8_ = (options.flags & EHLO_ENVELOPE_FLAG_SMTPUTF8) != 0;
  envelope->requiretls_ = (options.flags & EHLO_ENVELOPE_FLAG_REQUIRETLS) != 0;
  const Bytes sender{reinterpret_cast<const Octet*>(options.sender), options.sender_length};
  error = envelope->append({EHLO_VERB_MAIL, sender, options.params, options.param_count, false});
  if (error == EHLO_OK && !envelope->note_mail_params()) error = EHLO_E_ARGUMENT;
  if (error == EHLO_OK) return envelope;
  drop(envelope);
  return nullptr;
}

void Envelope::drop(const Envelope* envelope) noexcept {
  if (envelope == nullptr || !envelope->references_.drop()) return;
  const Allocator allocator = envelope->allocator_;
  if (envelope->lines_ != nullptr) allocator.release(allocator.context, envelope->lines_, envelope->capacity_);
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

Error Envelope::append(const EnvelopeCommand& command) noexcept {
  const std::size_t room = envelope_line_room(command);
  if (room > kLongestLine) return EHLO_E_ARGUMENT;
  if (!make_room(sizeof(Record) + room)) return EHLO_E_MEMORY;
  EnvelopeLine line;
  Error error = write_envelope_line(command, lines_ + used_ + sizeof(Record), line);
  if (error != EHLO_OK && command.verb == EHLO_VERB_RCPT) {
    // A value may be good in a transaction with SMTPUTF8 alone.
    EnvelopeCommand with_smtputf8 = command;
    with_smtputf8.smtputf8 = true;
    error = write_envelope_line(with_smtputf8, lines_ + used_ + sizeof(Record), line);
  }
  if (error != EHLO_OK) return error;
  const Record record{static_cast<std::uint32_t>(line.text.size),
                      static_cast<std::uint32_t>(line.params.data - line.text.data), line.non_ascii, line.smtputf8};
  std::memcpy(lines_ + used_, &record, sizeof record);
  used_ += sizeof record + line.text.size;
  if (line.text.size > longest_) longest_ = line.text.size;
  smtputf8_ |= line.non_ascii || line.smtputf8;
  unknown_params_ |= line.unknown;
  return EHLO_OK;
}

Error Envelope::add(Bytes recipient, const ParamText* params, std::size_t param_count) noexcept {
  if (params == nullptr && param_count != 0) return EHLO_E_ARGUMENT;
  if (references_.shared()) return EHLO_E_STATE;
  if (count_ == UINT32_MAX) return EHLO_E_SPACE;
  const Error error = append({EHLO_VERB_RCPT, recipient, params, param_count, false});
  if (error == EHLO_OK) ++count_;
  return error;
}

EnvelopeLine Envelope::next(std::size_t& cursor) const noexcept {
  Record record;
  std::memcpy(&record, lines_ + cursor, sizeof record);
  const Bytes text{lines_ + cursor + sizeof record, record.length};
  cursor += sizeof record + record.length;
  return {text, text.from(record.params), record.non_ascii, record.smtputf8, false, false};
}

// False where BODY is not what the content was said to need (RFC 3030 3: binary content goes with its parameter alone).
bool Envelope::note_mail_params() noexcept {
  std::size_t cursor = 0;
  const EnvelopeLine mail = next(cursor);
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  if (!parse_parameters(mail.params, params).ok()) return false;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    const Bytes keyword = mail.params.at(items[i].keyword);
    has_size_ |= equals_caseless(keyword, "SIZE");
    has_body_ |= equals_caseless(keyword, "BODY");
    has_smtputf8_ |= equals_caseless(keyword, "SMTPUTF8");
    has_requiretls_ |= equals_caseless(keyword, "REQUIRETLS");
    if (!equals_caseless(keyword, "BODY")) continue;
    const Bytes value = mail.params.at(items[i].value);
    Body given = EHLO_BODY_7BIT;
    if (equals_caseless(value, "8BITMIME")) given = EHLO_BODY_8BITMIME;
    if (equals_caseless(value, "BINARYMIME")) given = EHLO_BODY_BINARYMIME;
    if (body_ != EHLO_BODY_7BIT && body_ != given) return false;
    body_ = given;
  }
  return true;
}

void Envelope::write_mail(ExtensionSet usable, Writer& out) const noexcept {
  std::size_t cursor = 0;
  out.put(next(cursor).text);
  const auto put = [&out](ParamId id, std::int64_t number) {
    out.put(' ');
    write_parameter(id, {number, {}}, out);
  };
  if (size_ != 0 && !has_size_ && has(usable, EHLO_EXT_SIZE)) put(EHLO_PARAM_SIZE, static_cast<std::int64_t>(size_));
  if (body_ != EHLO_BODY_7BIT && !has_body_) put(EHLO_PARAM_BODY, body_);
  if (smtputf8_ && !has_smtputf8_) put(EHLO_PARAM_SMTPUTF8, 0);
  if (requiretls_ && !has_requiretls_) put(EHLO_PARAM_REQUIRETLS, 0);
}

// What the program gave as a parameter itself, and wants sent whatever is offered, is its own risk.
ExtensionSet Envelope::needed(bool any_parameter) const noexcept {
  ExtensionSet needed = smtputf8_ ? EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) : 0;
  if (requiretls_) needed |= EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS);
  if (any_parameter && has_body_) return needed;
  if (body_ == EHLO_BODY_8BITMIME) needed |= EHLO_EXT_BIT(EHLO_EXT_8BITMIME);
  if (body_ == EHLO_BODY_BINARYMIME) needed |= EHLO_EXT_BIT(EHLO_EXT_BINARYMIME);
  return needed;
}

Error Envelope::judge(const ParamOffer& offer, bool has_limit, std::uint64_t limit, Missing& missing) const noexcept {
  missing.extensions = needed(offer.any) & ~offer.usable;
  if (missing.extensions != 0) return EHLO_E_NOT_OFFERED;
  // RFC 1870 6.1: a message above the limit is not to be sent; 0 says that there is none.
  if (has_limit && limit != 0 && size_ > limit) return EHLO_E_MESSAGE_TOO_LARGE;
  std::size_t cursor = 0;
  Verb verb = EHLO_VERB_MAIL;
  for (std::uint32_t i = 0; i <= count_; ++i) {
    EnvelopeLine line = next(cursor);
    line.smtputf8 |= smtputf8_;
    const Error error = judge_offered(line, verb, offer, missing);
    if (error != EHLO_OK) return error;
    verb = EHLO_VERB_RCPT;
  }
  return EHLO_OK;
}

}  // namespace ehlo
