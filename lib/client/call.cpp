// Events that carry a reply.
#include "client/call.h"

namespace ehlo {

ClientEvent ClientCall::reply_event(ClientEventType type, Verb verb) const noexcept {
  ClientEvent event = kNoClientEvent;
  event.type = type;
  event.verb = verb;
  if (held_.octets == 0 || input_.size - used_ < held_.octets) return event;
  event.code = held_.reply.code;
  event.enhanced = held_.reply.enhanced;
  const auto base = static_cast<std::uint32_t>(used_);
  event.reply = {base, held_.octets};
  std::size_t at = base;
  event.text = next_reply_line(input_.first(base + held_.reply.length), at);
  return event;
}

}  // namespace ehlo
