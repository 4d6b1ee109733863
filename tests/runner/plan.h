// A plan: how the program that embeds the library shows input, answers and takes output. The conversation must be the
// same under every plan.
#pragma once

#include <functional>
#include <string>
#include <vector>

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
  bool copied = false;           // of a client: content is copied out instead of given as spans
  std::size_t output_capacity = 4096;
  std::uint32_t event_cap = 64, span_cap = 256;
  std::uint32_t recipient_window = 0;   // 0: the default
  std::uint32_t reply_text_octets = 0;  // 0: the default
};

Plan whole();
Plan one_octet_at_a_time();
Plan split_plan(std::size_t position);
Plan pieces_plan(std::size_t octets);
// The plans for every case, the plain one first.
std::vector<Plan> standard_plans();
// The same, and a split at each of the positions.
std::vector<Plan> plans_with_splits(const std::vector<std::size_t>& positions);

}  // namespace vectors
