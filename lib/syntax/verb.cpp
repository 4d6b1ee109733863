// Verb dispatch: one load of four or eight octets, a look at a table and one comparison, no string compares.
#include "syntax/verb.h"

namespace ehlo {
namespace {

// Clearing bit 5 folds the case of a letter, and only a letter can fold into a letter.
constexpr std::uint32_t kFold4 = 0xDFDFDFDFu;
constexpr std::uint64_t kFold8 = 0xDFDFDFDFDFDFDFDFu;

template <typename Word>
constexpr Word pack(const char* text) noexcept {
  Word word = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    const std::size_t shift = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 8 * i : 8 * (sizeof(Word) - 1 - i);
    word |= static_cast<Word>(static_cast<unsigned char>(text[i])) << shift;
  }
  return word;
}

// Verbs of four letters in a table without collisions, by a multiplication of their word.
struct Row {
  std::uint32_t word = 0;
  Verb verb = EHLO_VERB_UNKNOWN;
};

constexpr Row kVerbs[] = {
    {pack<std::uint32_t>("MAIL"), EHLO_VERB_MAIL}, {pack<std::uint32_t>("RCPT"), EHLO_VERB_RCPT},
    {pack<std::uint32_t>("EHLO"), EHLO_VERB_EHLO}, {pack<std::uint32_t>("HELO"), EHLO_VERB_HELO},
    {pack<std::uint32_t>("LHLO"), EHLO_VERB_LHLO}, {pack<std::uint32_t>("DATA"), EHLO_VERB_DATA},
    {pack<std::uint32_t>("BDAT"), EHLO_VERB_BDAT}, {pack<std::uint32_t>("RSET"), EHLO_VERB_RSET},
    {pack<std::uint32_t>("NOOP"), EHLO_VERB_NOOP}, {pack<std::uint32_t>("QUIT"), EHLO_VERB_QUIT},
    {pack<std::uint32_t>("VRFY"), EHLO_VERB_VRFY}, {pack<std::uint32_t>("EXPN"), EHLO_VERB_EXPN},
    {pack<std::uint32_t>("HELP"), EHLO_VERB_HELP}, {pack<std::uint32_t>("AUTH"), EHLO_VERB_AUTH},
};

struct VerbTable {
  Row rows[64] = {};
  std::uint32_t seed = 0;
  bool collision = false;

  constexpr const Row& row(std::uint32_t word) const noexcept { return rows[word * seed >> 26]; }
};

constexpr VerbTable fill_table(std::uint32_t seed) noexcept {
  VerbTable table;
  table.seed = seed;
  for (const Row& row : kVerbs) {
    Row& place = table.rows[row.word * seed >> 26];
    table.collision |= place.word != 0;
    place = row;
  }
  return table;
}

constexpr VerbTable kTable = [] {
  VerbTable table = fill_table(0x9E3779B1u);
  for (std::uint32_t i = 1; table.collision && i < 4096; ++i) table = fill_table(0x9E3779B1u + 2 * i);
  return table;
}();
static_assert(!kTable.collision, "no seed parts the verbs: more rows");

constexpr const char* kNames[kVerbCount] = {"?",    "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA",     "BDAT",
                                            "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "STARTTLS", "AUTH"};

}  // namespace

Verb find_verb(Bytes line) noexcept {
  if (line.size < 4) return EHLO_VERB_UNKNOWN;
  if (line.size == 4 || line[4] == ' ') {
    const std::uint32_t word = load<std::uint32_t>(line.data) & kFold4;
    const Row& row = kTable.row(word);
    return row.word == word ? row.verb : Verb{EHLO_VERB_UNKNOWN};
  }
  if (line.size == 8 || (line.size > 8 && line[8] == ' ')) {
    if ((load<std::uint64_t>(line.data) & kFold8) == pack<std::uint64_t>("STARTTLS")) return EHLO_VERB_STARTTLS;
  }
  return EHLO_VERB_UNKNOWN;
}

const char* verb_name(Verb verb) noexcept {
  const std::uint32_t index = verb;
  return index < kVerbCount ? kNames[index] : kNames[0];
}

}  // namespace ehlo
