// A message's sender and recipients, as MAIL and RCPT lines that are checked and written once. Many sessions may send
// them.
#pragma once

#include "base/allocator.h"
#include "base/references.h"
#include "client/config.h"
#include "client/envelope_line.h"
#include "ehlo_client_types.h"
#include "syntax/parameter.h"

namespace ehlo {

using EnvelopeOptions = ehlo_envelope_options;
using Body = std::uint32_t;  // EHLO_BODY_*

class Envelope {
 public:
  // nullptr with EHLO_E_ARGUMENT or EHLO_E_MEMORY.
  static Envelope* create(const EnvelopeOptions& options, const Allocator& allocator, Error& error) noexcept;
  // As of a configuration: the references are those of its maker and of transactions that are not all written.
  const Envelope* take() const noexcept {
    references_.take();
    return this;
  }
  static void drop(const Envelope* envelope) noexcept;

  // EHLO_E_STATE: a transaction has it.
  Error add(Bytes recipient, const ParamText* params, std::size_t param_count) noexcept;

  std::uint32_t count() const noexcept { return count_; }
  std::size_t longest_line() const noexcept { return longest_; }
  std::uint64_t size() const noexcept { return size_; }
  Body body() const noexcept { return body_; }

  // The lines in order, MAIL first, from a cursor that begins at 0.
  EnvelopeLine next(std::size_t& cursor) const noexcept;

  // Writes the MAIL line, without CRLF, for a server that has `usable`: with SIZE, BODY, SMTPUTF8 and REQUIRETLS as the
  // content and the addresses need them, where the program has not given them itself.
  void write_mail(ExtensionSet usable, Writer& out) const noexcept;

  // Whether a server with this offer can take the envelope: EHLO_E_NOT_OFFERED, EHLO_E_MESSAGE_TOO_LARGE.
  Error validate(const ParamOffer& offer, bool has_limit, std::uint64_t limit, Missing& missing) const noexcept;

  bool needs_smtputf8() const noexcept { return smtputf8_; }

 private:
  struct Record;

  explicit Envelope(const Allocator& allocator) noexcept : allocator_(allocator) {}
  Error append(const EnvelopeCommand& command, EnvelopeLine& line) noexcept;
  bool make_room(std::size_t octets) noexcept;
  bool note_mail_params(const EnvelopeLine& mail) noexcept;
  struct Implied {
    ParamId id;
    std::int64_t number;
    ExtensionSet owners;
    bool is_hint;  // left out where it is not offered
  };
  template <class Visit>
  void each_implied(Visit visit) const noexcept;
  ExtensionSet needed(bool any_parameter) const noexcept;
  bool gave(ParamId id) const noexcept { return (given_ >> id & 1) != 0; }

  const OwnRows& rows() const noexcept { return config_ == nullptr ? kNoOwnRows : config_->rows(); }

  Allocator allocator_;
  const ClientConfig* config_ = nullptr;  // whose rows it was written with
  References references_;
  Octet* lines_ = nullptr;
  std::size_t used_ = 0, capacity_ = 0;
  std::size_t longest_ = 0;
  std::uint64_t size_ = 0;
  std::uint32_t count_ = 0;
  Body body_ = EHLO_BODY_7BIT;
  bool smtputf8_ = false;
  bool requiretls_ = false;
  std::uint64_t given_ = 0;  // bits of the ids of the parameters of MAIL that the program gave
};

}  // namespace ehlo
