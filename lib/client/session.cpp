// The life of a client session: creation, what it waits for, and how it ends.
#include <new>

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
      tls_(config.flag(kClientImplicitTls)) {
  pending_.push({Expect::greeting, kNoSlot, Verb::unknown, false, 1});
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
    // A submission fills the room that has become free, now and not with whatever call comes next.
    pump();
  }
}

void Client::go(Step step) noexcept {
  const ClientState next = next_state(state_, step);
  if (next != kNoState) state_ = next;
}

void Client::end(ClientEventType how, Error why, std::uint64_t at) noexcept {
  if (state_ == ClientState::closed) return;
  for (std::uint8_t slot = 0; slot < kSlots; ++slot) transactions_open_[slot].under_way = under_way(slot);
  go(Step::end);
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
  if (!(wants() & kClientWantTls)) return Error::state;
  // RFC 3207 4.2: nothing that was learnt before counts.
  tls_ = true;
  authenticated_ = unclear_ = false;
  forget_hello();
  go(Step::tls_started);
  return Error::none;
}

Error Client::tls_failed() noexcept {
  if (state_ != ClientState::tls_pending) return Error::state;
  fail(Error::tls_failed);
  return Error::none;
}

void Client::eof() noexcept { eof_ = state_ != ClientState::closed; }

// RFC 5321 4.1.1.10: a server may close without its 221, and nothing else may be missing.
void Client::lose_connection() noexcept {
  if (state_ == ClientState::quitting && pending_.total() == 1 && in_flight_ == 1)
    end(ClientEventType::closed, Error::none, 0);
  else
    fail(Error::connection_lost);
}

void Client::timed_out() noexcept { fail(Error::timeout); }

void Client::abort() noexcept { fail(Error::shutdown); }

bool Client::is_idle() const noexcept {
  if (!pending_.empty() || !outbox_.empty() || outbox_.holds() || job_.envelope != nullptr) return false;
  if (challenged_ || opening_ || leftover_) return false;
  return state_ != ClientState::content && state_ != ClientState::tls_pending && state_ != ClientState::closed &&
         !has_events();
}

Error Client::release() noexcept {
  const bool in_transaction = state_ != ClientState::ready && state_ != ClientState::greeted;
  // A reply that has begun is not the new session's to read.
  if (!is_idle() || in_transaction) return Error::state;
  go(Step::end);
  released_ = true;
  return Error::none;
}

bool Client::has_events() const noexcept {
  return stalled_ || eof_ || settlement_.active || end_event_ != ClientEventType::none || next_over() != kNoSlot;
}

std::uint32_t Client::wants() const noexcept {
  if (released_) return 0;
  std::uint32_t wants = has_events() ? kClientWantEvents : 0u;
  if (state_ == ClientState::closed) return wants != 0 ? wants : kClientWantClose;
  if (!outbox_.empty()) wants |= kClientWantOutput;
  // What was read together with the 220 must be shown before the handshake.
  if (state_ == ClientState::tls_pending) return wants | (wants == 0 ? kClientWantTls : 0u);
  wants |= kClientWantInput;
  if (challenged_) wants |= kClientWantAnswer;
  const bool chunk = job_.awaits_chunks && check_chunk() == Error::none;
  const bool content = state_ == ClientState::content && check_content() == Error::none;
  if ((chunk || content) && outbox_.empty()) wants |= kClientWantBody;
  // Behind 354 with nobody accepted the lone dot is due.
  if (is_idle() || (state_ == ClientState::content && current().accepted == 0)) wants |= kClientWantCommand;
  return wants;
}

ClientTimeout Client::timeout() const noexcept {
  if (state_ == ClientState::closed) return {ClientTimeoutKind::none, 0};
  if (state_ == ClientState::tls_pending) return {ClientTimeoutKind::tls, kFiveMinutes};
  if (state_ == ClientState::content || state_ == ClientState::chunking)
    return {ClientTimeoutKind::data_block, kDataBlock};
  // Half a reply that nobody asked for keeps commands from leaving, so it too has its time.
  if (pending_.empty()) return leftover_ ? ClientTimeout{ClientTimeoutKind::command, kFiveMinutes} : ClientTimeout{};
  switch (pending_.front().expect) {
    case Expect::greeting: return {ClientTimeoutKind::greeting, kFiveMinutes};
    case Expect::data: return {ClientTimeoutKind::data_initiation, kDataInitiation};
    case Expect::chunk: return {ClientTimeoutKind::data_block, kDataBlock};
    case Expect::result: return {ClientTimeoutKind::data_termination, kDataTermination};
    default: return {ClientTimeoutKind::command, kFiveMinutes};
  }
}

std::uint32_t Client::facts() const noexcept {
  std::uint32_t facts = 0;
  if (tls_) facts |= kClientFactTls;
  if (authenticated_) facts |= kClientFactAuthenticated;
  if (esmtp_) facts |= kClientFactEsmtp;
  if (current().number != 0 && current().smtputf8) facts |= kClientFactSmtputf8;
  if (outbox_.secret()) facts |= kClientFactSecretOutput;
  if (job_.awaits_chunks || (current().number != 0 && current().chunked)) facts |= kClientFactChunks;
  return facts;
}

}  // namespace ehlo
