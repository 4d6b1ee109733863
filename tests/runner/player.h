// The program that embeds the library: it reads from a transport, shows the input, answers, and takes the output. A
// Plan says how one run does it; whatever the plan, the conversation must come out the same.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "application.h"
#include "cuts.h"

namespace vectors {

struct Plan {
  std::string name = "whole";
  std::function<Pieces(std::size_t octets)> cut = [](std::size_t octets) { return Pieces{octets}; };
  // late: only when the session can do nothing else; reversed: the last of the open asks first.
  enum class Answers { at_once, late, late_reversed } answers = Answers::at_once;
  bool ask_everything = false;   // what has a default is asked and accepted all the same
  bool answer_twice = false;     // a second answer with the same id must be refused
  bool lazy_output = false;      // output is taken when nothing else can be done
  bool smallest_buffer = false;  // the input buffer is as small as the library permits
  std::size_t output_capacity = 4096;
  std::uint32_t event_cap = 64, span_cap = 256;
  std::uint32_t recipient_window = 0;   // 0: the default
  std::uint32_t reply_text_octets = 0;  // 0: the default
};

Plan whole();
Plan one_octet_at_a_time();
Plan split_plan(std::size_t position);
Plan pieces_plan(std::size_t octets);
// Every plan that no case has to ask for, the plain one first.
std::vector<Plan> standard_plans();

// Events in a form that does not depend on how the input was cut: bodies are joined.
class EventLog {
 public:
  void add(const Engine& engine, const Event& event);
  // The entries, with what is still open at their end.
  std::vector<std::string> entries() const;
  const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<std::string> entries_;
  std::vector<Event> events_;
  Bytes body_;
  std::uint64_t plaintext_ = 0;
};

class Player {
 public:
  // `config`, `app` and `plan` must outlive the player.
  Player(const Engine& engine, const Config& config, const App& app, const Plan& plan, ServerSetup setup = {});

  // Feeds the octets as the plan cuts them and does everything that can be done then. The first call opens.
  void send(std::string_view octets) { send(octets, plan_.cut(octets.size())); }
  void send(std::string_view octets, const Pieces& pieces);
  // "tls", "tls-failed", "eof", "timeout"
  void event(std::string_view name);

  // The replies since the last call, as they went over the wire.
  Bytes take_replies() { return std::exchange(replies_, {}); }
  bool wants_close() const { return (server_->wants() & EHLO_WANT_CLOSE) != 0; }
  const std::vector<Message>& messages() const { return application_.messages(); }
  const EventLog& log() const { return log_; }

 private:
  void settle();
  void run_until_still();
  bool receive();
  void take(const Event& event);
  bool answer_open_asks();
  bool answer_late();
  bool answer(std::size_t which);
  bool take_output();
  void check_settled() const;

  const Engine& engine_;
  const Plan& plan_;
  ServerSetup setup_;
  std::unique_ptr<Server> server_;
  Application application_;
  EventLog log_;
  std::deque<Event> asks_;  // open
  Bytes inbox_, replies_;
  std::size_t left_ = 0;      // of the inbox: shown before and not consumed
  bool must_receive_ = true;  // a call of receive that is due without a wish for input
  std::vector<char> out_;
};

}  // namespace vectors
