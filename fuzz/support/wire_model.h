// The content of a message as sent, found without the library: from the end of the DATA line to the first CR LF . CR
// LF, or the octets that BDAT lines count. No message ends anywhere else.
#pragma once

#include <string>
#include <vector>

#include "ehlo.h"
#include "support/properties.h"

namespace support {

class WireModel {
 public:
  explicit WireModel(std::uint32_t endings) : endings_(endings) {}

  void fed(std::string_view octets) { wire_ += octets; }

  // `base`: octets consumed by the calls before this one.
  void take(const ehlo_server_event& event, std::size_t base) {
    if (event.type == EHLO_SERVER_EVENT_MAIL) {
      chunks_.clear();
      binary_ = event.kind == EHLO_BODY_BINARYMIME;
    }
    if (event.type != EHLO_SERVER_EVENT_DATA && event.type != EHLO_SERVER_EVENT_BDAT) return;
    std::size_t begin = base + event.line.off + event.line.len;
    begin += wire_[begin] == '\r' ? 2 : 1;
    if (event.type == EHLO_SERVER_EVENT_DATA)
      data_begin_ = begin;
    else
      add_chunk(begin, event.number);
  }

  // The session reports that a message is complete.
  void check(const ehlo_server_event& message, std::string_view body) const {
    require_same(body, message.verb == EHLO_VERB_BDAT ? chunks() : data(), "a message has the octets that were sent");
  }

 private:
  struct Chunk {
    std::size_t begin, size;
  };

  void add_chunk(std::size_t begin, std::uint64_t size) { chunks_.push_back({begin, static_cast<std::size_t>(size)}); }
  std::string chunks() const {
    std::string text;
    for (const Chunk& chunk : chunks_) {
      require(chunk.begin + chunk.size <= wire_.size(), "a chunk is complete before its message is");
      text += wire_.substr(chunk.begin, chunk.size);
    }
    return binary_ ? text : as_accepted(text);
  }

  std::string data() const {
    // The CR LF of the command counts as the one before the first line.
    const std::string content = "\r\n" + wire_.substr(data_begin_);
    const std::size_t end = content.find("\r\n.\r\n");
    require(end != std::string::npos, "no message without its end of data");
    std::string text;
    for (std::size_t at = 2; at < end + 2; ++at) {
      const bool line_start = content.compare(at - 2, 2, "\r\n") == 0;
      if (line_start && content[at] == '.') continue;
      text += content[at];
    }
    return as_accepted(text);
  }
  std::string as_accepted(const std::string& text) const {
    return endings_ == EHLO_ENDING_NORMALIZE ? normalized(text) : text;
  }
  static std::string normalized(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool crlf = text.substr(at, 2) == "\r\n";
      if (text[at] == '\r' || text[at] == '\n')
        out += "\r\n";
      else
        out += text[at];
      at += crlf;
    }
    return out;
  }

  std::uint32_t endings_;
  std::string wire_;
  std::vector<Chunk> chunks_;
  std::size_t data_begin_ = 0;
  bool binary_ = false;
};

}  // namespace support
