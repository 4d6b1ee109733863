// The input of the client's target: see script.h.
#pragma once

#include "client_rows.h"
#include "ehlo_client.h"
#include "script.h"

namespace support {

struct ClientSetup {
  ehlo_client_options options;
  unsigned failures;  // of the allocator
  bool copied;        // body_copy
};

class ClientScript : public ScriptBase {
 public:
  ClientScript(const std::uint8_t* data, std::size_t size) : ScriptBase(kSettings) {
    const std::string_view wire = take_control(data, size);
    configure();
    split(wire, "seta", [this](std::string_view now) { return ends_moment(now); });
  }

  const ClientSetup& setup() const { return setup_; }

 private:
  static constexpr std::size_t kSettings = 8;

  // A segment ends after each reply. If the setting says so, a third of the replies come together with the next one.
  bool ends_moment(std::string_view now) {
    if (now.back() != '\n') return false;
    const std::size_t before = now.substr(0, now.size() - 1).rfind('\n');
    const std::string_view line = now.substr(before == std::string_view::npos ? 0 : before + 1);
    const bool reply_ends = line.size() < 4 || line[3] != '-';
    return reply_ends && (control(7) == 0 || (control(7) + ++replies_) % 3 != 0);
  }

  void configure() {
    ehlo_client_options& o = setup_.options;
    ehlo_client_options_init(&o, sizeof o);
    o.hostname = "c.example";
    o.protocol = control(0) & 1;
    o.flags = (control(1) & 63u) | EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;
    o.data_endings = (control(0) >> 1 & 3) % 3;
    setup_.copied = (control(0) & 8) != 0;
    if (control(0) & 16) o.flags |= EHLO_CLIENT_FLAG_CHUNKING;
    if (control(2) != 0) o.max_recipients = control(2);
    if (control(3) != 0) o.command_octets = 2048 + control(3) * 8u;
    if (control(4) & 1) o.replies = {512, 16, 2048};
    if (control(4) & 2) o.max_auth_challenges = 2;
    if (control(6) & 1) o.rows = ClientRows::get();
    setup_.failures = control(5);
  }

  ClientSetup setup_{};
  std::size_t replies_ = 0;
};

}  // namespace support
