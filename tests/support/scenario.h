// A session test as data: what arrives, how the program answers, and what must come of it, however the input is cut.
#pragma once

#include <gtest/gtest.h>

#include "cuts.h"
#include "link.h"
#include "own_replies.h"

namespace support {

struct Outcome {
  std::vector<std::string> events;
  std::string wire;
  std::vector<std::string> bodies;
  std::uint32_t wants = 0;
  std::string protocol;
  bool operator==(const Outcome&) const = default;
};

class Scenario {
 public:
  ehlo::ServerOptions options = test_options();

  // What is sent before the part that the test is about; its log is not kept.
  Scenario& prelude(std::string_view octets) {
    steps_.push_back({std::string(octets), nullptr});
    steps_.push_back({"", [](Link& link) { link.forget(); }});
    return *this;
  }
  Scenario& send(std::string_view octets) {
    steps_.push_back({std::string(octets), nullptr});
    return *this;
  }
  Scenario& act(std::function<void(Link&)> action) {
    steps_.push_back({"", std::move(action)});
    return *this;
  }
  Scenario& tls_started() {
    return act([](Link& link) { EXPECT_EQ(link.server().tls_started(), EHLO_OK); });
  }
  Scenario& eof() {
    return act([](Link& link) { link.server().eof(); });
  }

  // Answers of the program, by the beginning of the ask's line; each serves `times` asks. The others are accepted.
  Scenario& answer(std::string_view ask, std::uint32_t code, std::string_view enhanced, std::string_view text,
                   int times = 1000000) {
    replies_.push_back({std::string(ask), code, std::string(enhanced), std::string(text), false, times});
    return *this;
  }
  Scenario& challenge(std::string_view ask, std::string_view octets, int times = 1000000) {
    replies_.push_back({std::string(ask), 0, "", std::string(octets), true, times});
    return *this;
  }

  std::size_t octets() const {
    std::size_t sum = 0;
    for (const Step& step : steps_) sum += step.octets.size();
    return sum;
  }

  // `cut`: the position of all that is sent where it is cut in two; `stride`: the size of pieces, 0 for whole steps.
  Outcome run(std::size_t cut, std::size_t stride, Sizes sizes) const {
    std::vector<Reply> left = replies_;
    Link link(
        options,
        [&left](Link& link, const ehlo::Event& event, const std::string& text) {
          return answer_ask(left, link, event, text);
        },
        sizes);
    std::size_t position = 0;
    for (const Step& step : steps_) {
      if (step.action) {
        step.action(link);
        link.pump();
        continue;
      }
      feed_cut(link, step.octets, cut > position ? cut - position : 0, stride);
      position += step.octets.size();
    }
    return {link.events(), link.wire(), link.bodies(), link.server().wants(), link.server().protocol_name()};
  }

 private:
  struct Step {
    std::string octets;
    std::function<void(Link&)> action;
  };
  struct Reply {
    std::string ask;
    std::uint32_t code;
    std::string enhanced;
    std::string text;
    bool challenge;
    int times;
  };

  static bool answer_ask(std::vector<Reply>& left, Link& link, const ehlo::Event& event, const std::string& text) {
    for (Reply& reply : left) {
      if (reply.times == 0 || !text.starts_with(reply.ask)) continue;
      --reply.times;
      const auto give = [&] {
        return reply.challenge ? link.server().challenge(event.id, ehlo::bytes_of(reply.text))
                               : link.server().reply(event.id, answer_of(reply.code, reply.enhanced, reply.text));
      };
      ehlo::Error error = give();
      // The texts that wait to be sent have filled their store.
      if (error == EHLO_E_SPACE && link.take_output()) error = give();
      EXPECT_EQ(error, EHLO_OK) << text;
      return true;
    }
    return Link::accept_all(link, event, text);
  }

  std::vector<Step> steps_;
  std::vector<Reply> replies_;
};

// The same outcome whatever the cuts and sizes.
inline void check_cuts(const Scenario& scenario, const Outcome& whole) {
  try_cuts(scenario.octets(), [&](std::size_t cut, std::size_t stride, bool smallest, const std::string& how) {
    const Outcome other = scenario.run(cut, stride, smallest ? kSmallest : Sizes{});
    EXPECT_EQ(other.events, whole.events) << how;
    EXPECT_EQ(printable(other.wire), printable(whole.wire)) << how;
    EXPECT_EQ(other.bodies, whole.bodies) << how;
    EXPECT_EQ(other.wants, whole.wants) << how;
    EXPECT_EQ(other.protocol, whole.protocol) << how;
    return other == whole;
  });
}

inline std::string lines_of(const std::vector<std::string>& lines) {
  std::string joined;
  for (const std::string& line : lines) joined += line + "\r\n";
  return joined;
}

// Every event in order, every octet of the replies, every body; `replies` are lines without their CRLF.
inline Outcome check(const Scenario& scenario, const std::vector<std::string>& events,
                     const std::vector<std::string>& replies, const std::vector<std::string>& bodies = {}) {
  const Outcome whole = scenario.run(0, 0, {});
  EXPECT_EQ(whole.events, events);
  EXPECT_EQ(printable(whole.wire), printable(lines_of(replies)));
  EXPECT_EQ(whole.bodies, bodies);
  check_cuts(scenario, whole);
  return whole;
}

inline Scenario after_greeting() {
  Scenario scenario;
  scenario.prelude("");
  return scenario;
}
inline Scenario after_ehlo() {
  Scenario scenario;
  scenario.prelude("EHLO c.test\r\n");
  return scenario;
}
// With MAIL and one RCPT accepted.
inline Scenario after_rcpt() {
  Scenario scenario;
  scenario.prelude("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n");
  return scenario;
}
inline Scenario after_data() {
  Scenario scenario;
  scenario.prelude("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  return scenario;
}

}  // namespace support
