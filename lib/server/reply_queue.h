// The replies of a session in the order of their commands (RFC 2920 3.2): decided ones, and places for answers that are
// still missing. Replies leave from the front as far as they are decided.
#pragma once

#include <new>

#include "base/allocator.h"
#include "server/replies.h"

namespace ehlo {

// The question whose answer a place in the queue waits for; none: it has its reply.
enum class Question : std::uint8_t {
  none,
  greeting,
  hello,
  mail,
  rcpt,
  data,
  chunk,
  message,
  reset,
  command,  // `about`: its EHLO_VERB_*
  quit,
  starttls,
  auth
};

struct ReplySlot {
  // One field of 16 bits for three kinds of replies, so that a slot has eight octets: a Standard, an Error (kErrorReply
  // + its number), or kText for the program's text. Undecided: the lower bits of the number of the command.
  static constexpr std::uint16_t kErrorReply = 0x4000;
  static constexpr std::uint16_t kText = 0x8000;

  std::uint16_t reply;
  Question question;  // none: decided
  std::uint8_t flags;
  // Undecided: `about` of ask(). A text: where it is in the store. Else: how many times the reply is sent.
  std::uint32_t arg;
};
enum SlotFlag : std::uint8_t {
  kSlotNone = 0,
  kSlotUtf8 = 1,   // the answer may contain UTF-8 (RFC 6531 3.7.4.2)
  kSlotEsmtp = 2,  // EHLO or LHLO
  kSlotHello = 4,  // a reply to EHLO, HELO or LHLO: never an enhanced code (RFC 2034 4)
  kSlotSender = 8  // an error in MAIL
};

// Has room for two replies in itself, which is enough for a client that does not pipeline. All places that the
// configuration allows are allocated when they are first needed. Without memory the queue is full until a reply has
// left, and then tries again.
class ReplyQueue {
 public:
  // `places`: at most so many replies, 2 or more; the last is kept for the last reply of the session.
  explicit ReplyQueue(std::uint32_t places) noexcept : places_(static_cast<std::uint16_t>(places)) {}

  bool empty() const noexcept { return count_ == 0; }
  // Places for replies, without the one for the last reply. Places that are not allocated yet count, unless the
  // allocator has refused them.
  std::uint32_t room() const noexcept {
    const std::uint32_t capacity = starved_ ? kOwnSlots : places_;
    return count_ + 1u < capacity ? capacity - 1 - count_ : 0;
  }
  std::uint32_t undecided() const noexcept { return undecided_; }
  bool has_output() const noexcept { return count_ != 0 && front().question == Question::none; }

  // Makes sure that there are places for one reply and behind it for the last reply of the session. False: not now.
  bool make_room(const Allocator& allocator) noexcept {
    // The fast case first: this runs before each line. One place behind the count stays free for the last reply.
    if (count_ + 1u < capacity()) return true;
    return room() != 0 && grow(allocator);
  }
  void release(const Allocator& allocator) noexcept {
    if (more_ != nullptr) allocator.release(allocator.context, more_, places_ * sizeof(ReplySlot));
    more_ = nullptr;
  }

  // A decided reply, `times` times.
  void push(Standard reply, std::uint32_t times = 1) noexcept {
    place({static_cast<std::uint16_t>(reply), Question::none, 0, times});
  }
  void push(Error error, std::uint32_t times = 1, std::uint8_t flags = 0) noexcept {
    place({error_number(error), Question::none, flags, times});
  }
  void push_text(std::uint32_t where) noexcept {
    ++texts_;
    place({ReplySlot::kText, Question::none, 0, where});
  }
  // A place for an answer; gives the id of the question.
  std::uint32_t ask(Question question, std::uint32_t about, std::uint8_t flags, std::uint32_t command) noexcept {
    ++undecided_;
    return place({static_cast<std::uint16_t>(command), question, flags, about});
  }

  // The undecided place with this id, or nullptr.
  ReplySlot* find(std::uint32_t id) noexcept {
    // Ids go up by two, and head_id_ is that of the front. Unsigned arithmetic makes the difference right when ids wrap
    // around. The id of a reply that has left gives a huge index, so it is not found.
    const std::uint32_t index = (id - head_id_) / 2;
    if (id % 2 == 0 || index >= count_) return nullptr;
    ReplySlot& slot = at(index);
    return slot.question == Question::none ? nullptr : &slot;
  }
  void decide(ReplySlot& slot, Standard reply) noexcept { fill(slot, static_cast<std::uint16_t>(reply), 1); }
  void decide(ReplySlot& slot, Error error, std::uint8_t flags) noexcept {
    fill(slot, error_number(error), 1);
    slot.flags = flags;
  }
  void decide_text(ReplySlot& slot, std::uint32_t where) noexcept {
    ++texts_;
    fill(slot, ReplySlot::kText, where);
  }

  const ReplySlot& front() const noexcept { return slots()[head_]; }
  ReplySlot& front() noexcept { return slots()[head_]; }
  // Changes when the front has left.
  std::uint32_t front_id() const noexcept { return head_id_; }
  void pop() noexcept {
    if (front().reply == ReplySlot::kText) --texts_;
    head_ = index_of(1);
    head_id_ += 2;
    --count_;
    position_ = {0, 0};
    starved_ = false;
  }
  // Whether no octet of the last reply in the queue has been sent; if so, take_back may drop that reply.
  bool is_last_unsent() const noexcept {
    return count_ > 1 || (count_ == 1 && position_.line == 0 && position_.given == 0);
  }
  void take_back() noexcept {
    if (at(--count_).reply == ReplySlot::kText) --texts_;
  }
  // Drops the first undecided place and all after it: the client is gone and gets no reply.
  void drop_from_undecided() noexcept {
    std::uint32_t kept = 0;
    while (kept < count_ && at(kept).question == Question::none) ++kept;
    for (std::uint32_t i = kept; i < count_; ++i)
      if (at(i).question == Question::none && at(i).reply == ReplySlot::kText) --texts_;
    count_ = static_cast<std::uint16_t>(kept);
    undecided_ = 0;  // all that are kept stand before the first undecided one
  }

  // How much of the front has been sent. A reply that is not written line by line has line 0.
  ReplyPosition position() const noexcept { return {position_.line, position_.given}; }
  void set_position(ReplyPosition position) noexcept {
    position_ = {static_cast<std::uint32_t>(position.line), static_cast<std::uint32_t>(position.given)};
  }
  bool has_text() const noexcept { return texts_ != 0; }

 private:
  // One reply for a client that waits for each, and the last reply of the session.
  static constexpr std::uint16_t kOwnSlots = 2;

  ReplySlot* slots() noexcept { return more_ != nullptr ? more_ : own_; }
  const ReplySlot* slots() const noexcept { return more_ != nullptr ? more_ : own_; }
  std::uint32_t capacity() const noexcept { return more_ != nullptr ? places_ : kOwnSlots; }
  // The places are a ring.
  std::uint16_t index_of(std::uint32_t offset) const noexcept {
    const std::uint32_t index = head_ + offset;
    return static_cast<std::uint16_t>(index < capacity() ? index : index - capacity());
  }
  ReplySlot& at(std::uint32_t offset) noexcept { return slots()[index_of(offset)]; }

  // The ring is unrolled, so the front is at 0 then. Slots are plain data: the old ones need no destructor.
  bool grow(const Allocator& allocator) noexcept {
    auto* more = static_cast<ReplySlot*>(allocator.allocate(allocator.context, places_ * sizeof(ReplySlot)));
    starved_ = more == nullptr;
    if (starved_) return false;
    for (std::uint32_t i = 0; i < count_; ++i) new (more + i) ReplySlot(at(i));
    more_ = more;
    head_ = 0;
    return true;
  }

  static constexpr std::uint16_t error_number(Error error) noexcept {
    return static_cast<std::uint16_t>(ReplySlot::kErrorReply - error);
  }
  std::uint32_t place(ReplySlot slot) noexcept {
    at(count_) = slot;
    return head_id_ + 2 * count_++;
  }
  void fill(ReplySlot& slot, std::uint16_t reply, std::uint32_t arg) noexcept {
    slot = {reply, Question::none, 0, arg};
    --undecided_;
  }

  ReplySlot* more_ = nullptr;  // if set, used instead of own_
  ReplySlot own_[kOwnSlots]{};
  std::uint32_t head_id_ = 1;  // of the front; ids are odd, so that they are never 0 when they wrap
  struct {
    std::uint32_t line, given;
  } position_{0, 0};
  std::uint16_t places_;
  std::uint16_t head_ = 0;
  std::uint16_t count_ = 0;
  std::uint16_t undecided_ = 0;
  std::uint16_t texts_ = 0;
  bool starved_ = false;
};

inline Error slot_error(const ReplySlot& slot) noexcept {
  return static_cast<Error>(ReplySlot::kErrorReply - static_cast<std::int32_t>(slot.reply));
}

}  // namespace ehlo
