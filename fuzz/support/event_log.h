// What a session has told, in a form that does not depend on how its input was cut; and the messages it accepted.
#pragma once

#include <string>
#include <vector>

#include "ehlo.h"
#include "require.h"

namespace fuzz {

struct Message {
  bool bdat;
  std::string body;
};

class EventLog {
 public:
  // `shown` is the input of the call, of which `used` octets were consumed. Gives the octets of a BODY.
  std::uint64_t take(const ehlo_event& event, const ehlo_batch& batch, std::string_view shown, std::size_t used) {
    shown_ = shown;
    used_ = used;
    if (event.type == EHLO_EVENT_BODY) return body(event, batch);
    const bool ends_body = event.type == EHLO_EVENT_CHUNK || event.type == EHLO_EVENT_MESSAGE ||
                           event.type == EHLO_EVENT_ABORT || event.type == EHLO_EVENT_CLOSE;
    if (ends_body) add("body so far " + printable(body_));
    std::string entry = ehlo_event_name(event.type);
    number(entry, "flags", event.flags);
    number(entry, "error", static_cast<std::uint32_t>(event.error));
    number(entry, "number", event.number);
    number(entry, "index", event.index);
    number(entry, "verb", event.verb);
    number(entry, "kind", event.kind);
    number(entry, "code", event.code);
    text(entry, "line", event.line);
    text(entry, "text", event.text);
    text(entry, "response", event.response);
    path(entry, event.path);
    params(entry, event, batch);
    add(std::move(entry));
    if (event.type == EHLO_EVENT_MAIL || event.type == EHLO_EVENT_ABORT) body_.clear();
    return 0;
  }
  void accepted(const ehlo_event& message) {
    if (message.index == 0 || messages_.empty()) messages_.push_back({message.verb == EHLO_VERB_BDAT, body_});
  }

  const std::vector<std::string>& entries() const { return entries_; }
  const std::string& body() const { return body_; }  // of the message that is arriving
  const std::vector<Message>& messages() const { return messages_; }

 private:
  void add(std::string entry) { entries_.push_back(std::move(entry)); }

  std::uint64_t body(const ehlo_event& event, const ehlo_batch& batch) {
    std::uint64_t octets = 0;
    require(std::uint64_t{event.body.first} + event.body.count <= batch.span_count, "spans are inside their array");
    for (std::uint32_t i = 0; i < event.body.count; ++i) {
      const ehlo_span span = batch.spans[event.body.first + i];
      require(span.len != 0, "no span of a body is empty");
      octets += span.len;
      if (span.off == EHLO_OFF_CRLF) {
        require(span.len <= 2, "a repaired line ending is CR LF");
        body_ += std::string_view("\r\n").substr(0, span.len);
      } else {
        body_ += inside(span);
      }
    }
    return octets;
  }

  std::string_view inside(ehlo_span span) const {
    require(std::uint64_t{span.off} + span.len <= used_, "a span is inside the octets that the call consumed");
    return shown_.substr(span.off, span.len);
  }

  static void number(std::string& entry, const char* name, std::uint64_t value) {
    if (value != 0) entry += std::string(" ") + name + "=" + std::to_string(value);
  }
  void text(std::string& entry, const char* name, ehlo_span span) const {
    if (span.off == EHLO_ABSENT)
      require(span.len == 0, "what is absent has no length");
    else
      entry += std::string(" ") + name + "='" + printable(inside(span)) + "'";
  }
  void path(std::string& entry, const ehlo_path& path) const {
    text(entry, "path", path.whole);
    text(entry, "route", path.route);
    text(entry, "local", path.local);
    text(entry, "domain", path.domain);
    number(entry, "domain_kind", path.domain_kind);
    number(entry, "path_flags", path.flags);
  }
  void params(std::string& entry, const ehlo_event& event, const ehlo_batch& batch) const {
    require(std::uint64_t{event.params.first} + event.params.count <= batch.param_count,
            "params are inside their array");
    require(event.params.count <= EHLO_PARAMS_MAX, "no more parameters than the limit");
    for (std::uint32_t i = 0; i < event.params.count; ++i) {
      const ehlo_param& param = batch.params[event.params.first + i];
      entry += " [";
      number(entry, "id", param.id);
      text(entry, "keyword", param.keyword);
      text(entry, "value", param.value);
      text(entry, "detail", param.detail);
      number(entry, "number", param.number);
      entry += "]";
    }
  }

  std::string_view shown_;
  std::size_t used_ = 0;
  std::string body_;
  std::vector<std::string> entries_;
  std::vector<Message> messages_;
};

}  // namespace fuzz
