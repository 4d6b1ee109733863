// The client session: whatever the server sends, however it is cut, and whatever the program does, every recipient has
// exactly one outcome, and nothing is sent after the end.
#include "support/client_player.h"

namespace support {
namespace {

void compare(const ClientPlayer& plain, const ClientPlayer& other) {
  if (plain.depends_on_cuts() || other.depends_on_cuts()) return;
  require_same_text(plain.port().record(), other.port().record(), "cuts do not change events");
  require(plain.port().has_same_unreadable(other.port()), "cuts do not change a reply that cannot be read");
  require_same(plain.port().wire(), other.port().wire(), "cuts do not change output");
}

void run(const ClientScript& script) {
  static const ClientEnvelopes envelopes;
  const ClientPlan whole;
  ClientPlayer plain(script, whole, envelopes);
  const bool played = plain.play();
  for (const ClientPlan& plan : {ClientPlan{1, EHLO_CLIENT_EVENTS_MIN}, ClientPlan{7, 9}}) {
    ClientPlayer other(script, plan, envelopes);
    require(other.play() == played, "the same options make the same session");
    if (played) compare(plain, other);
  }
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::run(support::ClientScript(data, size));
  return 0;
}
