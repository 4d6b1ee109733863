// The transactions that are open at a time. There may be two: one whose content has been given and whose result is
// awaited, and the next one, whose commands are pipelined after that content (RFC 2920 3.1). Never more, since a third
// one could not begin before the first one's result.
#pragma once

#include "client/pending.h"
#include "client/state.h"

namespace ehlo {

class Transactions {
 public:
  static constexpr std::uint8_t kSlots = 2;

  // The rooms for a bit a recipient, one behind the other and all 0.
  void set_room(Octet* bits, std::size_t octets_each) noexcept {
    for (Transaction& transaction : slots_) {
      transaction.open_bits = bits;
      bits += octets_each;
    }
  }

  Transaction& at(std::uint8_t slot) noexcept { return slots_[slot]; }
  const Transaction& at(std::uint8_t slot) const noexcept { return slots_[slot]; }
  // The one that commands belong to; its number is 0 where there is none.
  Transaction& current() noexcept { return slots_[current_]; }
  const Transaction& current() const noexcept { return slots_[current_]; }
  std::uint8_t current_slot() const noexcept { return current_; }

  // Numbers count up over a session; the last one that was given.
  std::uint32_t last_number() const noexcept { return last_number_; }
  std::uint32_t new_number() noexcept { return ++last_number_; }

  // Whether a place is free for the next one.
  bool can_begin() const noexcept {
    // RFC 3030 2 leaves open what state a server is in after a refused chunk, so the next one waits for the replies.
    return current().number == 0 || (slots_[1 - current_].number == 0 && !current().chunked);
  }
  // Makes a transaction the current one, of `recipients` without an outcome.
  void begin(std::uint32_t number, std::uint32_t recipients) noexcept;

  // Whether the state of the session is still about this transaction: not after the next MAIL, nor after RSET.
  bool owns_state(std::uint8_t slot) const noexcept { return slot == current_ && !slots_[slot].reset_sent; }

  // The i-th slot in the order in which the transactions began.
  std::uint8_t by_age(std::uint8_t i) const noexcept {
    const std::uint32_t first = slots_[0].number, second = slots_[1].number;
    const std::uint8_t older = second != 0 && (first == 0 || second < first) ? 1 : 0;
    return static_cast<std::uint8_t>(older ^ i);
  }

  // The slot whose DONE is due, or kNoSlot. Transactions end in the order in which they began.
  std::uint8_t next_over(const PendingReplies& awaited, ClientState state) const noexcept;

 private:
  bool is_over(std::uint8_t slot, const PendingReplies& awaited, ClientState state) const noexcept;

  Transaction slots_[kSlots];
  std::uint32_t last_number_ = 0;
  std::uint8_t current_ = 0;
};

}  // namespace ehlo
