// When a transaction may begin, and when it is over.
#include "client/transactions.h"

namespace ehlo {

void Transactions::begin(std::uint32_t number, std::uint32_t recipients) noexcept {
  if (current().number != 0) current_ = static_cast<std::uint8_t>(1 - current_);
  Transaction& transaction = current();
  transaction.begin(number);
  transaction.recipients = recipients;
  for (std::uint32_t i = 0; i < recipients; ++i) transaction.add(i);
}

bool Transactions::is_over(std::uint8_t slot, const PendingReplies& awaited, ClientState state) const noexcept {
  const Transaction& transaction = slots_[slot];
  if (!transaction.closed || transaction.open != 0 || awaited.holds(slot)) return false;
  // That of an envelope ends when the session is ready for the next one, so after the RSET that clears the state.
  return !(transaction.of_envelope && slot == current_ && state == ClientState::transaction_failed);
}

std::uint8_t Transactions::next_over(const PendingReplies& awaited, ClientState state) const noexcept {
  for (std::uint8_t i = 0; i < kSlots; ++i) {
    const std::uint8_t slot = by_age(i);
    if (slots_[slot].number != 0) return is_over(slot, awaited, state) ? slot : kNoSlot;
  }
  return kNoSlot;
}

}  // namespace ehlo
