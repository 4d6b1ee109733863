// The program that embeds the library: it reads from a transport, shows the input, answers, and takes the output.
#pragma once

#include <deque>

#include "application.h"
#include "plan.h"
#include "play.h"

namespace vectors {

inline constexpr std::string_view kHostname = "receiver.test";

// A server, and the application behind it.
struct ServerCase {
  Config config;
  App app;
  std::uint32_t data_endings = EHLO_ENDING_REJECT;
  std::uint32_t max_data_line = 0;
};

// The input that comes over the transport at one time.
struct Action {
  Bytes octets;
  Bytes event;                   // "tls", "tls-failed", "eof", "timeout", or none
  std::optional<Pieces> pieces;  // the cut, where it is not that of the plan
};
Action send(Bytes octets);
Action send_whole(Bytes octets);

// The effects of one action.
struct ActionResult {
  Bytes replies;
  bool closed = false;
  std::size_t messages = 0, events = 0;  // since the beginning
};

// Events in a form that does not depend on how the input was cut: bodies are joined.
class EventLog {
 public:
  void add(const std::shared_ptr<const Event>& event);
  // The entries, and after them the body that is still open.
  std::vector<std::string> entries() const;
  const std::vector<std::shared_ptr<const Event>>& events() const { return events_; }

 private:
  std::vector<std::string> entries_;
  std::vector<std::shared_ptr<const Event>> events_;
  Bytes body_;
  std::uint64_t plaintext_ = 0;
};
class ServerPlay : public Play {
 public:
  // `setup` and `actions` must outlive the play.
  ServerPlay(const ServerCase& setup, Plan plan, const std::vector<Action>& actions);

  void ask(Request& request) override;
  void take(std::span<const ResultPtr> results) override;

  const std::vector<ActionResult>& results() const { return results_; }
  const std::vector<Message>& messages() const { return application_.messages(); }
  const EventLog& log() const { return log_; }

 private:
  struct Given {  // an answer in the turn that is under way
    std::shared_ptr<const Event> ask;
    Answer answer;
  };

  void open(Request& request) const;
  void turn(Request& request);
  void begin_action(JsonText& call);
  void write_answers(JsonText& call);
  void note_answers(const ServerTurn& turn);
  void take_event(const std::shared_ptr<const Event>& event);
  void take_turn(const ServerTurn& turn);
  bool is_settled(const ServerTurn& turn) const;
  void check_settled(const ServerTurn& turn) const;

  const ServerCase& case_;
  Plan plan_;
  const std::vector<Action>& actions_;
  Application application_;
  EventLog log_;
  Asks asks_;
  std::size_t max_line_ = 0;

  std::size_t action_ = 0;  // the one that is under way, or the next

  std::deque<std::shared_ptr<const Event>> open_;  // asks
  std::vector<Given> given_;
  std::vector<std::uint32_t> answered_;  // asks that are answered a second time, which must be refused
  std::uint32_t in_other_words_ = 0;     // the ask whose own text may not be sent
  bool is_stuck_ = false;                // answers have no space until output is taken
  std::uint32_t wants_ = 0;
  Bytes replies_;
  std::vector<Bytes> due_;  // how replies of the answers given in this action begin, those with a status code
  std::vector<ActionResult> results_;
};

// Throws Fault where the log of `other` is different.
void require_same_log(const ServerPlay& plain, const ServerPlay& other);

// One play for each plan.
Plays server_plays(const ServerCase& setup, const std::vector<Plan>& plans, const std::vector<Action>& actions);
inline const ServerPlay& server_play(const Plays& plays, std::size_t which) {
  return static_cast<const ServerPlay&>(*plays[which]);
}

}  // namespace vectors
