// Content on its way out: after 354 with its dots doubled, or as chunks with their length before them.
#pragma once

#include "wire/dot_encoder.h"

namespace ehlo {

struct ClientSession;

// The content that has been given so far, as far as its next octets need it. Content goes with DATA or with BDAT and
// never with both, so the two share their room.
class ContentSender {
 public:
  ContentSender() noexcept = default;

  // After 354.
  void begin_data(LineEndings endings, bool refuses_nul) noexcept { state_.encoder = DotEncoder(endings, refuses_nul); }
  DotEncoder& encoder() noexcept { return state_.encoder; }

  // The decoder that checks the text of the next chunk: a copy, which is kept only if the chunk is sent.
  DotDecoder chunk_checker(bool first) const noexcept {
    return DotDecoder(first ? DotDecoder::Carried() : state_.text);
  }
  void keep(const DotDecoder& checker) noexcept { state_.text = checker.carried(); }

 private:
  // One at a time: a transaction has DATA or chunks.
  union State {
    State() noexcept : encoder() {}
    DotEncoder encoder;        // after 354
    DotDecoder::Carried text;  // of chunks, whose octets go out unchanged: only to find errors
  };
  State state_;
};

// EHLO_OK where content is wanted now: after 354, or as a chunk.
Error check_data_moment(const ClientSession& session) noexcept;
Error check_chunk_moment(const ClientSession& session) noexcept;

// Content of an envelope, or after 354. `consumed`: how much of it was taken; with an error the position of the octet
// at fault.
Error give_body(ClientSession& session, Bytes content, bool last, SpanList& spans, std::size_t& consumed) noexcept;
Error copy_body(ClientSession& session, Bytes content, bool last, Octet* out, std::size_t capacity,
                std::size_t& written, std::size_t& consumed) noexcept;
// A chunk of a program that sends single commands. `at`: with an error, the position of the octet at fault.
Error send_bdat(ClientSession& session, Bytes content, bool last, std::size_t& at) noexcept;
// Ends the content after 354 where no recipient was accepted.
Error send_lone_dot(ClientSession& session) noexcept;

}  // namespace ehlo
