// The program that embeds the library.
#include "player.h"

#include <utility>

namespace vectors {
namespace {

// An answer, output or an octet consumed every round: a session that needs more rounds than this turns in circles.
constexpr std::size_t kRoundsWithoutInput = 20000;
// More than any dialogue of the vectors has replies for.
constexpr std::size_t kMostReplyOctets = 1 << 20;
// The text of answers that are given before the first of the open asks is kept until that one is decided.
constexpr std::uint32_t kRoomForReversedAnswers = 1 << 18;
constexpr char kCanary = 0x5A;

std::string field(const char* name, const std::optional<Bytes>& octets) {
  return octets ? std::string(" ") + name + "=" + printable(*octets) : std::string();
}

std::string field(const char* name, std::uint64_t number) {
  return number != 0 ? std::string(" ") + name + "=" + std::to_string(number) : std::string();
}

std::string entry_of(const Engine& engine, const Event& event) {
  std::string text = engine.event_name(event.type);
  if (event.verb != EHLO_VERB_UNKNOWN) text += " " + engine.verb_name(event.verb);
  if (event.error != EHLO_OK) text += " " + engine.error_name(event.error);
  text += field("code", event.code) + field("number", event.number) + field("index", event.index) +
          field("kind", event.kind) + field("flags", event.flags) + field("line", event.line) +
          field("text", event.text) + field("response", event.response) + field("path", event.path.whole) +
          field("path-flags", event.path.flags);
  for (const Param& param : event.params)
    text += " (" + param.keyword + field("value", param.value) + field("detail", param.detail) +
            field("number", param.number) + ")";
  return text;
}

}  // namespace

Plan whole() { return {}; }

Plan one_octet_at_a_time() {
  Plan plan = pieces_plan(1);
  plan.output_capacity = 7;
  plan.event_cap = EHLO_EVENTS_MIN;
  plan.span_cap = EHLO_SPANS_MIN;
  return plan;
}

Plan pieces_plan(std::size_t octets) {
  Plan plan;
  plan.name = "in pieces of " + std::to_string(octets);
  plan.cut = [octets](std::size_t size) { return in_pieces_of(octets, size); };
  return plan;
}

Plan split_plan(std::size_t position) {
  Plan plan;
  plan.name = "split at " + std::to_string(position);
  plan.cut = [position](std::size_t size) { return split_at(position, size); };
  if (position % 2 != 0) plan.output_capacity = 7;
  return plan;
}

std::vector<Plan> standard_plans() {
  std::vector<Plan> plans{whole(), one_octet_at_a_time()};

  Plan reversed = whole();
  reversed.name = "whole, answers late and reversed, arrays as small as allowed";
  reversed.answers = Plan::Answers::late_reversed;
  reversed.reply_text_octets = kRoomForReversedAnswers;
  reversed.answer_twice = true;
  reversed.event_cap = EHLO_EVENTS_MIN;
  reversed.span_cap = EHLO_SPANS_MIN;
  plans.push_back(reversed);

  Plan late = one_octet_at_a_time();
  late.name += ", answers and output late";
  late.answers = Plan::Answers::late;
  late.lazy_output = true;
  plans.push_back(late);

  Plan asked = whole();
  asked.name = "whole, everything asked";
  asked.ask_everything = true;
  plans.push_back(asked);

  Plan all_late = one_octet_at_a_time();
  all_late.name += ", everything asked, answers late and reversed, output octet by octet";
  all_late.answers = Plan::Answers::late_reversed;
  all_late.reply_text_octets = kRoomForReversedAnswers;
  all_late.ask_everything = true;
  all_late.output_capacity = 1;
  plans.push_back(all_late);

  Plan narrow = whole();
  narrow.name = "whole, smallest input buffer, one recipient undecided at a time";
  narrow.smallest_buffer = true;
  narrow.recipient_window = 1;
  narrow.answers = Plan::Answers::late;
  plans.push_back(narrow);

  Plan small = pieces_plan(3);
  small.name += ", smallest input buffer, output late";
  small.smallest_buffer = true;
  small.lazy_output = true;
  plans.push_back(small);
  return plans;
}

void EventLog::add(const Engine& engine, const Event& event) {
  events_.push_back(event);
  switch (event.type) {
    case EHLO_EVENT_BODY: body_ += event.body; return;
    case EHLO_EVENT_PLAINTEXT: plaintext_ += event.number; return;
    // How much of a message that is refused was handed over by then is a fact of timing.
    case EHLO_EVENT_ABORT: body_.clear(); break;
    case EHLO_EVENT_CHUNK:
    case EHLO_EVENT_MESSAGE:
      if (!body_.empty()) entries_.push_back("content " + printable(std::exchange(body_, {}), SIZE_MAX));
      break;
    default: break;
  }
  entries_.push_back(entry_of(engine, event));
}

std::vector<std::string> EventLog::entries() const {
  std::vector<std::string> all = entries_;
  if (!body_.empty()) all.push_back("open content " + printable(body_, SIZE_MAX));
  if (plaintext_ != 0) all.push_back("plaintext dropped: " + std::to_string(plaintext_));
  return all;
}

Player::Player(const Engine& engine, const Config& config, const App& app, const Plan& plan, ServerSetup setup)
    : engine_(engine), plan_(plan), setup_(setup), application_(engine, app, config.lmtp) {
  setup_.asks = plan.ask_everything ? kEveryAsk : asks_of(app);
  setup_.event_cap = plan.event_cap;
  setup_.span_cap = plan.span_cap;
  setup_.recipient_window = plan.recipient_window;
  setup_.reply_text_octets = plan.reply_text_octets;
  server_ = engine.server(config, setup_);
  out_.resize(plan.output_capacity + 1);
}

void Player::send(std::string_view octets, const Pieces& pieces) {
  for (const std::size_t size : pieces) {
    inbox_ += octets.substr(0, size);
    octets.remove_prefix(size);
    run_until_still();
  }
  require(octets.empty(), "bad case: the pieces are not the whole");
  settle();
}

void Player::event(std::string_view name) {
  if (name == "tls" || name == "tls-failed") {
    require((server_->wants() & EHLO_WANT_TLS) != 0, "no handshake is wanted");
    const std::int32_t rc = name == "tls" ? server_->tls_started() : server_->tls_failed();
    require(rc == EHLO_OK, "the outcome of the handshake is refused: " + engine_.error_name(rc));
  } else if (name == "eof") {
    server_->eof();
  } else if (name == "timeout") {
    server_->timed_out();
  } else {
    throw Fault("bad case: no event: " + std::string(name));
  }
  must_receive_ = true;
  settle();
}

void Player::settle() {
  do run_until_still();
  while (answer_late() || take_output());
  check_settled();
}

void Player::run_until_still() {
  const std::size_t limit = kRoundsWithoutInput + 4 * inbox_.size();
  for (std::size_t round = 0;; ++round) {
    require(round < limit, "the session turns in circles");
    bool moved = receive();
    if (plan_.answers == Plan::Answers::at_once && answer_open_asks()) moved = true;
    if (!plan_.lazy_output && take_output()) moved = true;
    if (!moved) return;
  }
}

bool Player::receive() {
  const std::uint32_t wants = server_->wants();
  // A program that starts the handshake now, as it is told to, would take what is left for octets from within TLS
  // (RFC 3207 4.2).
  const bool handshake = (wants & EHLO_WANT_TLS) != 0 && (wants & EHLO_WANT_INPUT) == 0;
  require(!handshake || left_ == 0, "a handshake is wanted before the input behind STARTTLS is consumed");
  // What arrives when TLS is to start, or at the end, is shown all the same: nothing of it may have an effect.
  const bool leftover = !inbox_.empty() && (wants & (EHLO_WANT_TLS | EHLO_WANT_CLOSE)) != 0;
  if (!std::exchange(must_receive_, false) && !leftover && (wants & EHLO_WANT_INPUT) == 0) return false;
  std::string_view shown = inbox_;
  if (plan_.smallest_buffer) shown = shown.substr(0, server_->max_line());
  std::vector<Event> events;
  const std::size_t consumed = server_->receive(shown, events);
  inbox_.erase(0, consumed);
  left_ = shown.size() - consumed;
  for (const Event& event : events) take(event);
  return consumed != 0 || !events.empty();
}

void Player::take(const Event& event) {
  const bool is_ask = (ask_bit(event.type) & setup_.asks) != 0;
  require(is_ask == (event.id != 0), engine_.event_name(event.type) + (is_ask ? " does not ask" : " asks"));
  log_.add(engine_, event);
  application_.take(event);
  if (!is_ask) return;
  for (const Event& other : asks_) require(other.id != event.id, "two open asks have the same id");
  asks_.push_back(event);
  const bool within_window =
      event.type != EHLO_EVENT_RCPT || plan_.recipient_window == 0 || asks_.size() <= plan_.recipient_window;
  require(within_window, "more recipients are undecided than the window has room for");
}

bool Player::answer(std::size_t which) {
  const Event ask = asks_[which];
  require((server_->wants() & EHLO_WANT_ANSWER) != 0, "an ask is open, but no answer is wanted");
  if (!application_.answer(*server_, ask)) return false;
  asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(which));
  if (plan_.answer_twice) require(server_->accept(ask.id) == EHLO_E_ID, "a second answer is taken");
  return true;
}

bool Player::answer_open_asks() {
  bool moved = false;
  while (!asks_.empty() && answer(0)) moved = true;
  return moved;
}

bool Player::answer_late() {
  if (asks_.empty()) return false;
  return answer(plan_.answers == Plan::Answers::late_reversed ? asks_.size() - 1 : 0);
}

bool Player::take_output() {
  bool moved = false;
  for (;;) {
    const bool wanted = (server_->wants() & EHLO_WANT_OUTPUT) != 0;
    out_[plan_.output_capacity] = kCanary;
    const std::size_t octets = server_->output(out_.data(), plan_.output_capacity);
    require(octets <= plan_.output_capacity && out_[plan_.output_capacity] == kCanary, "output overfills its buffer");
    require(wanted == (octets != 0), wanted ? "output is wanted, but there is none" : "output that is not wanted");
    if (octets == 0) return moved;
    replies_.append(out_.data(), octets);
    require(replies_.size() < kMostReplyOctets, "the output has no end");
    moved = true;
  }
}

void Player::check_settled() const {
  application_.check_settled();
  const std::uint32_t wants = server_->wants();
  require(asks_.empty(), "an answer has no space, and there is no output to take");
  require((wants & EHLO_WANT_ANSWER) == 0, "an answer is wanted, but no ask is open");
  if ((wants & (EHLO_WANT_TLS | EHLO_WANT_CLOSE)) != 0) {
    require(inbox_.empty(), "input stays behind before TLS or at the end: it would be read again");
    return;
  }
  require((wants & EHLO_WANT_INPUT) != 0, "the session waits for nothing");
  require(inbox_.size() < server_->max_line(),
          std::to_string(inbox_.size()) + " octets are kept waiting, more than " + std::to_string(server_->max_line()));
}

}  // namespace vectors
