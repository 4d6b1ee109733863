// One client session and one server session of a thread, connected in memory. Their events are recorded.
#pragma once

#include <algorithm>
#include <span>
#include <thread>

#include "shared.h"

namespace threads {

// The receiving program: it stores messages and refuses a recipient called "no".
class Receiver : public ServerPort<CServer> {
 public:
  Receiver(ehlo_server* server, std::string& log) : ServerPort(server, {16, 64, 300}), log_(log) {}

  std::string take_stored() { return std::exchange(stored_, {}); }

 private:
  void note(std::string_view line) { (log_ += line) += '\n'; }
  std::string text(ehlo_span span) const {
    return span.off == EHLO_ABSENT ? "" : std::string(shown().substr(span.off, span.len));
  }

  void take(const ehlo::Event& reported) override {
    const ehlo_server_event& event = c_of(reported);
    std::int32_t answered = EHLO_OK;
    switch (event.type) {
      case EHLO_SERVER_EVENT_BODY: stored_ += text_of(reported).body(); break;
      case EHLO_SERVER_EVENT_AUTH:
        note("AUTH " + text(event.text) + " " + text(event.response));
        answered = ehlo_server_reply(&server(), event.id, 235, EHLO_ENHANCED(2, 7, 0), "welcome", 7);
        break;
      case EHLO_SERVER_EVENT_RCPT: answered = decide(event); break;
      case EHLO_SERVER_EVENT_MAIL:
        note("MAIL " + text(event.path.whole) + parameters(event));
        answered = ehlo_server_accept(&server(), event.id);
        break;
      case EHLO_SERVER_EVENT_MESSAGE:
        note(std::string(ehlo_server_protocol_name(&server())) + " message of " + std::to_string(event.number));
        answered = ehlo_server_accept(&server(), event.id);
        break;
      case EHLO_SERVER_EVENT_CLOSE: note("CLOSE " + std::string(ehlo_error_name(event.error))); break;
      case EHLO_SERVER_EVENT_REJECTED: note("REJECTED " + std::string(ehlo_error_name(event.error))); break;
      default: break;
    }
    if (answered != EHLO_OK) note("an answer is refused");
  }

  std::int32_t decide(const ehlo_server_event& event) {
    note("RCPT " + text(event.path.whole));
    if (text(event.path.local) != "no") return ehlo_server_accept(&server(), event.id);
    return ehlo_server_reply(&server(), event.id, 550, EHLO_ENHANCED(5, 1, 1), "nobody", 6);
  }

  std::string parameters(const ehlo_server_event& event) const {
    std::vector<std::string> words;
    for (std::uint32_t i = event.params.first; i < event.params.first + event.params.count; ++i) {
      const ehlo_param& param = c_of(batch()).params[i];
      words.push_back(" " + text(param.keyword));
      if (param.value.off != EHLO_ABSENT) words.back() += "=" + text(param.value);
    }
    std::sort(words.begin(), words.end());
    std::string joined;
    for (const std::string& word : words) joined += word;
    return joined;
  }

  std::string& log_;
  std::string stored_;
};

class Exchange {
 public:
  Exchange(const Shared& shared, std::size_t manner, std::span<const std::string> contents)
      : envelope_(shared.letter()),
        contents_(contents),
        server_(ehlo_server_new(shared.server_of(manner), nullptr)),
        client_(ehlo_client_new(shared.client_of(manner), nullptr)) {}

  // Sends all contents, one message each. Returns the events, one line each.
  const std::string& run() {
    if (ehlo_client_open(client_.get()) != EHLO_OK) note("open is refused");
    while (!sender_.wants(EHLO_WANT_CLOSE) || !receiver_.tail().empty()) {
      // Lets other threads run, so that races are more likely to be seen. It does not order the threads.
      std::this_thread::yield();
      bool moved = serve();
      moved |= send();
      if (moved) continue;
      note("the exchange is stuck");
      break;
    }
    return log_;
  }

 private:
  void note(std::string_view line) { (log_ += line) += '\n'; }

  bool serve() {
    const bool received = receiver_.receive(), said = receiver_.take_output_once() != 0;
    sender_.show(receiver_.take_wire());
    return received || said;
  }

  bool send() {
    for (const ehlo::ClientEvent& event : sender_.receive(16)) react(c_of(event));
    bool moved = sender_.moved();
    if (sender_.wants(EHLO_WANT_BODY)) {
      const auto given = sender_.body(std::string_view(contents_[message_]).substr(given_), true, true, 300);
      if (given.error != EHLO_OK) note("content is refused");
      given_ += given.consumed;
      moved |= given.consumed != 0;
    } else {
      sender_.output(300);
    }
    moved |= !sender_.wire().empty();
    receiver_.show(sender_.take_wire());
    return moved;
  }

  void react(const ehlo_client_event& event) {
    static constexpr std::string_view kMessage{"\0user\0secret", 12};
    std::int32_t result = EHLO_OK;
    switch (event.type) {
      case EHLO_CLIENT_EVENT_READY:
        result = ehlo_client_auth(client_.get(), "PLAIN", 5, kMessage.data(), kMessage.size());
        break;
      case EHLO_CLIENT_EVENT_REPLY:
        if (event.verb == EHLO_VERB_AUTH) result = ehlo_client_transact(client_.get(), envelope_);
        break;
      case EHLO_CLIENT_EVENT_OUTCOME:
        outcomes_ += " " + std::to_string(event.index) + ":" + std::to_string(event.code);
        break;
      case EHLO_CLIENT_EVENT_DONE: result = next(); break;
      case EHLO_CLIENT_EVENT_CLOSED: note("CLOSED"); break;
      case EHLO_CLIENT_EVENT_ERROR: note("ERROR " + std::string(ehlo_error_name(event.error))); break;
      default: break;
    }
    if (result != EHLO_OK) note("a call is refused: " + std::string(ehlo_error_name(result)));
  }

  std::int32_t next() {
    note("OUTCOMES" + outcomes_);
    note(receiver_.take_stored() == contents_[message_] ? "the content has arrived" : "ANOTHER content has arrived");
    outcomes_.clear();
    given_ = 0;
    return ++message_ < contents_.size() ? ehlo_client_transact(client_.get(), envelope_)
                                         : ehlo_client_quit(client_.get());
  }

  const ehlo_envelope* envelope_;
  std::span<const std::string> contents_;
  std::string outcomes_, log_;
  CServerOwner server_;
  CClientOwner client_;
  Receiver receiver_{server_.get(), log_};
  ClientPort<CClient> sender_{client_.get()};
  std::size_t message_ = 0, given_ = 0;
};

}  // namespace threads
