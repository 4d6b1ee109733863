// Every content up to a number of octets over CR, LF, dot, NUL, SP and a letter, with DATA and with BDAT, under every
// pair of policies: what our server accepts and our client sends on is one message, with the same end, for every
// receiver.
//
//   smuggling LENGTH
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "ehlo.h"
#include "support/dot_lines.h"
#include "support/receivers.h"
#include "wire/dot_encoder.h"

namespace {

using ehlo::LineEndings;
using support::Receiver;

constexpr std::string_view kAlphabet("\r\n.\0 a", 6);
constexpr LineEndings kPolicies[] = {LineEndings::reject, LineEndings::normalize, LineEndings::accept};

std::string readable(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '\r' ? "CR " : c == '\n' ? "LF " : c == '\0' ? "NUL " : c == ' ' ? "SP " : std::string{c, ' '};
  return out;
}

struct Failures {
  std::size_t count = 0;
  void add(const char* what, std::string_view content, const char* more = "") {
    if (++count <= 20) std::printf("FAIL %s%s: %s\n", what, more, readable(content).c_str());
  }
};

// A server that answers everything by itself and keeps the messages that it has accepted.
class Server {
 public:
  explicit Server(LineEndings endings) {
    ehlo_server_options options;
    ehlo_server_options_init(&options, sizeof options);
    options.asks = 0;
    options.data_endings = static_cast<std::uint32_t>(endings);
    options.max_errors = options.max_idle_commands = 0;
    config_ = ehlo_config_new(&options, nullptr, nullptr);
    server_ = ehlo_server_new(config_, nullptr);
    batch_.events = events_;
    batch_.event_cap = 32;
    batch_.spans = spans_;
    batch_.span_cap = 32;
    feed("EHLO c.test\r\n");
  }
  ~Server() {
    ehlo_server_free(server_);
    ehlo_config_free(config_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The messages that come of the octets behind an envelope.
  std::vector<std::string> messages(const std::string& octets) {
    accepted_.clear();
    body_.clear();
    feed("RSET\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n" + octets);
    return accepted_;
  }

 private:
  void feed(const std::string& octets) {
    char out[4096];
    for (std::size_t at = 0;;) {
      const std::size_t used = ehlo_server_receive(server_, octets.data() + at, octets.size() - at, &batch_);
      for (std::uint32_t i = 0; i < batch_.event_count; ++i) take(events_[i], octets.data() + at);
      at += used;
      const std::size_t said = ehlo_server_output(server_, out, sizeof out);
      if (used == 0 && said == 0 && batch_.event_count == 0) return;
    }
  }
  void take(const ehlo_event& event, const char* base) {
    if (event.type == EHLO_EVENT_MAIL) body_.clear();
    if (event.type == EHLO_EVENT_MESSAGE) accepted_.push_back(body_);
    if (event.type != EHLO_EVENT_BODY) return;
    for (std::uint32_t i = 0; i < event.body.count; ++i) {
      const ehlo_span span = spans_[event.body.first + i];
      body_ += span.off == EHLO_OFF_CRLF ? std::string("\r\n") : std::string(base + span.off, span.len);
    }
  }

  ehlo_config* config_;
  ehlo_server* server_;
  ehlo_event events_[32];
  ehlo_span spans_[32];
  ehlo_batch batch_{};
  std::string body_;
  std::vector<std::string> accepted_;
};

bool has_bare(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) == "\r\n")
      ++at;
    else if (text[at] == '\r' || text[at] == '\n')
      return true;
  }
  return false;
}

// Sends an accepted message on under each policy.
void send_on(const std::string& body, LineEndings accepted_under, Failures& failures) {
  for (const LineEndings endings : kPolicies) {
    ehlo::DotEncoder encoder(endings);
    ehlo::Octet out[256];
    std::size_t written = 0;
    const ehlo::DotEncoder::Result result = encoder.copy(ehlo::bytes_of(body), true, out, sizeof out, written);
    if (result.error != ehlo::Error::none) {
      const bool stricter = endings == LineEndings::reject && accepted_under == LineEndings::accept && has_bare(body);
      if (!stricter) failures.add("accepted, and not sent on", body);
      continue;
    }
    const std::string wire(reinterpret_cast<const char*>(out), written);
    for (const Receiver& receiver : support::kReceivers)
      if (support::Reading(receiver, wire).ends() != std::vector<std::size_t>{wire.size()})
        failures.add("another end for a receiver: ", body, receiver.name);
  }
}

void try_data(Server& server, const std::string& content, LineEndings endings, Failures& failures) {
  for (const std::string& body : server.messages("DATA\r\n" + content + "\r\n.\r\n")) send_on(body, endings, failures);
}

std::string chunk(std::string_view octets, bool last) {
  return "BDAT " + std::to_string(octets.size()) + (last ? " LAST\r\n" : "\r\n") + std::string(octets);
}

void try_bdat(Server& server, const std::string& content, LineEndings endings, bool all_cuts, Failures& failures) {
  const bool bad = support::false_end_of_text(content, true) != std::string_view::npos ||
                   (endings == LineEndings::reject && has_bare(content));
  const std::vector<std::string> whole = server.messages(chunk(content, true));
  if (whole.size() != (bad ? 0 : 1)) failures.add(bad ? "BDAT accepted" : "BDAT refused", content);
  const std::size_t step = all_cuts ? 1 : content.size() / 2 + 1;
  for (std::size_t cut = content.size() / 2 * !all_cuts; cut <= content.size(); cut += step) {
    const std::string_view text = content;
    if (server.messages(chunk(text.substr(0, cut), false) + chunk(text.substr(cut), true)) != whole)
      failures.add("BDAT differs in two chunks", content);
  }
  for (const std::string& body : whole) send_on(body, endings, failures);
}

// What the others would see: such content is accepted, and this says what it is.
void report(Failures& failures) {
  const std::string_view kEnds[] = {"\x8D\x8A.\x8D\x8A", "\r\n\xAE\r\n", "\xC2\x85.\xC2\x85",
                                    "\xE2\x80\xA8.\xE2\x80\xA8", "\xE2\x80\xA9.\xE2\x80\xA9"};
  for (const std::string_view end : kEnds) {
    Server server(LineEndings::reject);
    const std::string content = "a" + std::string(end) + "b";
    const std::vector<std::string> messages = server.messages("DATA\r\n" + content + "\r\n.\r\n");
    bool seen = false;
    for (const Receiver& receiver : support::kReportedReceivers) {
      if (messages.size() != 1) continue;
      const std::string wire = messages[0] + ".\r\n";
      if (support::Reading(receiver, wire).ends().size() == 1) continue;
      seen = true;
      std::printf("reported, not refused: another end for a receiver that has this way: %s\n", receiver.name);
    }
    if (!seen) failures.add("a sequence that nobody reports", content);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t longest = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (longest == 0 || longest > 12) {
    std::fputs("usage: smuggling LENGTH\n", stderr);
    return 2;
  }
  Failures failures;
  Server servers[] = {Server(kPolicies[0]), Server(kPolicies[1]), Server(kPolicies[2])};
  std::size_t contents = 0, count = 1;
  for (std::size_t length = 0; length <= longest; ++length, count *= kAlphabet.size()) {
    for (std::size_t number = 0; number < count; ++number, ++contents) {
      std::string content;
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= kAlphabet.size())
        content += kAlphabet[rest % kAlphabet.size()];
      for (std::size_t i = 0; i < 3; ++i) {
        try_data(servers[i], content, kPolicies[i], failures);
        try_bdat(servers[i], content, kPolicies[i], length < 6, failures);
      }
    }
  }
  report(failures);
  std::printf("%zu contents up to %zu octets, %zu failures\n", contents, longest, failures.count);
  return failures.count == 0 && contents > 0 ? 0 : 1;
}
