// The server session: neither the cuts of the input nor the time of an answer may change events and replies, and no
// message may be smuggled.
#include <algorithm>

#include "support/player.h"

namespace support {
namespace {

Plan octet_by_octet() {
  Plan plan;
  plan.cut = Plan::Cut::octets;
  plan.output = 1;
  plan.events = EHLO_SERVER_EVENTS_MIN;
  plan.spans = EHLO_SPANS_MIN;
  plan.late = true;
  return plan;
}

Plan random_plan(std::uint64_t seed) {
  Random random(seed);
  Plan plan;
  plan.cut = Plan::Cut::random;
  plan.output = random.one_in(2) ? 1 + random.below(64) : 2048;
  plan.events = EHLO_SERVER_EVENTS_MIN + static_cast<std::uint32_t>(random.below(24));
  plan.spans = EHLO_SPANS_MIN + static_cast<std::uint32_t>(random.below(24));
  plan.late = random.one_in(2);
  plan.lazy = random.one_in(2);
  plan.seed = random.next();
  return plan;
}

void compare(const Player& plain, const Player& other) {
  if (!plain.conclusive() || !other.conclusive()) return;
  const auto& a = plain.log();
  const auto& b = other.log();
  static const std::string kNothing = "nothing";
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    require_same_text(i < a.size() ? a[i] : kNothing, i < b.size() ? b[i] : kNothing, "cuts do not change events");
  require_same(plain.wire(), other.wire(), "cuts do not change replies");
}

// The wire form of a body as another sender would write it. An accepted body ends with CR LF or is empty.
std::string encode(std::string_view body) {
  std::string wire;
  for (std::size_t at = 0; at < body.size(); ++at) {
    const bool line_start = at == 0 || (at >= 2 && body.substr(at - 2, 2) == "\r\n");
    if (line_start && body[at] == '.') wire += '.';
    wire += body[at];
  }
  return wire + ".\r\n";
}

// An accepted message that is relayed arrives at the next hop as one message with the same octets, and the dialogue
// goes on after it (no SMTP smuggling).
void check_resent(const std::string& body) {
  const std::string dialogue = "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\n" + encode(body) + "QUIT\r\n";
  const Script script(dialogue);
  const Plan plan;
  Player next(script, plan);
  require(next.play(), "the next hop has memory");
  const auto& messages = next.messages();
  require(messages.size() == 1, "a message that was accepted is one message at the next hop");
  require_same(body, messages[0].body, "a message that was accepted is the same at the next hop");
  require(next.wire().find("\r\n221 ") != std::string::npos, "the end of data is where it was");
}

void run(const Script& script) {
  const Plan whole;
  Player plain(script, whole);
  const bool played = plain.play();
  for (const Plan& plan : {octet_by_octet(), random_plan(script.setup().seed)}) {
    Player other(script, plan);
    require(other.play() == played, "the same options make the same configuration");
    if (played) compare(plain, other);
  }
  Plan wild = random_plan(script.setup().seed + 1);
  wild.wild = true;
  Player(script, wild).play();
  if (script.setup().options.data_endings == EHLO_ENDING_ACCEPT) return;
  for (const Message& message : plain.messages())
    if (!message.bdat) check_resent(message.body);
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::run(support::Script(data, size));
  return 0;
}
