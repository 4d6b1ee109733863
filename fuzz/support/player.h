// Plays a script against a server session: shows the octets in pieces, answers, takes output, and checks the properties
// that ehlo_server.h promises after each call.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "answers.h"
#include "event_order.h"
#include "reply_checker.h"
#include "reply_ledger.h"
#include "script.h"
#include "support/choices.h"
#include "support/link.h"
#include "wire_model.h"

namespace support {

// How a script is played. Only `wild` may change the events and the replies.
struct Plan {
  enum class Cut { whole, octets, random };
  Cut cut = Cut::whole;
  bool late = false;          // answers only when there is nothing else to do, in any order
  bool lazy = false;          // takes output only when there is nothing else to do
  std::size_t output = 4096;  // the most octets taken at a time
  std::uint32_t events = 64, spans = 256;
  bool wild = false;  // the end of the connection, timeouts and shutdowns come at any time
  std::uint64_t seed = 1;
};

struct Message {
  bool bdat;
  std::string body;
};

// The members that must exist before the session.
struct PlayersMemory {
  CountingAllocator allocator_;
  std::int32_t error_ = EHLO_OK;
};

class Player : private PlayersMemory, private CServer::Made, public ServerPort<CServer> {
 public:
  Player(const Script& script, const Plan& plan)
      : PlayersMemory{CountingAllocator::failing(script.setup().failures)},
        CServer::Made(script.setup().options, allocator_.get(), &error_),
        ServerPort(made.get(), {plan.events, plan.spans, plan.output,
                                script.setup().hands_over_params ? plan.events + EHLO_PARAMS_MAX : 0}),
        script_(script),
        plan_(plan),
        random_(plan.seed),
        order_(script.setup().options),
        wire_model_(script.setup().options.data_endings),
        ledger_(script.setup().options.protocol == EHLO_PROTOCOL_LMTP),
        replies_((script.setup().options.extensions & EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES)) != 0) {
    require((config == nullptr) == (error_ != EHLO_OK), "a configuration or an error");
    if (made != nullptr) answers_ = std::make_unique<Answers>(made.get(), allocator_.dry(), !plan.wild);
  }

  // False: the options are refused, or there is no memory.
  bool play() {
    if (made == nullptr) return false;
    settle();
    for (const Segment& segment : script_.segments()) {
      feed(segment.octets);
      settle_tls();
      end_segment(segment.then);
      settle();
    }
    // The configuration, the session, and at their first use the reply queue and the program's texts.
    require(allocator_.allocations() <= 4 || allocator_.dry(), "a session takes memory at four moments");
    if (!(wants() & EHLO_WANT_ANSWER)) {
      replies_.finish();
      ledger_.finish(replies_.codes());
    }
    require(replies_.bare_replies() <= hello_rejections_, "every reply except those to EHLO has a status code");
    return true;
  }

  // The events, in a form that does not depend on the cuts of the input.
  const std::vector<std::string>& log() const { return log_; }
  const std::vector<Message>& messages() const { return messages_; }  // the accepted ones
  // False: a text of the program found no room or no memory. That depends on how much output had been taken.
  bool conclusive() const { return conclusive_ && !answers_->memory_failed(); }

 private:
  static constexpr unsigned kMostRounds = 200000;

  void feed(std::string_view octets) {
    while (!octets.empty()) {
      std::size_t size = octets.size();
      if (plan_.cut == Plan::Cut::octets) size = 1;
      if (plan_.cut == Plan::Cut::random)
        size = 1 + random_.below(random_.one_in(4) ? size : std::min(size, std::size_t{7}));
      show(octets.substr(0, size));
      wire_model_.fed(octets.substr(0, size));
      octets.remove_prefix(size);
      settle();
    }
  }

  // Acts until there is nothing to do.
  void settle() {
    for (unsigned round = 0;; ++round) {
      require(round < kMostRounds, "the session stops after a bounded number of calls");
      if (plan_.wild && random_.one_in(40)) end_segment_at_random();
      bool moved = receive();
      if (!plan_.late) moved |= answer_all();
      if (!plan_.lazy) moved |= take_output();
      if (!moved) moved = take_output();
      if (!moved) moved = answer_one();
      if (!moved) break;
    }
    check_rest();
  }

  bool receive() {
    const bool moved = ServerPort::receive();
    check_wants();
    return moved;
  }

  void take(const ehlo::Event& reported) override {
    const ehlo_server_event& event = c_of(reported);
    order_.take(event, write_down(reported));
    ledger_.take(event);
    wire_model_.take(event, consumed());
    if (event.type == EHLO_SERVER_EVENT_MESSAGE) wire_model_.check(event, body_);
    const bool hello = event.verb == EHLO_VERB_EHLO || event.verb == EHLO_VERB_HELO || event.verb == EHLO_VERB_LHLO;
    if (hello) ++hello_rejections_;
    if (event.id != 0) asks_.push_back({event, ordinal_++});
    if (event.id == 0 && event.type == EHLO_SERVER_EVENT_MESSAGE) accepted(event);
  }

  // Returns the octets of a BODY.
  std::size_t write_down(const ehlo::Event& event) {
    EventText writer = text_of(event);
    if (event.type == EHLO_SERVER_EVENT_BODY) {
      const std::string octets = writer.body();
      body_ += octets;
      return octets.size();
    }
    const bool ends_body = event.type == EHLO_SERVER_EVENT_CHUNK || event.type == EHLO_SERVER_EVENT_MESSAGE ||
                           event.type == EHLO_SERVER_EVENT_ABORT || event.type == EHLO_SERVER_EVENT_CLOSE;
    if (ends_body) log_.push_back("body so far " + printable(body_));
    log_.push_back(writer.write() + writer.record());
    if (event.type == EHLO_SERVER_EVENT_MAIL || event.type == EHLO_SERVER_EVENT_ABORT) body_.clear();
    return 0;
  }
  void accepted(const ehlo_server_event& message) {
    if (message.index == 0 || messages_.empty()) messages_.push_back({message.verb == EHLO_VERB_BDAT, body_});
  }

  bool answer_all() {
    bool any = false;
    while (!asks_.empty() && answer(0)) any = true;
    return any;
  }
  bool answer_one() {
    if (asks_.empty()) return false;
    const std::size_t count = asks_.size();
    const std::size_t first = random_.below(count);
    for (std::size_t i = 0; i < count; ++i)
      if (answer((first + i) % count)) return true;
    // The texts fill their memory and none can be sent: which ones fit depends on the order of the answers.
    conclusive_ = false;
    give(0, answers_->accept(asks_[0].event));
    return true;
  }
  bool answer(std::size_t which) {
    const Answered answered = answers_->give(asks_[which].event, script_.decision(asks_[which].ordinal));
    if (answered.done) give(which, answered);
    return answered.done;
  }
  void give(std::size_t which, Answered answered) {
    const ehlo_server_event ask = asks_[which].event;
    asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(which));
    if (ask.type == EHLO_SERVER_EVENT_MESSAGE && answered.code < 400) accepted(ask);
    order_.settled(ask, answered.code);
    ledger_.answered(ask, answered.code);
    check_wants();
  }

  bool take_output() {
    bool any = false;
    for (;;) {
      const std::size_t capacity = plan_.cut == Plan::Cut::random ? 1 + random_.below(plan_.output) : plan_.output;
      const std::string_view said = take_output_of<CServer>(server(), capacity);
      if (said.empty()) return any;
      replies_.take(said);
      ledger_.check(replies_.codes());
      any = true;
    }
  }

  void settle_tls() {
    if (!(wants() & EHLO_WANT_TLS)) {
      require(ehlo_server_tls_started(made.get()) == EHLO_E_STATE && ehlo_server_tls_failed(made.get()) == EHLO_E_STATE,
              "no handshake that was not asked for");
      return;
    }
    require(tail().empty(), "plaintext after STARTTLS is dropped before the handshake");
    if (script_.decision(ordinal_) & 64) {
      require(ehlo_server_tls_failed(made.get()) == EHLO_OK, "a handshake may fail");
      order_.ended();
    } else {
      require(ehlo_server_tls_started(made.get()) == EHLO_OK, "a handshake may be done");
      order_.tls_started();
      ledger_.tls_started();
    }
    settle();
  }

  void end_segment(char what) {
    switch (what) {
      case 'e': ehlo_server_eof(made.get()); return cut();
      case 't':
        if (order_.closed() || (wants() & EHLO_WANT_CLOSE)) return ehlo_server_timed_out(made.get());
        ehlo_server_timed_out(made.get());
        return cut();
      case 'd': {
        const std::string_view text = "Back soon";
        std::int32_t rc = ehlo_server_shutdown(made.get(), EHLO_ENHANCED(4, 3, 2), text.data(), text.size());
        note_memory(rc);
        if (rc == EHLO_E_MEMORY || rc == EHLO_E_SPACE) rc = ehlo_server_shutdown(made.get(), 0, nullptr, 0);
        if (rc == EHLO_OK) {
          ledger_.shut_down();
          return order_.ended();
        }
        return require(rc == EHLO_E_STATE, "a session can be shut down once");
      }
      case 'r': {
        const std::string_view text = "Not this one";
        const std::int32_t rc =
            ehlo_server_refuse_message(made.get(), 554, EHLO_ENHANCED(5, 7, 1), text.data(), text.size());
        note_memory(rc);
        if (rc == EHLO_OK) {
          ledger_.refused(554);
          return order_.refused_by_program();
        }
        return require(rc == EHLO_E_STATE || rc == EHLO_E_SPACE || rc == EHLO_E_MEMORY,
                       "an error of refuse_message is one that it names");
      }
    }
  }
  // Which allocation fails depends on the cuts, and so whether there is memory for the program's text.
  void note_memory(std::int32_t rc) {
    if (rc != EHLO_E_MEMORY) return;
    require(allocator_.dry(), "there is memory");
    conclusive_ = false;
  }
  // The replies to open asks can no longer be sent.
  void cut() {
    asks_.clear();
    ledger_.cut();
    order_.ended();
  }
  void end_segment_at_random() {
    end_segment(random_.one_in(8) ? "etd"[random_.below(3)] : 'r');
    check_wants();
  }

  void check_wants() {
    const std::uint32_t now = wants();
    require(((now & EHLO_WANT_ANSWER) != 0) == !asks_.empty(), "an answer is wanted exactly while an ask is open");
    require(!(now & EHLO_WANT_CLOSE) || (now == EHLO_WANT_CLOSE && order_.closed()), "CLOSE is wanted after all else");
    require(!(now & EHLO_WANT_TLS) || now == EHLO_WANT_TLS, "TLS is wanted after all else");
    const ehlo_timeout timeout = ehlo_server_timeout(made.get());
    require(timeout.kind == EHLO_TIMEOUT_NONE || asks_.empty(), "no timeout runs while an ask is open");
    require((timeout.kind == EHLO_TIMEOUT_NONE) == (timeout.seconds == 0), "a timeout has a length");
    require(ehlo_server_protocol_name(made.get()) != nullptr && ehlo_server_facts(made.get()) < 64,
            "facts have only known bits");
  }

  // There is nothing to do: the session waits for the peer or the handshake, or has ended.
  void check_rest() {
    const std::uint32_t now = wants();
    require(now == EHLO_WANT_INPUT || now == EHLO_WANT_TLS || now == EHLO_WANT_CLOSE,
            "a session without work wants exactly one thing");
    if (now != EHLO_WANT_INPUT) return require(tail().empty(), "no octets wait for a session that wants none");
    require(tail().size() < std::max<std::size_t>(ehlo_server_config_max_line(config.get()), 4),
            "what waits is a part of a line");
  }

  struct Ask {
    ehlo_server_event event;
    std::size_t ordinal;
  };

  const Script& script_;
  const Plan& plan_;
  Random random_;
  EventOrder order_;
  WireModel wire_model_;
  ReplyLedger ledger_;
  ReplyChecker replies_;
  std::unique_ptr<Answers> answers_;
  std::vector<std::string> log_;
  std::vector<Message> messages_;
  std::string body_;  // of the message that is arriving
  std::deque<Ask> asks_;
  std::size_t ordinal_ = 0;
  std::size_t hello_rejections_ = 0;
  bool conclusive_ = true;
};

}  // namespace support
