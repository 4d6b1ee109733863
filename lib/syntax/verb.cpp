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
  Verb verb = Verb::unknown;
};

constexpr Row kVerbs[] = {
    {pack<std::uint32_t>("MAIL"), Verb::mail}, {pack<std::uint32_t>("RCPT"), Verb::rcpt},
    {pack<std::uint32_t>("EHLO"), Verb::ehlo}, {pack<std::uint32_t>("HELO"), Verb::helo},
    {pack<std::uint32_t>("LHLO"), Verb::lhlo}, {pack<std::uint32_t>("DATA"), Verb::data},
    {pack<std::uint32_t>("BDAT"), Verb::bdat}, {pack<std::uint32_t>("RSET"), Verb::rset},
    {pack<std::uint32_t>("NOOP"), Verb::noop}, {pack<std::uint32_t>("QUIT"), Verb::quit},
    {pack<std::uint32_t>("VRFY"), Verb::vrfy}, {pack<std::uint32_t>("EXPN"), Verb::expn},
    {pack<std::uint32_t>("HELP"), Verb::help}, {pack<std::uint32_t>("AUTH"), Verb::auth},
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
  if (line.size < 4) return Verb::unknown;
  if (line.size == 4 || line[4] == ' ') {
    const std::uint32_t word = load<std::uint32_t>(line.data) & kFold4;
    const Row& row = kTable.row(word);
    return row.word == word ? row.verb : Verb::unknown;
  }
  if (line.size == 8 || (line.size > 8 && line[8] == ' ')) {
    if ((load<std::uint64_t>(line.data) & kFold8) == pack<std::uint64_t>("STARTTLS")) return Verb::starttls;
  }
  return Verb::unknown;
}

const char* verb_name(Verb verb) noexcept {
  const auto index = static_cast<std::uint32_t>(verb);
  return index < kVerbCount ? kNames[index] : kNames[0];
}

}  // namespace ehlo
