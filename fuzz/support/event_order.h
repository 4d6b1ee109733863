// Which event may follow which, as ehlo_server_types.h promises: a model of the dialogue that shares no code with the
// library.
#pragma once

#include <set>
#include <vector>

#include "ehlo.h"
#include "support/properties.h"

namespace support {

class EventOrder {
 public:
  explicit EventOrder(const ehlo_server_options& options) : options_(options), lmtp_(options.protocol != 0) {}

  // An event of the session. `octets`: of the spans of a BODY. An event without an ask has been answered already.
  void take(const ehlo_server_event& event, std::uint64_t octets) {
    require(!closed_, "nothing comes after CLOSE");
    const bool never_began = !greeted_ && ended_ && event.type == EHLO_SERVER_EVENT_CLOSE;
    require(never_began || greeted_ != (event.type == EHLO_SERVER_EVENT_GREETING), "GREETING comes first, once");
    switch (event.type) {
      case EHLO_SERVER_EVENT_GREETING: greeted_ = true; break;
      case EHLO_SERVER_EVENT_MAIL: mail(); break;
      case EHLO_SERVER_EVENT_RCPT: rcpt(event); break;
      case EHLO_SERVER_EVENT_DATA: begin_data(); break;
      case EHLO_SERVER_EVENT_BDAT: begin_chunk(event); break;
      case EHLO_SERVER_EVENT_BODY: body(octets); break;
      case EHLO_SERVER_EVENT_CHUNK: end_chunk(event); break;
      case EHLO_SERVER_EVENT_MESSAGE: message(event); break;
      case EHLO_SERVER_EVENT_ABORT: abort(); break;
      case EHLO_SERVER_EVENT_STARTTLS: require(!tls_, "STARTTLS within TLS is refused"); break;
      case EHLO_SERVER_EVENT_AUTH: begin_auth(); break;
      case EHLO_SERVER_EVENT_AUTH_RESPONSE:
      case EHLO_SERVER_EVENT_AUTH_ABORT: require(in_auth_, "an AUTH exchange is open"); break;
      case EHLO_SERVER_EVENT_CLOSE: close(); break;
      default: break;
    }
    if (event.type == EHLO_SERVER_EVENT_AUTH_ABORT) in_auth_ = false;
    const bool command = event.type != EHLO_SERVER_EVENT_BODY && event.type != EHLO_SERVER_EVENT_VIOLATION &&
                         event.type != EHLO_SERVER_EVENT_ABORT && event.type != EHLO_SERVER_EVENT_CLOSE;
    require(!command || content_ != Content::data || event.type == EHLO_SERVER_EVENT_DATA,
            "no commands within content");
    if (event.id == 0) settled(event, event.type == EHLO_SERVER_EVENT_AUTH ? 454 : 0);
  }

  // The code of the answer to an ask; 0: accepted by default.
  void settled(const ehlo_server_event& ask, unsigned code) {
    const bool yes = code == 0 || code < 400;
    if (ended_) {
      if (ask.type == EHLO_SERVER_EVENT_MESSAGE) last_result();
      return;
    }
    switch (ask.type) {
      case EHLO_SERVER_EVENT_HELLO:
        if (yes) hello_ = true;
        break;
      case EHLO_SERVER_EVENT_MAIL:
        mail_open_ = yes;
        mail_asked_ = false;
        break;
      case EHLO_SERVER_EVENT_RCPT:
        undecided_.erase(ask.index);
        if (yes) accepted_.insert(ask.index);
        break;
      case EHLO_SERVER_EVENT_DATA: content_ = yes ? Content::data : Content::none; break;
      case EHLO_SERVER_EVENT_MESSAGE: last_result(); break;
      case EHLO_SERVER_EVENT_AUTH:
      case EHLO_SERVER_EVENT_AUTH_RESPONSE:
        if (code == 334) break;
        in_auth_ = false;
        authenticated_ |= yes;
        break;
      default: break;
    }
    if (code == 421 || (ask.type == EHLO_SERVER_EVENT_QUIT)) ended_ = true;
  }

  void tls_started() {
    tls_ = true;
    hello_ = authenticated_ = false;
  }
  // The program or the transport has ended the session: answers have no effect any more.
  void ended() { ended_ = true; }
  void refused_by_program() { refused_ = true; }

  bool closed() const { return closed_; }
  bool in_content() const { return content_ == Content::data || content_ == Content::chunk; }

 private:
  enum class Content { none, data_asked, data, chunk, between_chunks, results };

  void mail() {
    require(hello_ && !mail_open_ && !mail_asked_, "MAIL comes after HELLO and outside of a transaction");
    mail_asked_ = true;
    accepted_.clear();
    undecided_.clear();
    recipients_ = results_ = given_ = 0;
    octets_ = chunk_left_ = 0;
    refused_ = false;
    content_ = Content::none;
  }

  void rcpt(const ehlo_server_event& event) {
    require(mail_open_ && content_ == Content::none, "RCPT comes after an accepted MAIL and before content");
    require(event.index == recipients_++, "recipients are counted from 0");
    undecided_.insert(event.index);
    require(undecided_.size() <= options_.recipient_window, "no more recipients are undecided than the window holds");
    require(accepted_.size() < options_.max_recipients, "no more recipients than the limit");
  }

  void begin_data() {
    require(mail_open_ && content_ == Content::none, "DATA comes within a transaction without content");
    require(undecided_.empty() && !accepted_.empty(), "DATA comes after an accepted recipient, all being decided");
    content_ = Content::data_asked;
  }

  void begin_chunk(const ehlo_server_event& event) {
    require(mail_open_ && undecided_.empty() && !accepted_.empty(), "BDAT comes after an accepted recipient");
    require(content_ == Content::none || content_ == Content::between_chunks, "BDAT does not come within content");
    content_ = Content::chunk;
    chunk_left_ = event.number;
  }

  void body(std::uint64_t octets) {
    require(in_content(), "BODY comes within content");
    require(!refused_, "no BODY after the message has been refused");
    require(octets != 0, "BODY is never empty");
    if (content_ == Content::chunk) {
      require(octets <= chunk_left_, "a chunk is no longer than it says");
      chunk_left_ -= octets;
    }
    octets_ += octets;
    require(options_.max_message_octets == 0 || octets_ <= options_.max_message_octets, "no BODY beyond the limit");
  }

  void end_chunk(const ehlo_server_event& event) {
    require(content_ == Content::chunk && chunk_left_ == 0, "CHUNK comes at the end of a chunk");
    require(event.number == octets_, "CHUNK has the octets of the message so far");
    content_ = Content::between_chunks;
  }

  void message(const ehlo_server_event& event) {
    require(mail_open_ && (in_content() || content_ == Content::results), "MESSAGE comes after content");
    require(chunk_left_ == 0 && !refused_, "MESSAGE comes at the end of content that was not refused");
    require(event.number == octets_, "MESSAGE has the octets of the message");
    content_ = Content::results;
    require(results_ < expected_results(), "a MESSAGE ask for each result that is due");
    if (lmtp_) {
      auto which = accepted_.begin();
      std::advance(which, results_);
      require(*which == event.index, "MESSAGE asks come in the order of the accepted recipients");
    }
    ++results_;
  }
  std::size_t expected_results() const { return lmtp_ ? accepted_.size() : 1; }

  void last_result() {
    if (++given_ < expected_results()) return;
    mail_open_ = false;
    content_ = Content::none;
    after_message_ = true;
  }

  void abort() {
    require(mail_open_ || (ended_ && after_message_), "ABORT ends an open transaction");
    mail_open_ = after_message_ = false;
    content_ = Content::none;
  }

  void begin_auth() {
    require(hello_ && !mail_open_ && !authenticated_, "AUTH comes after HELLO, outside of a transaction, once");
    in_auth_ = true;
  }

  void close() {
    require(!mail_open_, "an open transaction is aborted before the end");
    closed_ = ended_ = true;
  }

  const ehlo_server_options& options_;
  bool lmtp_;
  bool greeted_ = false, closed_ = false, ended_ = false, hello_ = false, tls_ = false;
  bool mail_asked_ = false, mail_open_ = false, refused_ = false, after_message_ = false;
  bool in_auth_ = false, authenticated_ = false;
  Content content_ = Content::none;
  std::set<std::uint32_t> accepted_, undecided_;
  std::size_t recipients_ = 0, results_ = 0, given_ = 0;
  std::uint64_t octets_ = 0, chunk_left_ = 0;
};

}  // namespace support
