// Creation and end of a client session, its wants and timeouts, and the calls by which a program reports events of the
// connection.
#include "client/client.h"

#include <new>

#include "base/flags.h"
#include "client/ending.h"

namespace ehlo {
namespace {

// RFC 5321 4.5.3.2
constexpr std::uint32_t kFiveMinutes = 300;
constexpr std::uint32_t kDataInitiation = 120;
constexpr std::uint32_t kDataBlock = 180;
constexpr std::uint32_t kDataTermination = 600;

// Of one transaction, with a bit for each recipient.
std::size_t bitmap_octets(const ClientConfig& config) noexcept { return (config.options().max_recipients + 7) / 8; }
// The bits stand behind the session, in one block with it.
std::size_t block_octets(const ClientConfig& config) noexcept {
  return sizeof(Client) + Transactions::kSlots * bitmap_octets(config);
}

}  // namespace

Client::Client(const ClientConfig& config, const Allocator& allocator) noexcept
    : session_(config, allocator), parser_(config.options().replies) {}

Client* Client::create(const ClientConfig& config, const Allocator& allocator) noexcept {
  const std::size_t octets = block_octets(config);
  void* memory = allocator.allocate(allocator.context, octets);
  if (memory == nullptr) return nullptr;
  auto* client = new (memory) Client(config, allocator);
  Octet* behind = static_cast<Octet*>(memory) + sizeof(Client);
  std::memset(behind, 0, octets - sizeof(Client));
  client->session_.transactions.set_room(behind, bitmap_octets(config));
  return client;
}

void Client::destroy(Client* client) noexcept {
  if (client == nullptr) return;
  ClientSession& session = client->session_;
  const ClientConfig& config = session.config;
  const Allocator allocator = session.allocator;
  session.job.drop();
  session.pipeline.outbox().release(allocator);
  session.announced.release(allocator);
  client->~Client();
  allocator.release(allocator.context, client, block_octets(config));
  ClientConfig::drop(&config);
}

Error Client::tls_started() noexcept {
  if (!(wants() & EHLO_WANT_TLS)) return EHLO_E_STATE;
  // RFC 3207 4.2: nothing that was learned before counts.
  session_.tls = true;
  session_.auth.forget();
  session_.needs_reset = false;
  session_.announced.forget();
  session_.pipeline.go(ClientInput::tls_started);
  return EHLO_OK;
}

Error Client::tls_failed() noexcept {
  if (session_.pipeline.state() != ClientState::tls_pending) return EHLO_E_STATE;
  fail(session_, EHLO_E_TLS_FAILED);
  return EHLO_OK;
}

void Client::eof() noexcept { session_.pipeline.set_eof(); }

void Client::timed_out() noexcept { fail(session_, EHLO_E_TIMEOUT); }

void Client::abort() noexcept { fail(session_, EHLO_E_SHUTDOWN); }

bool Client::is_idle() const noexcept {
  const Pipeline& pipeline = session_.pipeline;
  // A reply that has begun, or was not reported, is not the new session's to read.
  if (!pipeline.is_quiet() || pipeline.unread() || session_.job.active()) return false;
  if (session_.auth.awaits_response() || session_.opening) return false;
  const ClientState state = pipeline.state();
  return state != ClientState::content && state != ClientState::tls_pending && state != ClientState::closed &&
         !has_events();
}

Error Client::release() noexcept {
  const ClientState state = session_.pipeline.state();
  const bool in_transaction = state != ClientState::ready && state != ClientState::greeted;
  if (!is_idle() || in_transaction) return EHLO_E_STATE;
  session_.pipeline.go(ClientInput::end);
  released_ = true;
  return EHLO_OK;
}

bool Client::has_events() const noexcept {
  if (stalled_ || session_.pipeline.eof() || session_.settlement.active) return true;
  if (session_.ending.event != EHLO_CLIENT_EVENT_NONE) return true;
  return session_.transactions.next_over(session_.pipeline.awaited(), session_.pipeline.state()) != kNoSlot;
}

std::uint32_t Client::wants() const noexcept {
  if (released_) return 0;
  const ClientState state = session_.pipeline.state();
  std::uint32_t wants = flag_if(has_events(), EHLO_WANT_EVENTS);
  if (state == ClientState::closed) return wants | flag_if(wants == 0, EHLO_WANT_CLOSE);
  const bool output = !session_.pipeline.outbox().empty();
  if (output) wants |= EHLO_WANT_OUTPUT;
  // What was read together with the 220 must be shown before the handshake.
  if (state == ClientState::tls_pending) return wants | flag_if(wants == 0, EHLO_WANT_TLS);
  wants |= EHLO_WANT_INPUT;
  if (session_.auth.awaits_response()) wants |= EHLO_WANT_ANSWER;
  const bool chunk = session_.job.awaits_chunks && check_chunk_moment(session_) == EHLO_OK;
  const bool content = state == ClientState::content && check_data_moment(session_) == EHLO_OK;
  if ((chunk || content) && !output) wants |= EHLO_WANT_BODY;
  // After 354 without an accepted recipient the program has to end the content with a lone dot.
  const bool lone_dot = state == ClientState::content && session_.transactions.current().accepted == 0;
  if (lone_dot || is_idle()) wants |= EHLO_WANT_COMMAND;
  return wants;
}

Timeout Client::timeout() const noexcept {
  const ClientState state = session_.pipeline.state();
  if (state == ClientState::closed) return {EHLO_TIMEOUT_NONE, 0};
  if (state == ClientState::tls_pending) return {EHLO_TIMEOUT_TLS, kFiveMinutes};
  if (state == ClientState::content || state == ClientState::chunking) return {EHLO_TIMEOUT_DATA_BLOCK, kDataBlock};
  const PendingReplies& awaited = session_.pipeline.awaited();
  // Half a reply that no command asked for keeps commands from leaving, so it too has its time.
  if (awaited.empty()) return session_.pipeline.unread() ? Timeout{EHLO_TIMEOUT_COMMAND, kFiveMinutes} : Timeout{};
  switch (awaited.front().expect) {
    case Expect::greeting: return {EHLO_TIMEOUT_GREETING, kFiveMinutes};
    case Expect::data: return {EHLO_TIMEOUT_DATA_INITIATION, kDataInitiation};
    case Expect::chunk: return {EHLO_TIMEOUT_DATA_BLOCK, kDataBlock};
    case Expect::result: return {EHLO_TIMEOUT_DATA_TERMINATION, kDataTermination};
    default: return {EHLO_TIMEOUT_COMMAND, kFiveMinutes};
  }
}

std::uint32_t Client::facts() const noexcept {
  const Transaction& transaction = session_.transactions.current();
  const bool open = transaction.number != 0;
  std::uint32_t facts = 0;
  if (session_.tls) facts |= EHLO_FACT_TLS;
  if (session_.auth.authenticated()) facts |= EHLO_FACT_AUTHENTICATED;
  if (session_.announced.esmtp()) facts |= EHLO_FACT_ESMTP;
  if (open && transaction.smtputf8) facts |= EHLO_FACT_SMTPUTF8;
  if (session_.pipeline.outbox().secret()) facts |= EHLO_FACT_SECRET_OUTPUT;
  if (session_.job.awaits_chunks || (open && transaction.chunked)) facts |= EHLO_FACT_CHUNKS;
  return facts;
}

}  // namespace ehlo
