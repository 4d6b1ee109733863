// Cut independence of the client: the calls that a program made, made again, with what it was shown cut otherwise.
#pragma once

#include "pair.h"

namespace support {

class PairReplay {
 public:
  // `piece`: octets shown at a time, at most; 0: all that is shown between two calls at once. The plan is a drained
  // one.
  PairReplay(const PairPlan& plan, PairClient& original, std::size_t piece, std::uint32_t events)
      : original_(original), piece_(piece), events_(events), client_(plan.client, nullptr), port_(client_.made.get()) {
    port_.expect_as(original.port());
  }

  void run() {
    for (const ClientCall& call : original_.calls()) {
      if (call.kind != ClientCall::Kind::show) show_waiting();
      switch (call.kind) {
        case ClientCall::Kind::show: waiting_ += call.octets; continue;
        case ClientCall::Kind::output: port_.output(call.room); break;
        case ClientCall::Kind::body: port_.body(call.octets, call.last, call.copied, call.room); break;
        case ClientCall::Kind::other: require(call.other(port_.get()) == EHLO_OK, "a call goes as it went"); break;
      }
      drain();
    }
    show_waiting();
    require(port_.record() == original_.port().record(), "other cuts, other events");
    require(port_.has_same_unreadable(original_.port()), "other cuts, another reply that cannot be read");
    require(port_.wire() == original_.port().wire(), "other cuts, other output");
    require(port_.wants() == original_.port().wants(), "other cuts, another end");
  }

  const CPort& port() const { return port_; }

 private:
  void show_waiting() {
    const std::string octets = std::exchange(waiting_, {});
    const std::size_t piece = piece_ == 0 ? octets.size() : piece_;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      port_.show(std::string_view(octets).substr(at, piece));
      port_.receive(events_);
      drain();
    }
  }
  void drain() {
    while (port_.must_receive()) port_.receive(events_);
  }

  PairClient& original_;
  std::size_t piece_;
  std::uint32_t events_;
  CClient::Made client_;
  CPort port_;
  std::string waiting_;
};

}  // namespace support
