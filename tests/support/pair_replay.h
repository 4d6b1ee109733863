// Cut independence of the client: the calls that a program made, made again, with what it was shown cut otherwise.
#pragma once

#include "pair.h"

namespace support {

class PairReplay {
 public:
  // `piece`: octets shown at a time, at most; 0: all that is shown between two calls at once. The plan is a drained
  // one.
  PairReplay(const PairPlan& plan, PairClient& original, std::size_t piece, std::uint32_t events)
      : original_(original), piece_(piece), events_(events) {
    config_ = ehlo_client_config_new(&plan.client, nullptr, nullptr);
    port_ = std::make_unique<ClientPort>(ehlo_client_new(config_, nullptr), laws_);
    port_->expect_as(original.port());
  }
  ~PairReplay() {
    port_.reset();
    ehlo_client_config_free(config_);
  }
  PairReplay(const PairReplay&) = delete;
  PairReplay& operator=(const PairReplay&) = delete;

  void run() {
    for (const ClientCall& call : original_.calls()) {
      if (call.kind != ClientCall::Kind::show) show_waiting();
      switch (call.kind) {
        case ClientCall::Kind::show: waiting_ += call.octets; continue;
        case ClientCall::Kind::output: port_->output(call.room); break;
        case ClientCall::Kind::body: port_->body(call.octets, call.last, call.copied, call.room); break;
        case ClientCall::Kind::other:
          laws_.require(call.other(port_->get()) == EHLO_OK, "a call goes as it went");
          break;
      }
      drain();
    }
    show_waiting();
    laws_.require(port_->log() == original_.port().log(), "other cuts, other events");
    laws_.require(port_->has_same_unreadable(original_.port()), "other cuts, another reply that cannot be read");
    laws_.require(port_->wire() == original_.port().wire(), "other cuts, other output");
    laws_.require(port_->wants() == original_.port().wants(), "other cuts, another end");
  }

  const Laws& laws() const { return laws_; }
  const ClientPort& port() const { return *port_; }

 private:
  void show_waiting() {
    const std::string octets = std::exchange(waiting_, {});
    const std::size_t piece = piece_ == 0 ? octets.size() : piece_;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      port_->show(std::string_view(octets).substr(at, piece));
      port_->receive(events_);
      drain();
    }
  }
  void drain() {
    while (port_->must_receive()) port_->receive(events_);
  }

  PairClient& original_;
  std::size_t piece_;
  std::uint32_t events_;
  Laws laws_;
  ehlo_client_config* config_ = nullptr;
  std::unique_ptr<ClientPort> port_;
  std::string waiting_;
};

}  // namespace support
