// Counts the commands, errors and messages of a client, and compares them with the limits of the configuration. A limit
// of 0 is no limit.
#pragma once

#include <cstdint>

namespace ehlo {

class Activity {
 public:
  std::uint32_t commands() const noexcept { return commands_; }
  void count_command() noexcept { ++commands_; }
  // Whether there are more than `limit` commands since the last useful one; `more`: commands that are not counted yet.
  bool is_idle(std::uint32_t limit, std::uint32_t more = 0) const noexcept {
    return commands_ + more - useful_ > limit && limit != 0;
  }
  // Answers may come in any order; what counts is the last command that was accepted.
  void note_useful(std::uint32_t command) noexcept {
    if (static_cast<std::int32_t>(command - useful_) > 0) useful_ = command;
  }
  // The number of the last command whose lower bits are these.
  std::uint32_t command_ending(std::uint16_t bits) const noexcept {
    return commands_ - static_cast<std::uint16_t>(commands_ - bits);
  }

  // Counts an error; true if it is one too many.
  bool count_error(std::uint32_t limit) noexcept { return ++errors_ > limit && limit != 0; }

  void count_message() noexcept { ++messages_; }
  bool has_all_messages(std::uint32_t limit) const noexcept { return messages_ >= limit && limit != 0; }

 private:
  std::uint32_t commands_ = 0;  // read so far
  std::uint32_t useful_ = 0;    // the last of them that brought a message nearer
  std::uint32_t errors_ = 0;
  std::uint32_t messages_ = 0;
};

}  // namespace ehlo
