// Plays a script against a client session: shows the replies in pieces, does what the decisions say, and checks the
// properties that ehlo_client.h promises after each call.
#pragma once

#include "client_envelopes.h"
#include "client_script.h"
#include "support/client_link.h"

namespace support {

// How a script is played. It must not change the events and the output.
struct ClientPlan {
  std::size_t piece = SIZE_MAX;
  std::uint32_t events = 64;
};

class ClientPlayer {
 public:
  using Port = ClientPort<CClient>;

  ClientPlayer(const ClientScript& script, const ClientPlan& plan, const ClientEnvelopes& envelopes)
      : script_(script),
        plan_(plan),
        envelopes_(envelopes),
        allocator_(CountingAllocator::failing(script.setup().failures)),
        client_(script.setup().options, allocator_.get(), &error_),
        port_(client_.made.get()) {
    require((client_.config == nullptr) == (error_ != EHLO_OK), "a configuration or an error");
  }

  // False: the options are refused, or there is no memory.
  bool play() {
    if (client_.made == nullptr) return false;
    let_program_act();
    for (const Segment& segment : script_.segments()) {
      show(segment.octets);
      end_segment(segment.then);
      for (std::uint8_t more = 1; more != 0;) {
        more = script_.decision(ordinal_) & 64;
        let_program_act();
      }
    }
    ehlo_client_eof(client());
    show("");
    show("250 behind the end\r\n");
    port_.check_end();
    check_memory();
    return true;
  }

  const Port& port() const { return port_; }
  // The server began a reply that no command asked for. How much of it had arrived when a command was due depends on
  // the cuts.
  bool depends_on_cuts() const { return depends_on_cuts_; }

 private:
  static constexpr std::size_t kMost = 4000;  // of octets at a time

  ehlo_client* client() const { return port_.get(); }
  std::uint32_t wants() const { return port_.wants(); }

  void show(std::string_view octets) {
    for (std::size_t at = 0; at == 0 || at < octets.size(); at += std::min(plan_.piece, kMost)) {
      port_.show(octets.substr(std::min(at, octets.size()), std::min(plan_.piece, kMost)));
      do port_.receive(plan_.events);
      while (port_.must_receive());
      check_rest();
    }
  }

  void check_rest() {
    const std::uint32_t now = wants();
    const ehlo_timeout timeout = ehlo_client_timeout(client());
    require((timeout.kind == EHLO_TIMEOUT_NONE) == (timeout.seconds == 0), "a timeout has a length");
    require(!(now & EHLO_WANT_CLOSE) || (now == EHLO_WANT_CLOSE && port_.over()), "CLOSE is wanted after all else");
    require(!(now & EHLO_WANT_TLS) || now == EHLO_WANT_TLS, "TLS is wanted after all else");
    require((now & EHLO_WANT_CLOSE) || timeout.kind != EHLO_TIMEOUT_NONE || ehlo_client_outstanding(client()) == 0,
            "time runs while a reply is awaited");
    require((now & (EHLO_WANT_INPUT | EHLO_WANT_TLS | EHLO_WANT_CLOSE)) != 0, "a session wants something");
    require(!port_.over() || ehlo_client_outstanding(client()) == 0, "no reply is expected after the end");
  }

  void end_segment(char what) {
    if (what == 'e') ehlo_client_eof(client());
    if (what == 't') ehlo_client_timed_out(client());
    if (what == 'a') ehlo_client_abort(client());
    if (what != 's') show("");
  }

  // Lets the program do what the next decision says.
  void let_program_act() {
    depends_on_cuts_ |= !port_.tail().empty() && ehlo_client_outstanding(client()) == 0;
    const std::uint8_t decision = script_.decision(ordinal_++);
    if (decision & 128)
      act(decision & 31, script_.decision(ordinal_++));
    else
      do_what_is_wanted(decision & 63);
    check_rest();
  }

  void do_what_is_wanted(std::uint8_t detail) {
    take_output(detail == 0 ? kMost : detail * 8);
    const std::uint32_t now = wants();
    if (now & EHLO_WANT_TLS) {
      require(ehlo_client_tls_started(client()) == EHLO_OK, "the handshake that is wanted may be done");
      return note(ehlo_client_open(client()));
    }
    if (now & EHLO_WANT_ANSWER) return note(ehlo_client_auth_respond(client(), "user", 4));
    if (now & EHLO_WANT_BODY) return give(detail, true);
    if (!opened_) {
      opened_ = true;
      return note(ehlo_client_open(client()));
    }
    if (now & EHLO_WANT_COMMAND) submitted_ < 3 ? submit(detail + submitted_) : note(ehlo_client_quit(client()));
    take_output(kMost);
  }

  void take_output(std::size_t capacity) {
    do port_.output(capacity);
    while (capacity >= 64 && (wants() & EHLO_WANT_OUTPUT));
  }

  // The error must be one that the header names, and the session must be unchanged.
  void note(std::int32_t error) {
    const bool named = error == EHLO_E_STATE || error == EHLO_E_ARGUMENT || error == EHLO_E_NOT_OFFERED ||
                       error == EHLO_E_TLS_REQUIRED || error == EHLO_E_SPACE || error == EHLO_E_NEEDS_SMTPUTF8 ||
                       error == EHLO_E_MESSAGE_TOO_LARGE || (error == EHLO_E_MEMORY && allocator_.dry());
    require(error == EHLO_OK || named, "an error is one that the call names");
  }
  template <class Call>
  bool call(Call call) {
    const std::uint32_t before = wants(), awaited = ehlo_client_outstanding(client());
    const std::uint32_t transaction = ehlo_client_transaction(client());
    const std::int32_t error = call();
    note(error);
    if (error == EHLO_OK) return true;
    require(wants() == before && ehlo_client_outstanding(client()) == awaited &&
                ehlo_client_transaction(client()) == transaction,
            "a call that is refused changes nothing");
    return false;
  }

  void submit(std::size_t which) {
    const ehlo_envelope* envelope = envelopes_.at(which);
    const bool taken = call([&] { return ehlo_client_transact(client(), envelope); });
    ++submitted_;
    if (taken) port_.expect(ehlo_client_transaction(client()), ehlo_envelope_count(envelope));
  }
  void mail(std::uint8_t detail) {
    static constexpr ehlo_param_text kParams[] = {
        {"BODY", 4, "8BITMIME", 8}, {"BODY", 4, "BINARYMIME", 10}, {"X", 1, "1", 1}};
    const bool said =
        call([&] { return ehlo_client_mail(client(), "a@b.example", 11, kParams + detail % 3, detail % 5 == 1); });
    named_ = 0;
    if (said) port_.expect(ehlo_client_transaction(client()), 0);
  }
  void rcpt() {
    if (call([&] { return ehlo_client_rcpt(client(), "d@e.example", 11, nullptr, 0); }))
      port_.expect(ehlo_client_transaction(client()), ++named_);
  }
  void bdat(std::uint8_t detail) {
    const bool last = detail & 1;
    if (last) port_.note_content_end(ehlo_client_transaction(client()));
    const std::string chunk(detail, detail & 2 ? '.' : 'x');
    call([&] { return ehlo_client_bdat(client(), chunk.data(), chunk.size(), last, nullptr); });
    take_output(kMost);
  }

  void give(std::uint8_t detail, bool last) {
    static constexpr std::string_view kPieces[] = {
        "Subject: x\r\n\r\nhi\r\n", "", ".", "\r\n.\r\n", "\n.\r\n", "a\rb", "\r", "\n"};
    const std::string_view piece = kPieces[detail % 8];
    if (last) port_.note_content_end(ehlo_client_transaction(client()));
    const auto given =
        port_.body(piece, last, script_.setup().copied, script_.setup().copied ? 64 + detail : EHLO_SPANS_MIN);
    const auto error = static_cast<std::int32_t>(given.error);
    if (error == EHLO_E_BARE_LF || error == EHLO_E_BARE_CR || error == EHLO_E_FALSE_END) return;
    note(error);
  }

  void act(std::uint8_t what, std::uint8_t detail) {
    static constexpr std::string_view kTexts[] = {"", "bob", "a\r\nQUIT", "\xC3\xBC", "x y"};
    const std::string_view text = kTexts[detail % 5];
    ehlo_client* const c = client();
    switch (what) {
      case 0: return take_output(1 + detail);
      case 1: opened_ |= call([&] { return ehlo_client_open(c); }); return;
      case 2: return submit(detail);
      case 3: return mail(detail);
      case 4: return rcpt();
      case 5: call([&] { return ehlo_client_data(c); }); return;
      case 6: return bdat(detail);
      case 7: return give(detail, (detail & 128) != 0);
      case 8: call([&] { return ehlo_client_rset(c); }); return;
      case 9: return command(ehlo_verb_name(detail % 16), text, detail >> 7 != 0 ? EHLO_FLAG_SMTPUTF8 : 0);
      case 10: return command("XVERB", text, 0);
      case 11: call([&] { return ehlo_client_quit(c); }); return;
      case 12: call([&] { return ehlo_client_starttls(c); }); return;
      case 13: call([&] { return ehlo_client_auth(c, "PLAIN", 5, text.data(), text.size()); }); return;
      case 14: call([&] { return ehlo_client_auth(c, "LOGIN", 5, nullptr, 0); }); return;
      case 15: return auth_with_long_response(detail);
      case 16: call([&] { return ehlo_client_auth_respond(c, text.data(), text.size()); }); return;
      case 17: call([&] { return ehlo_client_auth_cancel(c); }); return;
      case 18: return abort_data();
      case 19: call([&] { return ehlo_client_tls_started(c); }); return;
      case 20: call([&] { return ehlo_client_tls_failed(c); }); return show("");
      case 21: call([&] { return ehlo_client_hello(c, detail % 4); }); return;
      case 22: return release();
      default: return do_what_is_wanted(detail & 63);
    }
  }
  void command(std::string_view verb, std::string_view text, std::uint32_t flags) {
    ehlo_client* const c = client();
    call([&] { return ehlo_client_command(c, verb.data(), verb.size(), text.data(), text.size(), flags); });
  }
  // A response that is too long for the AUTH command.
  void auth_with_long_response(std::uint8_t detail) {
    const std::string response(300 + detail * 40u, 'p');
    call([&] { return ehlo_client_auth(client(), "PLAIN", 5, response.data(), response.size()); });
  }
  void abort_data() {
    port_.note_content_end(ehlo_client_transaction(client()));
    call([&] { return ehlo_client_abort_data(client()); });
  }
  // A released session is over, so release is tried only where it must be refused.
  void release() {
    if (!(wants() & EHLO_WANT_COMMAND) && !port_.over())
      require(ehlo_client_release(client()) == EHLO_E_STATE, "only an idle session is released");
  }

  void check_memory() const {
    const ehlo_client_options& o = script_.setup().options;
    const std::size_t rows = o.rows == nullptr ? 0 : 2000;
    const std::size_t most = 4000 + rows + o.max_recipients +
                             std::max(o.command_octets + 600, 2 * o.max_auth_line_octets + 2048) +
                             (o.replies.octets == 0 ? 65536 : o.replies.octets);
    require(allocator_.most_octets() <= most, "memory is bounded");
  }

  const ClientScript& script_;
  const ClientPlan& plan_;
  const ClientEnvelopes& envelopes_;
  CountingAllocator allocator_;
  std::int32_t error_ = EHLO_OK;
  CClient::Made client_;
  Port port_;
  std::size_t ordinal_ = 0, submitted_ = 0;
  std::uint32_t named_ = 0;
  bool opened_ = false, depends_on_cuts_ = false;
};

}  // namespace support
