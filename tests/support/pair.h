// Our client against our server in memory: a network that cuts, delays, loses and breaks, and a clock that runs when
// nothing else does.
#pragma once

#include "pair_client.h"
#include "pair_server.h"

namespace support {

// One direction of a connection.
class Pipe {
 public:
  static constexpr std::size_t kNever = SIZE_MAX;

  // After so many octets it breaks, or goes on as if nothing were wrong.
  void set_fault(std::size_t at, bool silent) {
    fault_at_ = at;
    silent_ = silent;
  }

  void send(std::string_view octets, std::uint64_t arrival) {
    if (closed_ || octets.empty()) return;
    const std::size_t room = fault_at_ == kNever ? octets.size() : std::min(octets.size(), fault_at_ - sent_);
    sent_ += room;
    last_ = std::max(last_, arrival);
    if (room != 0) parts_.push_back({last_, std::string(octets.substr(0, room))});
    if (room < octets.size()) fault_met_ = true;
  }
  void close() { closed_ = true; }
  bool closed() const { return closed_; }
  bool fault_met() const { return fault_met_; }
  bool empty() const { return parts_.empty(); }

  std::string receive(std::uint64_t now, std::size_t most) {
    std::string octets;
    while (!parts_.empty() && parts_.front().due <= now && octets.size() < most) {
      std::string& part = parts_.front().octets;
      const std::size_t size = std::min(most - octets.size(), part.size());
      octets += part.substr(0, size);
      part.erase(0, size);
      if (part.empty()) parts_.pop_front();
    }
    return octets;
  }
  // Reported once.
  bool take_end() {
    const bool ended = parts_.empty() && !(fault_met_ && silent_) && (closed_ || fault_met_);
    return ended && !std::exchange(end_reported_, true);
  }
  std::uint64_t next_due(std::uint64_t now) const {
    return parts_.empty() || parts_.front().due <= now ? UINT64_MAX : parts_.front().due;
  }

 private:
  struct Part {
    std::uint64_t due;
    std::string octets;
  };
  std::deque<Part> parts_;
  std::size_t sent_ = 0, fault_at_ = kNever;
  std::uint64_t last_ = 0;
  bool closed_ = false, silent_ = false, fault_met_ = false, end_reported_ = false;
};

// When what a session waits for will have taken too long.
class Deadline {
 public:
  void restart(std::uint64_t now) { since_ = now; }
  void set(ehlo_timeout timeout, std::uint64_t now) {
    if (timeout.kind != kind_) since_ = now;
    kind_ = timeout.kind;
    seconds_ = timeout.seconds;
  }
  std::uint64_t due() const { return kind_ == EHLO_TIMEOUT_NONE ? UINT64_MAX : since_ + seconds_; }

 private:
  std::uint64_t since_ = 0;
  std::uint32_t kind_ = EHLO_TIMEOUT_NONE, seconds_ = 0;
};

class Pair {
 public:
  Pair(const PairPlan& plan, Choices& choices)
      : plan_(plan), choices_(choices), envelopes_(plan), server_(plan, choices, server_memory_.get()) {
    client_config_.reset(ehlo_client_config_new(&plan.client, client_memory_.get(), nullptr));
    require(client_config_ != nullptr, "the options of the client are good");
    client_ = std::make_unique<PairClient>(plan, envelopes_, choices,
                                           ehlo_client_new(client_config_.get(), client_memory_.get()));
    if (plan.fault == PairFault::cut_up || plan.fault == PairFault::lost_up)
      up_.set_fault(plan.fault_at, plan.fault == PairFault::lost_up);
    if (plan.fault == PairFault::cut_down || plan.fault == PairFault::lost_down)
      down_.set_fault(plan.fault_at, plan.fault == PairFault::lost_down);
  }
  void run() {
    while (!(client_closed_ && server_closed_)) {
      require(++rounds_ < kMostRounds, "a run comes to its end");
      const bool cautious = !choices_.one_in(3);
      if (take_turns(cautious)) continue;
      if (cautious || shake_hands()) continue;
      require(let_time_pass(), "while a session is not over something is in flight or due");
    }
    client_->port().check_end();
    check_memory();
  }

  // No fault that was planned has come to pass.
  bool faultless() const {
    return !up_.fault_met() && !down_.fault_met() && !timed_out_ && !server_.goodbye() && !client_->gave_up();
  }
  bool timed_out() const { return timed_out_; }
  const PairClient& client() const { return *client_; }
  PairClient& client() { return *client_; }
  const PairServer& server() const { return server_; }
  const Envelopes& envelopes() const { return envelopes_; }

 private:
  static constexpr std::size_t kMostRounds = 300000;

  bool skips(bool cautious) { return cautious && choices_.below(plan_.caution) != 0; }
  std::uint64_t arrival() { return now_ + choices_.below(plan_.delay + 1); }
  std::size_t room() { return choices_.between(1, plan_.output); }

  bool take_turns(bool cautious) {
    const bool client_first = choices_.one_in(2);
    bool moved = client_first && turn_client(cautious);
    moved |= turn_server(cautious);
    return (!client_first && turn_client(cautious)) || moved;
  }

  bool turn_client(bool cautious) {
    if (client_closed_) return false;
    bool moved = false;
    CPort& port = client_->port();
    if (plan_.fault == PairFault::abort && rounds_ == plan_.fault_at * 4) client_->abort();
    if (!skips(cautious)) {
      const std::string octets = down_.receive(now_, choices_.between(1, plan_.piece));
      if (!octets.empty()) client_->show(octets);
      // What came before the end is shown before it.
      if (octets.empty() && !port.must_receive() && down_.take_end()) client_->eof(), moved = true;
      if (!octets.empty() || port.must_receive() || moved || !client_begun_)
        moved |= client_->receive() || !octets.empty();
      client_begun_ = true;
    }
    if (!skips(cautious) && (port.wants() & EHLO_WANT_OUTPUT)) {
      up_.send(client_->output(room()), arrival());
      moved = true;
    }
    if (!skips(cautious)) {
      const std::string wire = client_->body();
      up_.send(wire, arrival());
      moved |= client_->gave() || !wire.empty() || port.must_receive();
    }
    if (!skips(cautious)) moved |= client_->act();
    if (moved) client_deadline_.restart(now_);
    client_deadline_.set(ehlo_client_timeout(port.get()), now_);
    if (port.over() && (port.wants() & EHLO_WANT_CLOSE)) {
      up_.close();
      client_closed_ = moved = true;
    }
    note_memory();
    return moved;
  }

  bool turn_server(bool cautious) {
    if (server_closed_) return false;
    bool moved = false;
    server_.set_time(now_);
    if (plan_.fault == PairFault::shutdown && rounds_ == plan_.fault_at * 4) server_.shut_down(), moved = true;
    const bool tls = (server_.wants() & EHLO_WANT_TLS) != 0;
    if (!skips(cautious) && !tls) {
      const std::string octets = up_.receive(now_, choices_.between(1, plan_.piece));
      server_.show(octets);
      moved = !octets.empty();
    }
    if (!skips(cautious) && up_.take_end()) server_.eof(), moved = true;
    if (!skips(cautious)) moved |= server_.receive();
    if (!skips(cautious)) moved |= server_.answer();
    if (!skips(cautious) && (server_.wants() & EHLO_WANT_OUTPUT)) {
      down_.send(server_.output(room()), arrival());
      moved = true;
    }
    if (moved) server_deadline_.restart(now_);
    server_deadline_.set(ehlo_server_timeout(server_.get()), now_);
    if (server_.over()) {
      down_.close();
      server_closed_ = moved = true;
    }
    return moved;
  }

  // A handshake is done when both want it and nothing is on its way.
  bool shake_hands() {
    if (client_closed_ || server_closed_ || !up_.empty() || !down_.empty()) return false;
    if (!(client_->port().wants() & EHLO_WANT_TLS) || !(server_.wants() & EHLO_WANT_TLS)) return false;
    client_->tls_started();
    require(ehlo_server_tls_started(server_.get()) == EHLO_OK, "the server takes the handshake it asked for");
    return true;
  }

  bool let_time_pass() {
    const std::uint64_t client = client_closed_ ? UINT64_MAX : client_deadline_.due();
    const std::uint64_t server = server_closed_ ? UINT64_MAX : server_deadline_.due();
    const std::uint64_t flight = std::min(up_.next_due(now_), down_.next_due(now_));
    const std::uint64_t next = std::min({client, server, flight, server_.next_due()});
    if (next == UINT64_MAX) return false;
    now_ = std::max(now_, next);
    server_.set_time(now_);
    if (flight <= now_ || server_.next_due() <= now_) return true;
    timed_out_ |= client <= now_ || server <= now_;
    if (client <= now_) client_->timed_out(), client_begun_ = false;
    if (server <= now_) server_.timed_out();
    return true;
  }

  // Memory: what a session takes, it has taken when its first transaction is done.
  void note_memory() {
    if (settled_memory_ == 0 && client_->port().done(1)) settled_memory_ = client_memory_.allocations();
  }
  void check_memory() {
    require(settled_memory_ == 0 || client_memory_.allocations() == settled_memory_,
            "a client takes no memory after its first transaction");
    require(client_memory_.octets() < 40000 && !client_memory_.broken(), "the memory of a client is bounded");
    // The configuration, the session, and at their first use the places of more replies and the program's texts.
    require(server_memory_.allocations() <= 4 && !server_memory_.broken(), "the memory of a server is bounded");
  }

  const PairPlan& plan_;
  Choices& choices_;
  CountingAllocator client_memory_, server_memory_;
  Envelopes envelopes_;
  PairServer server_;
  CClientConfig client_config_;
  std::unique_ptr<PairClient> client_;
  Pipe up_, down_;
  Deadline client_deadline_, server_deadline_;
  std::uint64_t now_ = 0;
  std::size_t rounds_ = 0, settled_memory_ = 0;
  bool client_begun_ = false, client_closed_ = false, server_closed_ = false, timed_out_ = false;
};

}  // namespace support
