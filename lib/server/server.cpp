// A server session as the program sees it: creation, output, what it waits for, and how it ends.
#include <new>

#include "base/flags.h"
#include "server/reply_writer.h"
#include "server/server.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kFiveMinutes = 300;  // RFC 5321 4.5.3.2.7

std::size_t bitmap_octets(const Config& config) noexcept {
  return config.lmtp() ? std::size_t{config.options().max_recipients} * kRcptFactor / 8 : 0;
}

// An idle session has no other memory, and a server may have very many.
static_assert(sizeof(Server) <= 256);

}  // namespace

// The bits of the recipients lie behind the object, in the same block.
Server::Server(const Config& config, const Allocator& allocator) noexcept
    : session_(config.take(), config.lmtp() ? reinterpret_cast<Octet*>(this + 1) : nullptr), allocator_(allocator) {}

Server* Server::create(const Config& config, const Allocator& allocator) noexcept {
  void* memory = allocator.allocate(allocator.context, sizeof(Server) + bitmap_octets(config));
  if (memory == nullptr) return nullptr;
  return new (memory) Server(config, allocator);
}

void Server::destroy(Server* server) noexcept {
  if (server == nullptr) return;
  const Allocator allocator = server->allocator_;
  server->session_.texts.release(allocator, server->session_.options().reply_text_octets);
  server->session_.queue.release(allocator);
  const Config& config = server->session_.config();
  server->~Server();
  allocator.release(allocator.context, server, sizeof(Server) + bitmap_octets(config));
  Config::drop(&config);
}

std::size_t Server::output(Octet* out, std::size_t capacity) noexcept {
  ReplyQueue& queue = session_.queue;
  std::size_t written = 0;
  // A program calls until there is nothing more, so most calls have nothing to write.
  if (queue.has_output()) {
    const std::uint32_t first = queue.front_id();
    written = write_replies(session_.config(), session_.flags.tls, queue, session_.texts, out, capacity);
    if (queue.front_id() != first) session_.flags.greeting_sent = true;
  }
  // Texts are freed only all at once. The refusal of a message must be kept: it is not in the queue before the octets
  // of the message have been read.
  if (queue.has_text()) return written;
  ServerTransaction& transaction = session_.transaction;
  if (transaction.refused_by_program)
    transaction.refusal = session_.texts.clear_but(transaction.refusal);
  else
    session_.texts.clear();
  return written;
}

Error Server::tls_started() noexcept {
  if (!(wants() & EHLO_WANT_TLS)) return EHLO_E_STATE;
  // An incomplete line of clear text must not continue within TLS (RFC 3207 4.2).
  framer_ = {};
  session_.begin_tls();
  return EHLO_OK;
}

Error Server::tls_failed() noexcept {
  if (!(wants() & EHLO_WANT_TLS)) return EHLO_E_STATE;
  session_.end(EHLO_E_TLS_FAILED);
  return EHLO_OK;
}

void Server::eof() noexcept {
  session_.queue.drop_from_undecided();
  session_.end(EHLO_E_CONNECTION_LOST);
}

void Server::timed_out() noexcept {
  if (session_.is_closing()) return;
  session_.queue.drop_from_undecided();
  // During a handshake no reply can be sent in clear text.
  if (session_.state() == State::tls_pending)
    session_.end(EHLO_E_TIMEOUT);
  else
    session_.end_with_reply(EHLO_E_TIMEOUT);
}

Error Server::release() noexcept {
  // The next octet must be the first of a command: not within an over-long line or a refused chunk.
  const bool between_lines = session_.intake() == Intake::lines && framer_.discarded() == 0;
  const bool idle = between_lines && session_.queue.empty() && !session_.pending.any();
  const State state = session_.state();
  if (!idle || (state != State::greeted && state != State::ready)) return EHLO_E_STATE;
  session_.go(Input::end);
  session_.expect(Intake::nothing);
  session_.flags.released = true;
  return EHLO_OK;
}

// Computed anew in each call from the state, so that it cannot disagree with it.
std::uint32_t Server::wants() const noexcept {
  const ReplyQueue& queue = session_.queue;
  const SessionFlags& flags = session_.flags;
  if (flags.released) return 0;
  std::uint32_t wants = 0;
  if (queue.has_output()) wants |= EHLO_WANT_OUTPUT;
  if (queue.undecided() != 0) wants |= EHLO_WANT_ANSWER;
  if (session_.pending.any() || !flags.greeting_asked) wants |= EHLO_WANT_INPUT;
  if (session_.is_closing()) {
    if (queue.empty() && wants == 0) wants |= EHLO_WANT_CLOSE;
    return wants;
  }
  if (session_.state() == State::tls_pending) {
    // Input that was read together with STARTTLS is clear text. It must be shown, and is dropped, before the handshake.
    if (flags.leftover) return wants | EHLO_WANT_INPUT;
    return queue.empty() ? wants | EHLO_WANT_TLS : wants;
  }
  // More input cannot help where only an answer lets the session continue.
  const bool all_asked = session_.intake() == Intake::results && session_.transaction.results_left == 0;
  const bool blocked = queue.undecided() != 0 && (flags.barrier || all_asked);
  if (!blocked && queue.room() != 0) wants |= EHLO_WANT_INPUT;
  return wants;
}

Timeout Server::timeout() const noexcept {
  if (session_.is_closing() || session_.queue.undecided() != 0) return {EHLO_TIMEOUT_NONE, 0};
  if (session_.state() == State::tls_pending) return {EHLO_TIMEOUT_TLS, kFiveMinutes};
  const bool content = session_.intake() == Intake::content || session_.intake() == Intake::chunk;
  return {content ? EHLO_TIMEOUT_DATA : EHLO_TIMEOUT_COMMAND, kFiveMinutes};
}

std::uint32_t Server::facts() const noexcept {
  const SessionFlags& flags = session_.flags;
  return flag_if(flags.tls, EHLO_FACT_TLS) | flag_if(flags.authenticated, EHLO_FACT_AUTHENTICATED) |
         flag_if(flags.esmtp, EHLO_FACT_ESMTP) | flag_if(session_.transaction.smtputf8, EHLO_FACT_SMTPUTF8) |
         flag_if(flags.early_talker, EHLO_FACT_EARLY_TALKER) | flag_if(flags.ill_pipelined, EHLO_FACT_ILL_PIPELINED);
}

// RFC 3848, and RFC 6531 4.3 for UTF8SMTP and its relatives.
const char* Server::protocol_name() const noexcept {
  static constexpr const char* kNames[2][2][4] = {
      {{"ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"}, {"UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"}},
      {{"LMTP", "LMTPA", "LMTPS", "LMTPSA"}, {"UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA"}}};
  const SessionFlags& flags = session_.flags;
  if (!session_.lmtp() && !flags.esmtp) return "SMTP";
  return kNames[session_.lmtp()][session_.transaction.smtputf8][(flags.authenticated ? 1 : 0) + (flags.tls ? 2 : 0)];
}

}  // namespace ehlo
