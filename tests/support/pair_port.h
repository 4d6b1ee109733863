// A client session through the C API, with all that its contract promises of every call, whoever makes it.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ehlo_client.h"

namespace support {

struct PairOutcome {
  std::uint32_t verdict, scope, code;
  std::int32_t error;
};

// Laws that did not hold; the first one is what there is to be looked at.
class Laws {
 public:
  void require(bool holds, const std::string& law) {
    if (!holds && broken_.empty()) broken_ = law;
  }
  bool hold() const { return broken_.empty(); }
  const std::string& broken() const { return broken_; }

 private:
  std::string broken_;
};

class ClientPort {
 public:
  ClientPort(ehlo_client* client, Laws& laws) : client_(client), laws_(laws) {}
  ~ClientPort() { ehlo_client_free(client_); }
  ClientPort(const ClientPort&) = delete;
  ClientPort& operator=(const ClientPort&) = delete;

  ehlo_client* get() const { return client_; }
  std::uint32_t wants() const { return ehlo_client_wants(client_); }
  bool over() const { return over_; }
  bool must_receive() const { return (wants() & EHLO_WANT_EVENTS) != 0; }

  // Octets that have arrived.
  void show(std::string_view octets) { inbox_ += octets; }
  std::size_t unread() const { return inbox_.size(); }
  std::string take_unread() { return std::exchange(inbox_, {}); }

  // One call of receive; gives what came of it.
  std::vector<ehlo_client_event> receive(std::uint32_t event_cap) {
    const std::unique_ptr<char[]> exact(new char[inbox_.size()]);
    if (!inbox_.empty()) std::memcpy(exact.get(), inbox_.data(), inbox_.size());
    std::vector<ehlo_client_event> events(event_cap);
    ehlo_client_batch batch{events.data(), event_cap, 0, 0, 0};
    const std::size_t used = ehlo_client_receive(client_, exact.get(), inbox_.size(), &batch);
    law(used <= inbox_.size() && batch.event_count <= event_cap && batch.error == EHLO_OK, "a call keeps its bounds");
    events.resize(batch.event_count);
    for (const ehlo_client_event& event : events) take(event);
    moved_ = used != 0 || batch.event_count != 0;
    inbox_.erase(0, used);
    law(inbox_.size() <= limits_, "what waits is a part of a reply");
    return events;
  }
  bool moved() const { return moved_; }

  std::string output(std::size_t capacity) {
    const std::unique_ptr<char[]> exact(new char[capacity]);
    const bool promised = (wants() & EHLO_WANT_OUTPUT) != 0;
    const std::size_t count = ehlo_client_output(client_, exact.get(), capacity);
    law(count <= capacity, "no more is written than there is room");
    law(promised == (count != 0) || capacity == 0, "there is output exactly when the session says so");
    return said({exact.get(), count});
  }

  struct Given {
    std::int32_t error;
    std::string wire;  // what is to be sent now
    std::size_t consumed;
  };
  // `room`: spans, or octets of body_copy.
  Given body(std::string_view content, bool last, bool copied, std::size_t room) {
    const std::unique_ptr<char[]> exact(new char[content.size()]);
    if (!content.empty()) std::memcpy(exact.get(), content.data(), content.size());
    Given given = copied ? body_copy({exact.get(), content.size()}, last, room)
                         : body_spans({exact.get(), content.size()}, last, room);
    law(given.error != EHLO_OK || given.consumed <= content.size(), "no more is consumed than was given");
    return given;
  }

  // Whether the end of the content of the transaction has been handed out.
  bool content_ended(std::uint32_t transaction) const { return content_ended_.count(transaction) != 0; }
  void note_content_end(std::uint32_t transaction) { content_ended_[transaction] = true; }

  void expect(std::uint32_t transaction, std::uint32_t recipients) { recipients_[transaction] = recipients; }
  // What is known beforehand of a session that does what another one did.
  void expect_as(const ClientPort& other) {
    recipients_ = other.recipients_;
    content_ended_ = other.content_ended_;
  }
  const std::map<std::uint32_t, std::map<std::uint32_t, PairOutcome>>& outcomes() const { return outcomes_; }
  bool done(std::uint32_t transaction) const { return done_.count(transaction) != 0; }
  // All but what depends on how much of a reply that cannot be read had arrived.
  const std::string& log() const { return log_; }
  // The same server, cut otherwise: of that reply one has seen what the other has, or more.
  bool has_same_unreadable(const ClientPort& other) const {
    const std::size_t both = std::min(unreadable_.size(), other.unreadable_.size());
    return unreadable_.compare(0, both, other.unreadable_, 0, both) == 0;
  }
  const std::string& wire() const { return wire_; }

  // All that is known at the end of a session.
  void check_end() {
    law(over_, "a session has a last event");
    for (const auto& [transaction, count] : recipients_) {
      law(done(transaction), "every transaction is done at the end");
      const auto found = outcomes_.find(transaction);
      law((found == outcomes_.end() ? 0 : found->second.size()) == count, "every recipient has its outcome");
    }
    law((wants() & ~EHLO_WANT_CLOSE) == 0, "nothing is wanted at the end");
  }

 private:
  void law(bool holds, const char* law) { laws_.require(holds, std::string("client: ") + law); }

  std::string said(std::string octets) {
    law(octets.empty() || !over_, "nothing is said behind the last event");
    wire_ += octets;
    return octets;
  }

  Given body_copy(std::string_view content, bool last, std::size_t room) {
    const std::unique_ptr<char[]> out(new char[room]);
    std::size_t written = 0, consumed = 0;
    const std::int32_t error =
        ehlo_client_body_copy(client_, content.data(), content.size(), last, out.get(), room, &written, &consumed);
    law(written <= room, "no more is written than there is room");
    return {error, said({out.get(), written}), consumed};
  }

  Given body_spans(std::string_view content, bool last, std::size_t room) {
    std::vector<ehlo_span> spans(room);
    std::uint32_t count = 0;
    std::size_t consumed = 0;
    const std::int32_t error = ehlo_client_body(client_, content.data(), content.size(), last, spans.data(),
                                                static_cast<std::uint32_t>(room), &count, &consumed);
    law(count <= room, "no more spans are filled than there is room");
    if (error != EHLO_OK) return {error, "", consumed};
    std::string wire;
    while (wants() & EHLO_WANT_OUTPUT) wire += output(100);
    for (std::uint32_t i = 0; i < count; ++i) {
      const ehlo_span span = spans[i];
      if (span.off == EHLO_OFF_CRLF || span.off == EHLO_OFF_END) {
        law(span.len == (span.off == EHLO_OFF_END ? 3u : 2u), "a span in no buffer has the length of its octets");
        wire += said(span.off == EHLO_OFF_END ? ".\r\n" : "\r\n");
        continue;
      }
      const bool inside = std::uint64_t{span.off} + span.len <= consumed;
      law(inside, "a span is inside of what was consumed");
      if (inside) wire += said(std::string(content.substr(span.off, span.len)));
    }
    return {error, wire, consumed};
  }

  std::string part(ehlo_span span) {
    if (span.off == EHLO_ABSENT) {
      law(span.len == 0, "what is absent has no length");
      return "-";
    }
    const bool inside = std::uint64_t{span.off} + span.len <= inbox_.size();
    law(inside, "a span is inside of the input");
    return inside ? inbox_.substr(span.off, span.len) : "";
  }

  // The reply of an event as far as no cut can change it.
  std::string readable(const ehlo_client_event& e) {
    std::string reply = part(e.reply);
    if (e.type != EHLO_CLIENT_ERROR || e.code != 0 || e.reply.off == EHLO_ABSENT) return reply;
    law(reply.size() <= limits_, "a reply that cannot be read has no more octets than one that can");
    const std::size_t certain = e.number + (e.error == EHLO_E_REPLY_TOO_LONG ? 0 : 1);
    law(certain <= reply.size(), "a reply that cannot be read is there up to the octet at fault");
    law(reply.find('\n', certain) + 1 == reply.size() || reply.find('\n', certain) == std::string::npos,
        "and as far as its line goes");
    unreadable_ = reply;
    return reply.substr(0, certain);
  }

  void take(const ehlo_client_event& e) {
    law(!over_, "nothing comes behind the last event");
    log_ += ehlo_client_event_name(e.type);
    for (const std::uint64_t field : {std::uint64_t{e.verb}, std::uint64_t{e.code}, std::uint64_t{e.enhanced},
                                      std::uint64_t{e.transaction}, std::uint64_t{e.index}, std::uint64_t{e.verdict},
                                      std::uint64_t{e.scope}, std::uint64_t{e.flags}, e.number, e.extensions})
      (log_ += ' ') += std::to_string(field);
    (log_ += ' ') += ehlo_error_name(e.error);
    ((log_ += ' ') += part(e.text)) += '|';
    (log_ += readable(e)) += '\n';
    if (e.type == EHLO_CLIENT_OUTCOME) take_outcome(e);
    if (e.type == EHLO_CLIENT_DONE) {
      law(!done(e.transaction), "a transaction is done once");
      law(outcomes_[e.transaction].size() == recipients_[e.transaction], "DONE comes behind all outcomes");
      done_[e.transaction] = true;
    }
    over_ |= e.type == EHLO_CLIENT_CLOSED || e.type == EHLO_CLIENT_ERROR;
  }

  void take_outcome(const ehlo_client_event& e) {
    law(recipients_.count(e.transaction) != 0 && e.index < recipients_[e.transaction], "an outcome is somebody's");
    const PairOutcome outcome{e.verdict, e.scope, e.code, e.error};
    law(outcomes_[e.transaction].emplace(e.index, outcome).second, "a recipient has one outcome");
    law(!done(e.transaction), "no outcome comes behind DONE");
    law(e.verdict >= EHLO_VERDICT_ACCEPTED && e.verdict <= EHLO_VERDICT_UNKNOWN, "an outcome has a verdict");
    law(e.scope >= EHLO_ABOUT_RECIPIENT && e.scope <= EHLO_ABOUT_CONNECTION, "an outcome has a scope");
    law(e.verdict != EHLO_VERDICT_ACCEPTED || (e.code >= 200 && e.code < 300), "2yz alone is acceptance");
    law(e.verdict != EHLO_VERDICT_FAILED || e.code >= 500, "5yz alone is failure");
    law(e.verdict != EHLO_VERDICT_UNKNOWN || content_ended(e.transaction), "unknown is what had its content");
  }

  ehlo_client* client_;
  Laws& laws_;
  std::size_t limits_ = 65536;
  std::string inbox_, log_, wire_, unreadable_;
  std::map<std::uint32_t, std::uint32_t> recipients_;
  std::map<std::uint32_t, std::map<std::uint32_t, PairOutcome>> outcomes_;
  std::map<std::uint32_t, bool> done_, content_ended_;
  bool over_ = false, moved_ = false;
};

}  // namespace support
