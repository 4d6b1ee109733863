// Envelopes of the core and of the C API.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api.h"

namespace support {

using ehlo::bytes_of;

inline ehlo_envelope* capi_envelope(std::string_view sender, const ehlo_allocator* allocator = nullptr,
                                    std::int32_t* error = nullptr, const ehlo_client_config* config = nullptr) {
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = sender.data();
  options.sender_length = sender.size();
  options.config = config;
  return ehlo_envelope_new(&options, allocator, error);
}

// An envelope of the core, whose parameters are written as "KEYWORD=value KEYWORD".
class TestEnvelope {
 public:
  // A recipient is an address, and after a space its parameters.
  explicit TestEnvelope(std::string_view sender, const std::vector<std::string>& recipients = {"b@mx.test"},
                        std::string_view params = "", std::uint64_t size = 0, ehlo::Body body = EHLO_BODY_7BIT,
                        std::uint32_t flags = 0) {
    const std::vector<ehlo::ParamText> list = split(params);
    const ehlo::EnvelopeOptions options{
        sizeof options, sender.data(), sender.size(), list.data(), list.size(), size, static_cast<std::uint32_t>(body),
        flags,          nullptr};
    envelope_.reset(ehlo::Envelope::create(options, heap(), error));
    if (envelope_ == nullptr) return;
    for (const std::string_view recipient : recipients) {
      const std::size_t space = recipient.find(' ');
      const auto of_recipient = split(space == std::string_view::npos ? "" : recipient.substr(space + 1));
      EXPECT_EQ(envelope_->add(bytes_of(recipient.substr(0, space)), of_recipient.data(), of_recipient.size()), EHLO_OK)
          << recipient;
    }
  }

  explicit operator bool() const { return envelope_ != nullptr; }
  ehlo::Envelope& operator*() const { return *envelope_; }
  ehlo::Envelope* operator->() const { return envelope_.get(); }

  ehlo::Error error = EHLO_OK;

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
  Owner<ehlo::Envelope, ehlo::Envelope::drop> envelope_;
};

}  // namespace support
