// Validates the rows of a program. What passes here can neither end a line early nor change the state of a session.
#include "extension/own_rows.h"
#include "extension/registry.h"
#include "syntax/char_class.h"
#include "syntax/enhanced_code.h"
#include "syntax/line_start.h"
#include "syntax/verb.h"

namespace ehlo {
namespace {

constexpr std::size_t kMostKeyword = 255;
constexpr std::size_t kMostVerb = 32;
constexpr std::size_t kMostText = 400;
constexpr std::uint32_t kMostOctets = 65535;
constexpr std::uint32_t kMostWords = 63;  // the bits of a number that is not negative

// Upper case letters, digits, and "-" after the first octet.
bool is_name(std::string_view name, std::size_t most) noexcept {
  if (name.empty() || name.size() > most || name[0] == '-') return false;
  for (const char c : name)
    if (!is(static_cast<Octet>(c), kKeyword) || (c >= 'a' && c <= 'z')) return false;
  return true;
}

bool is_text(std::string_view text, std::size_t most) noexcept {
  return text.size() <= most && is_printable(bytes_of(text)) && text.find('\t') == std::string_view::npos;
}

// Words with one space between two; `each` says whether one is good.
template <class Each>
bool are_words(std::string_view text, Each each) noexcept {
  if (text.empty()) return true;
  bool good = text.back() != ' ';
  for_each_row_word(text, [&](std::string_view word) { good = good && !word.empty() && each(word); });
  return good;
}

bool are_extensions(const OwnRows& rows, const char* keywords) noexcept {
  return are_words(view(keywords), [&](std::string_view keyword) {
    return is_name(keyword, kMostKeyword) &&
           (rows.find_extension(keyword) != kNoRow || extension_bit(bytes_of(keyword)) != 0);
  });
}

constexpr ExtensionSet kFixedExtensions = extensions_with(EHLO_EXTENSION_FIXED);

// A program's extension takes the place of ours with the parameters and verbs that ours brings. So a fixed parameter or
// verb must belong to a fixed extension, or a program could remove it that way.
constexpr bool fixed_rows_have_fixed_owners() noexcept {
  for (const ehlo_param_row& row : kParamRows)
    if ((row.flags & EHLO_ROW_FIXED) && (owners_of(row.extensions) & ~kFixedExtensions)) return false;
  for (const ehlo_verb_row& row : kVerbRows)
    if ((row.flags & EHLO_COMMAND_FIXED) && (owners_of(row.extensions) & ~kFixedExtensions)) return false;
  return true;
}
static_assert(fixed_rows_have_fixed_owners());

bool is_extension(const OwnRows& rows, std::uint32_t place) noexcept {
  // FIXED is the highest flag, and only the library may set it.
  constexpr std::uint32_t kFlags = EHLO_EXTENSION_FIXED - 1;
  const ehlo_extension_row& row = rows.extension(place);
  const std::string_view keyword = view(row.keyword), arguments = view(row.arguments);
  if ((row.flags & ~kFlags) != 0 || row.reserved != 0 || !are_extensions(rows, row.needs)) return false;
  // Without a keyword nothing is announced: such a row only makes command lines longer.
  if (row.keyword == nullptr) return arguments.empty();
  if (!is_name(keyword, kMostKeyword) || !is_text(arguments, kMaxHelloText - keyword.size() - 1)) return false;
  // The search finds the first row with the keyword: another place means that the keyword stands twice.
  return rows.find_extension(keyword) == place && !(extension_bit(bytes_of(keyword)) & kFixedExtensions);
}

std::uint32_t place_of_word(std::string_view words, std::string_view word) noexcept {
  std::uint32_t place = 0, found = UINT32_MAX;
  for_each_row_word(words, [&](std::string_view other) {
    if (other == word && found == UINT32_MAX) found = place;
    ++place;
  });
  return found;
}

// Whether `words`, `least` and `most` fit the kind of the row.
bool are_values(const ehlo_param_row& row) noexcept {
  const bool has_words = row.kind == EHLO_KIND_WORD || row.kind == EHLO_KIND_WORDS;
  if (has_words != (row.words != nullptr)) return false;
  if (has_words) {
    // Each word once: the first place of a word must be its own.
    std::uint32_t count = 0;
    const bool good = are_words(row.words, [&](std::string_view word) {
      return is_name(word, kMostKeyword) && place_of_word(row.words, word) == count++;
    });
    std::int64_t last = 0;
    return good && count != 0 && count <= kMostWords && !__builtin_add_overflow(row.least, count, &last);
  }
  if (row.kind == EHLO_KIND_NUMBER) return row.flags & EHLO_ROW_UNSIGNED ? row.least >= 0 : row.least <= row.most;
  if (row.kind == EHLO_KIND_MAILBOX && (row.most == 0 || row.most > kMostMailbox)) return false;
  return row.most >= 0;
}

bool is_param(const OwnRows& rows, std::uint32_t place) noexcept {
  // ANY_HEX is the highest flag.
  constexpr std::uint32_t kFlags = (2 * EHLO_ROW_ANY_HEX - 1) & ~EHLO_ROW_FIXED;
  const ehlo_param_row& row = rows.param(place);
  const Bytes keyword = bytes_of(view(row.keyword));
  if (!is_name(keyword.text(), kMostKeyword) || !are_extensions(rows, row.extensions)) return false;
  if (row.commands == 0 || row.commands > (EHLO_PARAM_OF_MAIL | EHLO_PARAM_OF_RCPT)) return false;
  if (row.kind >= EHLO_KIND_CUSTOM || row.value > EHLO_VALUE_OPTIONAL) return false;
  if ((row.flags & ~kFlags) != 0 || row.octets > kMostOctets || !are_values(row)) return false;
  for (const ehlo_param_row& one : kParamRows)
    if ((one.flags & EHLO_ROW_FIXED) && equals_caseless(keyword, one.keyword)) return false;
  for (const std::uint8_t command : {EHLO_PARAM_OF_MAIL, EHLO_PARAM_OF_RCPT})
    if ((row.commands & command) && rows.find_param(keyword, command) != place) return false;
  return true;
}

bool is_reply(std::uint32_t code, EnhancedCode enhanced, const char* text, bool yes) noexcept {
  // These codes say that the server closes the connection (RFC 5321 3.8), which a single command must not do.
  if (code == 221 || code == 421) return false;
  const bool good_code = code == 0 || (yes ? code / 100 == 2 : code / 100 == 4 || code / 100 == 5);
  const std::uint32_t said = code != 0 ? code : yes ? 250 : 502;
  return good_code && (enhanced == 0 || agrees(enhanced, said)) && is_text(view(text), kMostText);
}

bool is_verb(const OwnRows& rows, std::uint32_t place) noexcept {
  constexpr std::uint32_t kRefused = EHLO_COMMAND_SESSION | EHLO_COMMAND_FIXED;
  constexpr std::uint32_t kFlags = 2 * EHLO_COMMAND_FIXED - 1;
  const ehlo_verb_row& row = rows.verb(place);
  const Bytes name = bytes_of(view(row.name));
  // A line that begins with BDAT may be followed by a chunk, which a server must not read as commands.
  if (!is_name(name.text(), kMostVerb) || start_of(name).has_bdat()) return false;
  if ((row.flags & (kRefused | ~kFlags)) || !(row.flags & (EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP))) return false;
  if (!are_extensions(rows, row.extensions)) return false;
  // Only MAIL and RCPT have parameters. What follows other lines (content, an exchange) changes the session's state,
  // which a row cannot describe.
  if (row.argument > EHLO_ARGUMENT_ATTRIBUTES || row.argument == EHLO_ARGUMENT_PATH_PARAMS) return false;
  if (row.follows != EHLO_FOLLOWS_NONE) return false;
  if (!is_reply(row.yes_code, row.yes_enhanced, row.yes_text, true)) return false;
  if (!is_reply(row.no_code, row.no_enhanced, row.no_text, false)) return false;
  if (verbs_with(EHLO_COMMAND_FIXED) >> find_verb(name) & 1) return false;
  return rows.find_verb(name) == place;
}

template <class Row>
bool is_array(const Row* rows, std::uint32_t octets, std::uint32_t count) noexcept {
  return count == 0 || (count <= kMostOwnRows && rows != nullptr && is_element_size<Row>(octets));
}

}  // namespace

const char* wrong_rows(const ehlo_rows* given) noexcept {
  constexpr const char *kExtensions = "rows.extensions", *kParams = "rows.params", *kVerbs = "rows.verbs";
  if (given == nullptr) return nullptr;
  if (!is_array(given->extensions, given->extension_size, given->extension_count)) return kExtensions;
  if (!is_array(given->params, given->param_size, given->param_count)) return kParams;
  if (!is_array(given->verbs, given->verb_size, given->verb_count)) return kVerbs;
  // Names first: every later check looks rows up, which compares with each name.
  const ehlo_rows& all = *given;
  for (std::uint32_t i = 0; i < all.param_count; ++i)
    if (element(all.params, all.param_size, i).keyword == nullptr) return kParams;
  for (std::uint32_t i = 0; i < all.verb_count; ++i)
    if (element(all.verbs, all.verb_size, i).name == nullptr) return kVerbs;
  const OwnRows rows(given);
  for (std::uint32_t i = 0; i < rows.extension_count(); ++i)
    if (!is_extension(rows, i)) return kExtensions;
  for (std::uint32_t i = 0; i < rows.param_count(); ++i)
    if (!is_param(rows, i)) return kParams;
  for (std::uint32_t i = 0; i < rows.verb_count(); ++i)
    if (!is_verb(rows, i)) return kVerbs;
  return nullptr;
}

}  // namespace ehlo
