// Envelopes that the targets of client sessions share.
#pragma once

#include <array>
#include <string>

#include "support/api.h"

namespace support {

// Envelopes for all sessions: few and many recipients, parameters, UTF-8, binary content.
class ClientEnvelopes {
 public:
  ClientEnvelopes() {
    static constexpr ehlo_param_text kNever{"NOTIFY", 6, "NEVER", 5};
    for (std::size_t i = 0; i < items_.size(); ++i) {
      ehlo_envelope_options options;
      ehlo_envelope_options_init(&options, sizeof options);
      options.sender = i == 1 ? "" : "sender@c.example";
      options.sender_length = i == 1 ? 0 : 16;
      options.size = i == 2 ? 5000 : 0;
      options.body = i == 4 ? EHLO_BODY_BINARYMIME : (i == 2 ? EHLO_BODY_8BITMIME : EHLO_BODY_7BIT);
      items_[i].reset(ehlo_envelope_new(&options, nullptr, nullptr));
      for (std::size_t k = 0, count = i == 3 ? 70 : i + 1; k < count; ++k) {
        const std::string name = (i == 5 ? "\xC3\xBC" : "r") + std::to_string(k) + "@d.example";
        require(
            ehlo_envelope_add(items_[i].get(), name.data(), name.size(), i == 1 ? &kNever : nullptr, i == 1) == EHLO_OK,
            "a good recipient is taken");
      }
    }
  }

  const ehlo_envelope* at(std::size_t which) const { return items_[which % items_.size()].get(); }

 private:
  std::array<CEnvelope, 6> items_;
};

}  // namespace support
