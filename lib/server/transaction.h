// The envelope of a message that arrives: how many recipients it has, and which of them were accepted.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

// LMTP: at most kRcptFactor * max_recipients RCPT commands in a transaction, because each one, also a refused one, uses
// a bit.
inline constexpr std::uint32_t kRcptFactor = 8;

// One object, so that a reset forgets all of it.
struct ServerTransaction {
  bool smtputf8 = false;
  bool binary_mime = false;
  bool refused_by_program = false;
  std::uint32_t refusal = 0;       // where the program's refusal is in the text store
  std::uint32_t recipients = 0;    // RCPT commands that the program or the default answers
  std::uint32_t accepted = 0;      // how many of them were accepted
  std::uint32_t next_result = 0;   // LMTP: the next recipient whose result is asked for
  std::uint32_t results_left = 0;  // MESSAGE questions not asked yet
};

// LMTP: which recipients of the transaction were accepted, a bit for each, in memory behind the session. RFC 2033 4.2
// requires a reply for each of them. SMTP has one reply, so there is no memory and nothing is kept.
class RecipientBits {
 public:
  explicit RecipientBits(Octet* bits) noexcept : bits_(bits) {}

  bool are_kept() const noexcept { return bits_ != nullptr; }
  // Eight bits are cleared with the first of their recipients. So a transaction costs by the recipients that it has,
  // not by those that it could have.
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
