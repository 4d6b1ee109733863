// The calls that a program may make on a client session, with any arguments: see mirrored_sessions.h.
#pragma once

#include "client_envelopes.h"
#include "client_rows.h"
#include "mirrored_sessions.h"
#include "support/rows.h"

namespace support {

class MirroredClients : MirroredSessions<ClientRole> {
 public:
  explicit MirroredClients(Calls& calls) : MirroredSessions(calls, draw_options(calls)) {}

  void run() {
    if (!are_there()) return;
    compare();
    while (calls_.more() && !released_) {
      make_call();
      compare();
    }
    if (released_) return;
    for (ehlo_client* const client : {session(), other()}) ehlo_client_eof(client);
    for (unsigned round = 0; round < 20 && ehlo_client_wants(session()) != EHLO_WANT_CLOSE; ++round) {
      receive(true);
      compare();
    }
  }

 private:
  static ehlo_client_options draw_options(Calls& calls) {
    static constexpr const char* kNames[] = {"c.example", "[IPv6:::1]", "", nullptr, "no host", "c.example"};
    ehlo_client_options o;
    ehlo_client_options_init(&o, sizeof o);
    o.hostname = "c.example";
    o.protocol = calls.one_in(4) ? 1 : 0;
    o.flags = calls.one_in(2) ? calls.octet() & 127 : 0;
    if (o.flags & EHLO_CLIENT_FLAG_CHUNKING) o.rows = ClientRows::get();
    if (!calls.one_in(3)) return o;
    o.hostname = calls.one_of(kNames);
    std::uint32_t* const numbers[] = {
        &o.protocol,     &o.flags,          &o.replies.line_octets, &o.replies.lines,        &o.replies.octets,
        &o.data_endings, &o.max_recipients, &o.max_auth_challenges, &o.max_auth_line_octets, &o.command_octets};
    for (std::size_t count = calls.below(4); count-- > 0;) *calls.one_of(numbers) = calls.number();
    return o;
  }

  void make_call() {
    switch (calls_.below(20)) {
      case 0: return queue_input();
      case 1: return receive(false);
      case 2: return void(output(calls_.octet() * std::size_t{16}));
      case 3: return void(call(ehlo_client_open, {EHLO_E_STATE, EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY}));
      case 4: return submit();
      case 5: return mail();
      case 6: return void(call(ehlo_client_data, kOfCommands));
      case 7: return void(call(ehlo_client_rset, kOfCommands));
      case 8: return query();
      case 9: return void(call(ehlo_client_quit, kOfCommands));
      case 10: return start_tls();
      case 11: return authenticate();
      case 12: return body();
      case 13: return body_copy();
      case 14: return bdat();
      case 15: return end();
      case 16: return receive_badly();
      case 17: return void(dry_ = calls_.one_in(2));
      default: return do_wanted();
    }
  }

  static constexpr std::initializer_list<std::int32_t> kOfCommands = {
      EHLO_E_STATE, EHLO_E_ARGUMENT, EHLO_E_NOT_OFFERED,    EHLO_E_TLS_REQUIRED,
      EHLO_E_SPACE, EHLO_E_MEMORY,   EHLO_E_NEEDS_SMTPUTF8, EHLO_E_MESSAGE_TOO_LARGE};

  void compare() {
    MirroredSessions::compare();
    require(ehlo_client_outstanding(session()) == ehlo_client_outstanding(other()), "both wait for as many replies");
    require(ehlo_client_transaction(session()) == ehlo_client_transaction(other()), "both are at the same transaction");
    require(ehlo_client_extensions(session()) == ehlo_client_extensions(other()), "both may use the same");
    std::uint64_t limit = 0, other_limit = 0;
    require(ehlo_client_size_limit(session(), &limit) == ehlo_client_size_limit(other(), &other_limit) &&
                limit == other_limit,
            "both know the same limit");
    std::size_t size = 0, other_size = 0;
    const char* const reply = ehlo_client_hello_reply(session(), &size);
    const char* const other_reply = ehlo_client_hello_reply(other(), &other_size);
    require((reply == nullptr) == (other_reply == nullptr) && (reply == nullptr) == (size == 0), "a reply or none");
    require_same({reply, size}, {other_reply, other_size}, "both keep the same reply");
    ehlo_span arguments{}, other_arguments{};
    require(ehlo_client_offers(session(), "AUTH", 4, &arguments) ==
                    ehlo_client_offers(other(), "auth", 4, &other_arguments) &&
                arguments.off == other_arguments.off && arguments.len == other_arguments.len,
            "both find the same");
  }

  void queue_input() {
    static constexpr std::string_view kReplies[] = {
        "220 mx.example ESMTP\r\n",
        "250 ok\r\n",
        "250 2.1.5 ok\r\n",
        "354 go\r\n",
        "334 \r\n",
        "334 YWJj\r\n",
        "235 2.7.0 ok\r\n",
        "221 bye\r\n",
        "550 5.1.1 no\r\n",
        "450 later\r\n",
        "421 4.3.2 gone\r\n",
        "554 no\r\n",
        "250-mx\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-STARTTLS\r\n250 AUTH PLAIN "
        "LOGIN\r\n",
        "250-mx\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250-SIZE 4000\r\n250 PIPELINING\r\n",
        "250-mx\r\n",
        "25",
        "250 half",
        "\r\n",
        "x",
        "500 5.5.1 unknown\r\n"};
    inbox_ += calls_.one_in(16) ? calls_.raw() : calls_.one_of(kReplies);
  }

  struct Batch {
    explicit Batch(std::uint32_t cap) : events(cap), batch{events.data(), sizeof events[0], cap, 7, 7} {}
    std::size_t receive(ehlo_client* client, const ExactCopy& shown) {
      return ehlo_client_receive(client, shown.data(), shown.size(), &batch);
    }
    void require_same_as(const Batch& other) const {
      require(same(events, other.events, batch.event_count), "both report the same events");
      for (std::uint32_t i = 0; i < batch.event_count; ++i)
        require(*ehlo_client_event_name(events[i].type) != '\0', "an event has a name");
    }
    std::vector<ehlo_client_event> events;
    ehlo_client_batch batch;
  };

  void receive(bool whole) {
    const std::size_t size = some_of_inbox(whole);
    const std::uint32_t cap = EHLO_CLIENT_EVENTS_MIN + static_cast<std::uint32_t>(whole ? 40 : calls_.below(9));
    Batch a(cap), b(cap);
    receive_both(size, a, b);
  }
  void receive_badly() {
    Batch bad(static_cast<std::uint32_t>(calls_.below(EHLO_CLIENT_EVENTS_MIN)));
    MirroredSessions::receive_badly(bad);
  }

  void submit() {
    const ehlo_envelope* const envelope = envelopes().at(calls_.octet());
    call([&](ehlo_client* c) { return ehlo_client_transact(c, envelope); }, kOfCommands);
  }
  static const ClientEnvelopes& envelopes() {
    static const ClientEnvelopes all;
    return all;
  }

  void mail() {
    static constexpr ehlo_param_text kParams[] = {{"BODY", 4, "8BITMIME", 8},
                                                  {"SMTPUTF8", 8, nullptr, 0},
                                                  {"X", 1, "1", 1},
                                                  {"RET", 3, "FULL\r\nRSET", 10},
                                                  {"", 0, "", 0},
                                                  {"NOTIFY", 6, "NEVER", 5}};
    const ExactCopy path(calls_.text());
    const bool rcpt = calls_.one_in(2), none = calls_.one_in(8);
    const std::size_t first = calls_.below(std::size(kParams));
    const std::size_t count = calls_.one_in(2) ? 0 : calls_.below(std::size(kParams) - first + 1);
    const ehlo_param_text* const params = none ? nullptr : kParams + first;
    call(
        [&](ehlo_client* c) {
          return rcpt ? ehlo_client_rcpt(c, path.data(), path.size(), params, count)
                      : ehlo_client_mail(c, path.data(), path.size(), params, count);
        },
        kOfCommands);
  }

  void query() {
    const ExactCopy text(calls_.text());
    const std::uint32_t verb =
        calls_.one_in(8) ? calls_.number() : static_cast<std::uint32_t>(calls_.below(std::size(kVerbs) + 1));
    const std::uint32_t flags = calls_.below(2) != 0 ? EHLO_FLAG_SMTPUTF8 : 0;
    const std::size_t which = calls_.below(3);
    call(
        [&](ehlo_client* c) {
          const char* const name = ehlo_verb_name(verb);
          if (which == 0) return ehlo_client_command(c, name, std::strlen(name), text.data(), text.size(), flags);
          if (which == 1) return ehlo_client_hello(c, verb);
          return flags ? ehlo_client_command(c, text.data(), text.size(), nullptr, 0, 0)
                       : ehlo_client_command(c, "XVERB", 5, text.data(), text.size(), 0);
        },
        kOfCommands);
  }

  void start_tls() {
    const std::size_t which = calls_.below(3);
    call(
        [&](ehlo_client* c) {
          return which == 0   ? ehlo_client_starttls(c)
                 : which == 1 ? ehlo_client_tls_started(c)
                              : ehlo_client_tls_failed(c);
        },
        kOfCommands);
  }

  void authenticate() {
    static constexpr std::string_view kMechanisms[] = {"PLAIN", "LOGIN", "plain", "", "NO,NE", "X-OTHER"};
    static constexpr std::size_t kSizes[] = {0, 3, 60, 600, 9300, 20000};
    const std::string_view mechanism = calls_.one_of(kMechanisms);
    const std::string response(calls_.one_of(kSizes), 's');
    const bool none = calls_.one_in(4);
    const std::size_t which = calls_.below(4);
    call(
        [&](ehlo_client* c) {
          if (which == 0) return ehlo_client_auth_cancel(c);
          if (which == 1)
            return ehlo_client_auth_respond(c, none ? nullptr : response.data(), none ? 0 : response.size());
          return ehlo_client_auth(c, mechanism.data(), mechanism.size(), none ? nullptr : response.data(),
                                  response.size());
        },
        kOfCommands);
  }

  static constexpr std::initializer_list<std::int32_t> kOfContent = {
      EHLO_E_STATE,  EHLO_E_ARGUMENT, EHLO_E_SPACE,     EHLO_E_NOT_OFFERED,
      EHLO_E_MEMORY, EHLO_E_BARE_LF,  EHLO_E_FALSE_END, EHLO_E_BARE_CR};

  std::string_view content() {
    static constexpr std::string_view kPieces[] = {
        "Subject: x\r\n\r\nhi\r\n", "", ".", "\r\n.\r\n", "\n.\r\n", "a\rb", "\r", "\n", "..\r\n"};
    return calls_.one_in(8) ? calls_.raw() : calls_.one_of(kPieces);
  }

  void body() {
    const ExactCopy piece(content());
    const auto last = static_cast<std::int32_t>(calls_.below(2));
    const std::uint32_t cap = static_cast<std::uint32_t>(calls_.below(EHLO_SPANS_MIN + 6));
    std::vector<ehlo_span> a(cap), b(cap);
    std::uint32_t count = 7, other_count = 7;
    std::size_t consumed = 7, other_consumed = 7;
    const std::int32_t error =
        ehlo_client_body(session(), piece.data(), piece.size(), last, a.data(), cap, &count, &consumed);
    require_named(error, kOfContent);
    if (error != EHLO_OK) return require(count == 0, "nothing of a call that is refused may be sent");
    require(ehlo_client_body(other(), piece.data(), piece.size(), last, b.data(), cap, &other_count, &other_consumed) ==
                EHLO_OK,
            "a call that was refused has changed nothing");
    require(cap >= EHLO_SPANS_MIN && count == other_count && consumed == other_consumed && count <= cap &&
                consumed <= piece.size(),
            "both take as much");
    for (std::uint32_t i = 0; i < count; ++i)
      require(a[i].off == b[i].off && a[i].len == b[i].len, "both send the same content");
  }
  void body_copy() {
    const ExactCopy piece(content());
    const auto last = static_cast<std::int32_t>(calls_.below(2));
    const std::size_t capacity = calls_.octet();
    std::string a(capacity, '\0'), b(capacity, '\0');
    std::size_t written = 7, consumed = 7, other_written = 7, other_consumed = 7;
    const std::int32_t error =
        ehlo_client_body_copy(session(), piece.data(), piece.size(), last, a.data(), capacity, &written, &consumed);
    require_named(error, kOfContent);
    if (error != EHLO_OK) return require(written == 0, "nothing of a call that is refused may be sent");
    require(ehlo_client_body_copy(other(), piece.data(), piece.size(), last, b.data(), capacity, &other_written,
                                  &other_consumed) == EHLO_OK,
            "a call that was refused has changed nothing");
    require(capacity >= 64 && written == other_written && consumed == other_consumed && written <= capacity &&
                consumed <= piece.size(),
            "both take as much");
    require_same(std::string_view(a).substr(0, written), std::string_view(b).substr(0, written), "both send the same");
  }
  void bdat() {
    const ExactCopy chunk(content());
    const auto last = static_cast<std::int32_t>(calls_.below(2));
    const bool dot = calls_.one_in(4);
    const auto bdat = [&](ehlo_client* c) { return ehlo_client_bdat(c, chunk.data(), chunk.size(), last, nullptr); };
    call([&](ehlo_client* c) { return dot ? ehlo_client_abort_data(c) : bdat(c); },
         {EHLO_E_STATE, EHLO_E_NOT_OFFERED, EHLO_E_SPACE, EHLO_E_MEMORY, EHLO_E_BARE_LF, EHLO_E_BARE_CR,
          EHLO_E_FALSE_END, EHLO_E_NUL});
  }

  void end() {
    const std::size_t which = calls_.below(8);
    if (which == 3) return release();
    for (ehlo_client* const client : {session(), other()}) {
      if (which == 0) ehlo_client_eof(client);
      if (which == 1) ehlo_client_timed_out(client);
      if (which == 2) ehlo_client_abort(client);
    }
  }

  // What a correct program does.
  void do_wanted() {
    static constexpr std::string_view kOk[] = {"250 2.0.0 ok\r\n", "354 go\r\n", "220 mx\r\n", "550 no\r\n"};
    output(4096);
    if (ehlo_client_outstanding(session()) != 0 && inbox_.empty())
      inbox_ = ehlo_client_timeout(session()).kind == EHLO_TIMEOUT_GREETING          ? kOk[2]
               : ehlo_client_timeout(session()).kind == EHLO_TIMEOUT_DATA_INITIATION ? kOk[1]
                                                                                     : kOk[calls_.one_in(16) ? 3 : 0];
    receive(true);
    const std::uint32_t wants = ehlo_client_wants(session());
    if (wants & EHLO_WANT_TLS) require(call(ehlo_client_tls_started, {}), "the handshake that is wanted may be done");
  }
};

}  // namespace support
