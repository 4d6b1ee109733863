// Counts the commands, errors and messages of a client, and compares them with the limits of the configuration. A limit
// of 0 is no limit.
#pragma once

#include <cstdint>

namespace ehlo {

class Activity {
 public:
  std::uint32_t commands() const noexcept { return commands_; }
  void count_command() noexcept { ++commands_; }
  // Whether there were more than `limit` commands since the last useful one; `more`: commands that are not counted yet.
  // Unsigned arithmetic keeps the difference right when the count wraps around.
  bool is_idle(std::uint32_t limit, std::uint32_t more = 0) const noexcept {
    return commands_ + more - useful_ > limit && limit != 0;
  }
  // Answers may come in any order, so the greatest number counts. The signed difference is right when numbers wrap
  // around.
  void note_useful(std::uint32_t command) noexcept {
    if (static_cast<std::int32_t>(command - useful_) > 0) useful_ = command;
  }
  // The number of the latest command with these lower bits. A slot of the reply queue stores no more of it; a question
  // cannot be open for 65536 commands, since the queue has far fewer places.
  std::uint32_t command_ending(std::uint16_t bits) const noexcept {
    return commands_ - static_cast<std::uint16_t>(commands_ - bits);
  }

  // Counts an error; true if there are too many now.
  bool count_error(std::uint32_t limit) noexcept { return ++errors_ > limit && limit != 0; }

  void count_message() noexcept { ++messages_; }
  bool has_all_messages(std::uint32_t limit) const noexcept { return messages_ >= limit && limit != 0; }

 private:
  std::uint32_t commands_ = 0;  // read so far
  std::uint32_t useful_ = 0;    // the last accepted MAIL or RCPT, or BDAT with octets
  std::uint32_t errors_ = 0;
  std::uint32_t messages_ = 0;
};

}  // namespace ehlo
