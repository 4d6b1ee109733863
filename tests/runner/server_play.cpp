// The program that embeds the library.
#include "server_play.h"

#include <algorithm>
#include <utility>

namespace vectors {
namespace {

// More than the replies of any dialogue of the vectors.
constexpr std::size_t kMostReplyOctets = 1 << 20;
// The limit of texts in the answers of one turn, so that every answer has room for its text.
constexpr std::size_t kMostAnswerText = 512;

// Marks content in a log: no event begins like this.
const std::string kContent = "content\n";
std::string in_words(const std::string& entry) {
  return entry.starts_with(kContent) ? "content " + printable(entry.substr(kContent.size()), SIZE_MAX) : entry;
}

}  // namespace

Action send(Bytes octets) { return {std::move(octets), {}, {}}; }

Action send_whole(Bytes octets) {
  Action action = send(std::move(octets));
  action.pieces = Pieces{action.octets.size()};
  return action;
}

void EventLog::add(const std::shared_ptr<const Event>& event) {
  events_.push_back(event);
  if (event->type == "body") {
    body_ += event->body;
    return;
  }
  if (event->type == "plaintext") {
    plaintext_ += event->number;
    return;
  }
  // How much of a refused message was reported before the refusal depends on the cuts.
  if (event->type == "abort") body_.clear();
  if (!body_.empty() && (event->type == "chunk" || event->type == "message"))
    entries_.push_back(kContent + std::exchange(body_, {}));
  entries_.push_back(event->entry);
}

std::vector<std::string> EventLog::entries() const {
  std::vector<std::string> all = entries_;
  if (!body_.empty()) all.push_back(kContent + body_);
  if (plaintext_ != 0) all.push_back("plaintext dropped: " + std::to_string(plaintext_));
  return all;
}

ServerPlay::ServerPlay(const ServerCase& setup, Plan plan, const std::vector<Action>& actions)
    : Play(plan.name),
      case_(setup),
      plan_(std::move(plan)),
      actions_(actions),
      application_(setup.app, setup.config.lmtp),
      asks_(plan_.ask_everything ? every_ask(setup.app) : asks_of(setup.app)) {}

void ServerPlay::ask(Request& request) {
  if (session_ == 0) return open(request);
  if (action_ != actions_.size()) turn(request);
}

void ServerPlay::open(Request& request) const {
  const Config& config = case_.config;
  JsonText& call = request.call("server");
  call.field("hostname", kHostname);
  call.list("mechanisms", config.offers("AUTH") ? config.auth : std::vector<Bytes>());
  call.list("extensions", config.extensions_and_free_ones());
  if (!config.lines.empty()) call.list("lines", config.lines);
  if (config.lmtp) call.field("protocol", EHLO_PROTOCOL_LMTP);
  call.number("asks", asks_.asks);
  call.field("command_asks", asks_.commands);
  std::uint32_t flags = EHLO_SERVER_FLAG_BELOW_MINIMUM;
  if (config.tls) flags |= EHLO_SERVER_FLAG_IMPLICIT_TLS;
  if (config.require_tls) flags |= EHLO_SERVER_FLAG_REQUIRE_TLS;
  if (config.require_auth) flags |= EHLO_SERVER_FLAG_REQUIRE_AUTH;
  if (!config.auth_requires_tls) flags |= EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
  call.field("flags", flags);
  call.field("max_message_octets", config.size_limit);
  call.field("max_line_octets", config.max_line);
  call.field("max_auth_line_octets", config.max_auth_line);
  call.field("max_recipients", config.max_rcpt);
  call.field("max_data_line_octets", case_.max_data_line);
  // Limits that a case does not set must not matter in it.
  for (const char* limit : {"max_errors", "max_auth_attempts", "max_idle_commands"}) call.number(limit, 0);
  call.field("recipient_window", plan_.recipient_window);
  call.field("reply_text_octets", plan_.reply_text_octets);
  call.number("data_endings", case_.data_endings);
  call.field("events", plan_.event_cap);
  call.field("spans", plan_.span_cap);
  call.flag("smallest_buffer", plan_.smallest_buffer);
}

void ServerPlay::turn(Request& request) {
  JsonText& call = request.call("turn");
  call.field("session", session_);
  if (!is_begun_) begin_action(call);
  write_answers(call);
  if (!pieces_.empty()) request.pieces(actions_[action_].octets, offset_, pieces_);
  call.flag("stop", plan_.answers == Plan::Answers::at_once);
  const bool nothing_else = given_.empty() && pieces_.empty();
  if (!plan_.lazy_output || is_stuck_ || nothing_else) call.field("output", plan_.output_capacity);
}

void ServerPlay::begin_action(JsonText& call) {
  const Action& action = actions_[action_];
  is_begun_ = true;
  offset_ = 0;
  pieces_.clear();
  if (action.event.empty()) {
    for (const std::size_t size : action.pieces ? *action.pieces : plan_.cut(action.octets.size()))
      if (size != 0) pieces_.push_back(size);
  } else {
    if (action.event.starts_with("tls")) require((wants_ & EHLO_WANT_TLS) != 0, "no handshake is wanted");
    call.field("event", action.event);
  }
  call.flag("force", action_ == 0);
}

void ServerPlay::write_answers(JsonText& call) {
  given_.clear();
  // Late: only where nothing else can be done, and one answer at a time.
  const bool late = plan_.answers != Plan::Answers::at_once;
  const bool due = !open_.empty() && !is_stuck_ && (!late || pieces_.empty());
  if (!due && answered_.empty()) return;
  call.open("answers", '[');
  for (const std::uint32_t id : answered_) Answer().write(call, id);
  std::size_t text = 0;
  if (due) require((wants_ & EHLO_WANT_ANSWER) != 0, "an ask is open, but no answer is wanted");
  for (std::size_t i = 0; due && i < (late ? 1 : open_.size()); ++i) {
    const auto& ask = plan_.answers == Plan::Answers::late_reversed ? open_.back() : open_[i];
    Answer answer = application_.answer(*ask, ask->id != in_other_words_);
    text += answer.text.size();
    if (i != 0 && text > kMostAnswerText) break;
    answer.write(call, ask->id);
    given_.push_back({ask, std::move(answer)});
  }
  call.close(']');
}

void ServerPlay::take(std::span<const ResultPtr> results) {
  const Result& result = *results[0];
  if (takes_session(result))
    max_line_ = result.json().at("max_line").get<std::size_t>();
  else
    take_turn(result.as<ServerTurn>());
}

void ServerPlay::take_turn(const ServerTurn& turn) {
  if (!turn.event_error.empty()) throw Fault("the outcome of the handshake is refused: " + turn.event_error);
  const bool was_stuck = is_stuck_, was_free = open_.empty();
  note_answers(turn);
  require(!was_stuck || !turn.output.empty(), "an answer has no space, and there is no output to take");
  for (const auto& event : turn.events) take_event(event);
  // While answers or output are late a session may want no input.
  const bool at_once = plan_.answers == Plan::Answers::at_once && !plan_.lazy_output;
  const bool all_shown = at_once || (was_free && open_.empty() && !plan_.lazy_output);
  require(!all_shown || turn.receives >= turn.pieces, "the testee has not shown each piece");
  replies_ += turn.output;
  require(replies_.size() < kMostReplyOctets, "the output has no end");
  wants_ = turn.wants;
  const bool handshake = (wants_ & EHLO_WANT_TLS) != 0 && (wants_ & EHLO_WANT_INPUT) == 0;
  require(!handshake || turn.left == 0, "a handshake is wanted before the input behind STARTTLS is consumed");
  note_shown(turn.pieces);

  if (!is_settled(turn)) return;
  check_settled(turn);
  for (const Bytes& due : std::exchange(due_, {}))
    require(replies_.find(due) != Bytes::npos, "no reply has the status code of its answer: " + due);
  results_.push_back({std::exchange(replies_, {}), (wants_ & EHLO_WANT_CLOSE) != 0, application_.messages().size(),
                      log_.events().size()});
  ++action_;
  is_begun_ = false;
}

void ServerPlay::note_answers(const ServerTurn& turn) {
  require(turn.answers.size() == answered_.size() + given_.size(), "answers have no result");
  auto error = turn.answers.begin();
  for (; error != turn.answers.begin() + static_cast<std::ptrdiff_t>(answered_.size()); ++error)
    require(*error == "id", "a second answer is taken");
  answered_.clear();
  bool taken = given_.empty();
  for (const Given& given : given_) {
    const Bytes& why = *error++;
    if (why == "space") continue;
    taken = true;
    if (why == "argument" && given.answer.own_text) {
      in_other_words_ = given.ask->id;
      continue;
    }
    if (!why.empty()) throw Fault("an answer to " + given.ask->type + " is refused: " + why);
    application_.note(*given.ask, given.answer);
    if (given.answer.enhanced != nullptr && case_.config.offers("ENHANCEDSTATUSCODES"))
      due_.push_back(std::to_string(given.answer.code) + " " + given.answer.enhanced + " ");
    if (plan_.answer_twice) answered_.push_back(given.ask->id);
    open_.erase(std::find(open_.begin(), open_.end(), given.ask));
  }
  is_stuck_ = !taken && turn.output.empty();
}

void ServerPlay::take_event(const std::shared_ptr<const Event>& event) {
  const bool is_ask = is_asked(*event, asks_);
  if (is_ask != (event->id != 0)) throw Fault(event->type + (is_ask ? " does not ask" : " asks"));
  log_.add(event);
  application_.take(*event);
  if (!is_ask) return;
  for (const auto& other : open_) require(other->id != event->id, "two open asks have the same id");
  open_.push_back(event);
  const bool within_window =
      event->type != "rcpt" || plan_.recipient_window == 0 || open_.size() <= plan_.recipient_window;
  require(within_window, "more recipients are undecided than the window has room for");
}

// Whether nothing more can be done before more input comes.
bool ServerPlay::is_settled(const ServerTurn& turn) const {
  if (!pieces_.empty()) {
    require(turn.pieces != 0 || !open_.empty(), "the session turns in circles");
    return false;
  }
  if (!open_.empty()) return false;
  if ((wants_ & EHLO_WANT_OUTPUT) == 0) return true;
  require(plan_.lazy_output, "output is left");
  return false;
}

void ServerPlay::check_settled(const ServerTurn& turn) const {
  application_.check_settled();
  require((wants_ & EHLO_WANT_ANSWER) == 0, "an answer is wanted, but no ask is open");
  if ((wants_ & (EHLO_WANT_TLS | EHLO_WANT_CLOSE)) != 0)
    return require(turn.kept == 0, "input stays behind before TLS or at the end: it would be read again");
  require((wants_ & EHLO_WANT_INPUT) != 0, "the session waits for nothing");
  if (turn.kept >= max_line_)
    throw Fault(std::to_string(turn.kept) + " octets are kept waiting, more than " + std::to_string(max_line_));
}

void require_same_log(const ServerPlay& plain, const ServerPlay& other) {
  const std::vector<std::string> is = plain.log().entries(), was = other.log().entries();
  if (is == was) return;
  for (std::size_t i = 0; i < std::max(is.size(), was.size()); ++i) {
    const std::string a = i < is.size() ? is[i] : "nothing";
    const std::string b = i < was.size() ? was[i] : "nothing";
    if (a != b) throw Fault("event " + std::to_string(i) + " is " + in_words(b) + ", not " + in_words(a));
  }
}

Plays server_plays(const ServerCase& setup, const std::vector<Plan>& plans, const std::vector<Action>& actions) {
  Plays plays;
  for (const Plan& plan : plans) plays.push_back(std::make_unique<ServerPlay>(setup, plan, actions));
  return plays;
}

}  // namespace vectors
