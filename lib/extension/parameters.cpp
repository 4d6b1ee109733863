// The table of parameters, and the reading of a list of them.
#include "extension/parameters.h"

namespace ehlo {
namespace {

constexpr std::size_t kCount = std::size(kParamRows);

// Every keyword has a slot of its own, so a look-up is one load and one comparison.
constexpr Spread kSpread = [] {
  std::array<std::uint64_t, kCount> tails{};
  for (std::size_t i = 0; i < kCount; ++i) tails[i] = tail_of(kParamRows[i].keyword);
  return find_spread(tails);
}();
static_assert(kSpread.slots != 0, "two parameters end with the same eight octets");

struct Slot {
  ExtensionSet owners = 0;  // 0: nothing is here
  std::uint64_t tail = 0;
  const Value* value = nullptr;
  ParamId id = EHLO_PARAM_UNKNOWN;
  std::uint8_t commands = 0, length = 0;
};

constexpr auto kSlots = [] {
  std::array<Slot, kSpread.slots> slots{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const ehlo_param_row& row = kParamRows[i];
    const std::string_view keyword = row.keyword;
    slots[kSpread.slot_of(tail_of(keyword))] = {owners_of(row.extensions),
                                                tail_of(keyword),
                                                &kValues[i],
                                                row.id,
                                                row.commands,
                                                static_cast<std::uint8_t>(keyword.size())};
  }
  return slots;
}();

bool is_whole(const Slot& slot, Bytes keyword) noexcept {
  return slot.owners != 0 && equals_caseless(keyword, slot.value->row->keyword);
}

const Slot* find_slot(Bytes keyword) noexcept {
  const Slot& slot = kSlots[kSpread.slot_of(tail_of(keyword.text()))];
  return is_whole(slot, keyword) ? &slot : nullptr;
}

// The same for a keyword in a line, whose octets the grammar has checked. One load of the eight octets that end with
// the keyword gives its tail, if the line has so many.
const Slot* find_slot(Bytes line, Span span) noexcept {
  const std::uint32_t end = span.off + span.len;
  // The last keyword is empty where the list could not be split to its end.
  if (!EHLO_FAST_WORDS || end < 8 || span.len == 0) return find_slot(line.at(span));
  // The bits of the octets in front of a shorter keyword; the two shifts clear them.
  const std::uint32_t others = span.len < 8 ? 64 - 8 * span.len : 0;
  const std::uint64_t tail = load<std::uint64_t>(line.data + end - 8) >> others << others & kFold;
  const Slot& slot = kSlots[kSpread.slot_of(tail)];
  if (slot.tail != tail || slot.length != span.len) return nullptr;
  return span.len <= 8 || is_whole(slot, line.at(span)) ? &slot : nullptr;
}

constexpr auto kValuesById = [] {
  std::array<const Value*, kMaxRows> values{};
  for (const Value& value : kValues) values[value.row->id] = &value;
  return values;
}();

const Value* value_of(ParamId id) noexcept { return id < kMaxRows ? kValuesById[id] : nullptr; }

constexpr std::uint8_t command_bit(Verb command) noexcept {
  return command == EHLO_VERB_MAIL ? EHLO_PARAM_OF_MAIL : EHLO_PARAM_OF_RCPT;
}

constexpr std::uint16_t kDropped = 1;

// A parameter that no row of the library describes here: the program may have a row for it, or want unknown ones. Else
// it is refused (RFC 5321 4.1.1.11).
Error read_other(const ValueContext& context, Verb command, const ParamRules& rules, const ParamList& params,
                 std::uint32_t at) noexcept {
  Param& param = params.items[at];
  const Bytes keyword = context.line.at(param.keyword);
  const std::uint32_t place = rules.own->find_param(keyword, command_bit(command));
  if (place != kNoRow && rules.own_params->has(place)) {
    if (params.is_repeated(context.line, at)) return EHLO_E_BAD_PARAMETER;
    param.id = static_cast<ParamId>(EHLO_PARAM_OWN + place);
    const Value value = rules.own->value(place);
    const Error error = read_value(context, value, param);
    if (value.row->flags & EHLO_ROW_IGNORED) param.flags = kDropped;
    return error;
  }
  if (rules.unknown == EHLO_UNKNOWN_REFUSE) return EHLO_E_UNKNOWN_PARAMETER;
  if (rules.unknown == EHLO_UNKNOWN_IGNORE) param.flags = kDropped;
  return params.is_repeated(context.line, at) ? EHLO_E_BAD_PARAMETER : EHLO_OK;
}

void remove_dropped(ParamList& params) noexcept {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < params.count; ++i)
    if (params.items[i].flags != kDropped) params.items[kept++] = params.items[i];
  params.count = kept;
}

}  // namespace

bool carries_smtputf8(Bytes line, const ParamList& params) noexcept {
  for (std::uint32_t i = 0; i < params.count; ++i) {
    const Slot* slot = find_slot(line, params.items[i].keyword);
    if (slot != nullptr && slot->id == EHLO_PARAM_SMTPUTF8) return true;
  }
  return false;
}

// Two passes: SMTPUTF8 may stand after a parameter whose value depends on it.
Problem read_parameters(Bytes line, Verb command, ParamRules& rules, ParamList& params) noexcept {
  const Slot* slots[EHLO_PARAMS_MAX];
  bool carried = false;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    slots[i] = find_slot(line, params.items[i].keyword);
    carried |= slots[i] != nullptr && slots[i]->id == EHLO_PARAM_SMTPUTF8;
  }
  // SMTPUTF8 is a parameter of MAIL. In RCPT the rules already have that of the transaction (RFC 6531 3.4).
  if (command == EHLO_VERB_MAIL) rules.smtputf8 = has(rules.offered, EHLO_EXT_SMTPUTF8) && carried;
  const ValueContext context{line, rules.offered, rules.smtputf8};
  const std::uint8_t own_command = command_bit(command);
  // Our rows that the program replaces count as seen from the start. So one rare branch serves both replaced and
  // repeated parameters, and the usual path has one test.
  const std::uint64_t replaced = rules.own->replaced_params();
  std::uint64_t seen = replaced;
  bool dropped = false;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    Param& param = params.items[i];
    const Slot* slot = slots[i];
    Error error = EHLO_OK;
    if (slot == nullptr || !(slot->owners & rules.offered) || !(slot->commands & own_command)) [[unlikely]] {
      error = read_other(context, command, rules, params, i);
      dropped |= param.flags == kDropped;
    } else if (const std::uint64_t mine = std::uint64_t{1} << slot->id; seen & mine) [[unlikely]] {
      error = replaced & mine ? read_other(context, command, rules, params, i) : EHLO_E_BAD_PARAMETER;
      dropped |= param.flags == kDropped;
    } else {
      param.id = slot->id;
      error = read_value(context, *slot->value, param);
      seen |= mine;
    }
    if (error != EHLO_OK) return {error, param.keyword.off};
  }
  if (dropped) remove_dropped(params);
  return {};
}

const ehlo_param_row* find_param_row(Bytes keyword) noexcept {
  const Slot* slot = find_slot(keyword);
  return slot == nullptr ? nullptr : slot->value->row;
}

ExtensionSet owners_of_parameter(Bytes keyword) noexcept {
  const Slot* slot = find_slot(keyword);
  return slot == nullptr ? 0 : slot->owners;
}

bool write_parameter(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept {
  const Value* value = value_of(id);
  if (value == nullptr) return false;
  out.put(value->row->keyword);
  if (value->row->value == EHLO_VALUE_NONE) return true;
  out.put('=');
  return write_value(*value, meaning, out);
}

bool write_parameter_value(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept {
  const Value* value = value_of(id);
  return value != nullptr && write_value(*value, meaning, out);
}

}  // namespace ehlo
