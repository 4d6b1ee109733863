// Every content up to a number of octets over CR, LF, dot, NUL, SP and a letter, with DATA and with BDAT, under every
// pair of policies: what our server accepts and our client sends on is one message, with the same end, for every
// receiver.
//
//   smuggling LENGTH
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "support/client_link.h"
#include "support/dot_lines.h"
#include "support/envelopes.h"
#include "support/link.h"
#include "support/receivers.h"
#include "support/short_texts.h"
#include "wire/line_endings.h"

namespace {

using ehlo::LineEndings;
using support::CClient;
using support::CServer;
using support::Receiver;

constexpr std::string_view kAlphabet("\r\n.\0 a", 6);
constexpr LineEndings kPolicies[] = {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT};

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

ehlo_server_options server_options(LineEndings endings) {
  ehlo_server_options options = support::capi_options();
  options.asks = 0;
  options.data_endings = static_cast<std::uint32_t>(endings);
  options.max_errors = options.max_idle_commands = 0;
  return options;
}

// A server that answers everything by itself and keeps the messages that it has accepted.
class Server : private CServer::Made, public support::ServerPort<CServer> {
 public:
  explicit Server(LineEndings endings)
      : CServer::Made(server_options(endings), nullptr), ServerPort(made.get(), {16, 16, 600, 0}) {
    feed("EHLO c.test\r\n");
  }

  // The messages that come of the octets after an envelope.
  std::vector<std::string> messages(const std::string& octets) {
    accepted_.clear();
    body_.clear();
    feed("RSET\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n" + octets);
    take_wire();
    return accepted_;
  }

 private:
  void take(const ehlo::Event& event) override {
    if (event.type == EHLO_SERVER_EVENT_MAIL) body_.clear();
    if (event.type == EHLO_SERVER_EVENT_MESSAGE) accepted_.push_back(body_);
    if (event.type == EHLO_SERVER_EVENT_BODY) body_ += text_of(event).body();
  }

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

// A client that sends one message after the other to a server that takes everything.
class Client {
 public:
  Client(LineEndings endings, bool chunks) : chunks_(chunks) {
    options_.data_endings = static_cast<std::uint32_t>(endings);
    options_.flags = chunks ? EHLO_CLIENT_FLAG_CHUNKING : 0;
    options_.max_recipients = 1;
    ehlo_envelope_add(envelope_.get(), "b@mx.test", 9, nullptr, 0);
    open();
  }

  // What goes out after 354, or the chunk with its line. False: the content is refused.
  bool send(const std::string& content, std::string& wire) {
    if (ehlo_client_transact(client_->made.get(), envelope_.get()) != EHLO_OK) std::abort();
    hear(chunks_ ? "250 ok\r\n250 ok\r\n" : "250 ok\r\n250 ok\r\n354 go\r\n");
    for (std::size_t at = 0; port_->wants(EHLO_WANT_BODY);) {
      const auto given = port_->body(std::string_view(content).substr(at), true, true, 512);
      if (given.error != EHLO_OK) {
        open();
        return false;
      }
      at += given.consumed;
    }
    wire = port_->take_wire();
    hear("250 ok\r\n");
    return true;
  }

 private:
  void open() {
    client_.emplace(options_, nullptr);
    port_.emplace(client_->made.get(), support::ClientSizes{.output = 512, .silent = true});
    ehlo_client_open(client_->made.get());
    hear("220 mx.test ESMTP\r\n");
    hear("250-mx.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
  }
  // After what is to be said, which nobody looks at.
  void hear(std::string_view replies) {
    while (port_->wants(EHLO_WANT_OUTPUT)) port_->output(512);
    port_->show(replies);
    do port_->receive(16);
    while (port_->must_receive());
    while (port_->wants(EHLO_WANT_OUTPUT)) port_->output(512);
    port_->take_wire();
  }

  bool chunks_;
  ehlo_client_options options_ = support::capi_client_options();
  support::CEnvelope envelope_{support::capi_envelope("a@c.test")};
  std::optional<CClient::Made> client_;
  std::optional<support::ClientPort<CClient>> port_;
};

// Sends accepted messages on under each policy, with DATA and with BDAT.
class Relay {
 public:
  explicit Relay(Failures& failures) : failures_(failures) {}

  void send_on(const std::string& body, std::size_t accepted_under) {
    // Many contents give the same message.
    if (!sent_[accepted_under].insert(body).second) return;
    const bool bare = has_bare(body);
    for (std::size_t i = 0; i < 3; ++i) {
      const bool stricter = kPolicies[accepted_under] == EHLO_ENDING_ACCEPT && bare;
      if (data_[i].send(body, wire_))
        check_wire(body);
      else if (!stricter || kPolicies[i] != EHLO_ENDING_REJECT)
        failures_.add("accepted, and not sent on with DATA", body);
      const std::string line = "BDAT " + std::to_string(body.size()) + " LAST\r\n";
      if (!chunks_[i].send(body, wire_)) {
        if (!stricter || kPolicies[i] == EHLO_ENDING_ACCEPT) failures_.add("accepted, and not sent on with BDAT", body);
      } else if (wire_ != line + body || (bare && kPolicies[i] != EHLO_ENDING_ACCEPT)) {
        failures_.add("sent on as another chunk", body);
      }
    }
  }

 private:
  void check_wire(const std::string& body) {
    for (const Receiver& receiver : support::kReceivers)
      if (support::Reading(receiver, wire_).ends() != std::vector<std::size_t>{wire_.size()})
        failures_.add("another end for a receiver: ", body, receiver.name);
  }

  Failures& failures_;
  std::unordered_set<std::string> sent_[3];
  Client data_[3] = {{kPolicies[0], false}, {kPolicies[1], false}, {kPolicies[2], false}};
  Client chunks_[3] = {{kPolicies[0], true}, {kPolicies[1], true}, {kPolicies[2], true}};
  std::string wire_;
};

// Where the content is refused: only CR LF . CR LF ends it, and what comes after its own end are commands.
bool is_refused_in_data(std::string_view content, LineEndings endings) {
  const std::string wire = "\r\n" + std::string(content) + "\r\n.\r\n";
  const std::size_t end = wire.find("\r\n.\r\n");
  const std::string_view text = std::string_view(wire).substr(2, end + 3);
  std::string decoded;
  for (std::size_t at = 0; at < end; ++at)
    if (text[at] != '.' || !(at == 0 || (at >= 2 && text.substr(at - 2, 2) == "\r\n"))) decoded += text[at];
  bool false_end = support::false_end_of_text(decoded, true) != std::string_view::npos;
  for (const support::DotLine& line : support::dot_lines(text)) false_end |= !(line.begins_well && line.ends_well);
  return false_end || (endings == EHLO_ENDING_REJECT && has_bare(decoded));
}

void try_data(Server& server, const std::string& content, std::size_t policy, Relay& relay, Failures& failures) {
  const std::vector<std::string> messages = server.messages("DATA\r\n" + content + "\r\n.\r\n");
  const bool bad = is_refused_in_data(content, kPolicies[policy]);
  if (messages.size() != (bad ? 0 : 1)) failures.add(bad ? "DATA accepted" : "DATA refused", content);
  for (const std::string& body : messages) relay.send_on(body, policy);
}

std::string chunk(std::string_view octets, bool last) {
  return "BDAT " + std::to_string(octets.size()) + (last ? " LAST\r\n" : "\r\n") + std::string(octets);
}

void try_bdat(Server& server, const std::string& content, std::size_t policy, bool all_cuts, Relay& relay,
              Failures& failures) {
  const LineEndings endings = kPolicies[policy];
  const bool bad = support::false_end_of_text(content, true) != std::string_view::npos ||
                   (endings == EHLO_ENDING_REJECT && has_bare(content));
  const std::vector<std::string> whole = server.messages(chunk(content, true));
  if (whole.size() != (bad ? 0 : 1)) failures.add(bad ? "BDAT accepted" : "BDAT refused", content);
  const std::size_t stride = all_cuts ? 1 : content.size() / 2 + 1;
  for (std::size_t cut = content.size() / 2 * !all_cuts; cut <= content.size(); cut += stride) {
    const std::string_view text = content;
    if (server.messages(chunk(text.substr(0, cut), false) + chunk(text.substr(cut), true)) != whole)
      failures.add("BDAT differs in two chunks", content);
  }
  for (const std::string& body : whole) relay.send_on(body, policy);
}

// What the others would see: such content is accepted, and this says what it is.
void report(Failures& failures) {
  const std::string_view kEnds[] = {"\x8D\x8A.\x8D\x8A", "\r\n\xAE\r\n", "\xC2\x85.\xC2\x85",
                                    "\xE2\x80\xA8.\xE2\x80\xA8", "\xE2\x80\xA9.\xE2\x80\xA9"};
  for (const std::string_view end : kEnds) {
    Server server(EHLO_ENDING_REJECT);
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
  Relay relay(failures);
  std::size_t contents = 0;
  support::for_each_short_text(kAlphabet, longest, [&](const std::string& content, std::size_t) {
    ++contents;
    for (std::size_t i = 0; i < 3; ++i) {
      try_data(servers[i], content, i, relay, failures);
      try_bdat(servers[i], content, i, content.size() < 6, relay, failures);
    }
  });
  report(failures);
  std::printf("%zu contents up to %zu octets, %zu failures\n", contents, longest, failures.count);
  return failures.count == 0 && contents > 0 ? 0 : 1;
}
