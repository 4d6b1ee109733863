// The table of the library's own replies.
#include "server/replies.h"

namespace ehlo {
namespace {

constexpr StandardReply yes_of_row(std::uint32_t verb) noexcept {
  const ehlo_verb_row& row = *kVerbRowById[verb];
  return {row.yes_code, row.yes_enhanced, row.yes_text};
}
constexpr StandardReply no_of_row(std::uint32_t verb) noexcept {
  const ehlo_verb_row& row = *kVerbRowById[verb];
  return {row.no_code, row.no_enhanced, row.no_text};
}

constexpr StandardReply kReplies[] = {
    {220, EHLO_ENHANCED_NONE, ""}, {250, EHLO_ENHANCED_NONE, ""}, {250, EHLO_ENHANCED_NONE, ""},
    {250, EHLO_ENHANCED_NONE, ""}, yes_of_row(EHLO_VERB_MAIL),    yes_of_row(EHLO_VERB_RCPT),
    yes_of_row(EHLO_VERB_DATA),    yes_of_row(EHLO_VERB_BDAT),    {250, EHLO_ENHANCED(2, 0, 0), "Message accepted"},
    yes_of_row(EHLO_VERB_RSET),    yes_of_row(EHLO_VERB_QUIT),    yes_of_row(EHLO_VERB_STARTTLS),
    yes_of_row(EHLO_VERB_AUTH),    no_of_row(EHLO_VERB_AUTH),
};
constexpr auto kCount = static_cast<std::size_t>(Standard::count);
static_assert(sizeof kReplies / sizeof kReplies[0] == kCount);

constexpr std::array<const ehlo_verb_row*, kKeptVerbs> kKept = [] {
  std::array<const ehlo_verb_row*, kKeptVerbs> kept{&kUnknownVerb};
  for (const ehlo_verb_row& row : kVerbRows)
    if (kKeptPlaces[row.id] != 0) kept[kKeptPlaces[row.id]] = &row;
  return kept;
}();

EnhancedCode enhanced_of(EnhancedCode enhanced, std::uint32_t code) noexcept {
  return enhanced != 0 ? enhanced : class_of(code);
}

}  // namespace

StandardReply standard_reply(Standard reply) noexcept {
  const auto place = static_cast<std::size_t>(reply);
  return place < kCount ? kReplies[place] : yes_reply(*kKept[place - kCount]);
}

StandardReply yes_reply(const ehlo_verb_row& row) noexcept {
  const std::uint16_t code = row.yes_code != 0 ? row.yes_code : std::uint16_t{250};
  return {code, enhanced_of(row.yes_enhanced, code), row.yes_text != nullptr ? row.yes_text : "Ok"};
}

StandardReply no_reply(const ehlo_verb_row& row) noexcept {
  const StandardReply otherwise = error_reply(EHLO_E_NOT_IMPLEMENTED);
  const bool open = row.no_code == 0;
  const std::uint16_t code = open ? otherwise.code : row.no_code;
  const EnhancedCode enhanced = open && row.no_enhanced == 0 ? otherwise.enhanced : enhanced_of(row.no_enhanced, code);
  return {code, enhanced, open && row.no_text == nullptr ? otherwise.text : view(row.no_text)};
}

StandardReply error_reply(Error error) noexcept {
  const ErrorInfo& info = error_info(error);
  return {info.code, info.enhanced, info.text};
}

}  // namespace ehlo
