// The replies that are awaited, in the order in which their commands were sent: the n-th reply belongs to the n-th
// command and to nothing else (RFC 2920 3.1).
#pragma once

#include "client/transaction.h"

namespace ehlo {

// What kind of command a reply belongs to.
enum class Expect : std::uint8_t {
  greeting,
  hello,
  starttls,
  auth,
  auth_cancel,  // "*" instead of a response
  mail,
  rcpt,
  data,
  chunk,   // BDAT that is not the last
  result,  // the end of the content
  reset,
  plain,      // a plain verb
  plain_3yz,  // one that a 3yz may answer
  quit
};
inline constexpr std::size_t kExpectCount = 14;

// The slot of a command that belongs to no transaction.
inline constexpr std::uint8_t kNoSlot = 0xFF;

// A run of commands of one kind.
struct Pending {
  Expect expect = Expect::greeting;
  std::uint8_t slot = kNoSlot;  // of the transaction
  Verb verb : 15;
  bool by_line : 1;  // to a command line; false for the greeting and for the final dot of content
  std::uint32_t count = 0;

  Pending() noexcept : verb(EHLO_VERB_UNKNOWN), by_line(false) {}
  Pending(Expect what, std::uint8_t its_slot, Verb its_verb, bool to_line, std::uint32_t how_many) noexcept
      : expect(what), slot(its_slot), verb(its_verb), by_line(to_line), count(how_many) {}

  Decider decider() const noexcept { return {verb, expect == Expect::result}; }
};

// Each RCPT and each chunk of a group has a reply, and there may be thousands. A run of them takes one place, so the
// queue has a fixed size. Commands wait where it is full.
class PendingReplies {
 public:
  static constexpr std::uint32_t kRuns = 16;

  bool empty() const noexcept { return runs_ == 0; }
  // Whether one more of any kind has a place.
  bool full() const noexcept { return runs_ == kRuns; }
  std::uint32_t total() const noexcept { return total_; }

  const Pending& front() const noexcept { return items_[first_]; }
  const Pending& back() const noexcept { return items_[(first_ + runs_ - 1) % kRuns]; }

  void push(const Pending& item) noexcept {
    total_ += item.count;
    if (runs_ != 0) {
      Pending& last = items_[(first_ + runs_ - 1) % kRuns];
      if (last.expect == item.expect && last.slot == item.slot && is_run(item.expect)) {
        last.count += item.count;
        return;
      }
    }
    items_[(first_ + runs_++) % kRuns] = item;
  }

  void pop() noexcept {
    --total_;
    if (--items_[first_].count != 0) return;
    first_ = (first_ + 1) % kRuns;
    --runs_;
  }

  // The oldest one of a transaction; nullptr: it awaits nothing.
  const Pending* first_of(std::uint8_t slot) const noexcept {
    for (std::uint32_t i = 0; i < runs_; ++i) {
      const Pending& item = items_[(first_ + i) % kRuns];
      if (item.slot == slot) return &item;
    }
    return nullptr;
  }
  bool holds(std::uint8_t slot) const noexcept { return first_of(slot) != nullptr; }

  void clear() noexcept { first_ = runs_ = total_ = 0; }

 private:
  static bool is_run(Expect expect) noexcept { return expect == Expect::rcpt || expect == Expect::chunk; }

  Pending items_[kRuns];
  std::uint32_t first_ = 0, runs_ = 0, total_ = 0;
};

}  // namespace ehlo
