// What the compiler makes of the rows of extensions, and the look-ups over it.
#include "extension/registry.h"

#include <algorithm>
#include <utility>

#include "extension/keyword_table.h"

namespace ehlo {
namespace {

constexpr std::size_t kCount = std::size(kExtensionRows);

// ---- what is available ----

// The index has a bit for each fact: 4: TLS is active, 2: AUTH is allowed without it, 1: there are arguments.
constexpr auto kAvailable = [] {
  std::array<ExtensionSet, 8> sets{};
  for (unsigned facts = 0; facts < 8; ++facts)
    for (const ehlo_extension_row& row : kExtensionRows)
      if (may_be_offered(row.flags, facts & 4, facts & 2, facts & 1)) sets[facts] |= EHLO_EXT_BIT(row.id);
  return sets;
}();

// One extension that is not offered without another.
struct Need {
  std::uint32_t extension = 0, needed = 0;
};

// In topological order: an extension comes after all that it needs, so one pass over the list is enough.
struct Needs {
  std::array<Need, kMaxRows> items{};
  std::size_t count = 0;
  bool cycle = false;
};

constexpr Needs kNeeds = [] {
  Needs needs;
  std::array<ExtensionSet, kMaxRows> needed_by{};
  ExtensionSet waiting = 0;
  for (const ehlo_extension_row& row : kExtensionRows) {
    needed_by[row.id] = owners_of(row.needs);
    waiting |= EHLO_EXT_BIT(row.id);
  }
  while (waiting != 0) {
    const ExtensionSet before = waiting;
    for (const ehlo_extension_row& row : kExtensionRows) {
      if (!has(waiting, row.id) || (needed_by[row.id] & waiting) != 0) continue;
      for (std::uint32_t other = 0; other < kMaxRows; ++other)
        if (has(needed_by[row.id], other)) needs.items[needs.count++] = {row.id, other};
      waiting &= ~EHLO_EXT_BIT(row.id);
    }
    if (waiting == before) {
      needs.cycle = true;
      break;
    }
  }
  return needs;
}();
static_assert(!kNeeds.cycle, "extensions need one another in a circle");

// Removes each extension whose need is not offered. Written with masks and unrolled, since a branch on what a server
// offers would be mispredicted.
template <std::size_t... places>
ExtensionSet without_lonely(ExtensionSet offered, std::index_sequence<places...>) noexcept {
  ((offered &= ~((~offered >> kNeeds.items[places].needed & 1) << kNeeds.items[places].extension)), ...);
  return offered;
}

// ---- keywords ----

// A keyword is found by its last eight octets: one load from the line gives them, they are the key of the table, and
// the comparison needs them too.
struct KeywordSlot {
  ExtensionSet set = 0;  // 0: nothing is here
  // Octets 0 to 7, 8 to 15, and the last eight, which may overlap. Up to 16 octets `middle` is equal to `tail`, up to
  // eight all three are equal: three comparisons serve every length.
  std::uint64_t head = 0, middle = 0, tail = 0;
  std::size_t length = 0;
};

constexpr Spread kSpread = [] {
  std::array<std::uint64_t, kCount> tails{};
  for (std::size_t i = 0; i < kCount; ++i) tails[i] = tail_of(kExtensionRows[i].keyword);
  return find_spread(tails);
}();
static_assert(kSpread.slots != 0, "two keywords end with the same eight octets");
static_assert(std::ranges::all_of(kExtensionRows,
                                  [](const auto& row) { return std::string_view(row.keyword).size() <= 24; }),
              "a longer keyword needs another word of comparison");

constexpr auto kKeywords = [] {
  std::array<KeywordSlot, kSpread.slots> slots{};
  for (const ehlo_extension_row& row : kExtensionRows) {
    const std::string_view keyword = row.keyword;
    const auto tail_before = [&](std::size_t end) { return tail_of(std::string_view(keyword.data(), end)); };
    slots[kSpread.slot_of(tail_of(keyword))] = {
        EHLO_EXT_BIT(row.id), tail_before(keyword.size() < 8 ? keyword.size() : 8),
        keyword.size() > 16 ? tail_before(16) : tail_of(keyword), tail_of(keyword), keyword.size()};
  }
  return slots;
}();

const KeywordSlot& keyword_slot(std::uint64_t tail) noexcept { return kKeywords[kSpread.slot_of(tail)]; }

// ---- verbs and lines ----

struct VerbNeed {
  VerbSet verb = 0;
  ExtensionSet owners = 0;
};

// Only verbs that need an extension have an entry. The unused entries at the end have no verb, so they add nothing.
using VerbNeeds = std::array<VerbNeed, std::size(kVerbRows)>;
constexpr VerbNeeds kVerbNeeds = [] {
  VerbNeeds needs{};
  std::size_t at = 0;
  for (const ehlo_verb_row& row : kVerbRows)
    if (row.extensions[0] != 0) needs[at++] = {VerbSet{1} << row.id, owners_of(row.extensions)};
  return needs;
}();

using Owners = std::array<ExtensionSet, std::size(kParamRows)>;
constexpr Owners kOwners = [] {
  Owners owners{};
  std::size_t at = 0;
  for (const ehlo_param_row& row : kParamRows) owners[at++] = owners_of(row.extensions);
  return owners;
}();

// RFC 5321 4.5.3.1.4: each extension says by how much its parameters make the line longer.
std::uint32_t longest_line(ExtensionSet offered, std::uint8_t command,
                           std::uint16_t ehlo_extension_row::*octets_of_row) noexcept {
  std::uint32_t octets = kMinLine;
  for (std::size_t i = 0; i < kOwners.size(); ++i)
    if ((kParamRows[i].commands & command) && (kOwners[i] & offered)) octets += kParamRows[i].octets;
  for (const ehlo_extension_row& row : kExtensionRows)
    if (has(offered, row.id)) octets += row.*octets_of_row;
  return octets;
}

// ---- EHLO lines ----

void write_arguments(ExtensionId extension, const Announcement& announcement, Writer& out) noexcept {
  switch (extension) {
    case EHLO_EXT_SIZE:  // RFC 1870 4: 0 says that there is no fixed limit
      out.put(' ');
      return out.put_number(announcement.max_message_octets);
    case EHLO_EXT_AUTH: out.put(' '); return out.put(announcement.mechanisms);
    default: break;
  }
  if (announcement.lines == nullptr) return;
  if (const std::string_view arguments = announcement.lines->arguments_of(extension_name(EHLO_EXT_BIT(extension)));
      !arguments.empty()) {
    out.put(' ');
    out.put(arguments);
  }
}

}  // namespace

ExtensionSet available_extensions(const Announcement& announcement) noexcept {
  ExtensionSet offered = announcement.offered;
  // Some extensions say nothing without arguments: the argument of AUTH is the list of mechanisms (RFC 4954 3).
  ExtensionSet with_arguments = announcement.lines == nullptr ? ~ExtensionSet{0} : 0;
  for (std::size_t i = 0; announcement.lines != nullptr && i < announcement.lines->count; ++i)
    if (!announcement.lines->arguments(i).empty())
      with_arguments |= extension_bit(bytes_of(announcement.lines->keyword(i)));
  const ExtensionSet auth = EHLO_EXT_BIT(EHLO_EXT_AUTH);
  with_arguments = announcement.mechanisms.empty() ? with_arguments & ~auth : with_arguments | auth;
  // An extension is available if it needs no arguments (in the set at `facts`), or if it has some (in the next set).
  const unsigned facts = announcement.tls * 4u + announcement.plaintext_auth * 2u;
  offered &= kAvailable[facts] | (kAvailable[facts + 1] & with_arguments);
  return without_lonely(offered, std::make_index_sequence<kNeeds.count>{});
}

void announce_extensions(const Announcement& announcement, void* context,
                         void (*line)(void* context, Bytes text) noexcept) noexcept {
  for (const ehlo_extension_row& row : kExtensionRows) {
    if (!has(announcement.offered, row.id)) continue;
    Octet text[kMinLine];
    Writer out(text, sizeof text);
    out.put(row.keyword);
    write_arguments(row.id, announcement, out);
    if (out.fits()) line(context, {text, out.size()});
  }
}

ExtensionSet extension_bit(Bytes keyword) noexcept {
  const KeywordSlot& slot = keyword_slot(tail_of(keyword.text()));
  return slot.set != 0 && equals_caseless(keyword, extension_name(slot.set)) ? slot.set : 0;
}

ExtensionSet extension_bit(Bytes text, Span span) noexcept {
  const Bytes keyword = text.at(span);
  const std::uint32_t end = span.off + span.len;
  // A load of eight octets that ends with the keyword must not begin in front of the text.
  if (!EHLO_FAST_WORDS || end < 8 || span.len == 0) return extension_bit(keyword);
  if (span.len > 24) return 0;
  // Lengths of keywords cannot be predicted, so nothing below branches on them. This is max(len - octets, 0).
  const auto above = [&](std::uint32_t octets) {
    const auto more = static_cast<std::int32_t>(span.len - octets);
    return static_cast<std::uint32_t>(more & ~(more >> 31));
  };
  // The bits of the octets in front of a keyword of fewer than eight; 0 for a longer one. The two shifts clear them.
  const std::uint32_t others = 8 * (8 + above(8) - span.len);
  const auto word = [&](std::uint32_t before) {
    return load<std::uint64_t>(text.data + end - 8 - before) >> others << others & kFold;
  };
  const std::uint64_t tail = word(0);
  const KeywordSlot& slot = keyword_slot(tail);
  // An empty slot has length 0, which no span here has.
  const std::uint64_t difference =
      (word(above(8)) ^ slot.head) | (word(above(16)) ^ slot.middle) | (tail ^ slot.tail) | (slot.length ^ span.len);
  return slot.set & (ExtensionSet{0} - (difference == 0));
}

const char* extension_name(ExtensionSet extension) noexcept {
  if (extension == 0 || (extension & (extension - 1)) != 0) return "?";
  const ehlo_extension_row* row = kExtensionsById[static_cast<std::size_t>(__builtin_ctzll(extension))];
  return row == nullptr ? "?" : row->keyword;
}

VerbSet verbs_not_offered(ExtensionSet offered) noexcept {
  VerbSet verbs = 0;
  for (const VerbNeed& need : kVerbNeeds)
    if (!(need.owners & offered)) verbs |= need.verb;
  return verbs;
}

std::uint32_t longest_mail_line(ExtensionSet offered) noexcept {
  return longest_line(offered, EHLO_PARAM_OF_MAIL, &ehlo_extension_row::mail_octets);
}

std::uint32_t longest_rcpt_line(ExtensionSet offered) noexcept {
  return longest_line(offered, EHLO_PARAM_OF_RCPT, &ehlo_extension_row::rcpt_octets);
}

}  // namespace ehlo
