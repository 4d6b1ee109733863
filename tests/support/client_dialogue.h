// A dialogue as data: what the server says and the program does, and what must come of each step, however the server's
// octets are cut and whatever sizes the program uses.
#pragma once

#include <functional>

#include "client_link.h"
#include "cuts.h"
#include "envelopes.h"

namespace support {

using Lines = std::vector<std::string>;

class Dialogue {
 public:
  using Call = std::function<ehlo::Error(ClientLink&)>;

  explicit Dialogue(const ehlo::ClientOptions& its_options = client_options()) : options(its_options) {}

  ehlo::ClientOptions options;
  bool deciders = false;  // see ClientSizes

  // The server sends; exactly these events come of it, and exactly these octets are to be sent.
  Dialogue& server(std::string_view octets, Lines events = {}, std::string_view wire = "") {
    steps_.push_back({std::string(octets), nullptr, EHLO_OK, std::move(events), std::string(wire), true});
    return *this;
  }
  // The program calls, and gets this.
  Dialogue& call(Call action, std::string_view wire = "", Lines events = {}, ehlo::Error error = EHLO_OK) {
    steps_.push_back({"", std::move(action), error, std::move(events), std::string(wire), true});
    return *this;
  }
  Dialogue& refuse(ehlo::Error error, Call action) { return call(std::move(action), "", {}, error); }
  Dialogue& content(std::string_view octets, std::string_view wire, Lines events = {}) {
    return call([all = std::string(octets)](ClientLink& link) { return link.content(all); }, wire, std::move(events));
  }
  // One chunk of a submission, which body_copy may make several of; only the smallest buffers do.
  Dialogue& chunk(std::string_view octets, bool last, std::string_view wire, Lines events = {}) {
    return call(
        [all = std::string(octets), last](ClientLink& link) {
          std::size_t consumed = 0;
          const ehlo::Error error = link.give(all, last, consumed);
          EXPECT_EQ(consumed, error == EHLO_OK ? all.size() : consumed);
          link.pump();
          return error;
        },
        wire, std::move(events));
  }
  Dialogue& transact(const TestEnvelope& envelope, std::string_view wire = "", Lines events = {}) {
    return call([&envelope](ClientLink& link) { return link->transact(*envelope); }, wire, std::move(events));
  }
  Dialogue& eof(Lines events = {}) {
    return call([](ClientLink& link) { return link->eof(), EHLO_OK; }, "", std::move(events));
  }
  Dialogue& timed_out(Lines events = {}) {
    return call([](ClientLink& link) { return link->timed_out(), EHLO_OK; }, "", std::move(events));
  }
  Dialogue& abort(Lines events = {}) {
    return call([](ClientLink& link) { return link->abort(), EHLO_OK; }, "", std::move(events));
  }
  Dialogue& wants(std::string_view text) {
    return call([text = std::string(text)](ClientLink& link) {
      EXPECT_EQ(wants_text(link->wants()), text);
      return EHLO_OK;
    });
  }
  Dialogue& timeout(std::uint32_t kind, std::uint32_t seconds) {
    return call([kind, seconds](ClientLink& link) {
      const ehlo::Timeout timeout = link->timeout();
      EXPECT_EQ(static_cast<std::uint32_t>(timeout.kind), static_cast<std::uint32_t>(kind));
      EXPECT_EQ(timeout.seconds, seconds);
      return EHLO_OK;
    });
  }
  Dialogue& outstanding(std::uint32_t count) {
    return call([count](ClientLink& link) {
      EXPECT_EQ(link->outstanding(), count);
      return EHLO_OK;
    });
  }
  // What happened so far in the last step is not looked at.
  Dialogue& unchecked() {
    steps_.back().checked = false;
    return *this;
  }

  // `cut`: the position of all that the server sends where it is cut in two; `stride`: the size of pieces, 0: whole.
  bool run(std::size_t cut, std::size_t stride, ClientSizes sizes, const std::string& how) const {
    sizes.deciders = deciders;
    ClientLink link(options, sizes);
    const int before = failures();
    std::size_t position = 0;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& step = steps_[i];
      const std::string where = how + ", step " + std::to_string(i + 1) + " '" + printable(step.octets) + "'";
      if (step.action) {
        const ehlo::Error error = step.action(link);
        EXPECT_EQ(ehlo::error_info(error).name, std::string(ehlo::error_info(step.error).name)) << where;
        link.pump();
      } else {
        feed_cut(link, step.octets, cut > position ? cut - position : 0, stride);
      }
      position += step.octets.size();
      const Lines events = link.take_events();
      const std::string wire = link.take_wire();
      if (!step.checked) continue;
      EXPECT_EQ(events, step.events) << where;
      EXPECT_EQ(printable(wire), printable(step.wire)) << where;
      if (failures() != before) return false;
    }
    return true;
  }

  std::size_t octets() const {
    std::size_t sum = 0;
    for (const Step& step : steps_) sum += step.octets.size();
    return sum;
  }

  // Where it matters what came together with what.
  void check_whole() const {
    if (run(0, 0, {}, "whole")) run(0, 0, kSmallestClient, "with the smallest arrays");
  }
  void check() const {
    if (!run(0, 0, {}, "whole") || !run(0, 0, {64, 4096, 64, 64, 0}, "copied")) return;
    try_cuts(octets(), [this](std::size_t cut, std::size_t stride, bool smallest, const std::string& how) {
      return run(cut, stride, smallest ? kSmallestClient : ClientSizes{}, how);
    });
  }

 private:
  struct Step {
    std::string octets;
    Call action;
    ehlo::Error error;
    Lines events;
    std::string wire;
    bool checked;
  };

  static int failures() { return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count(); }

  std::vector<Step> steps_;
};

// A chunk of so many octets of good text.
inline ehlo::Error bdat(ClientLink& link, std::size_t octets, bool last) {
  const std::string text(octets, 'x');
  std::size_t at = 0;
  return link->bdat(bytes_of(text), last, at);
}

// The reply to EHLO that announces `lines`, between which stands LF.
inline std::string hello_reply(std::string_view lines) {
  std::string reply = lines.empty() ? "250 mx.test\r\n" : "250-mx.test\r\n";
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() == lines.size() ? line.size() : line.size() + 1);
    ((reply += lines.empty() ? "250 " : "250-") += line) += "\r\n";
  }
  return reply;
}

inline void greet(ClientLink& link, std::string_view lines) {
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed(hello_reply(lines));
}

// After READY, with a server that announced these lines.
inline Dialogue opened(std::string_view lines = "", std::uint32_t flags = 0) {
  Dialogue dialogue(client_options(flags));
  dialogue.call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test ESMTP\r\n").unchecked();
  dialogue.server(hello_reply(lines)).unchecked();
  return dialogue;
}
inline Dialogue opened_lmtp(std::string_view lines = "", std::uint32_t flags = 0) {
  Dialogue dialogue = opened(lines, flags);
  dialogue.options.protocol = 1;
  return dialogue;
}

}  // namespace support
