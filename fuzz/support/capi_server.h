// Two server sessions that are called alike, but for the calls that one of them refused: those must leave no trace.
#pragma once

#include <string>
#include <vector>

#include "calls.h"
#include "exact_copy.h"
#include "options_block.h"
#include "support/counting_allocator.h"

namespace support {

class ServerTwins {
 public:
  explicit ServerTwins(Calls& calls) : calls_(calls) {
    const ehlo_server_options options = draw_options();
    OptionsBlock block(calls, options, ehlo_server_options_init);
    const ehlo_server_options whole = block.whole(ehlo_server_options_init);
    std::int32_t error = 1, other_error = 1;
    config_ = ehlo_config_new(block.get(), memory_.get(), calls.one_in(4) ? nullptr : &error);
    require(block.good() || (config_ == nullptr && (error == EHLO_E_ARGUMENT || error == 1)), "a bad size is told");
    if (!block.good()) return;
    other_config_ = ehlo_config_new(&whole, other_memory_.get(), &other_error);
    require((config_ == nullptr) == (other_config_ == nullptr) && (error == 1 || error == other_error),
            "an older struct means the same as a whole one");
    require_named(other_error, {EHLO_E_ARGUMENT, EHLO_E_MEMORY});
    require((other_config_ == nullptr) == (other_error != EHLO_OK), "a configuration or an error");
    if (config_ == nullptr) return;
    require(ehlo_config_max_line(config_) == ehlo_config_max_line(other_config_), "both wait for the same lines");
    session_ = ehlo_server_new(config_, memory_.get());
    other_ = ehlo_server_new(other_config_, other_memory_.get());
    require((session_ == nullptr) == (other_ == nullptr), "both sessions are there");
  }
  ~ServerTwins() {
    ehlo_server_free(session_);
    ehlo_server_free(other_);
    ehlo_config_free(config_);
    ehlo_config_free(other_config_);
  }
  ServerTwins(const ServerTwins&) = delete;
  ServerTwins& operator=(const ServerTwins&) = delete;

  void run() {
    if (session_ == nullptr) return;
    while (calls_.more() && !released_) {
      step();
      compare();
    }
    for (unsigned round = 0; !released_ && round < 20 && ehlo_server_wants(session_) != EHLO_WANT_CLOSE; ++round) {
      converse();
      compare();
    }
  }

 private:
  ehlo_server_options draw_options() {
    static constexpr const char* kNames[] = {"mx.example", "[192.0.2.1]", "", nullptr, "no host", "a..b", "mx.example"};
    static constexpr const char* kMechanisms[] = {"PLAIN LOGIN", "", nullptr, "no,mechanism", "PLAIN", "  PLAIN"};
    static constexpr ehlo_keyword_rule kRules[] = {{"XOFFER", EHLO_SCOPE_MAIL, EHLO_RULE_OFFER, UINT32_MAX},
                                                   {"*", EHLO_SCOPE_VERB, EHLO_RULE_OFFER, 1},
                                                   {"XLINE of ours", EHLO_SCOPE_EHLO, EHLO_RULE_REFUSE, 0},
                                                   {"bad rule", EHLO_SCOPE_MAIL, 7, 0},
                                                   {"", 0xFFFF, EHLO_RULE_IGNORE, 0},
                                                   {nullptr, EHLO_SCOPE_MAIL, EHLO_RULE_OFFER, 0}};
    ehlo_server_options o;
    ehlo_server_options_init(&o, sizeof o);
    o.hostname = "mx.example";
    o.extensions = calls_.one_in(4) ? calls_.wide_number() : 0x3FFF;
    o.mechanisms = "PLAIN";
    o.protocol = calls_.one_in(3) ? 1 : 0;
    o.asks = calls_.one_in(2) ? 0x7FFF : EHLO_ASK_DEFAULT;
    if (!calls_.one_in(3)) return o;
    o.hostname = calls_.one_of(kNames);
    o.mechanisms = calls_.one_of(kMechanisms);
    o.rule_count = calls_.below(2) ? 0 : calls_.below(std::size(kRules) + 1);
    o.rules = kRules;
    std::uint32_t* const numbers[] = {&o.protocol,
                                      &o.asks,
                                      &o.flags,
                                      &o.max_line_octets,
                                      &o.max_auth_line_octets,
                                      &o.max_data_line_octets,
                                      &o.max_recipients,
                                      &o.max_messages,
                                      &o.max_errors,
                                      &o.max_idle_commands,
                                      &o.max_auth_attempts,
                                      &o.max_auth_steps,
                                      &o.recipient_window,
                                      &o.reply_queue,
                                      &o.reply_text_octets,
                                      &o.command_endings,
                                      &o.data_endings,
                                      &o.reserved};
    for (std::size_t count = calls_.below(4); count-- > 0;) *calls_.one_of(numbers) = calls_.number();
    if (calls_.one_in(4)) o.max_message_octets = calls_.wide_number();
    if (calls_.one_in(8)) o.max_discard_octets = calls_.wide_number();
    if (calls_.one_in(2)) o.flags |= EHLO_SERVER_BELOW_MINIMUM;
    if (calls_.one_in(2)) o.flags |= EHLO_SERVER_PLAINTEXT_AUTH;
    return o;
  }

  void step() {
    switch (calls_.below(16)) {
      case 0: return hear();
      case 1: return receive(false);
      case 2: return answer_with(calls_.one_in(4) ? ehlo_server_decline : ehlo_server_accept, {});
      case 3: return reply();
      case 4: return challenge();
      case 5: return refuse();
      case 6: return output();
      case 7: return both(ehlo_server_tls_started, {EHLO_E_STATE});
      case 8: return both(ehlo_server_tls_failed, {EHLO_E_STATE});
      case 9: return end();
      case 10: return release();
      case 11: return receive_badly();
      case 12: return shut_down();
      case 13: return void(dry_ = calls_.one_in(2));
      default: return converse();
    }
  }

  // A call that may be refused: then the other session does not see it.
  template <class Call>
  bool call(Call call, std::initializer_list<std::int32_t> named) {
    memory_.set_dry(dry_);
    const std::int32_t error = call(session_);
    require(error != EHLO_E_MEMORY || memory_.dry(), "there is memory");
    memory_.set_dry(false);
    require_named(error, named);
    if (error != EHLO_OK) return false;
    require(call(other_) == EHLO_OK, "a call that was refused has changed nothing");
    return true;
  }
  template <class Call>
  void both(Call what, std::initializer_list<std::int32_t> named) {
    call(what, named);
  }

  void compare() {
    require(ehlo_server_wants(session_) == ehlo_server_wants(other_), "both want the same");
    require(ehlo_server_facts(session_) == ehlo_server_facts(other_), "both know the same");
    const ehlo_timeout a = ehlo_server_timeout(session_), b = ehlo_server_timeout(other_);
    require(a.kind == b.kind && a.seconds == b.seconds, "both wait as long");
    require(ehlo_server_protocol_name(session_) == ehlo_server_protocol_name(other_), "both speak the same protocol");
    if (!(ehlo_server_wants(session_) & EHLO_WANT_ANSWER)) open_.clear();
  }

  void hear() {
    static constexpr std::string_view kLines[] = {"EHLO c.example\r\n",
                                                  "LHLO c.example\r\n",
                                                  "HELO c\r\n",
                                                  "MAIL FROM:<a@b.example>\r\n",
                                                  "MAIL FROM:<\xC3\xBC@b.example> SMTPUTF8\r\n",
                                                  "RCPT TO:<c@d.example>\r\n",
                                                  "RCPT TO:<e@d.example>\r\n",
                                                  "DATA\r\n",
                                                  "hello\r\n.\r\n",
                                                  "BDAT 4\r\nabcd",
                                                  "BDAT 2 LAST\r\nxy",
                                                  "BDAT 9 LAST\r\nxy",
                                                  "RSET\r\n",
                                                  "NOOP\r\n",
                                                  "QUIT\r\n",
                                                  "STARTTLS\r\n",
                                                  "AUTH PLAIN\r\n",
                                                  "AUTH PLAIN AGEAYg==\r\n",
                                                  "AGEAYg==\r\n",
                                                  "*\r\n",
                                                  "XVERB a\r\n",
                                                  "VRFY a\r\n",
                                                  "HELP\r\n",
                                                  "\n",
                                                  "junk\r\n",
                                                  ".\r\n"};
    inbox_ += calls_.one_in(16) ? calls_.raw() : calls_.one_of(kLines);
  }

  void receive(bool whole) {
    const std::size_t size = whole ? inbox_.size() : std::min<std::size_t>(inbox_.size(), calls_.octet());
    const std::uint32_t events = EHLO_EVENTS_MIN + static_cast<std::uint32_t>(whole ? 40 : calls_.below(9));
    const std::uint32_t spans = EHLO_SPANS_MIN + static_cast<std::uint32_t>(whole ? 40 : calls_.below(9));
    const bool with_params = whole || !calls_.one_in(4);
    const ExactCopy shown(std::string_view(inbox_).substr(0, size));
    Batch a(events, spans, with_params), b(events, spans, with_params);
    const std::size_t used = ehlo_server_receive(session_, shown.data(), shown.size(), &a.batch);
    require(ehlo_server_receive(other_, shown.data(), shown.size(), &b.batch) == used, "both consume the same");
    require(a.batch.error == EHLO_OK && used <= size, "what was shown can be consumed");
    a.require_same_as(b);
    for (std::uint32_t i = 0; i < a.batch.event_count; ++i)
      if (a.events[i].id != 0) open_.push_back(a.events[i].id);
    inbox_.erase(0, used);
  }

  // Arrays that are too small: nothing happens.
  void receive_badly() {
    const std::uint32_t events = static_cast<std::uint32_t>(calls_.below(EHLO_EVENTS_MIN + 2));
    const std::uint32_t spans = static_cast<std::uint32_t>(calls_.below(EHLO_SPANS_MIN + 2));
    const std::uint32_t params = static_cast<std::uint32_t>(calls_.below(EHLO_PARAMS_MAX));
    Batch bad(events, spans, true);
    bad.batch.param_cap = params;
    bad.batch.event_count = bad.batch.span_count = bad.batch.param_count = 7;
    const ExactCopy shown(inbox_);
    require(ehlo_server_receive(session_, shown.data(), shown.size(), &bad.batch) == 0, "nothing is consumed");
    require(bad.batch.error == EHLO_E_ARGUMENT && bad.batch.event_count == 0 && bad.batch.span_count == 0 &&
                bad.batch.param_count == 0,
            "an array that is too small is told");
  }

  std::uint32_t draw_id() {
    if (open_.empty() || calls_.one_in(4))
      return calls_.one_in(2) ? calls_.number() : last_id_ + calls_.octet() % 5 - 2;
    return calls_.one_of(open_);
  }
  template <class Call>
  void answer_with(Call what, std::initializer_list<std::int32_t> named) {
    const std::uint32_t id = draw_id();
    const auto found = std::find(open_.begin(), open_.end(), id);
    const auto with_id = [&](ehlo_server* server) { return what(server, id); };
    if (found == open_.end()) {
      require(with_id(session_) == EHLO_E_ID, "no question with this id waits for an answer");
      return;
    }
    if (!call(with_id, named)) return;
    open_.erase(found);
    last_id_ = id;
    require(with_id(session_) == EHLO_E_ID, "an answer is given once");
  }

  void reply() {
    static constexpr std::uint32_t kCodes[] = {250, 220, 354, 334, 421, 450, 550, 554, 235, 0, 199, 600, 299, 999};
    static constexpr const char* kEnhanced[] = {nullptr, "", "5.1.1", "2.0.0", "4.2.2", "5.1", "5.1.1000", "x"};
    const std::uint32_t code = calls_.one_in(8) ? calls_.number() : calls_.one_of(kCodes);
    const char* const enhanced = calls_.one_of(kEnhanced);
    const bool none = calls_.one_in(8);
    const ExactCopy text(calls_.text());
    answer_with(
        [&](ehlo_server* server, std::uint32_t id) {
          return ehlo_server_reply(server, id, code, enhanced, none ? nullptr : text.data(), text.size());
        },
        {EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY});
  }
  void challenge() {
    static constexpr std::size_t kSizes[] = {0, 1, 48, 300, 9000, 9001};
    const std::string octets(calls_.one_of(kSizes), '\xAB');
    answer_with(
        [&](ehlo_server* server, std::uint32_t id) {
          return ehlo_server_challenge(server, id, octets.empty() ? nullptr : octets.data(), octets.size());
        },
        {EHLO_E_ARGUMENT, EHLO_E_STATE, EHLO_E_SPACE, EHLO_E_MEMORY});
  }
  void refuse() {
    static constexpr std::uint32_t kCodes[] = {550, 450, 250, 0, 600, 421};
    const std::uint32_t code = calls_.one_of(kCodes);
    const ExactCopy text(calls_.text());
    call(
        [&](ehlo_server* server) {
          return ehlo_server_refuse_message(server, code, nullptr, text.data(), text.size());
        },
        {EHLO_E_STATE, EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY});
  }
  void shut_down() {
    const bool none = calls_.one_in(2);
    const ExactCopy text(calls_.text());
    call(
        [&](ehlo_server* server) {
          return ehlo_server_shutdown(server, none ? nullptr : "4.3.2", none ? nullptr : text.data(), text.size());
        },
        {EHLO_E_STATE, EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY});
  }
  void end() {
    const bool eof = calls_.one_in(2);
    for (ehlo_server* const server : {session_, other_}) eof ? ehlo_server_eof(server) : ehlo_server_timed_out(server);
  }
  void release() {
    released_ = call(ehlo_server_release, {EHLO_E_STATE});
    if (released_) require(ehlo_server_wants(session_) == 0, "a session that was released wants nothing");
  }

  void output() {
    const std::size_t capacity = calls_.one_in(4) ? 0 : calls_.octet() * std::size_t{16};
    take_output(capacity);
  }
  std::size_t take_output(std::size_t capacity) {
    const std::unique_ptr<char[]> a(capacity == 0 ? nullptr : new char[capacity]);
    const std::unique_ptr<char[]> b(capacity == 0 ? nullptr : new char[capacity]);
    const std::size_t size = ehlo_server_output(session_, a.get(), capacity);
    require(size <= capacity && ehlo_server_output(other_, b.get(), capacity) == size, "both say as much");
    require_same({a.get(), size}, {b.get(), size}, "both say the same");
    return size;
  }

  // What a program does that does everything right.
  void converse() {
    receive(true);
    while (take_output(512) == 512) continue;
    if (ehlo_server_wants(session_) & EHLO_WANT_TLS) both(ehlo_server_tls_started, {});
    if (open_.empty()) return;
    const std::uint32_t id = open_.front();
    if (!(ehlo_server_wants(session_) & EHLO_WANT_ANSWER)) return open_.clear();
    require(call([id](ehlo_server* server) { return ehlo_server_accept(server, id); }, {}), "an open ask is accepted");
    open_.erase(open_.begin());
  }

  struct Batch {
    Batch(std::uint32_t event_cap, std::uint32_t span_cap, bool with_params)
        : events(event_cap), spans(span_cap), params(with_params ? event_cap + EHLO_PARAMS_MAX : 0) {
      batch.events = events.data();
      batch.event_cap = event_cap;
      batch.spans = spans.data();
      batch.span_cap = span_cap;
      batch.params = with_params ? params.data() : nullptr;
      batch.param_cap = static_cast<std::uint32_t>(params.size());
    }
    void require_same_as(const Batch& other) const {
      const auto same = [](const auto& a, const auto& b, std::uint32_t count) {
        return count == 0 || std::memcmp(a.data(), b.data(), count * sizeof a[0]) == 0;
      };
      require(batch.event_count == other.batch.event_count && batch.span_count == other.batch.span_count &&
                  batch.param_count == other.batch.param_count && batch.error == other.batch.error,
              "both tell as much");
      require(same(events, other.events, batch.event_count) && same(spans, other.spans, batch.span_count),
              "both tell the same");
      for (std::uint32_t i = 0; i < batch.param_count; ++i) {
        const ehlo_param &a = params[i], &b = other.params[i];
        require(a.id == b.id && a.number == b.number && a.keyword.off == b.keyword.off && a.value.off == b.value.off,
                "both tell the same parameters");
      }
      for (std::uint32_t i = 0; i < batch.event_count; ++i) check_param(events[i]);
    }
    void check_param(const ehlo_event& event) const {
      for (std::uint32_t id = 0; id < 12; ++id) {
        const ehlo_param* const param = ehlo_event_param(&batch, &event, id);
        require(param == nullptr || param->id == id, "a parameter is the one that was asked for");
      }
    }

    std::vector<ehlo_event> events;
    std::vector<ehlo_span> spans;
    std::vector<ehlo_param> params;
    ehlo_batch batch{};
  };

  Calls& calls_;
  CountingAllocator memory_ = CountingAllocator::failing(0), other_memory_ = CountingAllocator::failing(0);
  ehlo_config *config_ = nullptr, *other_config_ = nullptr;
  ehlo_server *session_ = nullptr, *other_ = nullptr;
  std::string inbox_;
  std::vector<std::uint32_t> open_;
  std::uint32_t last_id_ = 0;
  bool dry_ = false;  // there is no memory in calls that may say so
  bool released_ = false;
};

}  // namespace support
