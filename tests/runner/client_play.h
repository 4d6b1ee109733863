// The program around a client session, with a record of what the session reported.
#pragma once

#include <map>

#include "plan.h"
#include "play.h"

namespace vectors {

// A case, and the values that are computed once for all of its plays.
struct ClientCase {
  Json steps, config;
  bool lmtp = false;
  Bytes hostname;
  std::vector<Bytes> feeds;  // by step: its octets
  // The octets that the library writes for them; nothing: it refuses.
  std::map<std::pair<Bytes, Bytes>, std::optional<Bytes>> plain;  // the initial response, by user and password
  // Values that are given decoded, as they are sent, by keyword and text.
  std::map<std::pair<Bytes, Bytes>, std::optional<Bytes>> values;
};

// Whether the vectors give the value of a parameter decoded: the library writes it as xtext.
bool is_given_decoded(std::string_view keyword);

void write_client_call(JsonText& call, const ClientCase& one, const Bytes& hostname, std::uint32_t events);

class ClientPlay : public Play {
 public:
  // `setup` must outlive the play.
  ClientPlay(const ClientCase& setup, Plan plan) : Play(plan.name), case_(setup), plan_(std::move(plan)) {}

  void ask(Request& request) override;
  void take(std::span<const ResultPtr> results) override;

  // Checks that hold for every session, in any case.
  void check_outcomes() const;
  const std::vector<std::string>& log() const { return log_; }
  // By step: the reply of which capabilities are expected.
  const std::map<std::size_t, Bytes>& hello_replies() const { return hello_replies_; }

 private:
  const Json& step() const { return case_.steps[step_]; }
  JsonText& turn(Request& request) const;
  void ask_step(Request& request);
  // The call in the form of the testee's `do`; nothing: it cannot be written.
  std::optional<Json> deed();
  std::optional<Json> envelope(const Json& what) const;
  std::optional<Json> authenticate(const Json& what);
  void write_pieces(Request& request);

  void take_step(const ClientTurn& turn);
  void take_deed(const ClientTurn& turn);
  void note_deed();
  void take_feed(const ClientTurn& turn);
  void check_events();
  void check_state(const ClientTurn& turn);
  void end_step();

  void report(const ClientEvent& event);
  void report_challenge(const ClientEvent& event);
  void note_outcome(const ClientEvent& event);
  void add(const Json& entry);

  const ClientCase& case_;
  Plan plan_;
  std::size_t step_ = 0;
  bool is_met_ = false;  // it is known what a new session is like
  bool shows_ = false;   // the turn that was asked for has pieces
  Bytes out_;
  std::vector<std::string> reported_;

  bool over_ = false, unknown_ = false;
  std::uint32_t wants_ = 0, outstanding_ = 0;
  std::vector<Bytes> answers_;                 // to challenges, the next one last
  std::optional<Json> response_;               // the call that answers the challenge
  std::uint32_t transaction_ = 0, begun_ = 0;  // begun by a MAIL; whose MAIL was answered
  // By transaction: the results of one may come when the next is under way.
  std::map<std::uint32_t, std::vector<Bytes>> recipients_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> outcomes_;
  std::vector<std::string> log_;
  std::map<std::size_t, Bytes> hello_replies_;
};

}  // namespace vectors
