// The ways to play a session.
#include "plan.h"

#include "ehlo.h"

namespace vectors {
namespace {

// The texts of answers are stored until the first of the open asks is decided.
constexpr std::uint32_t kRoomForReversedAnswers = 1 << 18;

}  // namespace

Plan whole() { return {}; }

Plan one_octet_at_a_time() {
  Plan plan = pieces_plan(1);
  plan.output_capacity = 7;
  plan.event_cap = EHLO_SERVER_EVENTS_MIN;
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
  reversed.event_cap = EHLO_SERVER_EVENTS_MIN;
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

std::vector<Plan> plans_with_splits(const std::vector<std::size_t>& positions) {
  std::vector<Plan> plans = standard_plans();
  for (const std::size_t position : positions) plans.push_back(split_plan(position));
  return plans;
}

}  // namespace vectors
