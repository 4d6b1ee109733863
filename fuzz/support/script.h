// The input of the session targets: how the session is configured, how the program decides, and what arrives.
//
//   octet 0          n, the number of control octets
//   n control octets the settings in order, then the decisions: one for each ask of a server, and one each time that
//                    the program of a client may act. A missing one is 0, the default: the program does what the
//                    session wants
//   the rest         what the peer sends. FE and a letter is an event that comes when all before it has been handled:
//                    FE s  nothing: the peer waits            FE e  the peer has closed
//                    FE t  the timeout has passed             FE FE one octet FE
//                    FE d  the program shuts the session down FE r  the program refuses the message (server)
//                    FE a  the program gives up (client)
// The program of a client may also act after every reply, unless its decision says that the next reply comes with it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo.h"
#include "support/own_rows.h"
#include "support/rows.h"

namespace support {

// What arrives, and the event after it.
struct Segment {
  std::string octets;
  char then = 's';
};

class ScriptBase {
 public:
  const std::vector<Segment>& segments() const { return segments_; }
  std::uint8_t decision(std::size_t at) const { return control(settings_ + at); }

 protected:
  ScriptBase(std::size_t settings, std::vector<Segment> segments = {})
      : settings_(settings), segments_(std::move(segments)) {}

  std::uint8_t control(std::size_t at) const {
    return at < control_.size() ? static_cast<std::uint8_t>(control_[at]) : std::uint8_t{0};
  }

  // Takes the control octets, and returns what the peer sends.
  std::string_view take_control(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return input;
    const std::size_t count = std::min<std::size_t>(static_cast<std::uint8_t>(input[0]), input.size() - 1);
    control_ = input.substr(1, count);
    return input.substr(1 + count);
  }

  // `cut` says whether the segment that is arriving ends here.
  template <class Cut>
  void split(std::string_view wire, std::string_view letters, Cut cut) {
    segments_.emplace_back();
    for (std::size_t at = 0; at < wire.size(); ++at) {
      const char letter = wire[at] == '\xFE' && at + 1 < wire.size() ? wire[at + 1] : '\0';
      const bool is_event = letter != '\0' && letters.find(letter) != std::string_view::npos;
      at += is_event || letter == '\xFE';
      if (is_event)
        segments_.back().then = letter;
      else
        segments_.back().octets += wire[at];
      if (is_event || cut(segments_.back().octets)) segments_.emplace_back();
    }
  }

 private:
  std::size_t settings_;
  std::string_view control_;
  std::vector<Segment> segments_;
};

struct Setup {
  ehlo_server_options options;
  bool hands_over_params;
  unsigned failures;   // of the allocator
  std::uint64_t seed;  // of cuts and delays
};

class Script : public ScriptBase {
 public:
  Script(const std::uint8_t* data, std::size_t size) : ScriptBase(kSettings) {
    split(take_control(data, size), "setdr", [](std::string_view) { return false; });
    configure();
  }
  // With the default settings and no decisions.
  explicit Script(std::string octets) : ScriptBase(kSettings, {{std::move(octets)}}) { configure(); }

  const Setup& setup() const { return setup_; }

 private:
  static constexpr std::size_t kSettings = 24;

  // A limit of the settings: 0 keeps the default.
  template <class Field>
  void limit(Field& field, std::size_t at, std::uint64_t unit, std::uint64_t base = 0, unsigned modulus = 256) {
    if (const std::uint8_t value = control(at)) field = static_cast<Field>(base + value % modulus * unit);
  }

  void configure() {
    static constexpr ehlo_param_row kParams[] = {
        own_param("XOFFER", "", kOfBoth, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, 0, 40),
        own_param("XIGNORE", "", kOfBoth, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, EHLO_ROW_IGNORED, 8)};
    static constexpr ehlo_verb_row kVerbs[] = {own_verb("XVERB")};
    static constexpr ehlo_rows kRows = rows_of(nullptr, 0, kParams, 2, kVerbs, 1);
    static constexpr ehlo_keyword_line kLines[] = {{"XLINE", "of ours"}};
    ehlo_server_options& o = setup_.options;
    ehlo_server_options_init(&o, sizeof o);
    const unsigned first = control(0);
    o.hostname = "mx.example";
    o.mechanisms = "PLAIN LOGIN";
    o.protocol = first & 1;
    o.command_endings = (first >> 1 & 3) % 3;
    o.data_endings = (first >> 3 & 3) % 3;
    setup_.hands_over_params = (first & 32) == 0;
    if (first & 128) {
      o.rows = &kRows;
      o.lines = kLines;
      o.line_size = sizeof *kLines;
      o.line_count = 1;
    }
    // Here the third bit forbids AUTH without TLS; in the options it allows it.
    o.flags = (control(1) & 0x7B) | (control(1) & 4 ? 0 : EHLO_SERVER_FLAG_PLAINTEXT_AUTH);
    o.extensions = all_extensions() ^ (control(2) | static_cast<unsigned>(control(3)) << 8);
    o.asks = EHLO_ASK_DEFAULT ^ (control(4) | (control(5) & 1u) << 8 | (control(5) & 0x60u) << 4);
    static constexpr std::uint32_t kCommands[] = {EHLO_VERB_VRFY, EHLO_VERB_EXPN, EHLO_VERB_HELP, EHLO_VERB_NOOP};
    for (unsigned i = 0; i < std::size(kCommands); ++i)
      if (control(5) >> (i + 1) & 1) o.command_asks |= EHLO_VERB_BIT(kCommands[i]);
    set_limits(o);
    setup_.failures = control(20);
    setup_.seed = control(21) | static_cast<std::uint64_t>(control(22)) << 8;
  }

  void set_limits(ehlo_server_options& o) {
    limit(o.max_line_octets, 6, 4, 16);
    limit(o.max_auth_line_octets, 7, 4, 8);
    limit(o.max_data_line_octets, 8, 2);
    limit(o.max_message_octets, 9, 8);
    limit(o.max_recipients, 10, 1, 1, 32);
    limit(o.max_messages, 11, 1);
    limit(o.max_errors, 12, 1);
    limit(o.max_idle_commands, 13, 1);
    limit(o.max_auth_attempts, 14, 1, 0, 4);
    limit(o.max_auth_challenges, 15, 1, 0, 8);
    limit(o.recipient_window, 16, 1, 1, 32);
    limit(o.reply_queue, 17, 1, 4, 32);
    limit(o.reply_text_octets, 18, 4, 512);
    limit(o.max_discard_octets, 19, 32);
    const bool small = control(6) || control(8) || control(9) || control(10);
    if (small) o.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  }

  Setup setup_{};
};

}  // namespace support
