// The calls that a program may make on a server session, with any arguments: see mirrored_sessions.h.
#pragma once

#include "mirrored_sessions.h"
#include "support/own_rows.h"
#include "support/rows.h"

namespace support {

class MirroredServers : MirroredSessions<ServerRole> {
 public:
  explicit MirroredServers(Calls& calls) : MirroredSessions(calls, draw_options(calls)) {}

  void run() {
    if (!are_there()) return;
    while (calls_.more() && !released_) {
      make_call();
      compare();
    }
    for (unsigned round = 0; !released_ && round < 20 && ehlo_server_wants(session()) != EHLO_WANT_CLOSE; ++round) {
      do_wanted();
      compare();
    }
  }

 private:
  static constexpr std::uint64_t kPlainVerbs = EHLO_VERB_BIT(EHLO_VERB_NOOP) | EHLO_VERB_BIT(EHLO_VERB_VRFY) |
                                               EHLO_VERB_BIT(EHLO_VERB_EXPN) | EHLO_VERB_BIT(EHLO_VERB_HELP);

  static ehlo_server_options draw_options(Calls& calls) {
    ehlo_server_options o;
    ehlo_server_options_init(&o, sizeof o);
    o.hostname = "mx.example";
    o.extensions = calls.one_in(4) ? calls.wide_number() : all_extensions();
    o.mechanisms = "PLAIN";
    o.protocol = calls.one_in(3) ? 1 : 0;
    const bool every = calls.one_in(2);
    o.asks = every ? 2 * EHLO_ASK_QUIT - 1 : EHLO_ASK_DEFAULT;
    if (every) o.command_asks = kPlainVerbs;
    if (calls.one_in(3)) {
      draw_texts(calls, o);
      draw_numbers(calls, o);
    }
    return o;
  }

  // Texts and rows, valid or not.
  static void draw_texts(Calls& calls, ehlo_server_options& o) {
    static constexpr const char* kNames[] = {"mx.example", "[192.0.2.1]", "", nullptr, "no host", "a..b", "mx.example"};
    static constexpr const char* kMechanisms[] = {"PLAIN LOGIN", "", nullptr, "no,mechanism", "PLAIN", "  PLAIN"};
    static constexpr ehlo_verb_row kVerbs[] = {own_verb("XVERB"), own_verb("VRFY"), own_verb("BDATX"), {}};
    static constexpr ehlo_param_row kParams[] = {own_param("XOFFER", "", kOfBoth, EHLO_KIND_NUMBER),
                                                 own_param("XOFFER", "", EHLO_PARAM_OF_MAIL)};
    static constexpr ehlo_keyword_line kLines[] = {{"XLINE", "of ours"}, {"HELP", "me"}, {"bad line", nullptr}, {}};
    o.hostname = calls.one_of(kNames);
    o.mechanisms = calls.one_of(kMechanisms);
    static ehlo_rows rows;
    rows =
        rows_of(nullptr, 0, kParams, calls.below(std::size(kParams) + 1), kVerbs, calls.below(std::size(kVerbs) + 1));
    o.rows = calls.below(2) ? nullptr : &rows;
    o.lines = kLines;
    o.line_size = sizeof *kLines;
    o.line_count = calls.below(2) ? 0 : static_cast<std::uint32_t>(calls.below(std::size(kLines) + 1));
  }

  static void draw_numbers(Calls& calls, ehlo_server_options& o) {
    o.unknown_params = static_cast<std::uint32_t>(calls.below(4));
    o.unknown_verbs = static_cast<std::uint32_t>(calls.below(3));
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
                                      &o.max_auth_challenges,
                                      &o.recipient_window,
                                      &o.reply_queue,
                                      &o.reply_text_octets,
                                      &o.command_endings,
                                      &o.data_endings,
                                      &o.reserved};
    for (std::size_t count = calls.below(4); count-- > 0;) *calls.one_of(numbers) = calls.number();
    if (calls.one_in(4)) o.max_message_octets = calls.wide_number();
    if (calls.one_in(8)) o.max_discard_octets = calls.wide_number();
    if (calls.one_in(8)) o.command_asks = calls.wide_number();
    if (calls.one_in(2)) o.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
    if (calls.one_in(2)) o.flags |= EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
  }

  void make_call() {
    switch (calls_.below(16)) {
      case 0: return queue_input();
      case 1: return receive(false);
      case 2: return answer_with(calls_.one_in(4) ? ehlo_server_decline : ehlo_server_accept, {});
      case 3: return reply();
      case 4: return challenge();
      case 5: return refuse();
      case 6: return void(output(calls_.one_in(4) ? 0 : calls_.octet() * std::size_t{16}));
      case 7: return both(ehlo_server_tls_started, {EHLO_E_STATE});
      case 8: return both(ehlo_server_tls_failed, {EHLO_E_STATE});
      case 9: return end();
      case 10: return release();
      case 11: return receive_badly();
      case 12: return shut_down();
      case 13: return void(dry_ = calls_.one_in(2));
      default: return do_wanted();
    }
  }

  template <class Call>
  void both(Call what, std::initializer_list<std::int32_t> named) {
    call(what, named);
  }

  void compare() {
    MirroredSessions::compare();
    require(ehlo_server_protocol_name(session()) == ehlo_server_protocol_name(other()), "both speak the same protocol");
    if (!(ehlo_server_wants(session()) & EHLO_WANT_ANSWER)) open_.clear();
  }

  void queue_input() {
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
    const std::size_t size = some_of_inbox(whole);
    const std::uint32_t events = EHLO_SERVER_EVENTS_MIN + static_cast<std::uint32_t>(whole ? 40 : calls_.below(9));
    const std::uint32_t spans = EHLO_SPANS_MIN + static_cast<std::uint32_t>(whole ? 40 : calls_.below(9));
    const bool with_params = whole || !calls_.one_in(4);
    Batch a(events, spans, with_params), b(events, spans, with_params);
    receive_both(size, a, b);
    for (std::uint32_t i = 0; i < a.batch.event_count; ++i)
      if (a.events[i].id != 0) open_.push_back(a.events[i].id);
  }

  void receive_badly() {
    const std::uint32_t events = static_cast<std::uint32_t>(calls_.below(EHLO_SERVER_EVENTS_MIN + 2));
    const std::uint32_t spans = static_cast<std::uint32_t>(calls_.below(EHLO_SPANS_MIN + 2));
    const std::uint32_t params = static_cast<std::uint32_t>(calls_.below(EHLO_PARAMS_MAX));
    Batch bad(events, spans, true);
    bad.batch.param_cap = params;
    bad.batch.event_count = bad.batch.span_count = bad.batch.param_count = 7;
    MirroredSessions::receive_badly(bad);
    require(bad.batch.span_count == 0 && bad.batch.param_count == 0, "nothing is reported");
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
      require(with_id(session()) == EHLO_E_ID, "no ask with this id is open");
      return;
    }
    if (!call(with_id, named)) return;
    open_.erase(found);
    last_id_ = id;
    require(with_id(session()) == EHLO_E_ID, "an answer is given once");
  }

  void reply() {
    static constexpr std::uint32_t kCodes[] = {250, 220, 354, 334, 421, 450, 550, 554, 235, 0, 199, 600, 299, 999};
    static constexpr std::uint32_t kEnhanced[] = {0,
                                                  EHLO_ENHANCED_NONE,
                                                  EHLO_ENHANCED(5, 1, 1),
                                                  EHLO_ENHANCED(2, 0, 0),
                                                  EHLO_ENHANCED(4, 2, 2),
                                                  EHLO_ENHANCED(0, 5, 1),
                                                  EHLO_ENHANCED(5, 1, 1000),
                                                  UINT32_MAX};
    const std::uint32_t code = calls_.one_in(8) ? calls_.number() : calls_.one_of(kCodes);
    const std::uint32_t enhanced = calls_.one_of(kEnhanced);
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
    call([&](ehlo_server* server) { return ehlo_server_refuse_message(server, code, 0, text.data(), text.size()); },
         {EHLO_E_STATE, EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY});
  }
  void shut_down() {
    const bool none = calls_.one_in(2);
    const ExactCopy text(calls_.text());
    call(
        [&](ehlo_server* server) {
          return ehlo_server_shutdown(server, none ? 0 : EHLO_ENHANCED(4, 3, 2), none ? nullptr : text.data(),
                                      text.size());
        },
        {EHLO_E_STATE, EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY});
  }
  void end() {
    const bool eof = calls_.one_in(2);
    for (ehlo_server* const server : {session(), other()})
      eof ? ehlo_server_eof(server) : ehlo_server_timed_out(server);
  }
  // What a correct program does.
  void do_wanted() {
    receive(true);
    while (output(512) == 512) continue;
    if (ehlo_server_wants(session()) & EHLO_WANT_TLS) both(ehlo_server_tls_started, {});
    if (open_.empty()) return;
    const std::uint32_t id = open_.front();
    if (!(ehlo_server_wants(session()) & EHLO_WANT_ANSWER)) return open_.clear();
    require(call([id](ehlo_server* server) { return ehlo_server_accept(server, id); }, {}), "an open ask is accepted");
    open_.erase(open_.begin());
  }

  struct Batch {
    Batch(std::uint32_t event_cap, std::uint32_t span_cap, bool with_params)
        : events(event_cap), spans(span_cap), params(with_params ? event_cap + EHLO_PARAMS_MAX : 0) {
      batch.events = events.data();
      batch.event_size = sizeof *batch.events;
      batch.event_cap = event_cap;
      batch.spans = spans.data();
      batch.span_cap = span_cap;
      batch.params = with_params ? params.data() : nullptr;
      batch.param_size = sizeof *batch.params;
      batch.param_cap = static_cast<std::uint32_t>(params.size());
    }
    std::size_t receive(ehlo_server* server, const ExactCopy& shown) {
      return ehlo_server_receive(server, shown.data(), shown.size(), &batch);
    }
    void require_same_as(const Batch& other) const {
      require(batch.span_count == other.batch.span_count && batch.param_count == other.batch.param_count,
              "both report as much");
      require(same(events, other.events, batch.event_count) && same(spans, other.spans, batch.span_count),
              "both report the same events");
      for (std::uint32_t i = 0; i < batch.param_count; ++i) {
        const ehlo_param &a = params[i], &b = other.params[i];
        require(a.id == b.id && a.number == b.number && a.keyword.off == b.keyword.off && a.value.off == b.value.off,
                "both report the same parameters");
      }
      for (std::uint32_t i = 0; i < batch.event_count; ++i) check_param(events[i]);
    }
    void check_param(const ehlo_server_event& event) const {
      for (std::uint32_t id = 0; id < 12; ++id) {
        const ehlo_param* const param = ehlo_server_event_param(&batch, &event, id);
        require(param == nullptr || param->id == id, "a parameter is the one that was asked for");
      }
    }

    std::vector<ehlo_server_event> events;
    std::vector<ehlo_span> spans;
    std::vector<ehlo_param> params;
    ehlo_server_batch batch{};
  };

  std::vector<std::uint32_t> open_;
  std::uint32_t last_id_ = 0;
};

}  // namespace support
