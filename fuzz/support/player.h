// Plays a script against a session: shows the octets in pieces, answers, takes output, and checks every promise that
// can be checked on the way.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "allocator.h"
#include "answers.h"
#include "event_log.h"
#include "event_order.h"
#include "exact_copy.h"
#include "random.h"
#include "reply_checker.h"
#include "reply_ledger.h"
#include "script.h"
#include "wire_model.h"

namespace fuzz {

// How a script is played. Nothing of it may show in the events and replies, but for what `wild` brings.
struct Plan {
  enum class Cut { whole, octets, random };
  Cut cut = Cut::whole;
  bool late = false;          // answers only when nothing else can be done, in any order
  bool lazy = false;          // output only when nothing else can be done
  std::size_t output = 4096;  // octets at a time, at most
  std::uint32_t events = 64, spans = 256;
  bool wild = false;  // happenings at any time
  std::uint64_t seed = 1;
};

class Player {
 public:
  Player(const Script& script, const Plan& plan)
      : script_(script),
        plan_(plan),
        random_(plan.seed),
        allocator_(script.setup().failures),
        order_(script.setup().options),
        wire_(script.setup().options.data_endings),
        ledger_(script.setup().options.protocol == EHLO_PROTOCOL_LMTP),
        replies_((script.setup().options.extensions & EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES)) != 0),
        events_(plan.events),
        spans_(plan.spans),
        params_(plan.events + EHLO_PARAMS_MAX),
        out_(new char[plan.output]) {
    std::int32_t error = EHLO_OK;
    config_ = ehlo_config_new(&script.setup().options, allocator_.api(), &error);
    require((config_ == nullptr) == (error != EHLO_OK), "a configuration or an error");
    if (config_ != nullptr) server_ = ehlo_server_new(config_, allocator_.api());
    if (server_ != nullptr) answers_ = std::make_unique<Answers>(server_, allocator_.dry(), !plan.wild);
  }
  ~Player() {
    ehlo_server_free(server_);
    ehlo_config_free(config_);
  }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  // False where the options are refused or there is no memory.
  bool play() {
    if (server_ == nullptr) return false;
    settle();
    for (const Segment& segment : script_.segments()) {
      feed(segment.octets);
      settle_tls();
      happen(segment.then);
      settle();
    }
    // The configuration, the session, and at their first use the places of more replies and the program's texts.
    require(allocator_.calls() <= 4 || allocator_.dry(), "a session takes memory at four moments");
    if (!(wants() & EHLO_WANT_ANSWER)) {
      replies_.finish();
      ledger_.finish(replies_.codes());
    }
    require(replies_.bare_replies() <= hello_rejections_, "every reply but those to EHLO has a status code");
    return true;
  }

  const EventLog& log() const { return log_; }
  const std::string& replies() const { return replies_.all(); }
  // The program's texts did not fit the memory for them, or found none, and that depends on what had been sent by then.
  bool conclusive() const { return conclusive_ && !answers_->memory_failed(); }

 private:
  static constexpr unsigned kMostRounds = 200000;

  std::uint32_t wants() const { return ehlo_server_wants(server_); }

  void feed(std::string_view octets) {
    while (!octets.empty()) {
      std::size_t size = octets.size();
      if (plan_.cut == Plan::Cut::octets) size = 1;
      if (plan_.cut == Plan::Cut::random)
        size = 1 + random_.below(random_.one_in(4) ? size : std::min(size, std::size_t{7}));
      inbox_ += octets.substr(0, size);
      wire_.fed(octets.substr(0, size));
      octets.remove_prefix(size);
      settle();
    }
  }

  // Does everything that can be done.
  void settle() {
    for (unsigned round = 0;; ++round) {
      require(round < kMostRounds, "the session comes to rest");
      if (plan_.wild && random_.one_in(40)) happen_wildly();
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
    const ExactCopy shown(inbox_);
    ehlo_batch batch{};
    batch.events = events_.data();
    batch.event_cap = plan_.events;
    batch.spans = spans_.data();
    batch.span_cap = plan_.spans;
    batch.params = script_.setup().hands_over_params ? params_.data() : nullptr;
    batch.param_cap = static_cast<std::uint32_t>(params_.size());
    const std::size_t used = ehlo_server_receive(server_, shown.data(), shown.size(), &batch);
    require(used <= shown.size(), "no more is consumed than was shown");
    require(batch.error == EHLO_OK, "the batch is large enough");
    require(batch.event_count <= batch.event_cap && batch.span_count <= batch.span_cap &&
                batch.param_count <= batch.param_cap,
            "no more is filled than there is room");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) take(events_[i], batch, shown.view(), used);
    inbox_.erase(0, used);
    consumed_ += used;
    check_wants();
    return used != 0 || batch.event_count != 0;
  }

  void take(const ehlo_event& event, const ehlo_batch& batch, std::string_view shown, std::size_t used) {
    order_.take(event, log_.take(event, batch, shown, used));
    ledger_.take(event);
    wire_.take(event, consumed_);
    if (event.type == EHLO_EVENT_MESSAGE) wire_.check(event, log_.body());
    const bool hello = event.verb == EHLO_VERB_EHLO || event.verb == EHLO_VERB_HELO || event.verb == EHLO_VERB_LHLO;
    if (hello) ++hello_rejections_;
    if (event.id != 0) asks_.push_back({event, ordinal_++});
    if (event.id == 0 && event.type == EHLO_EVENT_MESSAGE) log_.accepted(event);
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
    // Texts fill the memory for them and none can leave: what they would have been depends on the order.
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
    const ehlo_event ask = asks_[which].event;
    asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(which));
    if (ask.type == EHLO_EVENT_MESSAGE && answered.code < 400) log_.accepted(ask);
    order_.settled(ask, answered.code);
    ledger_.answered(ask, answered.code);
    check_wants();
  }

  bool take_output() {
    bool any = false;
    for (;;) {
      const bool promised = (wants() & EHLO_WANT_OUTPUT) != 0;
      const std::size_t capacity = plan_.cut == Plan::Cut::random ? 1 + random_.below(plan_.output) : plan_.output;
      // What is written beyond the capacity is beyond the block.
      char* const out = out_.get() + plan_.output - capacity;
      const std::size_t count = ehlo_server_output(server_, out, capacity);
      require(count <= capacity, "no more is written than there is room");
      require((count != 0) == promised, "there is output exactly when the session says so");
      if (count == 0) return any;
      replies_.take({out, count});
      ledger_.check(replies_.codes());
      any = true;
    }
  }

  void settle_tls() {
    if (!(wants() & EHLO_WANT_TLS)) {
      require(ehlo_server_tls_started(server_) == EHLO_E_STATE && ehlo_server_tls_failed(server_) == EHLO_E_STATE,
              "no handshake that was not asked for");
      return;
    }
    require(inbox_.empty(), "plaintext behind STARTTLS is dropped before the handshake");
    if (script_.decision(ordinal_) & 64) {
      require(ehlo_server_tls_failed(server_) == EHLO_OK, "a handshake may fail");
      order_.ended();
    } else {
      require(ehlo_server_tls_started(server_) == EHLO_OK, "a handshake may be done");
      order_.tls_started();
      ledger_.tls_started();
    }
    settle();
  }

  void happen(Happening what) {
    switch (what) {
      case Happening::pause: return;
      case Happening::eof: ehlo_server_eof(server_); return cut();
      case Happening::timeout:
        if (order_.closed() || (wants() & EHLO_WANT_CLOSE)) return ehlo_server_timed_out(server_);
        ehlo_server_timed_out(server_);
        return cut();
      case Happening::shutdown: {
        const std::string_view text = "Back soon";
        std::int32_t rc = ehlo_server_shutdown(server_, "4.3.2", text.data(), text.size());
        note_memory(rc);
        if (rc == EHLO_E_MEMORY || rc == EHLO_E_SPACE) rc = ehlo_server_shutdown(server_, nullptr, nullptr, 0);
        if (rc == EHLO_OK) {
          ledger_.shut_down();
          return order_.ended();
        }
        return require(rc == EHLO_E_STATE, "a session can be shut down once");
      }
      case Happening::refuse: {
        const std::string_view text = "Not this one";
        const std::int32_t rc = ehlo_server_refuse_message(server_, 554, "5.7.1", text.data(), text.size());
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
  // Which allocation fails depends on the cuts, and so does whether the program's text finds its memory.
  void note_memory(std::int32_t rc) {
    if (rc != EHLO_E_MEMORY) return;
    require(allocator_.dry(), "there is memory");
    conclusive_ = false;
  }
  // Nobody hears what is undecided.
  void cut() {
    asks_.clear();
    ledger_.cut();
    order_.ended();
  }
  void happen_wildly() {
    static constexpr Happening kAll[] = {Happening::eof, Happening::timeout, Happening::shutdown};
    happen(random_.one_in(8) ? kAll[random_.below(3)] : Happening::refuse);
    check_wants();
  }

  void check_wants() {
    const std::uint32_t now = wants();
    require(((now & EHLO_WANT_ANSWER) != 0) == !asks_.empty(), "an answer is wanted exactly while an ask is open");
    require(!(now & EHLO_WANT_CLOSE) || (now == EHLO_WANT_CLOSE && order_.closed()), "CLOSE is wanted after all else");
    require(!(now & EHLO_WANT_TLS) || now == EHLO_WANT_TLS, "TLS is wanted after all else");
    const ehlo_timeout timeout = ehlo_server_timeout(server_);
    require(timeout.kind == EHLO_TIMEOUT_NONE || asks_.empty(), "no time runs while the program owes an answer");
    require((timeout.kind == EHLO_TIMEOUT_NONE) == (timeout.seconds == 0), "a timeout has a length");
    require(ehlo_server_protocol_name(server_) != nullptr && ehlo_server_facts(server_) < 64, "facts are facts");
  }

  // Nothing is left to do: then it is the peer's turn, the handshake's, or the end.
  void check_rest() {
    const std::uint32_t now = wants();
    require(now == EHLO_WANT_INPUT || now == EHLO_WANT_TLS || now == EHLO_WANT_CLOSE,
            "a session at rest wants one thing");
    if (now != EHLO_WANT_INPUT) return require(inbox_.empty(), "no octets wait for a session that wants none");
    require(inbox_.size() < std::max<std::size_t>(ehlo_config_max_line(config_), 4), "what waits is a part of a line");
  }

  struct Ask {
    ehlo_event event;
    std::size_t ordinal;
  };

  const Script& script_;
  const Plan& plan_;
  Random random_;
  Allocator allocator_;
  EventOrder order_;
  WireModel wire_;
  ReplyLedger ledger_;
  EventLog log_;
  ReplyChecker replies_;
  std::vector<ehlo_event> events_;
  std::vector<ehlo_span> spans_;
  std::vector<ehlo_param> params_;
  std::unique_ptr<char[]> out_;
  ehlo_config* config_ = nullptr;
  ehlo_server* server_ = nullptr;
  std::unique_ptr<Answers> answers_;
  std::string inbox_;
  std::size_t consumed_ = 0;
  std::deque<Ask> asks_;
  std::size_t ordinal_ = 0;
  std::size_t hello_rejections_ = 0;
  bool conclusive_ = true;
};

}  // namespace fuzz
