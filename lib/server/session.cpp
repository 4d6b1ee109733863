// The life of a server session: creation, what it waits for, and how it ends.
#include <new>

#include "base/flags.h"
#include "server/server.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kFiveMinutes = 300;  // RFC 5321 4.5.3.2.7

std::size_t bitmap_octets(const Config& config) noexcept {
  return config.lmtp() ? std::size_t{config.options().max_recipients} * kRcptFactor / 8 : 0;
}

}  // namespace

// The queue has one place more than the program asked for: the last word of the session always fits.
Server::Server(const Config& config, const Allocator& allocator) noexcept
    : config_(config.take()),
      allocator_(allocator),
      queue_(config.options().reply_queue + 1),
      tls_(config.flag(EHLO_SERVER_FLAG_IMPLICIT_TLS)) {}

Server* Server::create(const Config& config, const Allocator& allocator) noexcept {
  void* memory = allocator.allocate(allocator.context, sizeof(Server) + bitmap_octets(config));
  if (memory == nullptr) return nullptr;
  return new (memory) Server(config, allocator);
}

void Server::destroy(Server* server) noexcept {
  if (server == nullptr) return;
  const Allocator allocator = server->allocator_;
  server->texts_.free(allocator, server->options().reply_text_octets);
  server->queue_.free(allocator);
  const Config& config = server->config_;
  server->~Server();
  allocator.release(allocator.context, server, sizeof(Server) + bitmap_octets(config));
  Config::drop(&config);
}

void Server::go(Input input) noexcept {
  const State next = next_state(state_, input);
  if (next != kNowhere) state_ = next;
}

void Server::reset_transaction() noexcept { transaction_ = {}; }

void Server::abort_transaction(Error error) noexcept {
  if (has_transaction(state_)) {
    // A message that the program has been asked for is in its hands: its answer still goes out.
    pending_abort_ = intake_ != Intake::results || queue_.undecided() == 0;
    abort_error_ = error;
    if (intake_ != Intake::nothing) intake_ = Intake::lines;
    go(is_legal(state_, Input::reset) ? Input::reset : Input::message_done);
  }
  reset_transaction();
}

void Server::end(Error why) noexcept {
  if (state_ == State::closing) return;
  abort_transaction(why);
  go(Input::fatal);
  intake_ = Intake::nothing;
  pending_close_ = true;
  close_error_ = why;
  // A greeting that nobody will read is not asked for.
  greeting_asked_ = true;
}

void Server::end_with_reply(Error why) noexcept {
  if (state_ == State::closing) return;
  queue_.push(why);
  end(why);
}

Error Server::tls_started() noexcept {
  if (!(wants() & EHLO_WANT_TLS)) return EHLO_E_STATE;
  tls_ = true;
  esmtp_ = false;
  // RFC 3207 4.2: what the client said before TLS is void.
  authenticated_ = false;
  auth_attempts_ = 0;
  pending_plaintext_ = dropped_ != 0;
  framer_ = {};
  reset_transaction();
  intake_ = Intake::lines;
  go(Input::tls_started);
  return EHLO_OK;
}

Error Server::tls_failed() noexcept {
  if (!(wants() & EHLO_WANT_TLS)) return EHLO_E_STATE;
  end(EHLO_E_TLS_FAILED);
  return EHLO_OK;
}

void Server::eof() noexcept {
  queue_.drop_from_undecided();
  end(EHLO_E_CONNECTION_LOST);
}

void Server::timed_out() noexcept {
  if (state_ == State::closing) return;
  queue_.drop_from_undecided();
  // Within a handshake nothing can be said in clear text any more.
  if (state_ == State::tls_pending)
    end(EHLO_E_TIMEOUT);
  else
    end_with_reply(EHLO_E_TIMEOUT);
}

Error Server::shutdown(const Answer& answer) noexcept {
  if (state_ == State::closing) return EHLO_E_STATE;
  // RFC 3207 4.1: behind a 220 to STARTTLS nothing more can be said in clear text, but one that has not left is no 220.
  const bool going_to_tls = state_ == State::tls_pending;
  if (going_to_tls && !queue_.is_last_unsent()) {
    end(EHLO_E_SHUTDOWN);
    return EHLO_OK;
  }
  if (answer.text.size == 0) {
    if (going_to_tls) queue_.take_back();
    end_with_reply(EHLO_E_SHUTDOWN);
    return EHLO_OK;
  }
  std::uint32_t where = 0;
  const Answer closing{421, answer.enhanced, answer.text};
  const Error error = store_answer(closing, TextShape::plain, EHLO_ENHANCED(4, 3, 2), false, where);
  if (error != EHLO_OK) return error;
  if (going_to_tls) queue_.take_back();
  queue_.push_text(where);
  end(EHLO_E_SHUTDOWN);
  return EHLO_OK;
}

Error Server::release() noexcept {
  // Within an over-long line or a refused chunk the next octet is not that of a command.
  const bool between_lines = intake_ == Intake::lines && framer_.discarded() == 0;
  const bool idle = between_lines && queue_.empty() && !pending_abort_ && !pending_close_ && !pending_plaintext_;
  if (!idle || (state_ != State::greeted && state_ != State::ready)) return EHLO_E_STATE;
  go(Input::fatal);
  intake_ = Intake::nothing;
  released_ = true;
  return EHLO_OK;
}

std::uint32_t Server::wants() const noexcept {
  if (released_) return 0;
  std::uint32_t wants = 0;
  if (queue_.has_output()) wants |= EHLO_WANT_OUTPUT;
  if (queue_.undecided() != 0) wants |= EHLO_WANT_ANSWER;
  if (pending_abort_ || pending_close_ || pending_plaintext_ || !greeting_asked_) wants |= EHLO_WANT_INPUT;
  if (state_ == State::closing) {
    if (queue_.empty() && wants == 0) wants |= EHLO_WANT_CLOSE;
    return wants;
  }
  if (state_ == State::tls_pending) {
    // What was read together with STARTTLS is plaintext and must be shown before the handshake.
    if (leftover_) return wants | EHLO_WANT_INPUT;
    return queue_.empty() ? wants | EHLO_WANT_TLS : wants;
  }
  const bool all_asked = intake_ == Intake::results && transaction_.results_left == 0;
  const bool blocked = queue_.undecided() != 0 && (barrier_ || all_asked);
  if (!blocked && queue_.room() != 0) wants |= EHLO_WANT_INPUT;
  return wants;
}

Timeout Server::timeout() const noexcept {
  if (state_ == State::closing || queue_.undecided() != 0) return {EHLO_TIMEOUT_NONE, 0};
  if (state_ == State::tls_pending) return {EHLO_TIMEOUT_TLS, kFiveMinutes};
  const bool content = intake_ == Intake::content || intake_ == Intake::chunk;
  return {content ? EHLO_TIMEOUT_DATA : EHLO_TIMEOUT_COMMAND, kFiveMinutes};
}

std::uint32_t Server::facts() const noexcept {
  return flag_if(tls_, EHLO_FACT_TLS) | flag_if(authenticated_, EHLO_FACT_AUTHENTICATED) |
         flag_if(esmtp_, EHLO_FACT_ESMTP) | flag_if(transaction_.smtputf8, EHLO_FACT_SMTPUTF8) |
         flag_if(early_talker_, EHLO_FACT_EARLY_TALKER) | flag_if(ill_pipelined_, EHLO_FACT_ILL_PIPELINED);
}

// RFC 3848, and RFC 6531 4.3 for UTF8SMTP and its relatives.
const char* Server::protocol_name() const noexcept {
  static constexpr const char* kNames[2][2][4] = {
      {{"ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"}, {"UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"}},
      {{"LMTP", "LMTPA", "LMTPS", "LMTPSA"}, {"UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA"}}};
  if (!lmtp() && !esmtp_) return "SMTP";
  return kNames[lmtp()][transaction_.smtputf8][(authenticated_ ? 1 : 0) + (tls_ ? 2 : 0)];
}

}  // namespace ehlo
