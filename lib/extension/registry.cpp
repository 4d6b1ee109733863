// The registry: one line for each extension, and the lookups over it.
#include "extension/registry.h"

#include <array>

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

constexpr std::size_t slot_of(std::uint32_t seed, std::size_t length, Octet first, Octet last) noexcept {
  const std::uint32_t key = static_cast<std::uint32_t>(length) << 10 | (first & 31u) << 5 | (last & 31u);
  return (key * seed) >> 26;
}

struct Slot {
  const ParamRule* rule = nullptr;
  ExtensionSet owners = 0;  // 0: nothing is here
};

struct SlotTable {
  std::array<Slot, kSlots> slots{};
  std::uint32_t seed = 0;
  bool collision = false;
};

constexpr SlotTable fill_table(std::uint32_t seed) noexcept {
  SlotTable table;
  table.seed = seed;
  for (const Extension* extension : kExtensions) {
    for (const ParamRule& rule : extension->params) {
      Slot& slot = table.slots[slot_of(seed, rule.keyword.size(), static_cast<Octet>(rule.keyword.front()),
                                       static_cast<Octet>(rule.keyword.back()))];
      table.collision |= slot.owners != 0 && slot.rule->id != rule.id;
      slot.rule = &rule;
      slot.owners |= bit(extension->id);
    }
  }
  return table;
}

constexpr SlotTable kParams = [] {
  SlotTable table = fill_table(0x9E3779B1u);
  for (std::uint32_t i = 1; table.collision && i < 4096; ++i) table = fill_table(0x9E3779B1u + 2 * i);
  return table;
}();
static_assert(!kParams.collision, "no seed parts the parameters: raise kSlots");

const Slot* find_slot(Bytes keyword) noexcept {
  const Slot& slot = kParams.slots[slot_of(kParams.seed, keyword.size, keyword[0], keyword[keyword.size - 1])];
  return slot.owners != 0 && equals_caseless(keyword, slot.rule->keyword) ? &slot : nullptr;
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
  if (action == RuleAction::refuse) return Error::unknown_parameter;
  if (action == RuleAction::ignore) param.flags = kDropped;
  return is_repeated(line, params, at) ? Error::bad_parameter : Error::none;
}

void remove_dropped(ParamList& params) noexcept {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < params.count; ++i)
    if (params.items[i].flags != kDropped) params.items[kept++] = params.items[i];
  params.count = kept;
}

// SMTPUTF8 may stand behind a value that depends on it.
bool carries_smtputf8(Bytes line, const ParamList& params) noexcept {
  for (std::uint32_t i = 0; i < params.count; ++i)
    if (equals_caseless(line.at(params.items[i].keyword), "SMTPUTF8")) return true;
  return false;
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
    for (const Extension* extension : kExtensions)
      if (extension->available != nullptr && !extension->available(current)) current.offered &= ~bit(extension->id);
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
  for (const Extension* extension : kExtensions)
    if (equals_caseless(keyword, extension->keyword)) return bit(extension->id);
  return 0;
}

const char* extension_name(ExtensionSet extension) noexcept {
  for (const Extension* one : kExtensions)
    if (extension == bit(one->id)) return one->keyword.data();
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

Problem judge_parameters(Bytes line, Verb command, ParamRules& rules, ParamList& params) noexcept {
  if (command == Verb::mail)
    rules.smtputf8 = has(rules.offered, ExtensionId::smtputf8) && carries_smtputf8(line, params);
  const ParamContext context{line, rules.offered, rules.smtputf8};
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    Param& param = params.items[i];
    const Slot* slot = find_slot(line.at(param.keyword));
    Error error = Error::none;
    if (slot == nullptr || !(slot->owners & rules.offered) || slot->rule->command != command) {
      error = judge_unknown(line, command, rules, params, i);
    } else {
      const std::uint64_t mine = std::uint64_t{1} << static_cast<unsigned>(slot->rule->id);
      param.id = slot->rule->id;
      error = seen & mine ? Error::bad_parameter : slot->rule->judge(context, param);
      seen |= mine;
    }
    if (error != Error::none) return {error, param.keyword.off};
  }
  remove_dropped(params);
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
