// Plays: what a case has a testee do in one way. All ways are played side by side, so that a request has the next calls
// of each.
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
  // Adds the calls that can be made now; none: it is over.
  virtual void ask(Request& request) = 0;
  // Takes the results of the calls that the last `ask` has added. Throws Fault.
  virtual void take(std::span<const ResultPtr> results) = 0;

  const std::string& name() const { return name_; }
  // A session of it that is to be closed; 0: none.
  std::uint64_t session() const { return session_; }

  // Why it has failed.
  std::optional<std::string> fault;

 protected:
  // Whether it is the result of the first call, which makes the session. Throws Fault for an error of this call or
  // another.
  bool takes_session(const Result& result);
  // So many of the pieces have been shown.
  void note_shown(std::size_t count);

  std::uint64_t session_ = 0;
  bool is_begun_ = false;  // what the pieces are of
  Pieces pieces_;          // that are still to be shown
  std::size_t offset_ = 0;

 private:
  std::string name_;
};

using Plays = std::vector<std::unique_ptr<Play>>;

// Plays them all. `octets`: about how many each of them shows. Throws Fault, with the name of the first that fails.
void play_all(Testee& testee, std::span<const std::unique_ptr<Play>> plays, std::size_t octets);

// That `call` holds for one of them; its fault gets the name of the play.
template <class Call>
void in_play(const std::string& name, Call call) {
  try {
    call();
  } catch (const std::exception& fault) {
    throw Fault(name + ": " + fault.what());
  }
}

}  // namespace vectors
