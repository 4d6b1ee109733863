// Events as lines of text, so that a test compares what a session told with what it should have told at one glance.
#pragma once

#include <string>
#include <string_view>

#include "laws.h"
#include "server/server.h"

namespace support {

class EventText {
 public:
  EventText(const ehlo::Event& event, const ehlo::Batch& batch, std::string_view buffer, bool lmtp)
      : event_(event), batch_(batch), buffer_(buffer), lmtp_(lmtp) {}

  // "mail? <a@c.test> SIZE=5#5": the name, "?" for an ask, then the fields that the type has.
  std::string write() {
    out_ = ehlo::event_name(event_.type);
    if (event_.id != 0) out_ += '?';
    write_fields();
    if (event_.flags & ehlo::kFlagLast) out_ += " last";
    if (event_.flags & ehlo::kFlagSecret) out_ += " secret";
    if (event_.flags & ehlo::kFlagSmtputf8) out_ += " utf8";
    if (event_.flags & ehlo::kFlagLiteral) out_ += " literal";
    require(unnamed_fields() == 0, "the fields that an event does not name are empty: " + out_);
    return out_;
  }

  // All of its fields, for the comparison of two sessions.
  std::string record() const {
    std::string out;
    const auto add_number = [&out](auto value) { (out += ' ') += std::to_string(static_cast<std::uint64_t>(value)); };
    const auto add = [&](ehlo::Span span) {
      require(span.present() || span.len == 0, "what is absent has no length");
      (out += '|') += span.present() ? "'" + printable(part(span)) : "";
    };
    for (const std::uint64_t value : {std::uint64_t{event_.flags}, event_.number, std::uint64_t{event_.index},
                                      std::uint64_t{event_.kind}, std::uint64_t{event_.code}})
      add_number(value);
    add_number(event_.error);
    add_number(event_.verb);
    const ehlo::Path& path = event_.path;
    for (const ehlo::Span span :
         {event_.line, event_.text, event_.response, path.whole, path.route, path.local, path.domain})
      add(span);
    add_number(path.domain_kind);
    add_number(path.flags);
    for (std::uint32_t i = 0; i < event_.params.count; ++i) {
      const ehlo::Param& param = batch_.params[event_.params.first + i];
      for (const ehlo::Span span : {param.keyword, param.value, param.detail}) add(span);
      add_number(param.id);
      add_number(param.number);
    }
    return out;
  }

  std::string body() const {
    std::string octets;
    const bool inside =
        event_.body.first <= batch_.span_count && event_.body.count <= batch_.span_count - event_.body.first;
    require(inside, "the spans of a body are in the batch");
    for (std::uint32_t i = 0; inside && i < event_.body.count; ++i) {
      const ehlo::Span span = batch_.spans[event_.body.first + i];
      if (span.off == ehlo::kCrlfOffset) {
        require(span.len == 1 || span.len == 2, "a line ending that was repaired is CR LF");
        octets += std::string_view("\r\n").substr(0, span.len);
      } else {
        require(span.len != 0, "no span of a body is empty");
        octets += part(span);
      }
    }
    return octets;
  }

  std::string_view part(ehlo::Span span) const {
    const bool inside = span.off <= buffer_.size() && span.len <= buffer_.size() - span.off;
    require(inside, "a span is inside of its buffer");
    return inside ? buffer_.substr(span.off, span.len) : std::string_view{};
  }

 private:
  enum Field : unsigned {
    kLine = 1,
    kText = 2,
    kResponse = 4,
    kPath = 8,
    kParams = 16,
    kNumber = 32,
    kIndex = 64,
    kKind = 128,
    kCode = 256,
    kError = 512,
    kVerb = 1024,
    kBody = 2048,
    kCommand = kLine | kVerb
  };

  unsigned named_fields() const {
    using Type = ehlo::EventType;
    switch (event_.type) {
      case Type::hello: return kCommand | kText | kKind;
      case Type::mail: return kCommand | kPath | kParams | kNumber | kKind;
      case Type::rcpt: return kCommand | kPath | kParams | kIndex;
      case Type::bdat: return kCommand | kNumber;
      case Type::body: return kBody;
      case Type::chunk: return kNumber | kVerb;
      case Type::message: return kNumber | kVerb | (lmtp_ ? kIndex : 0u);
      case Type::abort:
      case Type::close: return kError;
      case Type::auth: return kCommand | kText | kResponse;
      case Type::auth_response: return kCommand | kResponse;
      case Type::auth_abort: return kCommand | kError | kCode;
      case Type::command: return kCommand | kText | kResponse;
      case Type::rejected: return kCommand | kNumber | kCode | kKind | kError;
      case Type::violation: return kCommand | kError | kNumber;
      case Type::plaintext: return kNumber;
      case Type::noop:
      case Type::help:
      case Type::vrfy:
      case Type::expn: return kCommand | kText;
      case Type::data:
      case Type::rset:
      case Type::quit:
      case Type::starttls: return kCommand;
      default: return 0;
    }
  }

  // ehlo.h: fields that an event does not name are 0 or absent.
  unsigned unnamed_fields() const {
    unsigned set = 0;
    if (event_.line.present()) set |= kLine;
    if (event_.text.present()) set |= kText;
    if (event_.response.present()) set |= kResponse;
    if (event_.path.whole.present() || event_.path.local.present() || event_.path.flags != 0) set |= kPath;
    if (event_.params.count != 0) set |= kParams;
    if (event_.number != 0) set |= kNumber;
    if (event_.index != 0) set |= kIndex;
    if (event_.kind != 0) set |= kKind;
    if (event_.code != 0) set |= kCode;
    if (event_.error != ehlo::Error::none) set |= kError;
    if (event_.verb != ehlo::Verb::unknown) set |= kVerb;
    if (event_.body.count != 0) set |= kBody;
    return set & ~named_fields();
  }

  void word(std::string_view text) { (out_ += ' ') += text; }
  void number(std::uint64_t value) { word(std::to_string(value)); }
  void octets(ehlo::Span span) {
    if (span.present()) word("'" + printable(part(span)) + "'");
  }
  void error() {
    if (event_.error != ehlo::Error::none) word(ehlo::error_info(event_.error).name);
  }
  void params() {
    const bool inside =
        event_.params.first <= batch_.param_count && event_.params.count <= batch_.param_count - event_.params.first;
    require(inside && event_.params.count <= ehlo::kMaxParams, "the parameters are in the batch");
    for (std::uint32_t i = 0; inside && i < event_.params.count; ++i) {
      const ehlo::Param& param = batch_.params[event_.params.first + i];
      word(printable(part(param.keyword)));
      if (param.value.present()) out_ += "=" + printable(part(param.value));
      if (param.number != 0) out_ += "#" + std::to_string(param.number);
      if (param.detail.present()) out_ += "~" + printable(part(param.detail));
    }
  }

  void write_fields() {
    using Type = ehlo::EventType;
    switch (event_.type) {
      case Type::hello:
        word(ehlo::verb_name(event_.verb));
        word(printable(part(event_.text)));
        if (event_.kind != 1) word("kind=" + std::to_string(event_.kind));
        break;
      case Type::mail:
        word(printable(part(event_.path.whole)));
        params();
        if (event_.number != 0) word("size=" + std::to_string(event_.number));
        break;
      case Type::rcpt:
        number(event_.index);
        word(printable(part(event_.path.whole)));
        params();
        break;
      case Type::message:
        number(event_.number);
        if (lmtp_) word("rcpt " + std::to_string(event_.index));
        break;
      case Type::bdat:
      case Type::chunk:
      case Type::plaintext: number(event_.number); break;
      case Type::auth:
        word(printable(part(event_.text)));
        octets(event_.response);
        break;
      case Type::auth_response: octets(event_.response); break;
      case Type::command:
        word(printable(part(event_.text)));
        octets(event_.response);
        break;
      case Type::noop:
      case Type::help:
      case Type::vrfy:
      case Type::expn: octets(event_.text); break;
      case Type::abort:
      case Type::auth_abort:
      case Type::close: error(); break;
      case Type::violation:
        error();
        word("@" + std::to_string(event_.number));
        octets(event_.line);
        break;
      case Type::rejected:
        error();
        number(event_.code);
        word("@" + std::to_string(event_.number));
        octets(event_.line);
        if (event_.kind != 0) word(event_.kind == 1 ? "http" : "tls");
        break;
      default: break;
    }
  }

  const ehlo::Event& event_;
  const ehlo::Batch& batch_;
  std::string_view buffer_;
  bool lmtp_;
  std::string out_;
};

}  // namespace support
