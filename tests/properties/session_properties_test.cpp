// Random sessions beside a model of RFC 5321, 2033 and 3030: the model says which commands are legal and which codes
// follow; the session must say the same, report the same messages, and do so however its input is cut.
#include <deque>
#include <random>

#include "support/dot_lines.h"
#include "support/scenario.h"

namespace {

using namespace support;

struct Decision {
  std::string ask;  // the beginning of its line
  std::uint32_t code;
};

// A client that plays random commands, and knows what must come of them.
class Model {
 public:
  Model(std::uint32_t seed, bool lmtp) : random_(seed), lmtp_(lmtp) {
    codes_.push_back(220);
    const std::size_t commands = 5 + below(40);
    for (std::size_t i = 0; i < commands; ++i) add_command();
    if (below(2) == 0) {
      send("QUIT", 221);
      input_ += "DATA\r\nNOOP\r\n";
    }
  }

  const std::string& input() const { return input_; }
  const std::vector<std::uint32_t>& codes() const { return codes_; }
  const std::deque<Decision>& decisions() const { return decisions_; }
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  void send(std::string_view line, std::uint32_t code) {
    (input_ += line) += "\r\n";
    codes_.push_back(code);
  }
  std::uint32_t decide(std::string_view ask) {
    static constexpr std::uint32_t kCodes[] = {250, 250, 250, 250, 550, 451, 251};
    const std::uint32_t code = kCodes[below(7)];
    decisions_.push_back({std::string(ask), code});
    return code;
  }
  void forget() {
    mail_ = chunked_ = false;
    accepted_ = 0;
    body_.clear();
  }

  void add_command() {
    switch (below(16)) {
      case 0:
      case 1: return hello();
      case 2:
      case 3:
      case 4: return mail();
      case 5:
      case 6:
      case 7: return rcpt();
      case 8:
      case 9: return data();
      case 10:
      case 11: return bdat();
      case 12: forget(); return send("RSET", 250);
      case 13: return send(below(2) ? "NOOP" : "VRFY bob", below_code_);
      case 14: return send(kFaults[below(std::size(kFaults))].line, 0);
      default: return send("NOOP " + std::string(600 + below(900), 'x'), 500);
    }
  }

  void hello() {
    const std::string_view verb = lmtp_ ? (below(4) ? "LHLO" : "EHLO") : (below(6) ? "EHLO" : "HELO");
    const bool good = !lmtp_ || verb == "LHLO";
    send(std::string(verb) + " c.test", good ? 250 : 500);
    if (!good) return;
    hello_ = true;
    forget();
  }

  void mail() {
    const bool bad_syntax = below(8) == 0;
    const std::string line = bad_syntax ? "MAIL FROM:<a@c..test>" : "MAIL FROM:<a@c.test>";
    if (bad_syntax) return send(line, 501);
    if (!hello_ || mail_) return send(line, 503);
    const std::uint32_t code = decide("mail? <a@c.test>");
    mail_ = code < 300;
    send(line, code);
  }

  void rcpt() {
    if (below(8) == 0) return send("RCPT TO:<b@mx.test", 501);
    const std::string_view line = "RCPT TO:<b@mx.test>";
    if (!mail_ || chunked_) return send(line, 503);
    const std::uint32_t code = decide("rcpt? ");
    accepted_ += code < 300;
    send(line, code);
  }

  void finish(bool good) {
    const std::uint32_t times = lmtp_ ? accepted_ : 1;
    for (std::uint32_t i = 0; i < times; ++i) codes_.push_back(good ? decide("message? ") : 550);
    if (good) messages_.push_back(body_);
    forget();
  }

  void data() {
    if (!mail_ || accepted_ == 0 || chunked_) return send("DATA", 503);
    send("DATA", 354);
    static constexpr std::string_view kGood[] = {"hi\r\n", "..\r\n", "QUIT\r\n", "\r\n", "a.\r\n", "..a\r\n"};
    static constexpr std::string_view kBad[] = {"a\nb\r\n", "a\rb\r\n", "\n.\n\r\n", "x\n.\r\n", ".\r\r\n"};
    bool good = true;
    for (std::size_t lines = below(5); lines > 0; --lines) {
      std::string_view line = kGood[below(std::size(kGood))];
      if (below(12) == 0) {
        line = kBad[below(std::size(kBad))];
        good = false;
      }
      input_ += line;
      body_ += line[0] == '.' ? line.substr(1) : line;
    }
    input_ += ".\r\n";
    finish(good);
  }

  void bdat() {
    const std::string octets = std::string("\r\n.\r\nQUIT\r\nMAIL FROM:<>\r\n\0x", 28).substr(below(8), below(20));
    const bool last = below(2) == 0;
    const std::string line = "BDAT " + std::to_string(octets.size()) + (last ? " LAST" : "");
    (input_ += line) += "\r\n" + octets;
    if (!mail_ || accepted_ == 0) {
      // RFC 2033 4.3: the last chunk has a reply for each recipient, and here there is none.
      if (!(lmtp_ && last && mail_)) codes_.push_back(503);
      return;
    }
    body_ += octets;
    chunked_ = true;
    const bool good = is_good(body_, last);
    if (last) return finish(good);
    codes_.push_back(good ? 250 : 550);
    if (!good) forget();
  }
  // Whether chunks are text without bare CR and LF and false ends, as far as they have come.
  static bool is_good(std::string_view text, bool ended) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool pair = text.substr(at, 2) == "\r\n";
      const bool open = text[at] == '\r' && at + 1 == text.size() && !ended;
      if (!pair && !open && (text[at] == '\r' || text[at] == '\n')) return false;
      at += pair;
    }
    return false_end_of_text(text, ended) == std::string_view::npos;
  }

  // A fault of each kind that no state makes good; the code is given by its class, not by the model (0: 5yz).
  struct FaultLine {
    std::string_view line;
  };
  static constexpr FaultLine kFaults[] = {{"WHAT"}, {""}, {"RSET x"}, {"QUIT now"}, {"NOOP a\rb"}, {"DATA x"}, {"."}};
  static constexpr std::uint32_t below_code_ = 1;  // 250 or 252

  std::mt19937 random_;
  bool lmtp_;
  bool hello_ = false, mail_ = false, chunked_ = false;
  std::uint32_t accepted_ = 0;
  std::string body_;

  std::string input_;
  std::vector<std::uint32_t> codes_;
  std::deque<Decision> decisions_;
  std::vector<std::string> messages_;
};

// The codes of well-formed replies; a line is at most 512 octets, all lines of a reply have one code.
std::vector<std::uint32_t> codes_of(std::string_view wire) {
  std::vector<std::uint32_t> codes;
  std::uint32_t open = 0;
  while (!wire.empty()) {
    const std::size_t end = wire.find("\r\n");
    if (end == std::string_view::npos || end < 4 || end > 510 || wire[0] < '2' || wire[0] > '5') {
      ADD_FAILURE() << "no reply: " << printable(wire.substr(0, 600));
      return codes;
    }
    const auto code = static_cast<std::uint32_t>(std::stoul(std::string(wire.substr(0, 3))));
    EXPECT_TRUE(open == 0 || open == code);
    EXPECT_TRUE(wire[3] == ' ' || wire[3] == '-');
    EXPECT_EQ(wire.substr(0, end).find_first_of("\r\n"), std::string_view::npos);
    open = wire[3] == '-' ? code : 0;
    if (open == 0) codes.push_back(code);
    wire.remove_prefix(end + 2);
  }
  EXPECT_EQ(open, 0u) << "a reply without its last line";
  return codes;
}

bool is_code(std::uint32_t code, std::uint32_t expected) {
  if (expected == 0) return code / 100 == 5;
  if (expected == 1) return code == 250 || code == 252;
  return code == expected;
}

struct Played {
  Outcome outcome;
  std::vector<std::string> messages;
};

Played play(const Model& model, bool lmtp, std::size_t piece, Sizes sizes) {
  ehlo::ServerOptions options = test_options();
  options.protocol = lmtp ? 1 : 0;
  options.max_errors = options.max_idle_commands = 0;
  std::deque<Decision> decisions = model.decisions();
  Played played;
  bool mail = false, reported = false;
  std::uint32_t accepted = 0;
  Link link(
      options,
      [&](Link& link, const ehlo::Event& event, const std::string& text) {
        EXPECT_FALSE(decisions.empty()) << text;
        if (decisions.empty()) return Link::accept_all(link, event, text);
        const Decision decision = decisions.front();
        decisions.pop_front();
        EXPECT_TRUE(text.starts_with(decision.ask)) << text << " instead of " << decision.ask;
        EXPECT_EQ(link.server().reply(event.id, answer_of(decision.code, "", "decided")), EHLO_OK);
        const bool good = decision.code < 300;
        if (event.type == EHLO_SERVER_EVENT_MAIL) {
          mail = good;
          accepted = 0;
          reported = false;
        } else if (event.type == EHLO_SERVER_EVENT_RCPT) {
          accepted += good;
        } else if (event.type == EHLO_SERVER_EVENT_MESSAGE) {
          EXPECT_TRUE(mail && accepted != 0) << "a message without its envelope";
          if (!reported) played.messages.push_back(link.bodies().back());
          reported = true;
        }
        return true;
      },
      sizes);
  const std::string_view input = model.input();
  for (std::size_t at = 0; at < input.size(); at += piece) link.feed(input.substr(at, piece));
  EXPECT_TRUE(decisions.empty()) << decisions.size() << " asks never came";
  played.outcome = {link.events(), link.wire(), link.bodies(), link.server().wants(), link.server().protocol_name()};
  return played;
}

class SessionLaw : public testing::TestWithParam<bool> {};

TEST_P(SessionLaw, SaysWhatTheModelSays) {
  const bool lmtp = GetParam();
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    const Model model(seed * 2 + lmtp, lmtp);
    const Played whole = play(model, lmtp, model.input().size() + 1, {});
    const std::vector<std::uint32_t> codes = codes_of(whole.outcome.wire);
    bool same = codes.size() == model.codes().size();
    for (std::size_t i = 0; same && i < codes.size(); ++i) same = is_code(codes[i], model.codes()[i]);
    ASSERT_TRUE(same) << "seed " << seed << "\n"
                      << model.input() << "\n"
                      << whole.outcome.wire << testing::PrintToString(model.codes());
    ASSERT_EQ(whole.messages, model.messages()) << "seed " << seed;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{seed % 17 + 2}, std::size_t{seed % 101 + 3}}) {
      const Played cut = play(model, lmtp, piece, piece == 1 ? kSmallest : Sizes{});
      ASSERT_EQ(cut.outcome.events, whole.outcome.events) << "seed " << seed << " pieces of " << piece;
      ASSERT_EQ(cut.outcome.wire, whole.outcome.wire) << "seed " << seed << " pieces of " << piece;
      ASSERT_EQ(cut.outcome.bodies, whole.outcome.bodies) << "seed " << seed << " pieces of " << piece;
      ASSERT_EQ(cut.outcome.wants, whole.outcome.wants) << "seed " << seed << " pieces of " << piece;
    }
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, SessionLaw, testing::Bool(),
                         [](const auto& param) { return param.param ? "Lmtp" : "Smtp"; });

}  // namespace
