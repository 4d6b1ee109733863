// Stores the texts of the program's replies until they are sent: one block, allocated with the first text. Texts are
// only added, and all are freed together when the queue has none.
#pragma once

#include <cstring>

#include "base/allocator.h"
#include "server/replies.h"

namespace ehlo {

enum class TextShape : std::uint8_t {
  plain,
  greeting,     // after our name
  hello,        // after our name
  hello_esmtp,  // after our name, before the list of extensions
  challenge     // raw octets, sent as base64
};

struct TextReply {
  std::uint32_t repeat;  // how many times it is sent
  std::uint32_t length;
  std::uint16_t code;
  TextShape shape;
  EnhancedCode enhanced;
};

class TextStore {
 public:
  // EHLO_E_SPACE or EHLO_E_MEMORY; on success *where names the text until clear().
  Error add(const Allocator& allocator, std::uint32_t capacity, const TextReply& reply, Bytes text,
            std::uint32_t& where) noexcept {
    if (used_ + sizeof reply + text.size > capacity) return EHLO_E_SPACE;
    if (block_ == nullptr) block_ = static_cast<Octet*>(allocator.allocate(allocator.context, capacity));
    if (block_ == nullptr) return EHLO_E_MEMORY;
    where = used_;
    // A text may have any length, so the header behind it may have any alignment: it is copied, not cast.
    std::memcpy(block_ + used_, &reply, sizeof reply);
    if (text.size != 0) std::memcpy(block_ + used_ + sizeof reply, text.data, text.size);
    used_ += static_cast<std::uint32_t>(sizeof reply + text.size);
    return EHLO_OK;
  }
  TextReply reply(std::uint32_t where) const noexcept {
    TextReply reply;
    std::memcpy(&reply, block_ + where, sizeof reply);
    return reply;
  }
  Bytes text(std::uint32_t where) const noexcept { return {block_ + where + sizeof(TextReply), reply(where).length}; }
  void set_repeat(std::uint32_t where, std::uint32_t times) noexcept {
    TextReply changed = reply(where);
    changed.repeat = times;
    std::memcpy(block_ + where, &changed, sizeof changed);
  }

  // All texts have been sent.
  void clear() noexcept { used_ = 0; }
  // All other texts have been sent. Gives the new place of this one.
  std::uint32_t clear_but(std::uint32_t where) noexcept {
    used_ = static_cast<std::uint32_t>(sizeof(TextReply)) + reply(where).length;
    std::memmove(block_, block_ + where, used_);
    return 0;
  }
  void release(const Allocator& allocator, std::uint32_t capacity) noexcept {
    if (block_ != nullptr) allocator.release(allocator.context, block_, capacity);
    block_ = nullptr;
  }

 private:
  Octet* block_ = nullptr;
  std::uint32_t used_ = 0;
};

}  // namespace ehlo
