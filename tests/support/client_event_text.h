// Events of a client session as lines of text, as event_text.h has it for the server.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "client/client.h"
#include "event_text.h"
#include "rows.h"

namespace support {

inline std::string extension_names(ehlo::ExtensionSet set) {
  std::string names;
  for (const ExtensionRow& row : kExtensions)
    if (set & row.bit()) (names += ' ') += row.name;
  return names;
}

inline std::string wants_text(std::uint32_t wants) {
  static constexpr const char* kNames[] = {"input", "output", "answer", "tls", "close", "body", "command", "events"};
  std::string names;
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if ((wants >> i & 1) != 0) (names += names.empty() ? "" : " ") += kNames[i];
  return names;
}

class ClientEventText {
 public:
  // `deciders`: outcomes begin with the command that decided them, "DATA" or, for its content, "DATA-last".
  ClientEventText(const ehlo::ClientEvent& event, std::string_view buffer, bool deciders = false)
      : event_(event), buffer_(buffer), deciders_(deciders) {}

  // "reply RCPT 250 2.1.5 #1 @0": name, verb, code, enhanced code, transaction, index, then what else the event has.
  std::string write() {
    out_ = ehlo::client_event_name(event_.type);
    // These follow an event that has the same code, but for what came out of turn: see unreadable_reply_test.cpp.
    const bool again = event_.type == EHLO_CLIENT_EVENT_READY || event_.type == EHLO_CLIENT_EVENT_CLOSED ||
                       event_.type == EHLO_CLIENT_EVENT_ERROR;
    require(event_.type != EHLO_CLIENT_EVENT_CLOSED || event_.code == 0 || event_.code == 421, "a goodbye is a 421");
    const bool outcome = event_.type == EHLO_CLIENT_EVENT_OUTCOME;
    if (outcome && deciders_)
      word(ehlo::verb_name(event_.verb) + std::string(event_.flags == EHLO_FLAG_LAST ? "-last" : ""));
    if (!again && !outcome && (event_.verb != EHLO_VERB_UNKNOWN || event_.type == EHLO_CLIENT_EVENT_REPLY))
      word(ehlo::verb_name(event_.verb));
    if (!again && event_.code != 0) number(event_.code);
    if (!again && EHLO_ENHANCED_CLASS(event_.enhanced) != 0) {
      number(event_.enhanced >> 20);
      out_ += "." + std::to_string(event_.enhanced >> 10 & 1023) + "." + std::to_string(event_.enhanced & 1023);
    }
    if (event_.transaction != 0) word("#" + std::to_string(event_.transaction));
    const bool of_recipient = outcome || event_.verb == EHLO_VERB_RCPT;
    if (of_recipient || event_.index != 0) word("@" + std::to_string(event_.index));
    static constexpr const char* kVerdicts[] = {"", "accepted", "failed", "retry", "unknown"};
    static constexpr const char* kScopes[] = {"", "recipient", "message", "connection"};
    if (event_.verdict != EHLO_VERDICT_NONE) word(kVerdicts[static_cast<std::size_t>(event_.verdict)]);
    if (event_.scope != EHLO_SCOPE_NONE) word(kScopes[static_cast<std::size_t>(event_.scope)]);
    if (event_.flags != 0 && !(outcome && event_.flags == EHLO_FLAG_LAST))
      word(event_.flags == EHLO_FLAG_ANSWERED ? "answered" : "?flags");
    if (event_.error != EHLO_OK) word(ehlo::error_info(event_.error).name);
    if (event_.number != 0) word("at " + std::to_string(event_.number));
    out_ += extension_names(event_.extensions);
    check_reply();
    return out_;
  }

  // All of it but the reply, for the comparison of two sessions.
  std::string fields() const {
    std::string out = ehlo::client_event_name(event_.type);
    for (const std::uint64_t field :
         {std::uint64_t(event_.verb), std::uint64_t{event_.code}, std::uint64_t{event_.enhanced},
          std::uint64_t{event_.transaction}, std::uint64_t{event_.index}, std::uint64_t(event_.verdict),
          std::uint64_t(event_.scope), std::uint64_t{event_.flags}, event_.number, event_.extensions})
      (out += ' ') += std::to_string(field);
    (out += ' ') += ehlo::error_info(event_.error).name;
    return ((out += ' ') += ehlo::present(event_.text) ? part(event_.text) : "-") += '|';
  }

  std::string_view part(ehlo::Span span) const {
    if (!ehlo::present(span)) return {};
    const bool inside = span.off <= buffer_.size() && span.len <= buffer_.size() - span.off;
    require(inside, "a span is inside of its buffer");
    return inside ? buffer_.substr(span.off, span.len) : std::string_view{};
  }

 private:
  void word(std::string_view text) { (out_ += ' ') += text; }
  void number(std::uint64_t value) { word(std::to_string(value)); }

  // `reply` is the whole of it and `text` stands after the code of its first line; both are there with a code alone.
  void check_reply() {
    require(ehlo::present(event_.reply) == ehlo::present(event_.text), "a reply has a text: " + out_);
    if (!ehlo::present(event_.reply)) {
      require(event_.code == 0 || event_.type == EHLO_CLIENT_EVENT_OUTCOME, "a code has its reply: " + out_);
      return;
    }
    const std::string_view reply = part(event_.reply);
    const bool unreadable = event_.type == EHLO_CLIENT_EVENT_ERROR && event_.code == 0;
    if (unreadable) return;  // see unreadable_reply_test.cpp
    require(reply.substr(0, 3) == std::to_string(event_.code), "a reply begins with its code: " + out_);
    require(reply.ends_with("\r\n"), "a reply ends with its line: " + out_);
    const std::string_view first = reply.substr(0, reply.find("\r\n"));
    require(part(event_.text) == first.substr(std::min<std::size_t>(first.size(), 4)),
            "a text is behind its code: " + out_);
  }

  const ehlo::ClientEvent& event_;
  std::string_view buffer_;
  bool deciders_;
  std::string out_;
};

}  // namespace support
