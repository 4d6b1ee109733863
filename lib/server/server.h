// A server session: bytes in, events out; answers in, replies out (RFC 5321, 2033, 2920, 3030, 3207, 4954).
#pragma once

#include "server/session.h"
#include "wire/line_framer.h"

namespace ehlo {

using Timeout = ehlo_timeout;

// A reply that the program gives. 0 as enhanced code: the default of the reply.
struct Answer {
  std::uint32_t code = 0;
  EnhancedCode enhanced = 0;
  Bytes text;
};

class Server {
 public:
  // nullptr: no memory.
  static Server* create(const Config& config, const Allocator& allocator) noexcept;
  static void destroy(Server* server) noexcept;

  std::size_t receive(Bytes input, Batch& batch) noexcept;
  std::size_t output(Octet* out, std::size_t capacity) noexcept;

  Error accept(std::uint32_t id) noexcept;
  Error decline(std::uint32_t id) noexcept;
  Error reply(std::uint32_t id, const Answer& answer) noexcept;
  Error challenge(std::uint32_t id, Bytes octets) noexcept;
  Error refuse_message(const Answer& answer) noexcept;

  Error tls_started() noexcept;
  Error tls_failed() noexcept;
  void eof() noexcept;
  void timed_out() noexcept;
  Error shutdown(const Answer& answer) noexcept;
  Error release() noexcept;

  std::uint32_t wants() const noexcept;
  Timeout timeout() const noexcept;
  std::uint32_t facts() const noexcept;
  const char* protocol_name() const noexcept;

 private:
  Server(const Config& config, const Allocator& allocator) noexcept;

  // intake.cpp
  bool can_take(const Call& call) noexcept;
  bool take(Call& call) noexcept;
  bool take_line(Call& call) noexcept;
  bool skip_line(Call& call, const LineFramer::Frame& frame) noexcept;
  void read_line(Call& call, const LineFramer::Frame& frame, Span line) noexcept;

  // answer.cpp
  Error store_answer(const Answer& answer, TextShape shape, EnhancedCode implied, bool utf8,
                     std::uint32_t& where) noexcept;

  Session session_;
  Allocator allocator_;
  LineFramer framer_;
};

}  // namespace ehlo
