// A mail transaction as the client sees it: its recipients, and which of them have no outcome yet.
#pragma once

#include <cstring>

#include "syntax/bytes.h"
#include "syntax/verb.h"

namespace ehlo {

// The command by whose reply an outcome is decided, or that was under way when the connection ended.
struct Decider {
  std::uint8_t verb = 0;
  bool content = false;  // the content of DATA, or the last chunk, not the command itself

  Decider() noexcept = default;
  Decider(Verb its_verb, bool is_content) noexcept : verb(static_cast<std::uint8_t>(its_verb)), content(is_content) {}
};

struct Transaction {
  std::uint32_t number = 0;      // 0: the slot is free
  std::uint32_t recipients = 0;  // RCPT sent; of an envelope all that it has
  std::uint32_t replied = 0;     // RCPT replies
  std::uint32_t accepted = 0;
  std::uint32_t open = 0;        // recipients without an outcome
  std::uint32_t settled_to = 0;  // all recipients before it have an outcome
  // The first refusal of a chunk, which waits for the reply to the last one; 0: none.
  std::uint32_t refused_code = 0, refused_enhanced = 0;
  bool of_envelope = false;  // by an envelope, not by single commands
  bool smtputf8 = false;
  bool binary = false;   // BODY=BINARYMIME: no DATA (RFC 3030 3)
  bool chunked = false;  // BDAT is used
  bool mail_refused = false;
  bool delivered = false;      // a result was positive
  bool content_given = false;  // its end has left, or is about to
  bool reset_sent = false;
  bool closed = false;  // no command of it follows, only outcomes that are missing
  Decider under_way;    // the command that the end of the session cut short
  Octet* open_bits = nullptr;

  void begin(std::uint32_t its_number) noexcept {
    Octet* const bits = open_bits;
    *this = Transaction{};
    open_bits = bits;
    number = its_number;
  }
  void add(std::uint32_t index) noexcept {
    open_bits[index / 8] = static_cast<Octet>(open_bits[index / 8] | 1u << index % 8);
    ++open;
  }
  bool is_open(std::uint32_t index) const noexcept { return (open_bits[index / 8] >> index % 8 & 1) != 0; }
  void mark_decided(std::uint32_t index) noexcept {
    open_bits[index / 8] = static_cast<Octet>(open_bits[index / 8] & ~(1u << index % 8));
    --open;
  }
  // The first open recipient, or `recipients`. A settled recipient never becomes open again, so the search continues
  // where the last one ended: all searches of a transaction together pass each recipient once.
  std::uint32_t first_open() noexcept {
    while (settled_to < recipients && !is_open(settled_to)) ++settled_to;
    return settled_to;
  }
};

}  // namespace ehlo
