// The program of a server session: how it answers an ask, as a decision octet of the input says.
#pragma once

#include <string>

#include "ehlo.h"
#include "script.h"
#include "support/properties.h"

namespace support {

struct Answered {
  bool done;      // false: there is no room for the text yet
  unsigned code;  // 0: the default
};

class Answers {
 public:
  // `steady`: leave out answers whose effect depends on when they are given.
  Answers(ehlo_server* server, bool memory_fails, bool steady)
      : server_(server), memory_fails_(memory_fails), steady_(steady) {}

  Answered give(const ehlo_server_event& ask, std::uint8_t decision) {
    switch (decision % 16) {
      case 5: return decline(ask);
      case 6:
        return ask.type == EHLO_SERVER_EVENT_GREETING ? reply(ask, 220, 0, "ESMTP\n\nat your service")
                                                      : reply(ask, 250, 0, "As you wish");
      case 7: return reply(ask, 550, EHLO_ENHANCED(5, 1, 1), "No such user");
      case 8: return reply(ask, 450, 0, "Later");
      case 9: return refuse_all(ask);
      case 10: return reply(ask, 554, EHLO_ENHANCED(5, 7, 1), "No\nnever\r\nand not today");
      case 11: return reply(ask, 550, EHLO_ENHANCED(5, 0, 0), std::string(300, 'x') + " " + std::string(400, 'y'));
      case 12: return reply(ask, 250, EHLO_ENHANCED(2, 999, 999), "With a status code");
      case 13:
        return reply(ask, 550, 0,
                     "Gr\xC3\xBC\xC3\x9F"
                     "e");
      case 14: return challenge(ask, decision);
      case 15: return after_mistakes(ask);
      default: return accept(ask);
    }
  }
  // Whether an answer was replaced because there was no memory for it.
  bool memory_failed() const { return memory_failed_; }
  Answered accept(const ehlo_server_event& ask) {
    require(ehlo_server_accept(server_, ask.id) == EHLO_OK, "an open ask can be accepted");
    require(ehlo_server_accept(server_, ask.id) == EHLO_E_ID, "an ask is answered once");
    return {true, 0};
  }

 private:
  Answered decline(const ehlo_server_event& ask) {
    require(ehlo_server_decline(server_, ask.id) == EHLO_OK, "an open ask can be declined");
    require(ehlo_server_decline(server_, ask.id) == EHLO_E_ID, "an ask is answered once");
    const bool auth = ask.type == EHLO_SERVER_EVENT_AUTH || ask.type == EHLO_SERVER_EVENT_AUTH_RESPONSE;
    return {true, ask.type == EHLO_SERVER_EVENT_GREETING ? 421u : auth ? 454u : 451u};
  }
  Answered reply(const ehlo_server_event& ask, unsigned code, std::uint32_t enhanced, const std::string& text) {
    const std::int32_t rc = ehlo_server_reply(server_, ask.id, code, enhanced, text.data(), text.size());
    if (rc == EHLO_OK) return {true, code};
    if (rc == EHLO_E_SPACE) return {false, 0};
    memory_failed_ |= rc == EHLO_E_MEMORY;
    require(rc == EHLO_E_ARGUMENT || (rc == EHLO_E_MEMORY && memory_fails_), "an error of reply is one that it names");
    return accept(ask);
  }
  // Several RCPT and MESSAGE asks may be open at a time, and the effect of a 421 depends on their number.
  Answered refuse_all(const ehlo_server_event& ask) {
    const bool several = ask.type == EHLO_SERVER_EVENT_RCPT || ask.type == EHLO_SERVER_EVENT_MESSAGE;
    return reply(ask, steady_ && several ? 451 : 421, 0, "Going down");
  }
  Answered challenge(const ehlo_server_event& ask, std::uint8_t decision) {
    const std::string octets(decision & 16 ? 90u : decision >> 5, '\xAB');
    const std::int32_t rc = ehlo_server_challenge(server_, ask.id, octets.data(), octets.size());
    if (rc == EHLO_OK) return {true, 334};
    if (rc == EHLO_E_SPACE) return {false, 0};
    memory_failed_ |= rc == EHLO_E_MEMORY;
    const bool auth = ask.type == EHLO_SERVER_EVENT_AUTH || ask.type == EHLO_SERVER_EVENT_AUTH_RESPONSE;
    require(auth ? rc == EHLO_E_STATE || (rc == EHLO_E_MEMORY && memory_fails_) : rc == EHLO_E_ARGUMENT,
            "an error of challenge is one that it names");
    return auth ? reply(ask, 535, EHLO_ENHANCED(5, 7, 8), "Enough") : accept(ask);
  }
  // An answer that may not be sent leaves the ask open.
  Answered after_mistakes(const ehlo_server_event& ask) {
    const auto rc = [&](unsigned code, std::uint32_t enhanced, std::string_view text) {
      return ehlo_server_reply(server_, ask.id, code, enhanced, text.data(), text.size());
    };
    const std::string_view nul("a\0b", 3);
    require(rc(199, 0, "x") == EHLO_E_ARGUMENT && rc(600, 0, "x") == EHLO_E_ARGUMENT, "codes are validated");
    require(rc(550, EHLO_ENHANCED(4, 1, 1), "x") == EHLO_E_ARGUMENT &&
                rc(550, EHLO_ENHANCED(5, 1000, 1), "x") == EHLO_E_ARGUMENT &&
                rc(550, EHLO_ENHANCED(5, 1, 1000), "x") == EHLO_E_ARGUMENT,
            "enhanced status codes are validated");
    require(rc(550, 0, "a\rb") == EHLO_E_ARGUMENT && rc(550, 0, nul) == EHLO_E_ARGUMENT &&
                rc(550, 0, "\xFF") == EHLO_E_ARGUMENT,
            "texts are validated");
    require(ehlo_server_accept(server_, 0) == EHLO_E_ID && ehlo_server_accept(server_, ask.id + 1) == EHLO_E_ID,
            "an unknown id is an error");
    return accept(ask);
  }

  ehlo_server* server_;
  bool memory_fails_;
  bool steady_;
  bool memory_failed_ = false;
};

}  // namespace support
