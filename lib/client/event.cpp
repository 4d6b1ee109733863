// Names of events, for logs.
#include "client/event.h"

#include <iterator>

namespace ehlo {

const char* client_event_name(ClientEventType type) noexcept {
  static constexpr const char* kNames[] = {"none",     "greeting", "reply",   "ready", "tls",    "challenge",
                                           "go-ahead", "result",   "outcome", "done",  "closed", "error"};
  const auto at = static_cast<std::size_t>(type);
  return at < std::size(kNames) ? kNames[at] : "?";
}

}  // namespace ehlo
