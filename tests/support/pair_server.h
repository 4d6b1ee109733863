// The receiving side of a pair: a server session and a program that accepts, refuses, hesitates, and keeps what it
// took.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "link.h"
#include "pair_plan.h"

namespace support {

// What the server has done with the n-th MAIL that came.
struct Fate {
  std::string sender;
  std::vector<std::string> params;  // sorted
  unsigned mail = 0, content = 0;   // codes of refusals
  std::map<std::uint32_t, unsigned> recipients, results;
  struct Accepted {
    std::string address;
    std::vector<std::string> params;
  };
  std::map<std::uint32_t, Accepted> accepted;  // by index
  std::set<std::uint32_t> stored;
  std::string body;
  unsigned times = 0;  // stored
  bool by_chunks = false;

  unsigned refusal(std::uint32_t index) const {
    if (mail != 0) return mail;
    if (const auto found = recipients.find(index); found != recipients.end() && found->second != 0)
      return found->second;
    if (content != 0) return content;
    const auto found = results.find(index);
    return found == results.end() ? 0 : found->second;
  }
};

class PairServer : private CServer::Made, public ServerPort<CServer> {
 public:
  PairServer(const PairPlan& plan, Choices& choices, const ehlo_allocator* allocator)
      : CServer::Made(plan.server, allocator), ServerPort(made.get(), {}), plan_(plan), choices_(choices) {
    require(made != nullptr, "the options are good");
  }

  ehlo_server* get() const { return made.get(); }
  bool over() const { return closed_ && (wants() & EHLO_WANT_CLOSE); }

  bool receive() {
    sizes_ = {static_cast<std::uint32_t>(EHLO_SERVER_EVENTS_MIN + choices_.below(20)),
              static_cast<std::uint32_t>(EHLO_SPANS_MIN + choices_.below(20)), 4096, EHLO_PARAMS_MAX * 2};
    return ServerPort::receive();
  }
  std::string output(std::size_t capacity) { return std::string(take_output_of<CServer>(*get(), capacity)); }

  // Answers one ask whose time has come.
  bool answer() {
    for (std::size_t i = 0, first = choices_.below(asks_.size() + 1); i < asks_.size(); ++i) {
      const std::size_t at = (first + i) % asks_.size();
      if (asks_[at].due > now_) continue;
      const ehlo_server_event ask = asks_[at].event;
      const Subject subject = asks_[at].subject;
      asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(at));
      decide(ask, subject);
      return true;
    }
    return false;
  }
  void set_time(std::uint64_t now) { now_ = now; }
  std::uint64_t next_due() const {
    std::uint64_t due = UINT64_MAX;
    for (const Ask& ask : asks_)
      if (ask.due > now_ && ask.due < due) due = ask.due;
    return due;
  }

  void eof() {
    ehlo_server_eof(get());
    asks_.clear();
  }
  void timed_out() {
    ehlo_server_timed_out(get());
    asks_.clear();
  }
  void shut_down() {
    const std::int32_t error = ehlo_server_shutdown(get(), EHLO_ENHANCED(4, 3, 2), "Back soon", 9);
    require(error == EHLO_OK || error == EHLO_E_STATE || error == EHLO_E_SPACE, "a session can be shut down");
    goodbye_ = true;
  }
  bool goodbye() const { return goodbye_; }
  const std::vector<Fate>& fates() const { return fates_; }

 private:
  // Of a RCPT or MESSAGE ask.
  struct Subject {
    std::size_t fate = 0;
    std::uint32_t index = 0;
  };
  struct Ask {
    ehlo_server_event event;
    Subject subject;
    std::uint64_t due;
  };

  std::string text(ehlo_span span) const {
    return span.off == EHLO_ABSENT ? "" : std::string(shown().substr(span.off, span.len));
  }
  Fate& fate() {
    if (fates_.empty()) fates_.emplace_back();
    return fates_.back();
  }

  std::vector<std::string> params_of(const ehlo_server_event& event) const {
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < event.params.count; ++i) {
      const ehlo_param& param = c_of(batch()).params[event.params.first + i];
      texts.push_back(text(param.keyword) + (param.value.off == EHLO_ABSENT ? "" : "=" + text(param.value)));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  // "r<index>.t<letter>." stands in every recipient.
  static std::uint32_t index_of(const std::string& path) {
    const std::size_t end = path.find(".t");
    const std::size_t begin = end == std::string::npos ? end : path.rfind('r', end);
    return begin == std::string::npos ? UINT32_MAX : static_cast<std::uint32_t>(std::atoi(path.c_str() + begin + 1));
  }

  void take(const ehlo::Event& given) override {
    const ehlo_server_event& event = c_of(given);
    Subject subject{fates_.empty() ? 0 : fates_.size() - 1, 0};
    switch (event.type) {
      case EHLO_SERVER_EVENT_MAIL:
        fates_.emplace_back();
        subject.fate = fates_.size() - 1;
        fate().sender = text(event.path.whole);
        fate().params = params_of(event);
        break;
      case EHLO_SERVER_EVENT_RCPT: subject.index = take_recipient(event); break;
      case EHLO_SERVER_EVENT_BDAT: fate().by_chunks = true; break;
      case EHLO_SERVER_EVENT_BODY: take_body(given); break;
      case EHLO_SERVER_EVENT_MESSAGE: subject.index = indexes_[event.index]; break;
      case EHLO_SERVER_EVENT_ABORT:
        // The end of the session leaves the answers that are still open to the program.
        if (event.error != EHLO_OK && fate().content == 0 && !ehlo_error(event.error)->fatal)
          fate().content = ehlo_error(event.error)->code;
        break;
      case EHLO_SERVER_EVENT_REJECTED: take_rejected(event); break;
      case EHLO_SERVER_EVENT_CLOSE: closed_ = true; break;
      default: break;
    }
    if (event.id == 0) return settle(event, subject, 0);
    std::uint64_t due = now_ + choices_.below(plan_.answer_delay + 1);
    if (plan_.fault == PairFault::stall && asked_++ == plan_.fault_at) due = UINT64_MAX;
    asks_.push_back({event, subject, due});
  }

  std::uint32_t take_recipient(const ehlo_server_event& event) {
    const std::string address = text(event.path.whole);
    const std::uint32_t index = index_of(address);
    require(index != UINT32_MAX, "a recipient is one that was given: " + address);
    if (event.index == 0) indexes_.clear();
    indexes_[event.index] = index;
    fate().accepted[index] = {address, params_of(event)};
    return index;
  }

  void take_body(const ehlo::Event& event) {
    fate().body += text_of(event).body();
    if (plan_.refusals == 0 || !choices_.one_in(plan_.refusals * 8)) return;
    if (ehlo_server_refuse_message(get(), 554, EHLO_ENHANCED(5, 7, 1), "No", 2) == EHLO_OK) fate().content = 554;
  }

  void take_rejected(const ehlo_server_event& event) {
    if (event.verb == EHLO_VERB_MAIL) {
      fates_.emplace_back();
      fate().mail = event.code;
    } else if (event.verb == EHLO_VERB_RCPT) {
      fate().recipients[index_of(text(event.line))] = event.code;
    } else if (event.verb == EHLO_VERB_DATA || event.verb == EHLO_VERB_BDAT) {
      if (fate().content == 0) fate().content = event.code;
    }
  }

  unsigned refusal_of(const ehlo_server_event& ask) {
    if (ask.type == EHLO_SERVER_EVENT_HELLO && plan_.refuses_ehlo)
      return ask.verb == EHLO_VERB_HELO && choices_.one_in(2) ? 0 : (choices_.one_in(3) ? 550 : 502);
    if (plan_.fault == PairFault::goodbye && answered_ == plan_.fault_at) return 421;
    const bool rarely = ask.type == EHLO_SERVER_EVENT_GREETING || ask.type == EHLO_SERVER_EVENT_HELLO ||
                        ask.type == EHLO_SERVER_EVENT_AUTH || ask.type == EHLO_SERVER_EVENT_STARTTLS ||
                        ask.type == EHLO_SERVER_EVENT_RSET;
    if (plan_.refusals == 0 || !choices_.one_in(plan_.refusals * (rarely ? 8 : 1))) return 0;
    if (ask.type == EHLO_SERVER_EVENT_RSET || ask.type == EHLO_SERVER_EVENT_QUIT)
      return 0;  // RFC 5321 knows no refusal of these
    static constexpr unsigned kCodes[] = {450, 451, 452, 550, 552, 553, 554};
    return kCodes[choices_.below(std::size(kCodes))];
  }

  void decide(const ehlo_server_event& ask, const Subject& subject) {
    const bool challenge = ask.type == EHLO_SERVER_EVENT_AUTH && ask.response.off == EHLO_ABSENT;
    unsigned code = refusal_of(ask);
    ++answered_;
    if (code == 0 && challenge) {
      require(ehlo_server_challenge(get(), ask.id, "", 0) == EHLO_OK, "a challenge can be given");
      return;
    }
    if (code == 0 && (ask.type == EHLO_SERVER_EVENT_AUTH || ask.type == EHLO_SERVER_EVENT_AUTH_RESPONSE)) code = 235;
    std::int32_t error = EHLO_E_SPACE;
    const bool long_text = choices_.one_in(4);
    const std::string words = long_text ? std::string(choices_.below(700), 'x') + "\nand more" : "As decided";
    if (code != 0) error = ehlo_server_reply(get(), ask.id, code, 0, words.data(), words.size());
    if (error == EHLO_E_SPACE) {
      code = 0;
      error = ehlo_server_accept(get(), ask.id);
    }
    if (error == EHLO_OK) return settle(ask, subject, code);
    require(error == EHLO_E_ID && closed_, "an ask can be answered");
  }

  void settle(const ehlo_server_event& ask, const Subject& subject, unsigned code) {
    if (code == 421) goodbye_ = true;
    if (fates_.empty()) return;
    Fate& fate = fates_[subject.fate];
    const bool refused = code >= 400;
    switch (ask.type) {
      case EHLO_SERVER_EVENT_MAIL: fate.mail = refused ? code : 0; break;
      case EHLO_SERVER_EVENT_RCPT:
        fate.recipients[subject.index] = refused ? code : 0;
        if (refused) fate.accepted.erase(subject.index);
        break;
      case EHLO_SERVER_EVENT_DATA:
      case EHLO_SERVER_EVENT_CHUNK:
        if (refused && fate.content == 0) fate.content = code;
        break;
      case EHLO_SERVER_EVENT_MESSAGE: settle_message(fate, subject, refused ? code : 0); break;
      default: break;
    }
  }

  void settle_message(Fate& fate, const Subject& subject, unsigned refusal) {
    const bool lmtp = plan_.server.protocol == EHLO_PROTOCOL_LMTP;
    for (const auto& [index, accepted] : fate.accepted) {
      if (lmtp && index != subject.index) continue;
      fate.results[index] = refusal;
      if (refusal == 0) require(fate.stored.insert(index).second, "a message is stored once");
    }
    if (refusal == 0 && !lmtp) ++fate.times;
  }

  const PairPlan& plan_;
  Choices& choices_;
  std::deque<Ask> asks_;
  std::vector<Fate> fates_;
  std::map<std::uint32_t, std::uint32_t> indexes_;  // from the RCPT that came to that of the letter
  std::uint64_t now_ = 0;
  std::size_t asked_ = 0, answered_ = 0;
  bool closed_ = false, goodbye_ = false;
};

}  // namespace support
