// The registry: one line for each extension, and the lookups over it.
#include "extension/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "extension/auth.h"
#include "extension/body.h"
#include "extension/chunking.h"
#include "extension/dsn.h"
#include "extension/enhanced_status_codes.h"
#include "extension/optional_commands.h"
#include "extension/pipelining.h"
#include "extension/requiretls.h"
#include "extension/size.h"
#include "extension/smtputf8.h"
#include "extension/starttls.h"

namespace ehlo {
namespace {

constexpr const Extension* kExtensions[] = {
    &kPipelining, &kSize,       &kEightBitMime, &kEnhancedStatusCodes, &kDsn,  &kStarttls, &kAuth,
    &kChunking,   &kBinaryMime, &kSmtputf8,     &kRequiretls,          &kHelp, &kExpn,     &kVrfy,
};

// Parameters are found by length and first and last letter in a table without collisions, whose seed the compiler
// looks for: a new parameter needs nothing but its line in its own file.
constexpr std::size_t kSlots = 64;

constexpr std::uint32_t key_of(std::size_t length, Octet first, Octet last) noexcept {
  return static_cast<std::uint32_t>(length) << 10 | (first & 31u) << 5 | (last & 31u);
}
constexpr std::uint32_t key_of(std::string_view keyword) noexcept {
  return key_of(keyword.size(), static_cast<Octet>(keyword.front()), static_cast<Octet>(keyword.back()));
}

constexpr std::size_t slot_of(std::uint32_t seed, std::uint32_t key) noexcept { return (key * seed) >> 26; }

// A set of keys, each once.
struct Keys {
  std::uint32_t keys[kSlots] = {};
  std::size_t count = 0;

  constexpr void add(std::uint32_t key) noexcept {
    for (std::size_t i = 0; i < count; ++i)
      if (keys[i] == key) return;
    keys[count++] = key;
  }

  // One that gives each key a slot of its own; else 0. It works on bits: clang counts a compiler's steps, and a table
  // for each seed would be too many.
  constexpr std::uint32_t find_seed() const noexcept {
    for (std::uint32_t seed = 0x9E3779B1u; seed != 0x9E3779B1u + 2 * 4096; seed += 2) {
      std::uint64_t taken = 0;
      for (std::size_t i = 0; i < count; ++i) taken |= std::uint64_t{1} << slot_of(seed, keys[i]);
      std::size_t slots = 0;
      for (; taken != 0; taken &= taken - 1) ++slots;
      if (slots == count) return seed;
    }
    return 0;
  }
};

// The last eight octets of a keyword in upper case, zeros before a shorter one. Bit 5 alone tells the two cases of a
// letter apart, and no two other octets of keywords.
constexpr std::uint64_t kFold = 0xDFDFDFDFDFDFDFDFu;

constexpr std::uint64_t tail_of(std::string_view keyword) noexcept {
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < 8 && i < keyword.size(); ++i)
    tail |= std::uint64_t{static_cast<Octet>(keyword[keyword.size() - 1 - i])} << (56 - 8 * i);
  return tail & kFold;
}

struct Slot {
  const ParamRule* rule = nullptr;
  ExtensionSet owners = 0;  // 0: nothing is here
  std::uint64_t tail = 0;
};

struct SlotTable {
  std::array<Slot, kSlots> slots{};
  std::uint32_t seed = 0;
  bool collision = false;
};

constexpr SlotTable kParams = [] {
  Keys keys;
  for (const Extension* extension : kExtensions)
    for (const ParamRule& rule : extension->params) keys.add(key_of(rule.keyword));
  SlotTable table;
  table.seed = keys.find_seed();
  for (const Extension* extension : kExtensions) {
    for (const ParamRule& rule : extension->params) {
      Slot& slot = table.slots[slot_of(table.seed, key_of(rule.keyword))];
      table.collision |= slot.owners != 0 && slot.rule->id != rule.id;
      slot.rule = &rule;
      slot.owners |= EHLO_EXT_BIT(extension->id);
      slot.tail = tail_of(rule.keyword);
    }
  }
  return table;
}();
static_assert(!kParams.collision, "no seed parts the parameters: raise kSlots");

const Slot& slot_at(Bytes keyword) noexcept {
  return kParams.slots[slot_of(kParams.seed, key_of(keyword.size, keyword[0], keyword[keyword.size - 1]))];
}

const Slot* find_slot(Bytes keyword) noexcept {
  const Slot& slot = slot_at(keyword);
  return slot.owners != 0 && equals_caseless(keyword, slot.rule->keyword) ? &slot : nullptr;
}

// The same for a keyword in a line, which is one by its grammar: where eight octets end with it, one load has it all.
const Slot* find_slot(Bytes line, Span span) noexcept {
  const Bytes keyword = line.at(span);
  const std::uint32_t end = span.off + span.len;
  if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || end < 8 || span.len > 8) return find_slot(keyword);
  const Slot& slot = slot_at(keyword);
  const std::uint64_t tail = load<std::uint64_t>(line.data + end - 8) >> (64 - 8 * span.len) << (64 - 8 * span.len);
  return slot.owners != 0 && (tail & kFold) == slot.tail && slot.rule->keyword.size() == span.len ? &slot : nullptr;
}

// The keywords of the extensions are found by their last octets, which are compared anyway.
struct KeywordSlot {
  const Extension* extension = nullptr;
  ExtensionSet set = 0;                          // 0: nothing is here
  std::uint64_t head = 0, middle = 0, tail = 0;  // eight octets of each; parts of a shorter keyword are the same
  std::size_t length = 0;
};

struct KeywordTable {
  std::array<KeywordSlot, kSlots> slots{};
  std::uint32_t seed = 0;
  bool collision = false;

  static constexpr std::uint32_t key_of(std::uint64_t tail) noexcept {
    return static_cast<std::uint32_t>(tail ^ tail >> 32);
  }
  constexpr const KeywordSlot& at(std::uint64_t tail) const noexcept { return slots[slot_of(seed, key_of(tail))]; }
};

constexpr KeywordTable kKeywords = [] {
  Keys keys;
  for (const Extension* extension : kExtensions) keys.add(KeywordTable::key_of(tail_of(extension->keyword)));
  KeywordTable table;
  table.seed = keys.find_seed();
  for (const Extension* extension : kExtensions) {
    const std::string_view keyword = extension->keyword;
    KeywordSlot& slot = table.slots[slot_of(table.seed, KeywordTable::key_of(tail_of(keyword)))];
    table.collision |= slot.extension != nullptr;
    slot = {extension,
            EHLO_EXT_BIT(extension->id),
            tail_of(keyword.substr(0, 8)),
            keyword.size() > 16 ? tail_of(keyword.substr(8, 8)) : tail_of(keyword),
            tail_of(keyword),
            keyword.size()};
  }
  return table;
}();
static_assert(!kKeywords.collision, "no seed parts the keywords: raise kSlots");
static_assert(std::ranges::all_of(kExtensions, [](const Extension* one) { return one->keyword.size() <= 24; }),
              "a longer keyword needs another word of comparison");

// Those of the set whose own condition does not hold. The list is known when this is compiled, so that the conditions
// are too: nothing is called, and nothing branches on what a server offers.
template <std::size_t... places>
ExtensionSet unavailable(const Announcement& announcement, std::index_sequence<places...>) noexcept {
  const auto judge = [&](auto place) noexcept -> ExtensionSet {
    const Extension& extension = *kExtensions[place];
    // Not asked by if constexpr: under its sanitizers GCC takes that for no constant expression.
    if (extension.available == nullptr) return 0;
    return ExtensionSet{!extension.available(announcement)} << static_cast<unsigned>(extension.id);
  };
  return (judge(std::integral_constant<std::size_t, places>{}) | ...);
}

constexpr std::uint16_t kDropped = 1;

bool is_repeated(Bytes line, const ParamList& params, std::uint32_t at) noexcept {
  for (std::uint32_t i = 0; i < at; ++i)
    if (equals_caseless(line.at(params.items[i].keyword), line.at(params.items[at].keyword).text())) return true;
  return false;
}

// RFC 5321 4.1.1.11: what no extension knows is refused, unless the program has a rule for it.
Error judge_unknown(Bytes line, Verb command, const ParamRules& rules, const ParamList& params,
                    std::uint32_t at) noexcept {
  Param& param = params.items[at];
  const RuleAction action = rules.policy == nullptr
                                ? RuleAction::refuse
                                : rules.policy(rules.policy_context, line.at(param.keyword), command);
  if (action == RuleAction::refuse) return EHLO_E_UNKNOWN_PARAMETER;
  if (action == RuleAction::ignore) param.flags = kDropped;
  return is_repeated(line, params, at) ? EHLO_E_BAD_PARAMETER : EHLO_OK;
}

void remove_dropped(ParamList& params) noexcept {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < params.count; ++i)
    if (params.items[i].flags != kDropped) params.items[kept++] = params.items[i];
  params.count = kept;
}

const ParamRule* find_rule(ParamId id) noexcept {
  for (const Extension* extension : kExtensions)
    for (const ParamRule& rule : extension->params)
      if (rule.id == id) return &rule;
  return nullptr;
}

}  // namespace

ExtensionSet available_extensions(const Announcement& announcement) noexcept {
  // A dependency may take another extension away, so until nothing changes.
  Announcement current = announcement;
  for (ExtensionSet before = 0; before != current.offered;) {
    before = current.offered;
    current.offered &= ~unavailable(current, std::make_index_sequence<std::size(kExtensions)>{});
  }
  return current.offered;
}

void announce_extensions(const Announcement& announcement, void* context,
                         void (*line)(void* context, Bytes text) noexcept) noexcept {
  for (const Extension* extension : kExtensions) {
    if (!has(announcement.offered, extension->id)) continue;
    Octet text[kMinLine];
    Writer out(text, sizeof text);
    out.put(extension->keyword);
    if (extension->announce != nullptr) extension->announce(announcement, out);
    if (out.fits()) line(context, {text, out.size()});
  }
}

ExtensionSet extension_bit(Bytes keyword) noexcept {
  const KeywordSlot& slot = kKeywords.at(tail_of(keyword.text()));
  return slot.extension != nullptr && equals_caseless(keyword, slot.extension->keyword) ? slot.set : 0;
}

ExtensionSet extension_bit(Bytes text, Span span) noexcept {
  const Bytes keyword = text.at(span);
  const std::uint32_t end = span.off + span.len;
  if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || end < 8 || span.len == 0) return extension_bit(keyword);
  if (span.len > 24) return 0;
  // Three words, which overlap or are the same: nothing branches on the length.
  const auto above = [&](std::uint32_t octets) {
    const auto more = static_cast<std::int32_t>(span.len - octets);
    return static_cast<std::uint32_t>(more & ~(more >> 31));
  };
  const std::uint32_t others = 8 * (8 + above(8) - span.len);
  const auto word = [&](std::uint32_t before) {
    return load<std::uint64_t>(text.data + end - 8 - before) >> others << others & kFold;
  };
  const std::uint64_t tail = word(0);
  const KeywordSlot& slot = kKeywords.at(tail);
  const std::uint64_t difference =
      (word(above(8)) ^ slot.head) | (word(above(16)) ^ slot.middle) | (tail ^ slot.tail) | (slot.length ^ span.len);
  return slot.set & (ExtensionSet{0} - (difference == 0));
}

const char* extension_name(ExtensionSet extension) noexcept {
  for (const Extension* one : kExtensions)
    if (extension == EHLO_EXT_BIT(one->id)) return one->keyword.data();
  return "?";
}

std::uint32_t verbs_not_offered(ExtensionSet offered) noexcept {
  std::uint32_t verbs = 0;
  for (const Extension* extension : kExtensions)
    if (!has(offered, extension->id)) verbs |= extension->verbs;
  return verbs;
}

std::uint32_t longest_mail_line(ExtensionSet offered) noexcept {
  std::uint32_t octets = kMinLine;
  for (const Extension* extension : kExtensions)
    if (has(offered, extension->id)) octets += extension->mail_octets;
  return octets;
}

std::uint32_t longest_rcpt_line(ExtensionSet offered) noexcept {
  std::uint32_t octets = kMinLine;
  for (const Extension* extension : kExtensions)
    if (has(offered, extension->id)) octets += extension->rcpt_octets;
  return octets;
}

bool carries_smtputf8(Bytes line, const ParamList& params) noexcept {
  for (std::uint32_t i = 0; i < params.count; ++i)
    if (equals_caseless(line.at(params.items[i].keyword), kSmtputf8Params[0].keyword)) return true;
  return false;
}

Problem judge_parameters(Bytes line, Verb command, ParamRules& rules, ParamList& params) noexcept {
  const Slot* slots[EHLO_PARAMS_MAX];
  bool carried = false;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    slots[i] = find_slot(line, params.items[i].keyword);
    carried |= slots[i] != nullptr && slots[i]->rule->id == EHLO_PARAM_SMTPUTF8;
  }
  // SMTPUTF8 may stand behind a value that depends on it.
  if (command == EHLO_VERB_MAIL) rules.smtputf8 = has(rules.offered, EHLO_EXT_SMTPUTF8) && carried;
  const ParamContext context{line, rules.offered, rules.smtputf8};
  std::uint64_t seen = 0;
  bool dropped = false;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    Param& param = params.items[i];
    const Slot* slot = slots[i];
    Error error = EHLO_OK;
    if (slot == nullptr || !(slot->owners & rules.offered) || slot->rule->command != command) [[unlikely]] {
      error = judge_unknown(line, command, rules, params, i);
      dropped |= param.flags == kDropped;
    } else {
      const std::uint64_t mine = std::uint64_t{1} << static_cast<unsigned>(slot->rule->id);
      param.id = slot->rule->id;
      error = seen & mine ? EHLO_E_BAD_PARAMETER : slot->rule->judge(context, param);
      seen |= mine;
    }
    if (error != EHLO_OK) return {error, param.keyword.off};
  }
  if (dropped) remove_dropped(params);
  return {};
}

ExtensionSet owners_of_parameter(Bytes keyword) noexcept {
  const Slot* slot = keyword.empty() ? nullptr : find_slot(keyword);
  return slot == nullptr ? 0 : slot->owners;
}

bool write_parameter(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept {
  const ParamRule* rule = find_rule(id);
  if (rule == nullptr) return false;
  out.put(rule->keyword);
  if (rule->write == nullptr) return true;
  out.put('=');
  return rule->write(meaning, out);
}

bool write_parameter_value(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept {
  const ParamRule* rule = find_rule(id);
  if (rule == nullptr) return false;
  return rule->write == nullptr || rule->write(meaning, out);
}

}  // namespace ehlo
