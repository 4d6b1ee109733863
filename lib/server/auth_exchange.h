// The server's side of AUTH (RFC 4954): the limits of attempts and challenges, and what a line of the client means. The
// mechanism itself is the program's.
#pragma once

#include "server/config.h"

namespace ehlo {

class ServerAuthExchange {
 public:
  // Whether the client has used up its attempts.
  bool is_exhausted(const ServerOptions& options) const noexcept {
    return attempts_ >= options.max_auth_attempts && options.max_auth_attempts != 0;
  }
  void begin() noexcept { challenges_ = 0; }
  bool may_challenge(const ServerOptions& options) const noexcept { return challenges_ < options.max_auth_challenges; }
  void count_challenge() noexcept { ++challenges_; }
  // Each AUTH that gives no identity counts: guesses are what the limit is for.
  void fail() noexcept { ++attempts_; }
  // RFC 3207 4.2: what happened before TLS is void.
  void forget() noexcept { attempts_ = 0; }

  // A line within the exchange is a response and never a command, whatever it looks like. EHLO_OK: the program gets it;
  // else why the exchange ends.
  static Error check_response(Bytes line) noexcept;

 private:
  std::uint32_t attempts_ = 0;    // that failed
  std::uint32_t challenges_ = 0;  // of this exchange
};

}  // namespace ehlo
