// A program around a client session: it shows what has come, takes events and output where wants says so, gives
// content, and watches over what the session promises of every call, whoever makes it.
#pragma once

#include <map>
#include <vector>

#include "client_event_text.h"
#include "port.h"

namespace support {

// How much the program hands over and takes at a time; none of it may matter.
struct ClientSizes {
  std::uint32_t events = 64;
  std::size_t output = 4096;
  std::uint32_t spans = 64;
  std::size_t copy = 0;   // octets of the buffer for body_copy; 0: body
  std::size_t piece = 0;  // octets of content a call; 0: all
  bool deciders = false;  // outcomes are logged with the command that decided them
  bool silent = false;    // nothing is logged and nothing of transactions is watched over, for very many of them
};
inline constexpr ClientSizes kSmallestClient{EHLO_CLIENT_EVENTS_MIN, 1, 8, 0, 1};

template <class Api>
class ClientPort : public Port {
 public:
  using Session = typename Api::Session;
  using Outcomes = std::map<std::uint32_t, ehlo::ClientEvent>;  // of the recipients of a transaction

  explicit ClientPort(Session* session, ClientSizes sizes = {}) : session_(session), sizes_(sizes) {}

  Session* get() const { return session_; }
  std::uint32_t wants() const { return Api::wants(*session_); }
  bool wants(std::uint32_t bit) const { return (wants() & bit) != 0; }
  bool over() const { return over_; }
  bool must_receive() const { return wants(EHLO_WANT_EVENTS); }

  // One call of receive; gives what came of it.
  const std::vector<ehlo::ClientEvent>& receive() { return receive(sizes_.events); }
  const std::vector<ehlo::ClientEvent>& receive(std::uint32_t event_cap) {
    const ehlo::Bytes shown = placed(kInput, tail_);
    auto* const events = array<ehlo::ClientEvent>(kEvents, event_cap);
    ehlo::ClientBatch batch{events, sizeof *events, event_cap, 77, EHLO_E_ID};
    const std::size_t used = Api::receive(*session_, shown, batch);
    require(batch.error == EHLO_OK && used <= shown.size && batch.event_count <= event_cap, "a call keeps its bounds");
    events_.assign(events, events + batch.event_count);
    for (const ehlo::ClientEvent& event : events_) take(event);
    moved_ = used != 0 || batch.event_count != 0;
    tail_.erase(0, used);
    require(tail_.size() <= kLongestReply, "what waits is a part of a reply");
    memory(kInput).assign("");
    return events_;
  }
  bool moved() const { return moved_; }

  std::string output(std::size_t capacity) { return said(take_output_of<Api>(*session_, capacity)); }

  struct Given {
    ehlo::Error error;
    std::string wire;  // what is to be sent now
    std::size_t consumed;
  };
  // `room`: spans, or octets of body_copy.
  Given body(std::string_view octets, bool last, bool copied, std::size_t room) {
    const ehlo::Bytes piece = placed(kContent, octets);
    Given given = copied ? body_copy(piece, last, room) : body_spans(piece, last, room);
    require(given.error != EHLO_OK || given.consumed <= octets.size(), "no more is consumed than was given");
    memory(kContent).assign("");
    return given;
  }

  // What the program knows of a transaction: how many recipients it has, and that the end of its content has been
  // handed out. More is watched over then.
  void expect(std::uint32_t transaction, std::uint32_t recipients) { recipients_[transaction] = recipients; }
  void note_content_end(std::uint32_t transaction) { content_ended_[transaction] = true; }
  // What is known beforehand of a session that does what another one did.
  void expect_as(const ClientPort& other) {
    recipients_ = other.recipients_;
    content_ended_ = other.content_ended_;
  }
  const std::map<std::uint32_t, Outcomes>& outcomes() const { return outcomes_; }
  bool done(std::uint32_t transaction) const { return done_.count(transaction) != 0; }

  const std::vector<std::string>& log() const { return log_; }
  std::string last() const { return log_.empty() ? "" : log_.back(); }
  std::vector<std::string> take_events() { return std::exchange(log_, {}); }
  // Each event to its last field, but for what depends on how much of a reply that cannot be read had arrived.
  const std::string& record() const { return record_; }
  // The same server, cut otherwise: of that reply one has seen what the other has, or more.
  bool has_same_unreadable(const ClientPort& other) const {
    const std::size_t both = std::min(unreadable_.size(), other.unreadable_.size());
    return unreadable_.compare(0, both, other.unreadable_, 0, both) == 0;
  }

  // All that is known at the end of a session.
  void check_end() const {
    require(over_, "a session has a last event");
    for (const auto& [transaction, count] : recipients_) {
      require(done(transaction), "every transaction is done at the end");
      const auto found = outcomes_.find(transaction);
      require((found == outcomes_.end() ? 0 : found->second.size()) == count, "every recipient has its outcome");
    }
    require((wants() & ~std::uint32_t{EHLO_WANT_CLOSE}) == 0, "nothing is wanted at the end");
  }

 protected:
  Session* session_;
  ClientSizes sizes_;

 private:
  static constexpr std::size_t kLongestReply = 65536;

  std::string said(std::string_view octets) {
    require(octets.empty() || !over_, "nothing is said behind the last event");
    return std::string(octets);
  }
  void send(std::string& wire, std::string_view octets) {
    wire_ += octets;
    wire += said(octets);
  }

  Given body_copy(ehlo::Bytes piece, bool last, std::size_t room) {
    auto* const out = array<ehlo::Octet>(kOutput, room);
    std::size_t written = 0;
    Given given{};
    given.error = Api::body_copy(*session_, piece, last, out, room, written, given.consumed);
    require(written <= room, "no more is written than there is room");
    send(given.wire, {reinterpret_cast<const char*>(out), written});
    return given;
  }

  Given body_spans(ehlo::Bytes piece, bool last, std::size_t room) {
    auto* const items = array<ehlo::Span>(kSpans, room);
    ehlo::SpanList spans{items, static_cast<std::uint32_t>(room), 0};
    Given given{};
    given.error = Api::body(*session_, piece, last, spans, given.consumed);
    require(spans.count <= room, "no more spans are filled than there is room");
    require(given.error == EHLO_OK || spans.count == 0, "nothing of a call that is refused may be sent");
    while (given.error == EHLO_OK && wants(EHLO_WANT_OUTPUT)) given.wire += output(sizes_.output);
    for (const ehlo::Span* span = items; span != items + spans.count; ++span) {
      if (span->off == EHLO_OFF_CRLF || span->off == EHLO_OFF_END) {
        const std::string_view octets = span->off == EHLO_OFF_END ? ".\r\n" : "\r\n";
        require(span->len == octets.size(), "a span in no buffer has the length of its octets");
        send(given.wire, octets);
      } else {
        require(std::uint64_t{span->off} + span->len <= given.consumed, "a span is inside of what was consumed");
        send(given.wire, piece.at(*span).text());
      }
    }
    return given;
  }

  void take(const ehlo::ClientEvent& e) {
    require(!over_, "nothing comes behind the last event");
    over_ = e.type == EHLO_CLIENT_EVENT_CLOSED || e.type == EHLO_CLIENT_EVENT_ERROR;
    if (sizes_.silent) return;
    ClientEventText writer(e, memory(kInput).view(), sizes_.deciders);
    log_.push_back(writer.write());
    ((record_ += writer.fields()) += readable(e, writer)) += '\n';
    if (e.type == EHLO_CLIENT_EVENT_OUTCOME) take_outcome(e);
    if (e.type == EHLO_CLIENT_EVENT_DONE) {
      require(!done(e.transaction), "a transaction is done once");
      require(!knows(e.transaction) || outcomes_[e.transaction].size() == recipients_[e.transaction],
              "DONE comes behind all outcomes");
      done_[e.transaction] = true;
    }
  }

  // The reply of an event as far as no cut can change it.
  std::string readable(const ehlo::ClientEvent& e, const ClientEventText& writer) {
    std::string reply(writer.part(e.reply));
    if (e.type != EHLO_CLIENT_EVENT_ERROR || e.code != 0 || !ehlo::present(e.reply)) return reply;
    require(reply.size() <= kLongestReply, "a reply that cannot be read has no more octets than one that can");
    const std::size_t certain = e.number + (e.error == EHLO_E_REPLY_TOO_LONG ? 0 : 1);
    require(certain <= reply.size(), "a reply that cannot be read is there up to the octet at fault");
    const std::size_t line_end = reply.find('\n', certain);
    require(line_end == std::string::npos || line_end + 1 == reply.size(), "and as far as its line goes");
    unreadable_ = reply;
    return reply.substr(0, certain);
  }

  void take_outcome(const ehlo::ClientEvent& e) {
    using ehlo::Verdict;
    // A program that says which transactions it begins has no others.
    require(recipients_.empty() || (knows(e.transaction) && e.index < recipients_[e.transaction]),
            "an outcome is somebody's");
    require(outcomes_[e.transaction].emplace(e.index, e).second, "a recipient has one outcome");
    require(!done(e.transaction), "no outcome comes behind DONE");
    require(e.verdict >= EHLO_VERDICT_ACCEPTED && e.verdict <= EHLO_VERDICT_UNKNOWN, "an outcome has a verdict");
    require(e.scope >= EHLO_SCOPE_RECIPIENT && e.scope <= EHLO_SCOPE_CONNECTION, "an outcome has a scope");
    require(e.verdict != EHLO_VERDICT_ACCEPTED || (e.code >= 200 && e.code < 300), "2yz alone is acceptance");
    require(e.verdict != EHLO_VERDICT_FAILED || e.code >= 500, "5yz alone is failure");
    require(e.verdict != EHLO_VERDICT_UNKNOWN || !knows(e.transaction) || content_ended_.count(e.transaction) != 0,
            "unknown is what had its content");
  }
  bool knows(std::uint32_t transaction) const { return recipients_.count(transaction) != 0; }

  std::vector<ehlo::ClientEvent> events_;
  std::vector<std::string> log_;
  std::string record_, unreadable_;
  std::map<std::uint32_t, std::uint32_t> recipients_;
  std::map<std::uint32_t, Outcomes> outcomes_;
  std::map<std::uint32_t, bool> done_, content_ended_;
  bool over_ = false, moved_ = false;
};

// The program of a test: it does at once what the session wants of it.
template <class Api>
class ClientProgram : private Api::Held, public ClientPort<Api> {
 public:
  using typename ClientPort<Api>::Session;

  template <class Given>
  explicit ClientProgram(const Given& given, ClientSizes sizes = {}, const ehlo::Allocator& allocator = heap())
      : Api::Held(given, allocator), ClientPort<Api>(Api::Held::session(), sizes) {}

  Session& client() { return *this->session_; }
  typename Api::Calls operator->() { return typename Api::Calls(this->session_); }

  void feed(std::string_view octets) {
    this->show(octets);
    if (!octets.empty()) this->receive();
    pump();
  }
  // Until the session waits for somebody else.
  void pump() {
    for (int turns = 0; turns < 100000; ++turns) {
      if (this->must_receive())
        this->receive();
      else if (this->wants(EHLO_WANT_OUTPUT))
        take_output();
      else
        return;
    }
    fail("the session comes to rest");
  }
  bool take_output() { return !this->output(this->sizes_.output).empty(); }

  // Gives content as body or body_copy take it, and puts what they give on the wire.
  ehlo::Error content(std::string_view all, bool last = true) {
    const std::size_t piece = this->sizes_.piece;
    std::size_t at = 0;
    for (int turns = 0; turns < 1000000; ++turns) {
      const std::size_t end = piece != 0 && all.size() - at > piece ? at + piece : all.size();
      const bool ends = last && end == all.size();
      std::size_t consumed = 0;
      const ehlo::Error error = give(all.substr(at, end - at), ends, consumed);
      if (error != EHLO_OK) return error;
      at += consumed;
      if (at != all.size()) continue;
      if (!last || !this->wants(EHLO_WANT_BODY)) break;
    }
    pump();
    return EHLO_OK;
  }
  // One call of body with all of it: a chunk, where chunks are used.
  ehlo::Error give(std::string_view octets, bool last, std::size_t& consumed) {
    const std::size_t copy = this->sizes_.copy;
    const auto given = this->body(octets, last, copy != 0, copy != 0 ? copy : this->sizes_.spans);
    consumed = given.consumed;
    return given.error;
  }
};

using ClientLink = ClientProgram<CoreClient>;
using CapiClient = ClientProgram<CClient>;

inline ehlo::ClientOptions client_options(std::uint32_t flags = 0) {
  ehlo::ClientOptions options = ehlo::default_client_options();
  options.hostname = "c.test";
  options.flags = flags | EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;  // as in link.h
  return options;
}
inline ehlo_client_options capi_client_options() {
  ehlo_client_options options;
  ehlo_client_options_init(&options, sizeof options);
  options.hostname = "c.test";
  return options;
}

}  // namespace support
