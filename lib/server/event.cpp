// Names of events, and the check for input of other protocols.
#include "server/event.h"

#include <iterator>

namespace ehlo {
namespace {

constexpr const char* kNames[] = {"none",     "greeting",  "hello",     "mail",          "rcpt",       "data",
                                  "bdat",     "body",      "chunk",     "message",       "abort",      "rset",
                                  "quit",     "starttls",  "auth",      "auth-response", "auth-abort", "command",
                                  "rejected", "violation", "plaintext", "close"};
static_assert(std::size(kNames) == EHLO_SERVER_EVENT_CLOSE + 1);

constexpr std::string_view kHttpMethods[] = {"GET ",     "POST ",  "HEAD ",  "PUT ",    "DELETE ",
                                             "CONNECT ", "TRACE ", "PATCH ", "OPTIONS "};

}  // namespace

Junk classify_junk(Bytes line) noexcept {
  // A TLS record of type handshake, version 3.x (RFC 8446 5.1).
  if (line.size >= 2 && line[0] == 0x16 && line[1] == 0x03) return EHLO_JUNK_TLS;
  for (const std::string_view method : kHttpMethods)
    if (line.size > method.size() && line.first(method.size()).text() == method) return EHLO_JUNK_HTTP;
  return EHLO_JUNK_NONE;
}

const char* event_name(EventType type) noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

}  // namespace ehlo
