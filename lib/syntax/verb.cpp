// Names of verbs, and the search for verbs that do not have four letters.
#include "syntax/verb.h"

namespace ehlo {
namespace {

constexpr bool are_letters(std::string_view text) noexcept {
  for (const char c : text)
    if (c < 'A' || c > 'Z') return false;
  return true;
}

// Four letters or more: find_verb loads four octets and folds their case, which is right for letters only.
consteval bool can_be_distinguished() {
  for (const ehlo_verb_row& row : kVerbRows) {
    const std::size_t length = kVerbLengths[row.id];
    if (length < verb_table::kLength || (length == verb_table::kLength && !are_letters(row.name))) return false;
  }
  return true;
}
static_assert(can_be_distinguished(), "a verb has four letters, or is longer");

constexpr std::size_t count_longer() noexcept {
  std::size_t count = 0;
  for (const std::uint8_t length : kVerbLengths) count += length > verb_table::kLength;
  return count;
}

constexpr std::array<Verb, count_longer()> kLonger = [] {
  std::array<Verb, count_longer()> verbs{};
  std::size_t count = 0;
  for (Verb verb = 0; verb < kMaxRows; ++verb)
    if (kVerbLengths[verb] > verb_table::kLength) verbs[count++] = verb;
  return verbs;
}();

}  // namespace

Verb verb_table::find_longer(Bytes line) noexcept {
  for (const Verb verb : kLonger) {
    const std::size_t length = kVerbLengths[verb];
    if (line.size < length || (line.size > length && line[length] != ' ')) continue;
    if (equals_caseless(line.first(length), {kVerbsById[verb]->name, length})) return verb;
  }
  return EHLO_VERB_UNKNOWN;
}

const char* verb_name(Verb verb) noexcept {
  return verb < kMaxRows && kVerbsById[verb] != nullptr ? kVerbsById[verb]->name : "?";
}

}  // namespace ehlo
