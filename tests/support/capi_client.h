// A client session through the C API, fed by the test, whose output is kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ehlo.h"

namespace support {

inline ehlo_client_options capi_client_options() {
  ehlo_client_options options;
  ehlo_client_options_init(&options, sizeof options);
  options.hostname = "c.test";
  return options;
}

inline ehlo_envelope* capi_envelope(std::string_view sender, const ehlo_allocator* allocator = nullptr,
                                    std::int32_t* error = nullptr) {
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = sender.data();
  options.sender_length = sender.size();
  return ehlo_envelope_new(&options, allocator, error);
}

class CapiClient {
 public:
  explicit CapiClient(ehlo_client* client) : client_(client) {}

  void feed(std::string_view input) {
    tail_ += input;
    do {
      ehlo_client_batch batch{};
      batch.events = events_;
      batch.event_cap = 16;
      const std::size_t used = ehlo_client_receive(client_, tail_.data(), tail_.size(), &batch);
      tail_.erase(0, used);
      for (std::uint32_t i = 0; i < batch.event_count; ++i) {
        types.push_back(events_[i].type);
        last = events_[i];
      }
      take();
    } while ((ehlo_client_wants(client_) & EHLO_WANT_EVENTS) != 0);
  }
  void take() {
    char out[100];
    while (const std::size_t size = ehlo_client_output(client_, out, sizeof out)) wire.append(out, size);
  }

  std::string wire;
  std::vector<std::uint32_t> types;
  ehlo_client_event last{};

 private:
  ehlo_client* client_;
  std::string tail_;
  ehlo_client_event events_[16];
};

}  // namespace support
