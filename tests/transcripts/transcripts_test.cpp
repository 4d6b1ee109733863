// Sessions as documents. Each line begins with its kind:
//   #   a comment
//   O:  an option: lmtp, starttls, auth, require-tls, normalize, ask-greeting, size N
//   A:  an answer of the program: ASK => CODE ENHANCED TEXT, or ASK => challenge TEXT; other asks are accepted
//   C:  the client sends this and CR LF; C+ without CR LF. \r \n \0 \\ \xNN stand for octets
//   S:  the server says this line
//   E:  an event, as support/event_text.h writes it
//   B:  a message body
//   !   tls, tls-failed, eof, timeout, shutdown, refuse CODE ENHANCED TEXT
// What follows the lines of the client, up to the next of them, is all that may come of them.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/scenario.h"

namespace {

using namespace support;

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    const char c = at + 1 < text.size() ? text[++at] : '\\';
    if (c == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
    }
  }
  return out;
}

// What must have come since the last group.
struct Expected {
  std::vector<std::string> replies, events, bodies;
  std::size_t line = 0;
};

class Document {
 public:
  explicit Document(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    for (number_ = 1; std::getline(file, line); ++number_) read(line);
    end_group();
  }
  const Scenario& scenario() const { return scenario_; }

 private:
  void read(const std::string& line) {
    if (line.empty() || line[0] == '#') return;
    const std::string rest = line.size() > 3 ? line.substr(3) : "";
    if (line.starts_with("O: ")) return option(rest);
    if (line.starts_with("A: ")) return answer(rest);
    const bool sends = line[0] == 'C' || line[0] == '!';
    if (sends && !sending_) end_group();
    sending_ = sends;
    if (line.starts_with("C:")) {
      scenario_.send(unescape(rest) + "\r\n");
    } else if (line.starts_with("C+")) {
      scenario_.send(unescape(rest));
    } else if (line.starts_with("! ")) {
      act(line.substr(2));
    } else if (line.starts_with("S:")) {
      expected_.replies.push_back(rest);
    } else if (line.starts_with("E:")) {
      expected_.events.push_back(rest);
    } else if (line.starts_with("B:")) {
      expected_.bodies.push_back(rest);
    } else {
      ADD_FAILURE() << "line " << number_ << " is of no kind: " << line;
    }
    expected_.line = number_;
  }

  void end_group() {
    scenario_.act([expected = std::exchange(expected_, {})](Link& link) {
      link.pump();
      EXPECT_EQ(printable(link.wire()), printable(lines_of(expected.replies))) << "up to line " << expected.line;
      EXPECT_EQ(link.events(), expected.events) << "up to line " << expected.line;
      std::vector<std::string> bodies;
      for (const std::string& body : link.bodies()) bodies.push_back(printable(body));
      EXPECT_EQ(bodies, expected.bodies) << "up to line " << expected.line;
      link.forget();
    });
  }

  void option(const std::string& text) {
    ehlo::ServerOptions& options = scenario_.options;
    if (text == "lmtp") {
      options.protocol = 1;
    } else if (text == "starttls") {
      options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
    } else if (text == "auth") {
      options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
      options.mechanisms = "PLAIN LOGIN";
    } else if (text == "require-tls") {
      options.flags |= EHLO_SERVER_FLAG_REQUIRE_TLS;
    } else if (text == "normalize") {
      options.data_endings = static_cast<std::uint32_t>(EHLO_ENDING_NORMALIZE);
    } else if (text == "ask-greeting") {
      options.asks |= EHLO_ASK_GREETING;
    } else if (text.starts_with("size ")) {
      options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
      options.max_message_octets = std::stoull(text.substr(5));
    } else {
      ADD_FAILURE() << "no option: " << text;
    }
  }

  void answer(const std::string& text) {
    const std::size_t arrow = text.find(" => ");
    const std::string ask = text.substr(0, arrow), reply = text.substr(arrow + 4);
    if (reply.starts_with("challenge ")) {
      scenario_.challenge(ask, unescape(reply.substr(10)));
      return;
    }
    std::istringstream words(reply);
    std::uint32_t code = 0;
    std::string enhanced, rest;
    words >> code >> enhanced >> std::ws;
    std::getline(words, rest);
    scenario_.answer(ask, code, enhanced, unescape(rest));
  }

  void act(const std::string& text) {
    if (text == "tls") {
      scenario_.tls_started();
    } else if (text == "tls-failed") {
      scenario_.act([](Link& link) { EXPECT_EQ(link.server().tls_failed(), EHLO_OK); });
    } else if (text == "eof") {
      scenario_.eof();
    } else if (text == "timeout") {
      scenario_.act([](Link& link) { link.server().timed_out(); });
    } else if (text == "shutdown") {
      scenario_.act([](Link& link) { EXPECT_EQ(link.server().shutdown(answer_of(421, "", "")), EHLO_OK); });
    } else if (text.starts_with("refuse ")) {
      scenario_.act([reason = text.substr(17)](Link& link) {
        EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", reason)), EHLO_OK);
      });
    } else {
      ADD_FAILURE() << "no action: " << text;
    }
  }

  Scenario scenario_;
  Expected expected_;
  bool sending_ = true;
  std::size_t number_ = 0;
};

std::vector<std::string> documents() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(TRANSCRIPTS))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Transcript : public testing::TestWithParam<std::string> {};

TEST_P(Transcript, IsPlayedAsItIsWritten) {
  const Document document(std::filesystem::path(TRANSCRIPTS) / (GetParam() + ".txt"));
  const Outcome whole = document.scenario().run(0, 0, {});
  if (!HasFailure()) check_cuts(document.scenario(), whole);
}

INSTANTIATE_TEST_SUITE_P(Documents, Transcript, testing::ValuesIn(documents()), [](const auto& param) {
  std::string name = param.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
