// Playing side by side.
#include "play.h"

#include <algorithm>
#include <numeric>

namespace vectors {
namespace {

// How many plays are in one group, and how many octets they show: enough to make the requests to the testee cheap.
constexpr std::size_t kOctetsOfGroup = 8 << 20;
constexpr std::size_t kMostPlays = 512;

using Group = std::span<const std::unique_ptr<Play>>;

template <class Call>
void attempt(Play& play, Call call) {
  try {
    call();
  } catch (const std::exception& fault) {
    play.fault = fault.what();
  }
}

// One round. False: no play had anything to ask.
bool round_of(Testee& testee, Group group) {
  Request request;
  struct Asked {
    Play* play;
    std::size_t calls;
    std::string last_call;
  };
  std::vector<Asked> asked;
  for (const auto& play : group) {
    if (play->fault) continue;
    const std::size_t before = request.calls();
    attempt(*play, [&] { play->ask(request); });
    if (request.calls() != before) asked.push_back({play.get(), request.calls() - before, request.last_call()});
  }
  if (asked.empty()) return false;
  const std::vector<ResultPtr> results = testee.ask(request);
  std::size_t next = 0;
  for (const auto& [play, calls, last_call] : asked) {
    const std::span<const ResultPtr> own = std::span(results).subspan(next, calls);
    next += calls;
    attempt(*play, [&, play = play, &last_call = last_call] {
      if (play->fault) return;  // while it asked
      for (const ResultPtr& result : own) require_result(*result, last_call);
      play->take(own);
    });
  }
  return true;
}

void close_sessions(Testee& testee, Group group) {
  Request request;
  for (const auto& play : group)
    if (play->session() != 0) request.call("close").field("session", play->session());
  if (request.calls() == 0) return;
  for (const ResultPtr& result : testee.ask(request)) require_result(*result, "close");
}

}  // namespace

bool Play::takes_session(const Result& result) {
  require(result.error().empty(), (session_ == 0 ? "no session: " : "a turn gives the error ") + result.error());
  if (session_ != 0) return false;
  session_ = result.json().at("session").get<std::uint64_t>();
  return true;
}

void Play::note_shown(std::size_t count) {
  require(count <= pieces_.size(), "more pieces are added than there are");
  const auto end = pieces_.begin() + static_cast<std::ptrdiff_t>(count);
  offset_ = std::accumulate(pieces_.begin(), end, offset_);
  pieces_.erase(pieces_.begin(), end);
}

void play_all(Testee& testee, std::span<const std::unique_ptr<Play>> plays, std::size_t octets) {
  const std::size_t most = std::clamp<std::size_t>(kOctetsOfGroup / (octets + 1), 8, kMostPlays);
  while (!plays.empty()) {
    const Group group = plays.first(std::min(most, plays.size()));
    plays = plays.subspan(group.size());
    while (round_of(testee, group)) {
    }
    close_sessions(testee, group);
    for (const auto& play : group)
      if (play->fault) throw Fault(play->name() + ": " + *play->fault);
  }
}

}  // namespace vectors
