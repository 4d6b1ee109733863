// The lines of EHLO replies over bits. A part of forms_in_blocks.h, which includes it; the same rule holds: nothing
// here may be shared between files.
#pragma once

#include "syntax/fast/octet_classes.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): as in octet_classes.h

// The octets in front of the text of a line: the code and the separator.
inline constexpr std::uint32_t kLineHead = 4;

enum class FirstLine { keyword, greeting };

// The lines in a block of octets that begins with a line. All lines of the block are found at once, by arithmetic on
// words with a bit for each octet: a loop over the lines would mispredict each line's length.
struct LineBits {
  LineBits(Bytes reply, std::size_t begin, FirstLine first) noexcept {
    const Block block(reply, begin);
    const std::uint64_t crs = block.bits(cr), lfs = block.bits(lf), plain = block.bits(printable);
    const std::uint64_t let_digs = block.bits(let_dig), words = let_digs | block.bits(hyphen);
    const std::uint64_t word_ends = block.bits(space) | crs;
    // The first octet of each line, and the first four octets of each, where no CR may be.
    const std::uint64_t begins = lfs << 1 | 1, pairs = begins | begins << 1, heads = pairs | pairs << 2;
    // The first octet of each keyword. The greeting has none: its text begins with a domain.
    const std::uint64_t keywords = (begins ^ (first == FirstLine::greeting)) << kLineHead;
    // A keyword is a run of ones in `words`. One added at its first bit is carried to the bit behind the run.
    keyword_ends = (words + keywords) & ~words;
    // Strange: an octet that is neither printable nor of a CR LF, a CR in the code, a keyword that begins with no
    // letter or digit, or one that neither a space nor a CR ends.
    strange = ~(plain | (crs & lfs >> 1) | (lfs & crs << 1)) | (crs & heads) | (keywords & ~let_digs) |
              (keyword_ends & ~word_ends);
    // Only the line ends in front of the first strange octet.
    ends = crs & ((strange & (0 - strange)) - 1);
    // The domain of the greeting ends at the first space or CR.
    const std::uint64_t in_greeting = first == FirstLine::greeting ? word_ends & from_bit(kLineHead) : 0;
    keyword_ends |= in_greeting & (0 - in_greeting);
  }

  std::uint64_t ends;          // the CR of each good line; none from the first bad line on
  std::uint64_t keyword_ends;  // the octet behind the keyword of each line, in the order of the lines
  std::uint64_t strange;       // octets that no good line has; also a CR whose LF is in the next block
};

// The CR of a line that ends behind its block; 0 where the line is not good. The last octet of the block is looked at
// again, since it may be the CR.
inline std::size_t find_long_end(Bytes reply, std::size_t begin, const LineBits& bits) noexcept {
  constexpr std::uint32_t kSeen = Block::kOctets - 1;
  if ((bits.strange & (bit_at(kSeen) - 1)) != 0 || (bits.keyword_ends & (bit_at(kSeen) - 1)) == 0) return 0;
  for (std::size_t at = begin + kSeen; at < reply.size; at += Block::kOctets) {
    const std::uint64_t others = ~Block(reply, at).bits(printable);
    if (others == 0) continue;
    const std::size_t end = at + first_bit(others);
    return end + 1 < reply.size && reply[end] == '\r' && reply[end + 1] == '\n' ? end : 0;
  }
  return 0;
}

inline CapabilityLine line_at(std::size_t line, std::size_t keyword_end, std::size_t end) noexcept {
  const auto text = static_cast<std::uint32_t>(line) + kLineHead, rest = static_cast<std::uint32_t>(keyword_end);
  return {{text, rest - text}, {rest, static_cast<std::uint32_t>(end) - rest}};
}

inline bool take_hello(Bytes input, const ReplyLimits& limits, Reply& reply, HelloLines& lines) noexcept {
  constexpr std::uint32_t kFollowed = 0x2D303532, kLast = 0x20303532;  // "250-", "250 "
  // With a limit of at least a block, lines that end within one need not be measured.
  if (input.size < Block::kLeastText || limits.line_octets < Block::kOctets) return false;
  // Enhanced status codes are left to the machine. One look is enough, since by RFC 2034 4 a reply has a code in each
  // line or in none.
  if (input[kLineHead] == '2' && input[kLineHead + 1] == '.') return false;
  std::uint32_t count = 0;
  for (std::size_t line = 0; line < input.size;) {
    const std::size_t begin = line;
    const LineBits bits(input, begin, begin == 0 ? FirstLine::greeting : FirstLine::keyword);
    std::uint64_t ends = bits.ends, keyword_ends = bits.keyword_ends;
    std::size_t end = 0;
    if (ends == 0) [[unlikely]] {
      end = find_long_end(input, begin, bits);
      if (end == 0 || end + 2 - line > limits.line_octets) return false;
    }
    // The lines of the block in order, or once the long line: then `ends` is 0, and keyword_ends has its keyword.
    do {
      if (ends != 0) end = begin + first_bit(ends);
      const auto head = load<std::uint32_t>(input.data + line);
      if (count == HelloLines::kRoom) return false;
      lines.items[count++] = line_at(line, begin + first_bit(keyword_ends), end);
      line = end + 2;
      if (head != kFollowed) {
        if (head != kLast || line > limits.octets || count > limits.lines) return false;
        lines.count = count;
        reply = {250, EHLO_ENHANCED_NONE, count, static_cast<std::uint32_t>(line)};
        return true;
      }
      ends &= ends - 1;
      keyword_ends &= keyword_ends - 1;
    } while (ends != 0);
  }
  return false;
}

// As take_hello, but from any line on, and without limits: the reply has passed the parser.
inline std::uint32_t take_capabilities(Bytes reply, std::size_t& at, CapabilityLine* lines,
                                       std::uint32_t room) noexcept {
  if (reply.size < Block::kLeastText) return 0;
  std::uint32_t count = 0;
  while (count < room && at < reply.size) {
    const std::size_t begin = at;
    const LineBits bits(reply, begin, FirstLine::keyword);
    std::uint64_t ends = bits.ends, keyword_ends = bits.keyword_ends;
    std::size_t end = 0;
    if (ends == 0) {
      end = find_long_end(reply, begin, bits);
      if (end == 0) return count;
    }
    do {
      if (ends != 0) end = begin + first_bit(ends);
      lines[count++] = line_at(at, begin + first_bit(keyword_ends), end);
      at = end + 2;
      ends &= ends - 1;
      keyword_ends &= keyword_ends - 1;
    } while (ends != 0 && count < room);
  }
  return count;
}

}  // namespace
}  // namespace ehlo
