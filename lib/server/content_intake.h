// Reads the octets of a message, of DATA or of BDAT chunks: reports them as BODY, reports violations, and counts the
// octets that are dropped, also those after STARTTLS. It knows neither commands nor replies, but it keeps the error of
// a refused chunk until the reply is given.
#pragma once

#include "server/config.h"
#include "server/event_writer.h"
#include "wire/dot_decoder.h"

namespace ehlo {

// The parts of a session that decide how its content is read.
struct ContentRules {
  const ServerOptions& options;
  bool binary;   // BODY=BINARYMIME: the octets of a chunk are no lines
  bool refused;  // the program has refused the message, so it gets no more of it
};

class ContentIntake {
 public:
  enum class ReadResult : std::uint8_t {
    waiting,   // for more input
    taken,     // some octets
    complete,  // the content, or the chunk
    too_much   // more has been dropped than the configuration allows
  };

  // DATA: the content of one message.
  void begin_data(const ServerOptions& options) noexcept;
  ReadResult take_data(Call& call, const ContentRules& rules) noexcept;

  // BDAT: begin_message, then each chunk. `error`: why the octets of the chunk are dropped; `refused`: the program has
  // refused the message. finish_text comes after the last chunk, unless the message is binary.
  void begin_message(const ServerOptions& options) noexcept;
  void begin_chunk(std::uint64_t octets, bool last, Error error, bool refused) noexcept;
  ReadResult take_chunk(Call& call, const ContentRules& rules) noexcept;
  void finish_text(Call& call, const ContentRules& rules) noexcept;
  bool has_whole_chunk() const noexcept { return chunk_left_ == 0; }

  // The error for which the message, as far as it has come, is refused; EHLO_OK: none.
  Error check_message(const Config& config) const noexcept;
  Error chunk_error() const noexcept { return chunk_error_; }
  // Gives the error of the chunk and forgets it: the chunk has its reply.
  Error take_chunk_error() noexcept {
    const Error error = chunk_error_;
    chunk_error_ = EHLO_OK;
    return error;
  }
  // Whether the message ends with this content: always so with DATA.
  bool is_last() const noexcept { return last_; }
  std::uint64_t octets() const noexcept { return decoder_.octets(); }

  // Octets that were read but not used: of a refused message, or after STARTTLS.
  std::uint64_t dropped() const noexcept { return dropped_; }
  void drop(std::uint64_t octets) noexcept { dropped_ += octets; }
  void forget_dropped() noexcept { dropped_ = 0; }

 private:
  struct Decoded {
    std::size_t consumed;
    bool done;
    bool too_much;
  };
  template <class Feed>
  Decoded decode(Call& call, Bytes input, const ContentRules& rules, Feed feed) noexcept;
  Bytes within_budget(Bytes input, const ServerOptions& options, bool discard) const noexcept;
  void report_body(Call& call, SpanList& spans, std::uint64_t before, const ServerOptions& options) noexcept;
  void take_binary(Call& call, Bytes octets, const ServerOptions& options) noexcept;

  DotDecoder decoder_;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t dropped_ = 0;
  Error chunk_error_ = EHLO_OK;
  bool last_ = false;
};

}  // namespace ehlo
