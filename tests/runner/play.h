// Plays: a play is one way to run a case with a testee. All plays of a case run side by side, so that one request has
// the next calls of each.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "testee.h"

namespace vectors {

class Play {
 public:
  explicit Play(std::string name) : name_(std::move(name)) {}
  virtual ~Play() = default;
  // Adds the calls that can be made now. If it adds none, the play is over.
  virtual void ask(Request& request) = 0;
  // Takes the results of the calls that the last `ask` has added. Throws Fault.
  virtual void take(std::span<const ResultPtr> results) = 0;

  const std::string& name() const { return name_; }
  // The session to close for this play; 0: none.
  std::uint64_t session() const { return session_; }

  // The reason why the play has failed.
  std::optional<std::string> fault;

 protected:
  // Whether this is the result of the first call, which makes the session. Throws Fault for an error of any call.
  bool takes_session(const Result& result);
  // Notes that this many of the pieces have been shown.
  void note_shown(std::size_t count);

  std::uint64_t session_ = 0;
  bool is_begun_ = false;  // what the pieces are of
  Pieces pieces_;          // that are still to be shown
  std::size_t offset_ = 0;

 private:
  std::string name_;
};

using Plays = std::vector<std::unique_ptr<Play>>;

// Runs all plays. `octets`: about how many each of them shows. Throws Fault, with the name of the first that fails.
void play_all(Testee& testee, std::span<const std::unique_ptr<Play>> plays, std::size_t octets);

// Runs `call` for one of the plays; a fault gets the name of the play.
template <class Call>
void in_play(const std::string& name, Call call) {
  try {
    call();
  } catch (const std::exception& fault) {
    throw Fault(name + ": " + fault.what());
  }
}

}  // namespace vectors
