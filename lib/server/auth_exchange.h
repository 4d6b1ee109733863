// The AUTH exchange of a server (RFC 4954): the limits of attempts and challenges, and the check of responses. The
// program implements the mechanism.
#pragma once

#include "server/config.h"

namespace ehlo {

class Session;
struct Call;

class AuthExchange {
 public:
  // Whether the client has used up its attempts.
  bool is_exhausted(const ServerOptions& options) const noexcept {
    return attempts_ >= options.max_auth_attempts && options.max_auth_attempts != 0;
  }
  void begin() noexcept { challenges_ = 0; }
  bool may_challenge(const ServerOptions& options) const noexcept { return challenges_ < options.max_auth_challenges; }
  void count_challenge() noexcept { ++challenges_; }
  // Each AUTH that fails counts, for whatever reason: the limit is against guessing.
  void fail() noexcept { ++attempts_; }
  // RFC 3207 4.2: the server forgets what it knew before TLS.
  void forget() noexcept { attempts_ = 0; }

  // A line within the exchange is a response and never a command, whatever it looks like. EHLO_OK: a response for the
  // program; else the reason why the exchange ends.
  static Error check_response(Bytes line) noexcept;

 private:
  std::uint32_t attempts_ = 0;    // that failed
  std::uint32_t challenges_ = 0;  // of this exchange
};

// A line within the exchange; `bare_lf`: it contains an LF without CR, or was ended by one.
void read_auth_line(Session& session, Call& call, Span line, bool bare_lf) noexcept;
// `line`: the response that ends the exchange, absent if it is too long.
void abort_auth(Session& session, Call& call, Span line, Error error) noexcept;

}  // namespace ehlo
