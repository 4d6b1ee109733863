// Verb dispatch: one load of four or eight octets and one comparison, no string compares.
#include "syntax/verb.h"

#include <cstring>

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

Verb find_verb4(std::uint32_t word) noexcept {
  switch (word & kFold4) {
    case pack<std::uint32_t>("MAIL"): return Verb::mail;
    case pack<std::uint32_t>("RCPT"): return Verb::rcpt;
    case pack<std::uint32_t>("EHLO"): return Verb::ehlo;
    case pack<std::uint32_t>("HELO"): return Verb::helo;
    case pack<std::uint32_t>("LHLO"): return Verb::lhlo;
    case pack<std::uint32_t>("DATA"): return Verb::data;
    case pack<std::uint32_t>("BDAT"): return Verb::bdat;
    case pack<std::uint32_t>("RSET"): return Verb::rset;
    case pack<std::uint32_t>("NOOP"): return Verb::noop;
    case pack<std::uint32_t>("QUIT"): return Verb::quit;
    case pack<std::uint32_t>("VRFY"): return Verb::vrfy;
    case pack<std::uint32_t>("EXPN"): return Verb::expn;
    case pack<std::uint32_t>("HELP"): return Verb::help;
    case pack<std::uint32_t>("AUTH"): return Verb::auth;
    default: return Verb::unknown;
  }
}

constexpr const char* kNames[kVerbCount] = {"?",    "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA",     "BDAT",
                                            "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "STARTTLS", "AUTH"};

}  // namespace

Verb find_verb(Bytes line) noexcept {
  if (line.size < 4) return Verb::unknown;
  if (line.size == 4 || line[4] == ' ') {
    std::uint32_t word;
    std::memcpy(&word, line.data, sizeof word);
    return find_verb4(word);
  }
  if (line.size == 8 || (line.size > 8 && line[8] == ' ')) {
    std::uint64_t word;
    std::memcpy(&word, line.data, sizeof word);
    if ((word & kFold8) == pack<std::uint64_t>("STARTTLS")) return Verb::starttls;
  }
  return Verb::unknown;
}

const char* verb_name(Verb verb) noexcept {
  const auto index = static_cast<std::uint32_t>(verb);
  return index < kVerbCount ? kNames[index] : kNames[0];
}

}  // namespace ehlo
