// One call of Client::receive: what of the input is left, the reply that is being reported, and the events that the
// call gives.
#pragma once

#include "base/elements.h"
#include "client/event.h"
#include "syntax/hello.h"
#include "syntax/reply.h"

namespace ehlo {

// The reply that is being reported. Its octets stay in the program's buffer until every event about it has been given,
// which may take several calls where there is little room for events: the spans of all these events must be good.
struct HeldReply {
  Reply reply;
  std::uint32_t octets = 0;  // 0: none; of one that cannot be read more than reply.length
};

class ClientCall {
 public:
  ClientCall(Bytes input, ClientBatch& batch, HeldReply& held) noexcept : input_(input), batch_(batch), held_(held) {}

  Bytes input() const noexcept { return input_; }
  Bytes rest() const noexcept { return input_.from(used_); }
  std::size_t used() const noexcept { return used_; }
  bool used_all() const noexcept { return used_ == input_.size; }

  const Reply& reply() const noexcept { return held_.reply; }
  bool holds_reply() const noexcept { return held_.octets != 0; }
  // All about the reply has been reported: the program may forget it.
  void release_reply() noexcept {
    const std::size_t left = input_.size - used_;
    used_ += held_.octets < left ? held_.octets : left;
    held_.octets = 0;
  }
  void use_all() noexcept {
    used_ = input_.size;
    held_.octets = 0;
  }

  bool is_full() const noexcept { return batch_.event_count == batch_.event_cap; }
  // Whether all events that one reply can give have room. Only outcomes may wait for a later call.
  bool has_room() const noexcept { return batch_.event_cap - batch_.event_count >= EHLO_CLIENT_EVENTS_MIN; }
  void emit(const ClientEvent& event) noexcept {
    put_element(batch_.events, batch_.event_size, batch_.event_count++, event);
  }
  // An event with the reply, if it is here.
  ClientEvent reply_event(ClientEventType type, Verb verb) const noexcept;

  HelloLines hello{};  // of the reply to EHLO or LHLO that was read last

 private:
  Bytes input_;
  ClientBatch& batch_;
  HeldReply& held_;
  std::size_t used_ = 0;
};

}  // namespace ehlo
