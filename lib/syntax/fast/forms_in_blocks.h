// The common forms over bits, one for each octet: the end of a run is found by counting zeros, and the neighbours of an
// octet by a shift. Each file that includes this defines its Vector, Window, Block and look_for_mailbox before. Nothing
// here may be shared between files: see octet_classes.h.
#pragma once

#include "syntax/fast/octet_classes.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): for the reason above

inline constexpr std::uint32_t kHalf = Window::kOctets;
// The octets of an envelope that are looked at together: a bit for each in a word. A mailbox within them can break no
// limit of a label or domain, so lengths are not checked here.
inline constexpr std::uint32_t kMost = 2 * kHalf;

constexpr std::uint64_t bit_at(std::uint32_t at) noexcept { return std::uint64_t{1} << at; }
constexpr std::uint64_t from_bit(std::uint32_t at) noexcept { return ~std::uint64_t{0} << at; }

// The first bit that is set; there is one.
inline std::uint32_t first_bit(std::uint64_t bits) noexcept {
  return static_cast<std::uint32_t>(__builtin_ctzll(bits));
}

}  // namespace
}  // namespace ehlo

#include "syntax/fast/keyword_lines.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): for the reason above

// ---- paths ----

// Where the "@" of a mailbox and the octet behind the mailbox must be, counted from its first octet.
struct MailboxEnds {
  std::uint32_t at, close;

  // False: not among the first `count` octets.
  bool find(const MailboxBits& bits, std::uint32_t count) noexcept {
    // This bit is always set below, since counting the zeros of 0 is undefined. It stands for "not found".
    const std::uint64_t last = bit_at(count - 1);
    at = first_bit(~bits.text | last);
    // Only octets behind the "@" count: the mask clears the bits up to it.
    close = first_bit((~bits.domain & ~(bit_at(at) * 2 - 1)) | last);
    return close != count - 1;
  }
};

// Dot-string "@" Domain (RFC 5321 4.1.2): a dot in the local part has atext on both sides, a dot in the domain has a
// letter or digit on both sides, and a letter or digit begins and ends the domain. The "@" is neither, so a dot beside
// it is wrong too.
inline bool is_mailbox(const MailboxBits& bits, MailboxEnds ends) noexcept {
  const std::uint64_t before_at = bit_at(ends.at) - 1;
  const std::uint64_t parts = (bits.text & ~bits.dots & before_at) | (bits.let_digs & ~before_at);
  const std::uint64_t edges = bit_at(ends.at) << 1 | bit_at(ends.close) >> 1;
  const std::uint64_t wrong =
      (bits.dots & (bit_at(ends.close) - 1) & ~(parts << 1 & parts >> 1)) | (edges & ~bits.let_digs);
  return (ends.at != 0) & (wrong == 0);
}

// Finds the ends of the mailbox at `local`. The second half is classified only where the first one does not have all of
// it. False: it does not end with a ">" within kMost octets.
inline bool find_mailbox_ends(Bytes line, std::uint32_t local, MailboxBits& bits, MailboxEnds& ends) noexcept {
  bits = look_for_mailbox(line, local);
  if (!ends.find(bits, kHalf)) {
    // Where the line ends with the half, the ">" may be its last octet: then the second find has enough bits.
    if (line.size > local + kHalf) bits.add(look_for_mailbox(line, local + kHalf), kHalf);
    if (!ends.find(bits, kMost)) return false;
  }
  // Bits behind the line are 0, as for an octet of no class, so the ends found may be outside of the line.
  return local + ends.close < line.size && line[local + ends.close] == '>' && line[local + ends.at] == '@';
}

// On success `end` is the octet behind the path.
inline bool take_path(Bytes line, std::uint32_t begin, Path& path, std::uint32_t& end) noexcept {
  const std::uint32_t local = begin + 1;
  if (local >= line.size || line[begin] != '<') return false;
  if (line[local] == '>') {
    path = {{begin, 2}, kAbsent, {local, 0}, kAbsent, EHLO_DOMAIN_NONE, EHLO_PATH_NULL};
    end = local + 1;
    return true;
  }
  MailboxBits bits;
  MailboxEnds ends;
  if (!find_mailbox_ends(line, local, bits, ends) || !is_mailbox(bits, ends)) return false;
  end = local + ends.close + 1;
  const Span domain{local + ends.at + 1, ends.close - ends.at - 1};
  path = {{begin, end - begin}, kAbsent, {local, ends.at}, domain, EHLO_DOMAIN_NAME, 0};
  return true;
}

// ---- parameters ----

// The classes of parameters for the kMost octets from `begin` on.
struct ParameterBits {
  ParameterBits(Bytes line, std::uint32_t from) noexcept : begin(from) {
    add(line, begin, 0);
    if (line.size > begin + kHalf) add(line, begin + kHalf, kHalf);
  }
  void add(Bytes line, std::size_t at, unsigned shift) noexcept {
    const Window window(line, at);
    keywords |= window.bits(keyword) << shift;
    values |= window.bits(value) << shift;
  }

  // The first octet from `at` that is not in the class of `bits`; begin + kMost where all octets are.
  std::uint32_t end_of(std::uint64_t bits, std::uint32_t at) const noexcept {
    if (at - begin >= kMost) return begin + kMost;
    const std::uint64_t others = ~bits & from_bit(at - begin);
    return begin + (others == 0 ? kMost : first_bit(others));
  }

  std::uint32_t begin;
  std::uint64_t keywords = 0, values = 0;  // clear behind the line
};

// Keywords and values between single spaces. The first octet of a keyword is a letter or digit, and a value is not
// empty (RFC 5321 4.1.2).
inline bool take_parameters(Bytes line, std::uint32_t begin, ParamList& params) noexcept {
  const auto size = static_cast<std::uint32_t>(line.size);
  if (begin >= size) return false;
  ParameterBits bits(line, begin);
  for (std::uint32_t at = begin;;) {
    const std::uint32_t keyword_end = bits.end_of(bits.keywords, at);
    std::uint32_t end = keyword_end;
    Span value = kAbsent;
    if (keyword_end < size && keyword_end < bits.begin + kMost && line[keyword_end] == '=') {
      end = bits.end_of(bits.values, keyword_end + 1);
      value = {keyword_end + 1, end - keyword_end - 1};
    }
    if (end < size && end == bits.begin + kMost) {
      // The parameter continues behind the octets classified: classify again from its start. One that is longer than
      // all of them is left to the machine.
      if (bits.begin == at) return false;
      bits = ParameterBits(line, at);
      continue;
    }
    const bool empty_value = present(value) && value.len == 0;
    if (keyword_end == at || line[at] == '-' || empty_value || params.count == params.cap) return false;
    params.items[params.count++] = {EHLO_PARAM_UNKNOWN, 0, {at, keyword_end - at}, value, kAbsent, 0};
    if (end == size) return true;
    at = end + 1;
    if (line[end] != ' ' || at == size) return false;
  }
}

inline bool take_envelope(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept {
  params.count = 0;
  params.non_ascii = false;
  std::uint32_t end = 0;
  if (line.size < Window::kLeastText || !take_path(line, begin, path, end)) return false;
  return end == line.size || (line[end] == ' ' && take_parameters(line, end + 1, params));
}

// ---- hosts ----

// Only a domain of at most kHalf octets, so that one look is enough. The rules are those of is_mailbox.
inline bool is_domain(Bytes line, std::uint32_t begin) noexcept {
  if (line.size < Window::kLeastText || begin >= line.size || line.size - begin > kHalf) return false;
  const MailboxBits bits = look_for_mailbox(line, begin);
  const std::uint64_t last = bit_at(static_cast<std::uint32_t>(line.size) - begin - 1);
  const std::uint64_t wrong = (bits.dots & ~(bits.let_digs << 1 & bits.let_digs >> 1)) | ((1 | last) & ~bits.let_digs);
  return (bits.domain == (last << 1) - 1) & (wrong == 0);
}

// ---- replies ----

// The three digits of a code as a number; 0 where it is not 200 to 599. Octets below '0' wrap around to large numbers.
constexpr std::uint32_t read_code(const Octet* digits) noexcept {
  const std::uint32_t hundreds = digits[0] - std::uint32_t{'0'}, tens = digits[1] - std::uint32_t{'0'};
  const std::uint32_t ones = digits[2] - std::uint32_t{'0'};
  const bool good = (hundreds - 2 <= 3) & (tens <= 9) & (ones <= 9);
  return good ? hundreds * 100 + tens * 10 + ones : 0;
}

// The enhanced status code at the start of the text between `text` and `end`, a CR, where its class is that of
// the code; else 0. Whether a text has one cannot be predicted, so the code does not branch on it.
inline std::uint32_t read_enhanced(Bytes input, std::size_t text, std::size_t end) noexcept {
  const Octet* const p = input.data + text;
  const auto by_grammar = [&] {
    const EnhancedCode code = leading_enhanced(input.from(text).first(end - text));
    return EHLO_ENHANCED_CLASS(code) == input[0] - std::uint32_t{'0'} ? code : 0;
  };
  if (text + 6 > input.size) return by_grammar();
  const bool dotted = (p[0] == input[0]) & (p[1] == '.');
  const unsigned subject = p[2] - unsigned{'0'}, detail = p[4] - unsigned{'0'};
  // Nearly all codes have three digits, such as 5.1.1. Others are read by the grammar. A reply 3xx has none (RFC 2034
  // 4).
  const bool three = (p[3] == '.') & ((p[5] == ' ') | (p[5] == '\r')) & (subject <= 9) & (detail <= 9) & (p[0] != '3');
  if (dotted & !three) [[unlikely]]
    return by_grammar();
  return EHLO_ENHANCED(p[0] - '0', subject, detail) & (std::uint32_t{0} - (dotted & three));
}

// Whether the line whose CR is at `end` is within the limits and has the code of the first one.
[[gnu::always_inline]] inline bool is_good_line(Bytes input, std::size_t line, std::size_t end,
                                                const ReplyLimits& limits) noexcept {
  if (end < line + kLineHead || end + 2 > input.size || input[end + 1] != '\n') return false;
  if (end + 2 - line > limits.line_octets || end + 2 > limits.octets) return false;
  return std::memcmp(input.data + line, input.data, 3) == 0;
}

// On the way it gives up for anything unusual: then the machine reads the reply from its start and reports errors.
inline bool take_reply(Bytes input, const ReplyLimits& limits, Reply& reply) noexcept {
  if (input.size < Block::kLeastText) return false;
  const std::uint32_t code = read_code(input.data);
  if (code == 0) return false;
  std::uint32_t enhanced = 0, lines = 0;
  for (std::size_t line = 0, at = 0; at < input.size;) {
    const Block block(input, at);
    std::uint64_t ends = block.bits(cr);
    const std::uint64_t controls = block.bits(up_to_cr);
    // Every control character must be a CR or follow one; is_good_line checks that it is an LF then. Octets behind the
    // last CR are not checked here: the next block begins behind that line end, or the line does not end in this block.
    const std::uint64_t strange = controls ^ (ends | ends << 1);
    if (ends == 0 ? controls != 0 : strange << __builtin_clzll(ends) != 0) return false;
    const std::size_t block_begin = at;
    for (at += Block::kOctets; ends != 0; ends &= ends - 1) {
      const std::size_t end = block_begin + first_bit(ends);
      if (!is_good_line(input, line, end, limits) || ++lines > limits.lines) return false;
      // RFC 2034 4: each line has the same status code.
      if (lines == 1)
        enhanced = read_enhanced(input, kLineHead, end);
      else if (enhanced != 0 && enhanced != read_enhanced(input, line + kLineHead, end))
        enhanced = 0;
      const Octet separator = input[line + 3];
      if (separator == ' ') {
        reply = {code, enhanced == 0 ? EHLO_ENHANCED_NONE : enhanced, lines, static_cast<std::uint32_t>(end + 2)};
        return true;
      }
      if (separator != '-') return false;
      line = at = end + 2;
    }
  }
  return false;
}

}  // namespace
}  // namespace ehlo
