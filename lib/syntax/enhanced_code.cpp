// Reads enhanced status codes: class "." subject "." detail.
#include "syntax/enhanced_code.h"

namespace ehlo {
namespace {

// Reads 1*3DIGIT without leading zeros.
std::optional<std::uint16_t> status_number(std::string_view& text) noexcept {
  std::uint16_t number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9')
    number = static_cast<std::uint16_t>(number * 10 + (text[digits++] - '0'));
  if (digits == 0 || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take_dot(std::string_view& text) noexcept {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<EnhancedCode> parse_enhanced(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '2' && text[0] != '4' && text[0] != '5')) return std::nullopt;
  const auto klass = static_cast<std::uint32_t>(text[0] - '0');
  text.remove_prefix(1);
  if (!take_dot(text)) return std::nullopt;
  const auto subject = status_number(text);
  if (!subject || !take_dot(text)) return std::nullopt;
  const auto detail = status_number(text);
  if (!detail || !text.empty()) return std::nullopt;
  return EHLO_ENHANCED(klass, *subject, *detail);
}

EnhancedCode leading_enhanced(Bytes text) noexcept {
  // Looks no further than a code can reach, since the text may be long.
  constexpr std::size_t kLongest = sizeof "5.999.999" - 1;
  std::size_t end = 0;
  while (end < text.size && end <= kLongest && text[end] != ' ') ++end;
  return parse_enhanced(text.first(end).text()).value_or(EHLO_ENHANCED_NONE);
}

}  // namespace ehlo
