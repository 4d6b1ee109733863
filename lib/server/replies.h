// The library's own replies.
#pragma once

#include "base/rows.h"
#include "syntax/write_reply.h"

namespace ehlo {

// A reply in the queue is one of these, an Error, or a text of the program.
enum class Standard : std::uint16_t {
  greeting,
  hello,        // HELO: one line
  hello_esmtp,  // EHLO and LHLO: the list of extensions
  hello_esmtp_tls,
  mail_ok,
  rcpt_ok,
  go_ahead,
  chunk_ok,
  message_ok,
  reset_ok,
  bye,
  starttls_ok,
  auth_ok,
  auth_unavailable,
  count,
  // Values below kKeptReplies index prepared replies: first the names above, then the positive reply of an unknown verb
  // and of each library verb without EHLO_COMMAND_SESSION. `yes + verb` (verbs of the program) and `no + verb` (all
  // verbs) are written when sent.
  yes = 0x1000,
  no = 0x2000
};
inline constexpr std::uint32_t kReplyVerbs = 0x0FFF;  // the part of `yes` and `no` that is the verb

struct StandardReply {
  std::uint16_t code;
  EnhancedCode enhanced;
  std::string_view text;
};
// The code and text of a reply that is kept as it is sent.
StandardReply standard_reply(Standard reply) noexcept;

// The replies of a row; where the row has none, 250 2.0.0 and 502 5.5.1.
StandardReply yes_reply(const ehlo_verb_row& row) noexcept;
StandardReply no_reply(const ehlo_verb_row& row) noexcept;

// The rows of the library by their ids; kUnknownVerb where there is none.
inline constexpr std::array<const ehlo_verb_row*, kMaxRows> kVerbRowById = [] {
  std::array<const ehlo_verb_row*, kMaxRows> table{};
  table.fill(&kUnknownVerb);
  for (const ehlo_verb_row& row : kVerbRows) table[row.id] = &row;
  return table;
}();

// The verbs whose yes is kept as it is sent, kUnknownVerb first; and by the id of a verb its place among them.
inline constexpr std::size_t kKeptVerbs = [] {
  std::size_t count = 1;
  for (const ehlo_verb_row& row : kVerbRows) count += !(row.flags & EHLO_COMMAND_SESSION);
  return count;
}();
inline constexpr std::array<std::uint8_t, kMaxRows> kKeptPlaces = [] {
  std::array<std::uint8_t, kMaxRows> places{};
  std::uint8_t place = 0;
  for (const ehlo_verb_row& row : kVerbRows)
    if (!(row.flags & EHLO_COMMAND_SESSION)) places[row.id] = ++place;
  return places;
}();
inline constexpr std::size_t kKeptReplies = static_cast<std::size_t>(Standard::count) + kKeptVerbs;

constexpr Standard yes_of(std::uint32_t verb) noexcept {
  const auto kept = static_cast<std::uint32_t>(Standard::count) + (verb < kMaxRows ? kKeptPlaces[verb] : 0u);
  const auto own = static_cast<std::uint32_t>(Standard::yes) + verb;
  return static_cast<Standard>(verb < kMaxRows ? kept : own);
}
constexpr Standard no_of(std::uint32_t verb) noexcept {
  return static_cast<Standard>(static_cast<std::uint32_t>(Standard::no) + verb);
}

// The reply to an Error.
StandardReply error_reply(Error error) noexcept;

}  // namespace ehlo
