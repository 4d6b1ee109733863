// A program around ehlo::Client that does what the contract says and nothing more: it keeps the tail of its input,
// calls receive where input has come or wants says EVENTS, and takes output where wants says so.
#pragma once

#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client_event_text.h"
#include "guarded.h"

namespace support {

using ehlo::bytes_of;

inline ehlo::Allocator heap() {
  return {[](void*, std::size_t octets) { return std::malloc(octets); },
          [](void*, void* memory, std::size_t) { std::free(memory); }, nullptr};
}

inline ehlo::ClientOptions client_options(std::uint32_t flags = 0) {
  ehlo::ClientOptions options = ehlo::default_client_options();
  options.hostname = "c.test";
  options.flags = flags | ehlo::kClientPlaintextAuth;  // as in session_driver.h
  return options;
}

// How much the program hands over and takes at a time; none of it may matter.
struct ClientSizes {
  std::uint32_t events = 64;
  std::size_t output = 4096;
  std::uint32_t spans = 64;
  std::size_t copy = 0;   // octets of the buffer for body_copy; 0: body
  std::size_t piece = 0;  // octets of content a call; 0: all
  bool deciders = false;  // outcomes are logged with the command that decided them
};
inline constexpr ClientSizes kSmallestClient{ehlo::kClientEventsPerStep, 1, 8, 0, 1};

class ClientLink {
 public:
  explicit ClientLink(const ehlo::ClientOptions& options, ClientSizes sizes = {},
                      const ehlo::Allocator& allocator = heap())
      : sizes_(sizes), events_(sizes.events), output_(sizes.output, '\0') {
    ehlo::Error error = ehlo::Error::none;
    config_ = ehlo::ClientConfig::create(options, heap(), error);
    EXPECT_EQ(error, ehlo::Error::none);
    if (config_ != nullptr) client_ = ehlo::Client::create(*config_, allocator);
  }
  ~ClientLink() {
    ehlo::Client::destroy(client_);
    ehlo::ClientConfig::destroy(config_);
  }
  ClientLink(const ClientLink&) = delete;
  ClientLink& operator=(const ClientLink&) = delete;

  ehlo::Client& client() { return *client_; }
  ehlo::Client* operator->() { return client_; }

  void feed(std::string_view octets) {
    tail_ += octets;
    if (!octets.empty()) receive();
    pump();
  }
  // Until the session waits for somebody else.
  void pump() {
    for (int turns = 0;; ++turns) {
      if (turns == 100000) {
        ADD_FAILURE() << "the session goes on for ever";
        return;
      }
      const std::uint32_t wants = client_->wants();
      if ((wants & ehlo::kClientWantEvents) != 0)
        receive();
      else if ((wants & ehlo::kClientWantOutput) != 0)
        take_output();
      else
        return;
    }
  }
  bool take_output() {
    const std::size_t count = client_->output(reinterpret_cast<ehlo::Octet*>(output_.data()), output_.size());
    wire_.append(output_, 0, count);
    EXPECT_NE(count, 0u) << "wants said OUTPUT";
    return count != 0;
  }

  // Gives content as body or body_copy take it, and puts what they give on the wire.
  ehlo::Error content(std::string_view all, bool last = true) {
    std::size_t at = 0;
    for (int turns = 0; turns < 1000000; ++turns) {
      std::size_t end = sizes_.piece != 0 && all.size() - at > sizes_.piece ? at + sizes_.piece : all.size();
      const bool ends = last && end == all.size();
      std::size_t consumed = 0;
      const ehlo::Error error = give(all.substr(at, end - at), ends, consumed);
      if (error != ehlo::Error::none) return error;
      at += consumed;
      if (at != all.size()) continue;
      if (!last || (client_->wants() & ehlo::kClientWantBody) == 0) break;
    }
    pump();
    return ehlo::Error::none;
  }
  // One call of body with all of it: a chunk, where chunks are used.
  ehlo::Error give(std::string_view content, bool last, std::size_t& consumed) {
    GuardedBytes guarded(content);
    const ehlo::Bytes bytes{guarded.data(), guarded.size()};
    if (sizes_.copy != 0) return give_copied(bytes, last, consumed);
    std::vector<ehlo::Span> items(sizes_.spans);
    ehlo::SpanList spans{items.data(), sizes_.spans, 0};
    const ehlo::Error error = client_->body(bytes, last, spans, consumed);
    if (error != ehlo::Error::none) {
      EXPECT_EQ(spans.count, 0u);
      return error;
    }
    while ((client_->wants() & ehlo::kClientWantOutput) != 0 && take_output()) {
    }
    for (std::uint32_t i = 0; i < spans.count; ++i) {
      if (items[i].off == ehlo::kCrlfOffset) {
        wire_ += "\r\n";
      } else if (items[i].off == ehlo::kEndOffset) {
        wire_ += ".\r\n";
      } else if (items[i].off > content.size() || items[i].len > content.size() - items[i].off) {
        ADD_FAILURE() << "a span outside of the content";
      } else {
        wire_ += content.substr(items[i].off, items[i].len);
      }
    }
    return ehlo::Error::none;
  }

  std::vector<std::string> take_events() { return std::exchange(log_, {}); }
  std::string take_wire() { return std::exchange(wire_, {}); }
  const std::string& tail() const { return tail_; }

 private:
  void receive() {
    input_.assign(tail_);
    ehlo::ClientBatch batch{events_.data(), sizes_.events, 77, ehlo::Error::id, 0};
    const std::size_t used = client_->receive({input_.data(), input_.size()}, batch);
    EXPECT_EQ(batch.error, ehlo::Error::none);
    EXPECT_LE(batch.event_count, sizes_.events);
    EXPECT_LE(used, tail_.size());
    for (std::uint32_t i = 0; i < batch.event_count; ++i)
      log_.push_back(ClientEventText(events_[i], input_.view(), sizes_.deciders).write());
    tail_.erase(0, used);
  }
  ehlo::Error give_copied(ehlo::Bytes bytes, bool last, std::size_t& consumed) {
    std::vector<ehlo::Octet> out(sizes_.copy);
    std::size_t written = 0;
    const ehlo::Error error = client_->body_copy(bytes, last, out.data(), out.size(), written, consumed);
    EXPECT_LE(written, out.size());
    wire_.append(reinterpret_cast<const char*>(out.data()), written);
    return error;
  }

  ClientSizes sizes_;
  ehlo::ClientConfig* config_ = nullptr;
  ehlo::Client* client_ = nullptr;
  std::vector<ehlo::ClientEvent> events_;
  std::string output_;
  GuardedBytes input_;
  std::string tail_;
  std::vector<std::string> log_;
  std::string wire_;
};

// An envelope of the core, whose parameters are written as "KEYWORD=value KEYWORD".
class TestEnvelope {
 public:
  // A recipient is an address, and behind a space its parameters.
  explicit TestEnvelope(std::string_view sender, const std::vector<std::string>& recipients = {"b@mx.test"},
                        std::string_view params = "", std::uint64_t size = 0, ehlo::Body body = ehlo::Body::seven_bit,
                        std::uint32_t flags = 0) {
    const std::vector<ehlo::ParamText> list = split(params);
    const ehlo::EnvelopeOptions options{
        sizeof options, sender.data(), sender.size(), list.data(), list.size(), size, static_cast<std::uint32_t>(body),
        flags};
    envelope_.reset(ehlo::Envelope::create(options, heap(), error));
    if (envelope_ == nullptr) return;
    for (const std::string_view recipient : recipients) {
      const std::size_t space = recipient.find(' ');
      const auto of_recipient = split(space == std::string_view::npos ? "" : recipient.substr(space + 1));
      EXPECT_EQ(envelope_->add(bytes_of(recipient.substr(0, space)), of_recipient.data(), of_recipient.size()),
                ehlo::Error::none)
          << recipient;
    }
  }

  explicit operator bool() const { return envelope_ != nullptr; }
  ehlo::Envelope& operator*() const { return *envelope_; }
  ehlo::Envelope* operator->() const { return envelope_.get(); }

  ehlo::Error error = ehlo::Error::none;

  // Views of `text`.
  static std::vector<ehlo::ParamText> split(std::string_view text) {
    std::vector<ehlo::ParamText> list;
    while (!text.empty()) {
      const std::string_view one = text.substr(0, text.find(' '));
      const std::size_t equals = one.find('=');
      if (equals == std::string_view::npos)
        list.push_back({one.data(), one.size(), nullptr, 0});
      else
        list.push_back({one.data(), equals, one.data() + equals + 1, one.size() - equals - 1});
      text.remove_prefix(one.size() == text.size() ? one.size() : one.size() + 1);
    }
    return list;
  }

 private:
  struct Free {
    void operator()(ehlo::Envelope* envelope) const { ehlo::Envelope::destroy(envelope); }
  };
  std::unique_ptr<ehlo::Envelope, Free> envelope_;
};

}  // namespace support
