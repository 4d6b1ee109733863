// A program around ehlo::Server that keeps the tail of its input, as every program has to, and writes down what the
// session tells and says.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event_text.h"
#include "guarded.h"
#include "server/server.h"

namespace support {

inline ehlo::Allocator malloc_allocator() {
  return {[](void*, std::size_t octets) { return std::malloc(octets); },
          [](void*, void* memory, std::size_t) { std::free(memory); }, nullptr};
}

inline ehlo::ServerOptions test_options() {
  ehlo::ServerOptions options = ehlo::default_server_options();
  options.hostname = "mx.test";
  options.flags = ehlo::kPlaintextAuth;  // what it does is the matter of a test of its own
  return options;
}

inline ehlo::Answer answer_of(std::uint32_t code, std::string_view enhanced, std::string_view text) {
  return {code, enhanced, ehlo::bytes_of(text)};
}

// How much the program hands over and takes at a time; none of it may matter.
struct Sizes {
  std::uint32_t events = 32;
  std::uint32_t spans = 64;
  std::size_t output = 4096;
};
inline constexpr Sizes kSmallest{ehlo::kEventsPerStep, ehlo::kSpansPerStep, 1};

class Link {
 public:
  // Answers an ask, or leaves it open by returning false.
  using Program = std::function<bool(Link&, const ehlo::Event&, const std::string& text)>;
  static bool accept_all(Link& link, const ehlo::Event& event, const std::string&) {
    EXPECT_EQ(link.server().accept(event.id), ehlo::Error::none);
    return true;
  }

  explicit Link(const ehlo::ServerOptions& options, Program program = accept_all, Sizes sizes = {},
                const ehlo::Allocator& allocator = malloc_allocator())
      : program_(std::move(program)),
        events_(sizes.events),
        spans_(sizes.spans),
        params_(ehlo::kMaxParams),
        output_(sizes.output, '\0') {
    ehlo::Error error{};
    config_.reset(ehlo::Config::create(options, allocator, error));
    if (config_ == nullptr) throw std::runtime_error("no configuration");
    server_.reset(ehlo::Server::create(*config_, allocator));
    if (server_ == nullptr) throw std::bad_alloc();
    pump();
  }

  ehlo::Server& server() { return *server_; }
  const ehlo::Config& config() const { return *config_; }

  void feed(std::string_view octets) {
    tail_ += octets;
    pump();
  }

  // Shows the tail, executes the events and takes the output until nothing moves any more.
  void pump() {
    for (int turn = 0; turn < 100000; ++turn) {
      const bool received = receive();
      const bool sent = take_output();
      if (!received && !sent) return check_rest();
    }
    FAIL() << "the session never comes to rest";
  }

  // One call of receive; true if anything came of it.
  bool receive() {
    thread_local GuardedBytes input;
    input.assign(tail_);
    ehlo::Batch batch{};
    batch.events = events_.data();
    batch.event_cap = static_cast<std::uint32_t>(events_.size());
    batch.spans = spans_.data();
    batch.span_cap = static_cast<std::uint32_t>(spans_.size());
    batch.params = params_.data();
    batch.param_cap = static_cast<std::uint32_t>(params_.size());
    const std::size_t used = server_->receive({input.data(), input.size()}, batch);
    EXPECT_EQ(batch.error, ehlo::Error::none);
    EXPECT_LE(used, tail_.size());
    bool answered = false;
    for (std::uint32_t i = 0; i < batch.event_count; ++i) answered |= take(batch.events[i], batch, input.view());
    tail_.erase(0, used);
    return used != 0 || batch.event_count != 0 || answered;
  }

  bool take_output() {
    bool any = false;
    while (const std::size_t size = take_output_once()) any |= size != 0;
    return any;
  }
  std::size_t take_output_once() {
    const std::size_t size = server_->output(reinterpret_cast<ehlo::Octet*>(output_.data()), output_.size());
    EXPECT_LE(size, output_.size());
    wire_.append(output_, 0, size);
    return size;
  }

  // The id of an ask that was left open, by the beginning of its line.
  std::uint32_t open_ask(std::string_view text) const {
    for (const auto& [line, id] : open_)
      if (line.starts_with(text)) return id;
    ADD_FAILURE() << "no ask is open that begins with " << text;
    return 0;
  }
  bool wants(std::uint32_t bits) const { return (server_->wants() & bits) == bits; }

  const std::vector<std::string>& events() const { return log_; }
  const std::string& wire() const { return wire_; }
  const std::vector<std::string>& bodies() const { return bodies_; }
  const std::string& tail() const { return tail_; }
  void forget() {
    log_.clear();
    wire_.clear();
    bodies_.clear();
  }
  // What has been said since the last call.
  std::string said() { return std::exchange(wire_, {}); }
  std::vector<std::string> told() { return std::exchange(log_, {}); }

 private:
  bool take(const ehlo::Event& event, const ehlo::Batch& batch, std::string_view buffer) {
    EventText writer(event, batch, buffer, config_->lmtp());
    const std::string text = writer.write();
    take_body(event, writer);
    if (event.type != ehlo::EventType::body) log_.push_back(text);
    if (event.id == 0) return false;
    if (program_(*this, event, text)) return true;
    open_.emplace_back(text, event.id);
    return false;
  }

  // BODY events are cut as the input was; their octets are joined.
  void take_body(const ehlo::Event& event, const EventText& writer) {
    using Type = ehlo::EventType;
    if (event.type == Type::body) {
      body_open_ = true;
      body_ += writer.body();
    } else if (event.type == Type::message || event.type == Type::abort) {
      if (body_open_ || (event.type == Type::message && !message_told_)) bodies_.push_back(std::exchange(body_, {}));
      body_open_ = false;
      message_told_ = event.type == Type::message;
    } else if (event.type == Type::mail) {
      message_told_ = false;
    }
  }

  // A session at rest must be able to go on with a buffer of the longest line (ehlo.h, ehlo_server_receive).
  void check_rest() {
    const std::uint32_t wants = server_->wants();
    EXPECT_EQ(wants & ehlo::kWantOutput, 0u) << "output is wanted, and there is none";
    if ((wants & ehlo::kWantInput) && !(wants & ehlo::kWantAnswer)) {
      EXPECT_LT(tail_.size(), config_->longest_line());
    }
  }

  struct ConfigDeleter {
    void operator()(ehlo::Config* config) const { ehlo::Config::destroy(config); }
  };
  struct ServerDeleter {
    void operator()(ehlo::Server* server) const { ehlo::Server::destroy(server); }
  };

  Program program_;
  std::unique_ptr<ehlo::Config, ConfigDeleter> config_;
  std::unique_ptr<ehlo::Server, ServerDeleter> server_;
  std::vector<ehlo::Event> events_;
  std::vector<ehlo::Span> spans_;
  std::vector<ehlo::Param> params_;
  std::string output_;

  std::string tail_;
  std::vector<std::string> log_;
  std::string wire_;
  std::vector<std::string> bodies_;
  std::vector<std::pair<std::string, std::uint32_t>> open_;
  std::string body_;
  bool body_open_ = false;
  bool message_told_ = false;
};

}  // namespace support
