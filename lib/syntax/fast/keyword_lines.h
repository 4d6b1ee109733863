// The lines of EHLO replies over bits, as common_forms_in_blocks.h, which brings what this needs; nothing here may be
// shared between files.
#pragma once

#include "syntax/fast/octet_classes.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): as in octet_classes.h

// What stands in front of the text of a line: the code and the separator.
inline constexpr std::uint32_t kLineHead = 4;

enum class FirstLine { keyword, greeting };

// What stands in the octets from a line's begin on, a block of them.
struct LineBits {
  LineBits(Bytes reply, std::size_t begin, FirstLine first) noexcept {
    const Block block(reply, begin);
    const std::uint64_t crs = block.bits(cr), lfs = block.bits(lf), plain = block.bits(printable);
    const std::uint64_t let_digs = block.bits(let_dig), words = let_digs | block.bits(hyphen);
    const std::uint64_t word_ends = block.bits(space) | crs;
    const std::uint64_t begins = lfs << 1 | 1, pairs = begins | begins << 1, heads = pairs | pairs << 2;
    const std::uint64_t keywords = (begins ^ (first == FirstLine::greeting)) << kLineHead;
    // An addition carries the begin of each keyword to the octet behind it.
    keyword_ends = (words + keywords) & ~words;
    strange = ~(plain | (crs & lfs >> 1) | (lfs & crs << 1)) | (crs & heads) | (keywords & ~let_digs) |
              (keyword_ends & ~word_ends);
    ends = crs & ((strange & (0 - strange)) - 1);
    const std::uint64_t in_greeting = first == FirstLine::greeting ? word_ends & from_bit(kLineHead) : 0;
    keyword_ends |= in_greeting & (0 - in_greeting);
  }

  std::uint64_t ends;          // the CR of each line in good order; none behind the first that is not
  std::uint64_t keyword_ends;  // the octet behind the keyword of each line, in their order
  std::uint64_t strange;       // what no such line has, and a CR without its LF
};

// The CR behind a line that goes on behind its block; 0 where it is in no good order.
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
  // What is within a block needs no look at the limit of a line.
  if (input.size < Block::kLeastText || limits.line_octets < Block::kOctets) return false;
  // RFC 2034 4: without a status code in the first line there is none.
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
