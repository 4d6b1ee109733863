// The life of a client session: creation, what it waits for, and how it ends.
#include <new>

#include "base/flags.h"
#include "client/client.h"

namespace ehlo {
namespace {

// RFC 5321 4.5.3.2
constexpr std::uint32_t kFiveMinutes = 300;
constexpr std::uint32_t kDataInitiation = 120;
constexpr std::uint32_t kDataBlock = 180;
constexpr std::uint32_t kDataTermination = 600;

std::size_t bitmap_octets(const ClientConfig& config) noexcept { return (config.options().max_recipients + 7) / 8; }

}  // namespace

Client::Client(const ClientConfig& config, const Allocator& allocator, std::size_t octets) noexcept
    : config_(config.take()),
      allocator_(allocator),
      octets_(octets),
      parser_(config.options().replies),
      tls_(config.flag(EHLO_CLIENT_FLAG_IMPLICIT_TLS)) {
  pending_.push({Expect::greeting, kNoSlot, EHLO_VERB_UNKNOWN, false, 1});
}

Client* Client::create(const ClientConfig& config, const Allocator& allocator) noexcept {
  const std::size_t bits = bitmap_octets(config);
  const std::size_t octets = sizeof(Client) + kSlots * bits;
  void* memory = allocator.allocate(allocator.context, octets);
  if (memory == nullptr) return nullptr;
  auto* client = new (memory) Client(config, allocator, octets);
  Octet* behind = static_cast<Octet*>(memory) + sizeof(Client);
  std::memset(behind, 0, kSlots * bits);
  for (Transaction& transaction : client->transactions_open_) {
    transaction.open_bits = behind;
    behind += bits;
  }
  return client;
}

void Client::destroy(Client* client) noexcept {
  if (client == nullptr) return;
  client->end_job();
  client->outbox_.free(client->allocator_);
  const Allocator allocator = client->allocator_;
  if (client->hello_text_ != nullptr)
    allocator.release(allocator.context, client->hello_text_, client->hello_capacity_);
  const std::size_t octets = client->octets_;
  const ClientConfig& config = client->config_;
  client->~Client();
  allocator.release(allocator.context, client, octets);
  ClientConfig::drop(&config);
}

std::size_t Client::output(Octet* out, std::size_t capacity) noexcept {
  std::size_t taken = 0;
  for (;;) {
    std::uint32_t lines = 0;
    const bool chunk_line = outbox_.ends_with_chunk_line();
    const std::size_t count = outbox_.take(out + taken, capacity - taken, lines);
    if (count == 0) return taken;
    in_flight_ += static_cast<std::int32_t>(lines);
    taken += count;
    // The content of a chunk comes next, from the program.
    if (chunk_line) return taken;
    // The transaction of an envelope fills the room that has become free, now and not with whatever call comes next.
    pump();
  }
}

void Client::go(ClientInput input) noexcept {
  const ClientState next = next_state(state_, input);
  if (next != kNoState) state_ = next;
}

void Client::end(ClientEventType how, Error why, std::uint64_t at) noexcept {
  if (state_ == ClientState::closed) return;
  for (std::uint8_t slot = 0; slot < kSlots; ++slot) transactions_open_[slot].under_way = under_way(slot);
  go(ClientInput::end);
  eof_ = false;
  end_event_ = how;
  end_error_ = why;
  end_at_ = at;
  pending_.clear();
  outbox_.clear();
  drop_job(current_);
  opening_ = challenged_ = false;
  for (Transaction& transaction : transactions_open_) transaction.closed = true;
}

Error Client::tls_started() noexcept {
  if (!(wants() & EHLO_WANT_TLS)) return EHLO_E_STATE;
  // RFC 3207 4.2: nothing that was learnt before counts.
  tls_ = true;
  authenticated_ = unclear_ = false;
  forget_hello();
  go(ClientInput::tls_started);
  return EHLO_OK;
}

Error Client::tls_failed() noexcept {
  if (state_ != ClientState::tls_pending) return EHLO_E_STATE;
  fail(EHLO_E_TLS_FAILED);
  return EHLO_OK;
}

void Client::eof() noexcept { eof_ = state_ != ClientState::closed; }

// RFC 5321 4.1.1.10: a server may close without its 221, and nothing else may be missing.
void Client::lose_connection() noexcept {
  if (state_ == ClientState::quitting && pending_.total() == 1 && in_flight_ == 1)
    end(EHLO_CLIENT_EVENT_CLOSED, EHLO_OK, 0);
  else
    fail(EHLO_E_CONNECTION_LOST);
}

void Client::timed_out() noexcept { fail(EHLO_E_TIMEOUT); }

void Client::abort() noexcept { fail(EHLO_E_SHUTDOWN); }

bool Client::is_idle() const noexcept {
  if (!pending_.empty() || !outbox_.empty() || outbox_.holds() || job_.envelope != nullptr) return false;
  if (challenged_ || opening_ || leftover_) return false;
  return state_ != ClientState::content && state_ != ClientState::tls_pending && state_ != ClientState::closed &&
         !has_events();
}

Error Client::release() noexcept {
  const bool in_transaction = state_ != ClientState::ready && state_ != ClientState::greeted;
  // A reply that has begun is not the new session's to read.
  if (!is_idle() || in_transaction) return EHLO_E_STATE;
  go(ClientInput::end);
  released_ = true;
  return EHLO_OK;
}

bool Client::has_events() const noexcept {
  return stalled_ || eof_ || settlement_.active || end_event_ != EHLO_CLIENT_EVENT_NONE || next_over() != kNoSlot;
}

std::uint32_t Client::wants() const noexcept {
  if (released_) return 0;
  std::uint32_t wants = flag_if(has_events(), EHLO_WANT_EVENTS);
  if (state_ == ClientState::closed) return wants | flag_if(wants == 0, EHLO_WANT_CLOSE);
  if (!outbox_.empty()) wants |= EHLO_WANT_OUTPUT;
  // What was read together with the 220 must be shown before the handshake.
  if (state_ == ClientState::tls_pending) return wants | flag_if(wants == 0, EHLO_WANT_TLS);
  wants |= EHLO_WANT_INPUT;
  if (challenged_) wants |= EHLO_WANT_ANSWER;
  const bool chunk = job_.awaits_chunks && check_chunk() == EHLO_OK;
  const bool content = state_ == ClientState::content && check_content() == EHLO_OK;
  if ((chunk || content) && outbox_.empty()) wants |= EHLO_WANT_BODY;
  // Behind 354 with nobody accepted the lone dot is due.
  if (is_idle() || (state_ == ClientState::content && current().accepted == 0)) wants |= EHLO_WANT_COMMAND;
  return wants;
}

Timeout Client::timeout() const noexcept {
  if (state_ == ClientState::closed) return {EHLO_TIMEOUT_NONE, 0};
  if (state_ == ClientState::tls_pending) return {EHLO_TIMEOUT_TLS, kFiveMinutes};
  if (state_ == ClientState::content || state_ == ClientState::chunking) return {EHLO_TIMEOUT_DATA_BLOCK, kDataBlock};
  // Half a reply that nobody asked for keeps commands from leaving, so it too has its time.
  if (pending_.empty()) return leftover_ ? Timeout{EHLO_TIMEOUT_COMMAND, kFiveMinutes} : Timeout{};
  switch (pending_.front().expect) {
    case Expect::greeting: return {EHLO_TIMEOUT_GREETING, kFiveMinutes};
    case Expect::data: return {EHLO_TIMEOUT_DATA_INITIATION, kDataInitiation};
    case Expect::chunk: return {EHLO_TIMEOUT_DATA_BLOCK, kDataBlock};
    case Expect::result: return {EHLO_TIMEOUT_DATA_TERMINATION, kDataTermination};
    default: return {EHLO_TIMEOUT_COMMAND, kFiveMinutes};
  }
}

std::uint32_t Client::facts() const noexcept {
  std::uint32_t facts = 0;
  if (tls_) facts |= EHLO_FACT_TLS;
  if (authenticated_) facts |= EHLO_FACT_AUTHENTICATED;
  if (esmtp_) facts |= EHLO_FACT_ESMTP;
  if (current().number != 0 && current().smtputf8) facts |= EHLO_FACT_SMTPUTF8;
  if (outbox_.secret()) facts |= EHLO_FACT_SECRET_OUTPUT;
  if (job_.awaits_chunks || (current().number != 0 && current().chunked)) facts |= EHLO_FACT_CHUNKS;
  return facts;
}

}  // namespace ehlo
