// A client session: input of the server in, events out; commands of the program in, output out (RFC 5321, 2033, 2920,
// 3030, 3207, 4954). This class is the loop around the parts that session.h lists; commands.h, auth_exchange.h,
// content.h and job.h have the calls that send.
#pragma once

#include "client/session.h"

namespace ehlo {

using Timeout = ehlo_timeout;

class Client {
 public:
  // nullptr: no memory.
  static Client* create(const ClientConfig& config, const Allocator& allocator) noexcept;
  static void destroy(Client* client) noexcept;

  ClientSession& session() noexcept { return session_; }
  const ClientSession& session() const noexcept { return session_; }

  std::size_t receive(Bytes input, ClientBatch& batch) noexcept;

  Error tls_started() noexcept;
  Error tls_failed() noexcept;
  void eof() noexcept;
  void timed_out() noexcept;
  void abort() noexcept;
  // The connection is to become another session's.
  Error release() noexcept;

  // What the session waits for.
  std::uint32_t wants() const noexcept;
  Timeout timeout() const noexcept;
  std::uint32_t facts() const noexcept;

 private:
  Client(const ClientConfig& config, const Allocator& allocator) noexcept;

  bool advance(ClientCall& call) noexcept;
  void report_settlement(ClientCall& call) noexcept;
  bool report_done(ClientCall& call) noexcept;
  bool read_reply(ClientCall& call) noexcept;
  void hold_unreadable(const ClientCall& call, Problem problem) noexcept;
  void lose_connection() noexcept;
  bool has_events() const noexcept;
  bool is_idle() const noexcept;

  ClientSession session_;
  ReplyParser parser_;
  HeldReply held_;
  bool stalled_ = false;  // the last call ran out of room for events
  bool released_ = false;
};

}  // namespace ehlo
