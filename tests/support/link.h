// A program around a server session: it shows the tail of its input, executes the events and takes the output until
// nothing moves any more.
#pragma once

#include <functional>
#include <vector>

#include "event_text.h"
#include "port.h"

namespace support {

// How much the program hands over and takes at a time; none of it may matter.
struct Sizes {
  std::uint32_t events = 32;
  std::uint32_t spans = 64;
  std::size_t output = 4096;
  std::uint32_t params = EHLO_PARAMS_MAX;  // 0: there is no array of them
};
inline constexpr Sizes kSmallest{EHLO_SERVER_EVENTS_MIN, EHLO_SPANS_MIN, 1};

template <class Api>
class ServerPort : public Port {
 public:
  using Session = typename Api::Session;

  ServerPort(Session* session, Sizes sizes) : session_(session), sizes_(sizes) {}
  virtual ~ServerPort() = default;

  Session& server() { return *session_; }
  std::uint32_t wants() const { return Api::wants(*session_); }
  bool wants(std::uint32_t bits) const { return (wants() & bits) == bits; }

  void feed(std::string_view octets) {
    show(octets);
    pump();
  }
  void pump() {
    for (int turn = 0; turn < 200000; ++turn) {
      const bool received = receive(), sent = take_output();
      if (!received && !sent) return rest();
    }
    fail("the session comes to rest");
  }

  // One call of receive; true if anything came of it.
  bool receive() {
    const ehlo::Bytes shown = placed(kInput, tail_);
    batch_ = {};
    batch_.event_size = sizeof *batch_.events;
    batch_.param_size = sizeof *batch_.params;
    batch_.events = array<ehlo::Event>(kEvents, batch_.event_cap = sizes_.events);
    batch_.spans = array<ehlo::Span>(kSpans, batch_.span_cap = sizes_.spans);
    batch_.params = sizes_.params == 0 ? nullptr : array<ehlo::Param>(kParams, sizes_.params);
    batch_.param_cap = sizes_.params;
    batch_.event_count = batch_.span_count = batch_.param_count = 77;
    used_ = Api::receive(*session_, shown, batch_);
    require(batch_.error == EHLO_OK, "the batch is large enough");
    require(used_ <= shown.size, "no more is consumed than was shown");
    require(batch_.event_count <= batch_.event_cap && batch_.span_count <= batch_.span_cap &&
                batch_.param_count <= batch_.param_cap,
            "no more is filled than there is room");
    const std::uint32_t count = batch_.event_count;
    for (std::uint32_t i = 0; i < count; ++i) take(batch_.events[i]);
    tail_.erase(0, used_);
    consumed_ += used_;
    memory(kInput).assign("");
    return used_ != 0 || count != 0;
  }

  bool take_output() {
    bool any = false;
    while (take_output_once() != 0) any = true;
    return any;
  }
  std::size_t take_output_once() { return take_output_of<Api>(*session_, sizes_.output).size(); }

 protected:
  virtual void take(const ehlo::Event& event) = 0;
  // Nothing moves any more.
  virtual void rest() {}

  // Of the call that an event came of.
  EventText text_of(const ehlo::Event& event) const { return {event, batch_, shown(), lmtp()}; }
  std::string_view shown() const { return memory(kInput).view().substr(0, used_); }
  const ehlo::Batch& batch() const { return batch_; }
  std::size_t consumed() const { return consumed_; }  // by the calls before
  bool lmtp() const { return Api::protocol(*session_).find("LMTP") != std::string_view::npos; }

  Session* session_;
  Sizes sizes_;

 private:
  ehlo::Batch batch_{};
  std::size_t used_ = 0, consumed_ = 0;
};

// The program of a test: it answers asks as the test says, and writes down events and output.
template <class Api>
class Program : private Api::Held, public ServerPort<Api> {
 public:
  using typename ServerPort<Api>::Session;
  // Answers an ask, or leaves it open by returning false.
  using Answers = std::function<bool(Program&, const ehlo::Event&, const std::string& text)>;
  static bool accept_all(Program& program, const ehlo::Event& event, const std::string& text) {
    require(Api::accept(program.server(), event.id) == EHLO_OK, "an open ask can be accepted: " + text);
    return true;
  }

  template <class Given>
  explicit Program(const Given& given, Answers answers = accept_all, Sizes sizes = {},
                   const ehlo::Allocator& allocator = heap())
      : Api::Held(given, allocator), ServerPort<Api>(Api::Held::session(), sizes), answers_(std::move(answers)) {
    this->pump();
  }

  using Api::Held::longest_line;

  // The id of an ask that was left open, by the beginning of its line.
  std::uint32_t open_ask(std::string_view text) const {
    for (const auto& [line, id] : open_)
      if (line.starts_with(text)) return id;
    fail("an ask is open that begins with " + std::string(text));
  }

  std::vector<std::uint32_t> types;   // of all events
  std::int32_t last_error = EHLO_OK;  // of an answer, where it may be refused
  const std::vector<std::string>& events() const { return log_; }
  const std::vector<std::string>& bodies() const { return bodies_; }
  void forget() {
    log_.clear();
    this->wire_.clear();
    bodies_.clear();
  }
  // What has been said since the last call.
  std::string said() { return this->take_wire(); }
  std::vector<std::string> take_events() { return std::exchange(log_, {}); }

 protected:
  void take(const ehlo::Event& event) override {
    EventText writer = this->text_of(event);
    const std::string text = writer.write();
    take_body(event, writer);
    types.push_back(static_cast<std::uint32_t>(event.type));
    if (event.type != EHLO_SERVER_EVENT_BODY) log_.push_back(text);
    if (event.id != 0 && !answers_(*this, event, text)) open_.emplace_back(text, event.id);
  }
  // A session at rest must be able to go on with a buffer of the longest line (ehlo.h, ehlo_server_receive).
  void rest() override {
    require(!this->wants(EHLO_WANT_OUTPUT), "output is wanted where there is some");
    require(!this->wants(EHLO_WANT_INPUT) || this->wants(EHLO_WANT_ANSWER) || this->tail().size() < longest_line(),
            "what waits is a part of a line");
  }

 private:
  // BODY events are cut as the input was; their octets are joined.
  void take_body(const ehlo::Event& event, const EventText& writer) {
    if (event.type == EHLO_SERVER_EVENT_BODY) {
      body_open_ = true;
      body_ += writer.body();
    } else if (event.type == EHLO_SERVER_EVENT_MESSAGE || event.type == EHLO_SERVER_EVENT_ABORT) {
      if (body_open_ || (event.type == EHLO_SERVER_EVENT_MESSAGE && !message_reported_))
        bodies_.push_back(std::exchange(body_, {}));
      body_open_ = false;
      message_reported_ = event.type == EHLO_SERVER_EVENT_MESSAGE;
    } else if (event.type == EHLO_SERVER_EVENT_MAIL) {
      message_reported_ = false;
    }
  }

  Answers answers_;
  std::vector<std::string> log_;
  std::vector<std::string> bodies_;
  std::vector<std::pair<std::string, std::uint32_t>> open_;
  std::string body_;
  bool body_open_ = false;
  bool message_reported_ = false;
};

using Link = Program<CoreServer>;
using CapiSession = Program<CServer>;

inline ehlo::ServerOptions test_options() {
  ehlo::ServerOptions options = ehlo::default_server_options();
  options.hostname = "mx.test";
  options.flags = EHLO_SERVER_FLAG_PLAINTEXT_AUTH;  // what it does is the matter of a test of its own
  return options;
}
inline ehlo_server_options capi_options() {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  options.hostname = "mx.test";
  return options;
}

inline constexpr std::string_view kOrdinarySession =
    "EHLO c.test\r\nMAIL FROM:<a@c.test> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<b@mx.test> NOTIFY=NEVER\r\n"
    "RCPT TO:<c@mx.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nRSET\r\nNOOP\r\nVRFY bob\r\nWHAT\r\n"
    "MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nBDAT 3\r\nabcBDAT 0 LAST\r\nQUIT\r\n";

// `enhanced`: "5.1.1", or "" for the default.
inline ehlo::Answer answer_of(std::uint32_t code, std::string_view enhanced, std::string_view text) {
  return {code, enhanced.empty() ? 0 : ehlo::parse_enhanced(enhanced).value(), ehlo::bytes_of(text)};
}

}  // namespace support
