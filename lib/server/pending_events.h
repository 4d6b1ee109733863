// Events that wait for the next call of receive. An answer or a timeout may end a transaction or a session, but only
// receive has a batch for events.
#pragma once

#include "server/event_writer.h"

namespace ehlo {

class PendingEvents {
 public:
  void abort(Error error) noexcept {
    abort_ = true;
    abort_error_ = error;
  }
  void close(Error error) noexcept {
    close_ = true;
    close_error_ = error;
  }
  void plaintext() noexcept { plaintext_ = true; }
  bool any() const noexcept { return plaintext_ || abort_ || close_; }

  // Gives all of them, or none if the batch has no room. `dropped`: the octets of plaintext.
  void emit(EventWriter& events, std::uint64_t dropped) noexcept {
    if (events.room() < kMost) return;
    if (plaintext_) {
      events.draft(EHLO_SERVER_EVENT_PLAINTEXT).number = dropped;
      events.emit();
    }
    if (abort_) {
      events.draft(EHLO_SERVER_EVENT_ABORT).error = abort_error_;
      events.emit();
    }
    if (close_) {
      events.draft(EHLO_SERVER_EVENT_CLOSE).error = close_error_;
      events.emit();
    }
    plaintext_ = abort_ = close_ = false;
  }

 private:
  static constexpr std::uint32_t kMost = 3;

  Error abort_error_ = EHLO_OK;
  Error close_error_ = EHLO_OK;
  bool abort_ = false;
  bool close_ = false;
  bool plaintext_ = false;
};

}  // namespace ehlo
