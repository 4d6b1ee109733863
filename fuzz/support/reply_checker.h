// Checks replies as a client sees them (RFC 5321 4.2, RFC 2034 4), with code that shares nothing with the library, and
// with the library's own parser.
#pragma once

#include <cctype>
#include <string>
#include <vector>

#include "ehlo.h"
#include "exact_copy.h"
#include "support/properties.h"

namespace support {

class ReplyChecker {
 public:
  explicit ReplyChecker(bool enhanced_offered) : enhanced_offered_(enhanced_offered) {}

  void take(std::string_view octets) {
    all_ += octets;
    for (std::size_t end; (end = all_.find("\r\n", begin_)) != std::string::npos; begin_ = end + 2)
      line(std::string_view(all_).substr(begin_, end - begin_));
    require(all_.size() - begin_ < kLongest, "a reply line is at most 512 octets long");
  }
  // No more replies come.
  void finish() const { require(begin_ == all_.size() && !open_, "the last reply is complete"); }

  const std::string& all() const { return all_; }
  const std::vector<unsigned>& codes() const { return codes_; }
  // The number of replies without an enhanced status code, not counting those that never have one.
  std::size_t bare_replies() const { return bare_; }

 private:
  static constexpr std::size_t kLongest = 512;

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void line(std::string_view line) {
    require(line.size() + 2 <= kLongest, "a reply line is at most 512 octets long");
    for (const char c : line) {
      const auto octet = static_cast<unsigned char>(c);
      require(octet == '\t' || (octet >= 32 && octet != 127), "no control characters in a reply");
    }
    require(line.size() >= 4, "a reply line has a code and what follows it");
    require(line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]), "a reply code is three digits");
    require(line[3] == ' ' || line[3] == '-', "SP or a hyphen behind the code");
    const std::string_view code = line.substr(0, 3);
    require(!open_ || code == code_, "all lines of a reply have one code");
    check_enhanced(line.substr(4), !open_);
    code_ = code;
    open_ = line[3] == '-';
    ++lines_;
    if (!open_) end_reply(begin_ + line.size() + 2);
  }

  void end_reply(std::size_t end) {
    static constexpr ehlo_reply_limits kLimits{kLongest, UINT32_MAX, UINT32_MAX};
    const ExactCopy copy(std::string_view(all_).substr(reply_begin_, end - reply_begin_));
    ehlo_reply reply{};
    require(ehlo_reply_parse(copy.data(), copy.size(), &kLimits, &reply, nullptr) == EHLO_OK, "a reply can be parsed");
    require(reply.length == copy.size() && reply.lines == lines_ && std::to_string(reply.code) == code_,
            "a reply is parsed as it was read");
    codes_.push_back(reply.code);
    reply_begin_ = end;
    lines_ = 0;
  }

  void check_enhanced(std::string_view text, bool first) {
    const bool expected = enhanced_offered_ && line_class_applies(text, first);
    if (!expected) return;
    if (!has_status(text)) {
      require(first || bare_reply_, "each line of a reply has its enhanced status code, or none has");
      bare_ += first;
      bare_reply_ = true;
    } else {
      require(first || !bare_reply_, "each line of a reply has its enhanced status code, or none has");
      bare_reply_ = false;
    }
  }

  // The greeting, a 3yz and a reply to EHLO have none. Lines to EHLO begin with our name or follow such a line.
  bool line_class_applies(std::string_view text, bool first) {
    const char klass = all_[begin_];
    if (first) exempt_ = codes_.empty() || (all_.compare(begin_, 3, "250") == 0 && text.starts_with("mx.example"));
    if (klass == '3') require(!has_status(text), "a 3yz reply has no enhanced status code");
    return !exempt_ && klass != '3';
  }

  bool has_status(std::string_view text) const {
    // class "." 1*3DIGIT "." 1*3DIGIT SP, where the class is that of the code
    if (text.size() < 5 || text[1] != '.' || !is_digit(text[0])) return false;
    std::size_t at = 2;
    for (const char behind : {'.', ' '}) {
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      if (at == begin || at - begin > 3 || at == text.size() || text[at] != behind) return false;
      ++at;
    }
    require(text[0] == all_[begin_], "the enhanced status code is of the class of the reply");
    return true;
  }

  bool enhanced_offered_;
  std::string all_;
  std::string code_;
  std::size_t begin_ = 0;  // of the line that is not complete
  std::size_t reply_begin_ = 0;
  std::uint32_t lines_ = 0;  // of the reply that is not complete
  std::vector<unsigned> codes_;
  std::size_t bare_ = 0;
  bool open_ = false;
  bool exempt_ = false;
  bool bare_reply_ = false;
};

}  // namespace support
