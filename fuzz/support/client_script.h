// The input of the client's target: how the client is configured, what its program does, and what the server says.
//
//   octet 0          n, the number of control octets
//   n control octets the settings of ClientSetup in order, then one decision for each moment at which the program may
//   do
//                    something; what is missing is 0: it does what the session wants
//   the rest         what the server sends; FE and a letter stands for something that happens:
//                    FE e  the server is gone     FE t  the time is up     FE a  the program gives up
//                    FE s  nothing: a moment      FE FE  one octet FE
// A moment is also behind every reply, but where its decision says that the next one comes with it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo_client.h"

namespace support {

struct ClientSegment {
  std::string octets;
  char then = 's';
};

struct ClientSetup {
  ehlo_client_options options;
  unsigned failures;  // of the allocator
  bool copied;        // body_copy
};

class ClientScript {
 public:
  ClientScript(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (!input.empty()) {
      const std::size_t count = std::min<std::size_t>(static_cast<std::uint8_t>(input[0]), input.size() - 1);
      control_ = input.substr(1, count);
      input.remove_prefix(1 + count);
    }
    configure();
    split(input);
  }

  const ClientSetup& setup() const { return setup_; }
  const std::vector<ClientSegment>& segments() const { return segments_; }
  std::uint8_t decision(std::size_t at) const { return control(kSettings + at); }

 private:
  static constexpr std::size_t kSettings = 8;

  std::uint8_t control(std::size_t at) const {
    return at < control_.size() ? static_cast<std::uint8_t>(control_[at]) : std::uint8_t{0};
  }

  void split(std::string_view wire) {
    segments_.emplace_back();
    std::size_t line = 0, replies = 0;
    for (std::size_t at = 0; at < wire.size(); ++at) {
      std::string& now = segments_.back().octets;
      const bool escape = wire[at] == '\xFE' && at + 1 < wire.size();
      if (escape && std::string_view("seta").find(wire[at + 1]) != std::string_view::npos) {
        segments_.back().then = wire[++at];
        segments_.emplace_back();
        line = 0;
        continue;
      }
      at += escape && wire[at + 1] == '\xFE';
      now += wire[at];
      if (wire[at] != '\n') continue;
      const bool reply_ends = now.size() < line + 4 || now[line + 3] != '-';
      line = now.size();
      // A group of replies comes together in a third of all cases where the setting says so.
      if (!reply_ends || (control(7) != 0 && (control(7) + ++replies) % 3 == 0)) continue;
      segments_.emplace_back();
      line = 0;
    }
  }

  void configure() {
    ehlo_client_options& o = setup_.options;
    ehlo_client_options_init(&o, sizeof o);
    o.hostname = "c.example";
    o.protocol = control(0) & 1;
    o.flags = (control(1) & 63u) | EHLO_CLIENT_PLAINTEXT_AUTH;
    o.data_endings = (control(0) >> 1 & 3) % 3;
    setup_.copied = (control(0) & 8) != 0;
    if (control(0) & 16) o.flags |= EHLO_CLIENT_CHUNKING;
    if (control(2) != 0) o.max_recipients = control(2);
    if (control(3) != 0) o.command_octets = 2048 + control(3) * 8u;
    if (control(4) & 1) o.replies = {512, 16, 2048};
    if (control(4) & 2) o.max_auth_steps = 2;
    setup_.failures = control(5);
  }

  std::string_view control_;
  std::vector<ClientSegment> segments_;
  ClientSetup setup_{};
};

}  // namespace support
