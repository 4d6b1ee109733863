// The envelope of a message that arrives: how many recipients it has, and which of them were accepted.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

// LMTP: how many RCPT commands a transaction may have for each recipient that it may accept.
inline constexpr std::uint32_t kRcptFactor = 8;

// One object, so that a reset forgets all of it.
struct ServerTransaction {
  bool smtputf8 = false;
  bool binary_mime = false;
  bool refused_by_program = false;
  std::uint32_t refusal = 0;       // where the program's refusal is in the text store
  std::uint32_t recipients = 0;    // RCPT commands that got as far as the program or the default answer
  std::uint32_t accepted = 0;      // of them
  std::uint32_t next_result = 0;   // LMTP: the next recipient whose result is asked for
  std::uint32_t results_left = 0;  // MESSAGE questions not asked yet
};

// LMTP: which recipients of the transaction were accepted, a bit for each in memory of the session. RFC 2033 4.2 wants
// a reply for each of them. In SMTP there is no memory and nothing is kept.
class RecipientBits {
 public:
  explicit RecipientBits(Octet* bits) noexcept : bits_(bits) {}

  bool are_kept() const noexcept { return bits_ != nullptr; }
  // Bits are cleared when they are needed and not before: a transaction pays for the recipients that it has,
  // not for those that it could have.
  void add(std::uint32_t recipient) noexcept {
    if (are_kept() && recipient % 8 == 0) bits_[recipient / 8] = 0;
  }
  void accept(std::uint32_t recipient) noexcept {
    if (are_kept()) bits_[recipient / 8] |= static_cast<Octet>(1u << recipient % 8);
  }
  // The first accepted recipient from `from`; there is one.
  std::uint32_t next(std::uint32_t from) const noexcept {
    while (!(bits_[from / 8] >> from % 8 & 1)) ++from;
    return from;
  }

 private:
  Octet* bits_;
};

}  // namespace ehlo
