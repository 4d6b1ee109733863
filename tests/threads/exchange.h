// One client session and one server session of a thread, connected in memory; all that either tells is written down.
#pragma once

#include <algorithm>
#include <span>
#include <thread>

#include "shared.h"

namespace threads {

class Exchange {
 public:
  Exchange(const Shared& shared, std::size_t manner, std::span<const std::string> contents)
      : envelope_(shared.letter()),
        contents_(contents),
        server_(ehlo_server_new(shared.server_of(manner), nullptr)),
        client_(ehlo_client_new(shared.client_of(manner), nullptr)) {}

  // All of the contents, one message each. Gives what was told, a line each.
  const std::string& run() {
    if (ehlo_client_open(client_.get()) != EHLO_OK) note("open is refused");
    while (!(wants() & EHLO_WANT_CLOSE) || !to_server_.empty()) {
      // The others' turn: a race that nobody meets is a race that nobody sees. It orders nothing between threads.
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
  std::uint32_t wants() const { return ehlo_client_wants(client_.get()); }
  void note(std::string_view line) { (log_ += line) += '\n'; }

  bool serve() {
    ehlo_event events[16];
    ehlo_span spans[64];
    ehlo_param params[EHLO_PARAMS_MAX];
    ehlo_batch batch{events, spans, params, 16, 0, 64, 0, EHLO_PARAMS_MAX, 0, 0, 0};
    const std::size_t used = ehlo_server_receive(server_.get(), to_server_.data(), to_server_.size(), &batch);
    for (std::uint32_t i = 0; i < batch.event_count; ++i) take(events[i], batch);
    to_server_.erase(0, used);
    char out[300];
    const std::size_t said = ehlo_server_output(server_.get(), out, sizeof out);
    to_client_.append(out, said);
    return used != 0 || batch.event_count != 0 || said != 0;
  }

  std::string_view text(ehlo_span span) const {
    return span.off == EHLO_ABSENT ? "" : std::string_view(to_server_).substr(span.off, span.len);
  }

  void take(const ehlo_event& event, const ehlo_batch& batch) {
    for (std::uint32_t i = event.body.first; i < event.body.first + event.body.count; ++i)
      stored_ += batch.spans[i].off == EHLO_OFF_CRLF ? "\r\n" : text(batch.spans[i]);
    std::int32_t answered = EHLO_OK;
    switch (event.type) {
      case EHLO_EVENT_AUTH:
        note("AUTH " + std::string(text(event.text)) + " " + std::string(text(event.response)));
        answered = ehlo_server_reply(server_.get(), event.id, 235, "2.7.0", "welcome", 7);
        break;
      case EHLO_EVENT_RCPT: answered = decide(event); break;
      case EHLO_EVENT_MAIL:
        note("MAIL " + std::string(text(event.path.whole)) + parameters(event, batch));
        answered = ehlo_server_accept(server_.get(), event.id);
        break;
      case EHLO_EVENT_MESSAGE:
        note(std::string(ehlo_server_protocol_name(server_.get())) + " message of " + std::to_string(event.number));
        answered = ehlo_server_accept(server_.get(), event.id);
        break;
      case EHLO_EVENT_CLOSE: note("CLOSE " + std::string(ehlo_error_name(event.error))); break;
      case EHLO_EVENT_REJECTED: note("REJECTED " + std::string(ehlo_error_name(event.error))); break;
      default: break;
    }
    if (answered != EHLO_OK) note("an answer is refused");
  }

  std::int32_t decide(const ehlo_event& event) {
    note("RCPT " + std::string(text(event.path.whole)));
    if (text(event.path.local) != "no") return ehlo_server_accept(server_.get(), event.id);
    return ehlo_server_reply(server_.get(), event.id, 550, "5.1.1", "nobody", 6);
  }

  std::string parameters(const ehlo_event& event, const ehlo_batch& batch) const {
    std::vector<std::string> words;
    for (std::uint32_t i = event.params.first; i < event.params.first + event.params.count; ++i) {
      const ehlo_param& param = batch.params[i];
      words.push_back(" " + std::string(text(param.keyword)));
      if (param.value.off != EHLO_ABSENT) words.back() += "=" + std::string(text(param.value));
    }
    std::sort(words.begin(), words.end());
    std::string joined;
    for (const std::string& word : words) joined += word;
    return joined;
  }

  bool send() {
    ehlo_client_event events[16];
    ehlo_client_batch batch{events, 16, 0, 0, 0};
    const std::size_t used = ehlo_client_receive(client_.get(), to_client_.data(), to_client_.size(), &batch);
    to_client_.erase(0, used);
    for (std::uint32_t i = 0; i < batch.event_count; ++i) react(events[i]);
    char out[300];
    std::size_t said = 0, taken = 0;
    if (wants() & EHLO_WANT_BODY) {
      const std::string_view left = std::string_view(contents_[message_]).substr(given_);
      if (ehlo_client_body_copy(client_.get(), left.data(), left.size(), 1, out, sizeof out, &said, &taken) != EHLO_OK)
        note("content is refused");
      given_ += taken;
    } else {
      said = ehlo_client_output(client_.get(), out, sizeof out);
    }
    to_server_.append(out, said);
    return used != 0 || batch.event_count != 0 || said != 0 || taken != 0;
  }

  void react(const ehlo_client_event& event) {
    static constexpr std::string_view kMessage{"\0user\0secret", 12};
    std::int32_t result = EHLO_OK;
    switch (event.type) {
      case EHLO_CLIENT_READY:
        result = ehlo_client_auth(client_.get(), "PLAIN", 5, kMessage.data(), kMessage.size());
        break;
      case EHLO_CLIENT_REPLY:
        if (event.verb == EHLO_VERB_AUTH) result = ehlo_client_submit(client_.get(), envelope_);
        break;
      case EHLO_CLIENT_OUTCOME:
        outcomes_ += " " + std::to_string(event.index) + ":" + std::to_string(event.code);
        break;
      case EHLO_CLIENT_DONE: result = next(); break;
      case EHLO_CLIENT_CLOSED: note("CLOSED"); break;
      case EHLO_CLIENT_ERROR: note("ERROR " + std::string(ehlo_error_name(event.error))); break;
      default: break;
    }
    if (result != EHLO_OK) note("a call is refused: " + std::string(ehlo_error_name(result)));
  }

  std::int32_t next() {
    note("OUTCOMES" + outcomes_);
    note(stored_ == contents_[message_] ? "the content has arrived" : "ANOTHER content has arrived");
    outcomes_.clear();
    stored_.clear();
    given_ = 0;
    return ++message_ < contents_.size() ? ehlo_client_submit(client_.get(), envelope_)
                                         : ehlo_client_quit(client_.get());
  }

  const ehlo_envelope* envelope_;
  std::span<const std::string> contents_;
  Server server_;
  Client client_;
  std::string to_server_, to_client_, stored_, outcomes_, log_;
  std::size_t message_ = 0, given_ = 0;
};

}  // namespace threads
