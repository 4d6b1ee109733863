// Events as lines of text, so that a test compares the events of a session with the expected ones at one glance.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "properties.h"
#include "server/server.h"

namespace support {

class EventText {
 public:
  EventText(const ehlo::Event& event, const ehlo::Batch& batch, std::string_view buffer, bool lmtp)
      : event_(event), batch_(batch), buffer_(buffer), lmtp_(lmtp) {}

  // "mail? <a@c.test> SIZE=5#5": the name, "?" for an ask, then the fields that the type has. That of a COMMAND whose
  // verb is the library's is the verb: "vrfy? 'x'".
  std::string write() {
    out_ = name();
    if (event_.id != 0) out_ += '?';
    for (const char* field = named(); *field != 0; ++field) write(*field);
    if (event_.flags & EHLO_FLAG_LAST) out_ += " last";
    if (event_.flags & EHLO_FLAG_SECRET) out_ += " secret";
    if (event_.flags & EHLO_FLAG_SMTPUTF8) out_ += " utf8";
    if (event_.flags & EHLO_FLAG_LITERAL) out_ += " literal";
    require(!has_unnamed(), "the fields that an event does not name are empty: " + out_);
    return out_;
  }

  // All of its fields, for the comparison of two sessions.
  std::string record() const {
    std::string out;
    const auto add_number = [&out](auto value) { (out += ' ') += std::to_string(static_cast<std::uint64_t>(value)); };
    const auto add = [&](ehlo::Span span) {
      require(ehlo::present(span) || span.len == 0, "what is absent has no length");
      (out += '|') += ehlo::present(span) ? "'" + printable(part(span)) : "";
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
    for (std::uint32_t i = 0; i < event_.body.count; ++i) {
      const ehlo::Span span = batch_.spans[event_.body.first + i];
      if (span.off == EHLO_OFF_CRLF) {
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
    return buffer_.substr(span.off, span.len);
  }

 private:
  // The fields that ehlo.h names for each type, in the order in which they are written; upper case: not written.
  const char* named() const {
    switch (event_.type) {
      case EHLO_SERVER_EVENT_HELLO: return "vtkL";
      case EHLO_SERVER_EVENT_MAIL: return "psLVK";
      case EHLO_SERVER_EVENT_RCPT: return "ipLV";
      case EHLO_SERVER_EVENT_BDAT: return "nLV";
      case EHLO_SERVER_EVENT_BODY: return "B";
      case EHLO_SERVER_EVENT_CHUNK: return "nV";
      case EHLO_SERVER_EVENT_MESSAGE: return lmtp_ ? "nmV" : "nV";
      case EHLO_SERVER_EVENT_ABORT:
      case EHLO_SERVER_EVENT_CLOSE: return "e";
      case EHLO_SERVER_EVENT_AUTH: return "trLV";
      case EHLO_SERVER_EVENT_COMMAND: return row() != nullptr ? "qaRLV" : "wqaLV";
      case EHLO_SERVER_EVENT_AUTH_RESPONSE: return "rLV";
      case EHLO_SERVER_EVENT_AUTH_ABORT: return "eLVC";
      case EHLO_SERVER_EVENT_REJECTED: return "ec@lhV";
      case EHLO_SERVER_EVENT_VIOLATION: return "e@lV";
      case EHLO_SERVER_EVENT_PLAINTEXT: return "n";
      case EHLO_SERVER_EVENT_DATA:
      case EHLO_SERVER_EVENT_RSET:
      case EHLO_SERVER_EVENT_QUIT:
      case EHLO_SERVER_EVENT_STARTTLS: return "LV";
      default: return "";
    }
  }

  void write(char field) {
    const ehlo::Event& e = event_;
    switch (field) {
      case 'v': return word(ehlo::verb_name(e.verb));
      case 't': return word(printable(part(e.text)));
      case 'q': return octets(e.text);
      case 'r': return octets(e.response);
      case 'w': return word(printable(part(e.response)));
      case 'R': return require(is_verb(part(e.response)), "the verb of a command is the one of its event");
      case 'a': return argument();
      case 'l': return octets(e.line);
      case 'p': return word(printable(part(e.path.whole))), params();
      case 'i': return number(e.index);
      case 'm': return word("rcpt " + std::to_string(e.index));
      case 'n': return number(e.number);
      case 's': return e.number != 0 ? word("size=" + std::to_string(e.number)) : void();
      case '@': return word("@" + std::to_string(e.number));
      case 'c': return number(e.code);
      case 'e': return e.error != EHLO_OK ? word(ehlo::error_info(e.error).name) : void();
      case 'k': return e.kind != 1 ? word("kind=" + std::to_string(e.kind)) : void();
      case 'h': return e.kind != 0 ? word(e.kind == 1 ? "http" : "tls") : void();
      default: return;
    }
  }

  // ehlo.h: fields that an event does not name are 0 or absent.
  bool has_unnamed() const {
    const ehlo::Event& e = event_;
    const auto unnamed = [this](bool set, const char* fields) {
      return set && std::strpbrk(named(), fields) == nullptr;
    };
    return unnamed(ehlo::present(e.line), "lL") || unnamed(ehlo::present(e.text), "tq") ||
           unnamed(ehlo::present(e.response), "rRw") ||
           unnamed(ehlo::present(e.path.whole) || ehlo::present(e.path.local) || e.path.flags != 0, "pa") ||
           unnamed(e.params.count != 0, "pa") || unnamed(e.number != 0, "ns@a") || unnamed(e.index != 0, "im") ||
           unnamed(e.kind != 0, "kKha") || unnamed(e.code != 0, "cC") || unnamed(e.error != EHLO_OK, "e") ||
           unnamed(e.verb != EHLO_VERB_UNKNOWN, "vV") || unnamed(e.body.count != 0, "B");
  }

  // The row of a COMMAND whose verb is the library's.
  const ehlo_verb_row* row() const {
    const bool built_in = event_.type == EHLO_SERVER_EVENT_COMMAND && event_.verb < ehlo::kMaxRows;
    return built_in ? ehlo::kVerbsById[event_.verb] : nullptr;
  }
  std::string name() const {
    if (row() == nullptr) return ehlo::event_name(event_.type);
    std::string lower = row()->name;
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
  }
  bool is_verb(std::string_view text) const { return ehlo::equals_caseless(ehlo::bytes_of(text), row()->name); }

  // What the argument of a command fills beside its text.
  void argument() {
    if (event_.kind != 0) word("kind=" + std::to_string(event_.kind));
    if (event_.number != 0) number(event_.number);
    if (ehlo::present(event_.path.whole)) word(printable(part(event_.path.whole)));
    params();
  }

  void word(std::string_view text) { (out_ += ' ') += text; }
  void number(std::uint64_t value) { word(std::to_string(value)); }
  void octets(ehlo::Span span) {
    if (ehlo::present(span)) word("'" + printable(part(span)) + "'");
  }
  void params() {
    const bool inside =
        event_.params.first <= batch_.param_count && event_.params.count <= batch_.param_count - event_.params.first;
    require(inside && event_.params.count <= EHLO_PARAMS_MAX, "the parameters are in the batch");
    for (std::uint32_t i = 0; i < event_.params.count; ++i) {
      const ehlo::Param& param = batch_.params[event_.params.first + i];
      word(printable(part(param.keyword)));
      if (ehlo::present(param.value)) out_ += "=" + printable(part(param.value));
      if (param.number != 0) out_ += "#" + std::to_string(param.number);
      if (ehlo::present(param.detail)) out_ += "~" + printable(part(param.detail));
    }
  }

  const ehlo::Event& event_;
  const ehlo::Batch& batch_;
  std::string_view buffer_;
  bool lmtp_;
  std::string out_;
};

}  // namespace support
