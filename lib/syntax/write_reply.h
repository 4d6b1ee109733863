// Writes replies (RFC 5321 4.2).
#pragma once

#include "syntax/enhanced_code.h"
#include "syntax/error.h"
#include "syntax/writer.h"

namespace ehlo {

// Text that may follow a reply code: printable ASCII and HT, UTF-8 if allowed; LF or CR LF between lines.
bool is_reply_text(Bytes text, bool utf8) noexcept;

// Where a reply continues that was not written to its end.
struct ReplyPosition {
  std::size_t line;   // the line begins there in the text
  std::size_t given;  // octets of that line which the program has already
};

// Writes one reply as lines of at most 512 octets (RFC 5321 4.5.3.1.5), the code and the enhanced code on each
// (RFC 2034 4) unless it is none. Each LF or CR LF in `text` begins a line. Stops where `out` is full; the next call
// continues at `from`, the line of the position, with a sink that leaves out what was given of it.
class ReplySink;
ReplyPosition write_reply(ReplySink& out, std::uint32_t code, EnhancedCode enhanced, Bytes prefix, Bytes text,
                          std::size_t from = 0) noexcept;

// Gets a whole reply, and writes the part that the program does not have yet, as far as its buffer goes. So a session
// can render a reply anew in each call and need not store its text. Without a buffer the sink only measures.
class ReplySink {
 public:
  ReplySink(Octet* out, std::size_t capacity, std::size_t skip) noexcept
      : out_(out), capacity_(capacity), skip_(skip) {}

  void put(Bytes bytes) noexcept;
  void put(std::string_view text) noexcept { put(bytes_of(text)); }

  std::size_t total() const noexcept { return total_; }            // of the reply
  std::size_t written() const noexcept { return written_; }        // in this call
  std::size_t given() const noexcept { return skip_ + written_; }  // of the reply: left out, or written
  bool complete() const noexcept { return given() == total_; }
  bool is_full() const noexcept { return out_ != nullptr && total_ > given(); }

  // Counts octets that would be left out anyway, so that the caller need not produce them.
  std::size_t skip() const noexcept { return skip_; }
  void pass(std::size_t octets) noexcept { total_ += octets; }

 private:
  Octet* out_;
  std::size_t capacity_;
  std::size_t skip_;
  std::size_t total_ = 0;
  std::size_t written_ = 0;
};

}  // namespace ehlo
