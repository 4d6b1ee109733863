// Writes MAIL and RCPT lines from checked parts, and validates them by what a server offers.
#include "client/envelope_line.h"

#include "syntax/char_class.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr ExtensionSet kEverything = ~ExtensionSet{0};
constexpr std::size_t kVerbRoom = sizeof "MAIL FROM:<>" - 1;

bool is_keyword(Bytes text) noexcept {
  return !text.empty() && is(text[0], kLetDig) && run_end(text.begin(), text.end(), kKeyword) == text.end();
}

// esmtp-value (RFC 5321 4.1.2), with UTF-8 as RFC 6531 3.3 adds it.
bool is_value(Bytes text) noexcept {
  for (const Octet c : text)
    if (c < 0x80 && !is(c, kValue)) return false;
  return !text.empty() && is_utf8(text);
}

bool is_parameter(const ParamText& param) noexcept {
  return is_keyword(keyword_of(param)) && (param.value == nullptr || is_value(value_of(param)));
}

// Of a row of the library.
ExtensionSet owners_of_value(const ehlo_param_row& row, Bytes value) noexcept {
  ExtensionSet owners = owners_of(row.extensions);
  // BODY has two owners; the value says which one is meant.
  if (row.words != nullptr)
    for_each_row_word(row.words, [&](std::string_view word) {
      if (!equals_caseless(value, word)) return;
      if (const ExtensionSet owner = owners_of(word) & owners; owner != 0) owners = owner;
    });
  return owners;
}

constexpr std::uint8_t kOfBoth = EHLO_PARAM_OF_MAIL | EHLO_PARAM_OF_RCPT;

ExtensionSet missing_extension(Bytes params, const Param& param, const ParamOffer& offer) noexcept {
  const Bytes keyword = params.at(param.keyword);
  if (const std::uint32_t own = offer.rows.find_param(keyword, kOfBoth); own != kNoRow)
    return owners_of(offer.rows.param(own).extensions) & ~offer.usable;
  const ehlo_param_row* const row = find_param_row(keyword);
  return row == nullptr ? 0 : owners_of_value(*row, params.at(param.value)) & ~offer.usable;
}

// Reads all parameters that the command may have, whatever the server offers. A known one that is not of this command
// belongs to the other one, which is an error.
bool read_any(Bytes line, Verb verb, ParamRules& rules, ParamList& params) noexcept {
  if (!read_parameters(line, verb, rules, params).ok()) return false;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    if (params.items[i].id != EHLO_PARAM_UNKNOWN) continue;
    const Bytes keyword = line.at(params.items[i].keyword);
    if (owners_of_parameter(keyword) != 0 || rules.own->find_param(keyword, kOfBoth) != kNoRow) return false;
  }
  return true;
}

ParamRules any_rules(bool smtputf8, const OwnRows& rows) noexcept {
  return {kEverything, smtputf8, EHLO_UNKNOWN_OFFER, &rows, &kEveryOwnRow};
}

// The bit of the library's parameter with this keyword.
std::uint64_t known_bit(Bytes line, const Param& param) noexcept {
  if (param.id < kMaxRows) return std::uint64_t{1} << param.id;
  const ehlo_param_row* const replaced = find_param_row(line.at(param.keyword));
  return replaced == nullptr ? 0 : std::uint64_t{1} << replaced->id;
}

Error check_path_text(const EnvelopeCommand& command, Bytes whole, bool& non_ascii) noexcept {
  Path path;
  const PathRules rules{command.verb == EHLO_VERB_MAIL ? Direction::reverse : Direction::forward, false};
  // RFC 5321 4.1.2, C: a source route is understood, and never written.
  if (!parse_path(whole, rules, path).ok() || present(path.route)) return EHLO_E_ARGUMENT;
  non_ascii = (path.flags & EHLO_PATH_NON_ASCII) != 0;
  return EHLO_OK;
}

}  // namespace

std::size_t envelope_line_room(const EnvelopeCommand& command) noexcept {
  std::size_t octets = kVerbRoom + command.path.size;
  for (std::size_t i = 0; i < command.param_count; ++i)
    octets += 2 + command.params[i].keyword_length + command.params[i].value_length;
  return octets;
}

Error write_envelope_line(const EnvelopeCommand& command, const OwnRows& rows, Octet* out,
                          EnvelopeLine& line) noexcept {
  Writer writer(out, envelope_line_room(command));
  writer.put(command.verb == EHLO_VERB_MAIL ? "MAIL FROM:" : "RCPT TO:");
  const std::size_t path = writer.size();
  writer.put('<');
  writer.put(command.path);
  writer.put('>');
  const std::size_t path_end = writer.size();
  bool non_ascii = false;
  if (const Error error = check_path_text(command, {out + path, path_end - path}, non_ascii); error != EHLO_OK)
    return error;
  for (std::size_t i = 0; i < command.param_count; ++i) {
    const ParamText& param = command.params[i];
    if (!is_parameter(param)) return EHLO_E_ARGUMENT;
    writer.put(' ');
    writer.put(keyword_of(param));
    if (param.value == nullptr) continue;
    writer.put('=');
    writer.put(value_of(param));
  }
  line.text = {out, writer.size()};
  line.params = command.param_count == 0 ? Bytes{out + path_end, 0} : line.text.from(path_end + 1);
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  if (!parse_parameters(line.params, params).ok()) return EHLO_E_ARGUMENT;
  ParamRules rules = any_rules(command.smtputf8, rows);
  if (!read_any(line.params, command.verb, rules, params)) return EHLO_E_ARGUMENT;
  line.non_ascii = non_ascii || params.non_ascii;
  line.smtputf8 = rules.smtputf8;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    line.known |= known_bit(line.params, items[i]);
    if (items[i].id == EHLO_PARAM_BODY) line.body = static_cast<std::uint32_t>(items[i].number);
  }
  return EHLO_OK;
}

Error validate_offered(const EnvelopeLine& line, Verb verb, const ParamOffer& offer, Missing& missing) noexcept {
  if (line.non_ascii && !has(offer.usable, EHLO_EXT_SMTPUTF8)) {
    missing = {EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8), {nullptr, 0}};
    return EHLO_E_NOT_OFFERED;
  }
  // RFC 6531 3.4: a non-ASCII path goes only with the parameter.
  if (line.non_ascii && !line.smtputf8) return EHLO_E_NEEDS_SMTPUTF8;
  if (line.params.empty()) return EHLO_OK;
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, EHLO_PARAMS_MAX};
  if (!parse_parameters(line.params, params).ok()) return EHLO_E_ARGUMENT;
  if (offer.any) {
    ParamRules rules = any_rules(line.smtputf8, offer.rows);
    return read_any(line.params, verb, rules, params) ? EHLO_OK : EHLO_E_ARGUMENT;
  }
  // A parameter is offered by an extension that brings it, and by nothing else: a line of the EHLO reply that has its
  // keyword is not about it.
  ParamRules rules{offer.usable, line.smtputf8, EHLO_UNKNOWN_REFUSE, &offer.rows, &offer.own_params};
  const Problem problem = read_parameters(line.params, verb, rules, params);
  if (problem.ok()) return EHLO_OK;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    if (items[i].keyword.off != problem.at) continue;
    missing = {missing_extension(line.params, items[i], offer), line.params.at(items[i].keyword)};
  }
  // The envelope may have been written with other rows than those of this session. Then its value is wrong, whatever
  // is offered.
  ParamRules all = any_rules(line.smtputf8, offer.rows);
  params.count = 0;
  parse_parameters(line.params, params);
  return read_any(line.params, verb, all, params) ? EHLO_E_NOT_OFFERED : EHLO_E_ARGUMENT;
}

}  // namespace ehlo
