// A session through the C API that is fed, answered with accept(), and whose output is kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ehlo.h"

namespace support {

inline ehlo_server_options capi_options() {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  options.hostname = "mx.test";
  return options;
}

class CapiSession {
 public:
  // A text to answer each RCPT with; nullptr: accept().
  CapiSession(ehlo_server* server, const char* rcpt_text = nullptr) : server_(server), rcpt_text_(rcpt_text) {
    feed("");
  }

  void feed(std::string_view input) {
    tail_ += input;
    for (;;) {
      ehlo_batch batch{};
      batch.events = events_;
      batch.event_cap = 16;
      batch.spans = spans_;
      batch.span_cap = 16;
      batch.params = params_;
      batch.param_cap = EHLO_PARAMS_MAX;
      const std::size_t used = ehlo_server_receive(server_, tail_.data(), tail_.size(), &batch);
      tail_.erase(0, used);
      for (std::uint32_t i = 0; i < batch.event_count; ++i) take(events_[i]);
      char out[600];
      bool sent = false;
      while (const std::size_t size = ehlo_server_output(server_, out, sizeof out)) {
        wire.append(out, size);
        sent = true;
      }
      if (used == 0 && batch.event_count == 0 && !sent) return;
    }
  }

  std::string wire;
  std::vector<std::uint32_t> types;
  std::int32_t last_error = EHLO_OK;  // of an answer

 private:
  void take(const ehlo_event& event) {
    types.push_back(event.type);
    if (event.id == 0) return;
    if (event.type == EHLO_EVENT_RCPT && rcpt_text_ != nullptr) {
      const std::string_view text = rcpt_text_;
      last_error = ehlo_server_reply(server_, event.id, 250, "2.1.5", text.data(), text.size());
      if (last_error == EHLO_OK) return;
    }
    const std::int32_t error = ehlo_server_accept(server_, event.id);
    if (error != EHLO_OK) last_error = error;
  }

  ehlo_server* server_;
  const char* rcpt_text_;
  std::string tail_;
  ehlo_event events_[16];
  ehlo_span spans_[16];
  ehlo_param params_[EHLO_PARAMS_MAX];
};

inline constexpr std::string_view kOrdinarySession =
    "EHLO c.test\r\nMAIL FROM:<a@c.test> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<b@mx.test> NOTIFY=NEVER\r\n"
    "RCPT TO:<c@mx.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nRSET\r\nNOOP\r\nVRFY bob\r\nWHAT\r\n"
    "MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nBDAT 3\r\nabcBDAT 0 LAST\r\nQUIT\r\n";

}  // namespace support
