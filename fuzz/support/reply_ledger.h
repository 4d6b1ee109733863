// The replies that a session must send, found from its events and the program's answers alone: exactly one for each
// command, and for each recipient at the end of an LMTP message, in their order, each with the code of its answer.
#pragma once

#include <string>
#include <vector>

#include "ehlo.h"
#include "support/properties.h"

namespace support {

class ReplyLedger {
 public:
  explicit ReplyLedger(bool lmtp) : lmtp_(lmtp) {}

  void take(const ehlo_server_event& event) {
    switch (event.type) {
      case EHLO_SERVER_EVENT_BODY:
      case EHLO_SERVER_EVENT_VIOLATION:
      case EHLO_SERVER_EVENT_PLAINTEXT: return;
      case EHLO_SERVER_EVENT_BDAT: return begin_content((event.flags & EHLO_FLAG_LAST) != 0);
      case EHLO_SERVER_EVENT_REJECTED: return reject(event);
      case EHLO_SERVER_EVENT_AUTH_ABORT: return owe(event.code);
      case EHLO_SERVER_EVENT_ABORT: return abort(event.error);
      case EHLO_SERVER_EVENT_CLOSE: return close(event.error);
      case EHLO_SERVER_EVENT_MAIL: accepted_ = 0; break;
      case EHLO_SERVER_EVENT_CHUNK:
      case EHLO_SERVER_EVENT_MESSAGE: content_ = false; break;
      default: break;
    }
    confirm();
    expected_.push_back({event.id, 0, false});
    if (event.id == 0) settle(event, event.type == EHLO_SERVER_EVENT_AUTH ? 454 : 0);
  }

  // An ask has been answered: by a code, or 0: accepted.
  void answered(const ehlo_server_event& ask, unsigned code) { settle(ask, code); }
  void refused(unsigned code) { refusal_ = code; }
  void shut_down() { ended_ = true; }
  void tls_started() { tls_pending_ = false; }
  // The connection has ended or timed out: no reply to an open ask is sent, and none after it.
  void cut() {
    std::size_t kept = 0;
    while (kept < expected_.size() && expected_[kept].code != 0) ++kept;
    expected_.resize(kept);
  }

  // `codes` are those of the replies so far. An event may come after its reply.
  void check(const std::vector<unsigned>& codes) {
    for (; checked_ < codes.size() && checked_ < expected_.size() && !expected_[checked_].deferred; ++checked_) {
      require(expected_[checked_].code != 0, "no reply before its ask has been answered");
      require(codes[checked_] == expected_[checked_].code, "replies come in their order, each with its code");
    }
  }
  // No more replies come.
  void finish(const std::vector<unsigned>& codes) {
    std::vector<unsigned> decided, without;
    for (const Reply& reply : expected_) {
      if (reply.code == 0) break;
      decided.push_back(reply.code);
      if (!reply.deferred) without.push_back(reply.code);
    }
    if (codes == decided || codes == without) return;
    require_same_text(text(codes), text(decided), "there is one reply for each command, and nothing else");
  }

 private:
  struct Reply {
    std::uint32_t id;
    unsigned code;  // 0: not decided
    // Of a rejected chunk: its reply comes after its octets, if they arrive.
    bool deferred;
  };

  static std::string text(const std::vector<unsigned>& codes) {
    std::string text;
    for (const unsigned code : codes) text += std::to_string(code) + ' ';
    return text;
  }

  void owe(unsigned code, bool deferred = false) {
    confirm();
    expected_.push_back({0, code, deferred});
  }
  // A reply after that to a rejected chunk shows that the octets of the chunk have arrived.
  void confirm() {
    if (!expected_.empty()) expected_.back().deferred = false;
  }

  // `last`: what ends it ends the message.
  void begin_content(bool last) {
    content_ = true;
    last_ = last;
  }

  void settle(const ehlo_server_event& ask, unsigned code) {
    const bool yes = code < 400;
    if (code == 0) code = default_code(ask);
    if (yes && (ended_ || closed_) && is_go_ahead(ask.type)) code = 421;
    for (Reply& reply : expected_)
      if (reply.code == 0 && reply.id == ask.id) {
        reply.code = code;
        break;
      }
    if (closed_) return;
    if (ask.type == EHLO_SERVER_EVENT_RCPT && yes) ++accepted_;
    if (ask.type == EHLO_SERVER_EVENT_DATA && yes) begin_content(true);
    if (ask.type == EHLO_SERVER_EVENT_STARTTLS && yes) tls_pending_ = true;
    if (code == 421) goodbye_ = true;
  }

  // A reply that is of no use to a client after the end of the session.
  static bool is_go_ahead(std::uint32_t type) {
    return type == EHLO_SERVER_EVENT_GREETING || type == EHLO_SERVER_EVENT_HELLO || type == EHLO_SERVER_EVENT_DATA ||
           type == EHLO_SERVER_EVENT_STARTTLS || type == EHLO_SERVER_EVENT_AUTH ||
           type == EHLO_SERVER_EVENT_AUTH_RESPONSE;
  }

  static unsigned default_code(const ehlo_server_event& ask) {
    switch (ask.type) {
      case EHLO_SERVER_EVENT_GREETING:
      case EHLO_SERVER_EVENT_STARTTLS: return 220;
      case EHLO_SERVER_EVENT_DATA: return 354;
      case EHLO_SERVER_EVENT_COMMAND: {
        const ehlo_verb_row* const row = ehlo_verb_info(ask.verb);
        return row != nullptr ? row->yes_code : 250;
      }
      case EHLO_SERVER_EVENT_QUIT: return 221;
      case EHLO_SERVER_EVENT_AUTH:
      case EHLO_SERVER_EVENT_AUTH_RESPONSE: return 235;
      default: return 250;
    }
  }

  void reject(const ehlo_server_event& event) {
    goodbye_ |= event.code == 421;
    if (event.verb != EHLO_VERB_BDAT) return owe(event.code);
    const bool last = (event.flags & EHLO_FLAG_LAST) != 0;
    switch (event.error) {
      // ABORT reports the library's own refusal of the message.
      case EHLO_E_MESSAGE_TOO_LARGE:
        require(refusal_ == 0, "what the program has refused is not refused again");
        return begin_content(last);
      // RFC 2033 4.3: as many replies as there are recipients.
      case EHLO_E_NO_RECIPIENTS:
        if (lmtp_ && last) return;
        [[fallthrough]];
      case EHLO_E_BAD_SEQUENCE:
      case EHLO_E_TLS_REQUIRED:
      case EHLO_E_AUTH_REQUIRED: return owe(event.code, true);
      default: return owe(event.code);
    }
  }

  static bool ends_session(std::int32_t error) { return error <= EHLO_E_TOO_MANY_ERRORS; }

  // A message that was refused at its end: one reply, or one for each recipient where results are due.
  void abort(std::int32_t error) {
    const bool refused = content_ && !ends_session(error);
    const unsigned code = refusal_ != 0 ? refusal_ : ehlo_error(error)->code;
    content_ = false;
    refusal_ = 0;
    const std::size_t times = !refused ? 0 : lmtp_ && last_ ? accepted_ : 1;
    for (std::size_t i = 0; i < times; ++i) owe(code);
  }

  void close(std::int32_t error) {
    closed_ = true;
    switch (error) {
      case EHLO_E_TIMEOUT:
      case EHLO_E_SHUTDOWN:
      case EHLO_E_TOO_MANY_ERRORS:
      case EHLO_E_TOO_MANY_COMMANDS:
      case EHLO_E_TOO_MANY_MESSAGES:
      case EHLO_E_TOO_MUCH_JUNK:
        // The 421 was the last reply, or no reply can be sent any more.
        if (goodbye_ || tls_pending_) return;
        expected_.push_back({0, 421, false});
        return;
      default: return;
    }
  }

  bool lmtp_;
  std::vector<Reply> expected_;
  std::size_t checked_ = 0, accepted_ = 0;
  unsigned refusal_ = 0;  // of the program, for the message that is arriving
  bool content_ = false, last_ = false;
  bool tls_pending_ = false, goodbye_ = false, closed_ = false, ended_ = false;
};

}  // namespace support
