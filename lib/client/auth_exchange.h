// The client's side of AUTH (RFC 4954): the limit of challenges, and who has to send next. The mechanism itself is the
// program's.
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"

namespace ehlo {

struct ClientSession;

class ClientAuthExchange {
 public:
  // An exchange was successful.
  bool authenticated() const noexcept { return authenticated_; }
  // A challenge has been reported, and the program has not answered it.
  bool awaits_response() const noexcept { return awaits_response_; }

  void begin() noexcept { challenges_ = 0; }
  // Counts a challenge. EHLO_E_BAD_BASE64, EHLO_E_BAD_SEQUENCE (more than `most`): the exchange is to be cancelled.
  Error take_challenge(Bytes text, std::uint32_t most) noexcept;
  void await_response() noexcept { awaits_response_ = true; }
  void end_turn() noexcept { awaits_response_ = false; }
  void succeed() noexcept { authenticated_ = true; }
  // RFC 3207 4.2: what came before TLS does not count.
  void forget() noexcept { authenticated_ = false; }

 private:
  std::uint32_t challenges_ = 0;
  bool authenticated_ = false;
  bool awaits_response_ = false;
};

// AUTH. An initial response that RFC 4954 4 does not let into the command follows by itself after the first challenge.
Error send_auth(ClientSession& session, Bytes mechanism, Bytes response, bool has_response) noexcept;
// The program's answers to a challenge.
Error send_auth_response(ClientSession& session, Bytes response) noexcept;
Error send_auth_cancel(ClientSession& session) noexcept;
// Sends "*", for the program or because a challenge cannot be used.
Error cancel_auth(ClientSession& session) noexcept;

}  // namespace ehlo
