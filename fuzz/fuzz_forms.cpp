// The common forms (fast paths with vector instructions) against Ragel's machines, for each instruction set of this
// processor. What a form accepts, the machine accepts with the same result, and the parsers return the same with forms
// and without. The text ends at an inaccessible page, or is in a block of its own, so that reading before or after it
// fails.
//
// Input: octet 0 is the seed of the settings, the limits, the places at which the forms begin and the changes to the
// text; the rest is a command line, a reply, or a part of one.
#include "extension/capabilities.h"
#include "extension/registry.h"
#include "extension/values.h"
#include "support/choices.h"
#include "support/exact_copy.h"
#include "support/forms.h"
#include "support/guarded_octets.h"
#include "support/properties.h"
#include "syntax/command.h"
#include "syntax/decimal.h"

namespace support {
namespace {

using ehlo::Bytes;
using ehlo::CommonForms;

std::uint32_t below(Random& random, std::size_t bound) { return static_cast<std::uint32_t>(random.below(bound)); }

// ---- one form and its machine ----

constexpr std::size_t kSize = 0;
static_assert(ehlo::kParamRows[kSize].id == EHLO_PARAM_SIZE);

// SIZE by words of eight octets and by digits.
void check_size(Bytes line, ehlo::Param param) {
  std::uint64_t number = 0;
  const Bytes digits = line.at(param.value);
  ehlo::Error expected = ehlo::read_decimal(digits, number);
  if (digits.empty() || digits.size > 20) expected = EHLO_E_BAD_PARAMETER;
  if (!ehlo::present(param.value)) return;
  require(ehlo::read_value({line, 0, false}, ehlo::kValues[kSize], param) == expected,
          "SIZE is a decimal number or an error");
  require(expected != EHLO_OK || static_cast<std::uint64_t>(param.number) == number,
          "SIZE is the number of its digits");
}

void check_envelope(const CommonForms& forms, Bytes line, std::uint32_t begin, std::uint32_t cap) {
  ehlo::Path path, expected_path;
  ehlo::Param items[EHLO_PARAMS_MAX], expected_items[EHLO_PARAMS_MAX];
  ehlo::ParamList params{items, cap}, expected{expected_items, cap};
  if (!forms.take_envelope(line, begin, path, params)) return;
  const ehlo::Problem problem = ehlo::scan_envelope(line, begin, expected_path, expected);
  require_same_text(support::text_of(problem), "0 at 0", "an envelope that a form takes is one of the grammar");
  require_same_text(support::text_of(path), support::text_of(expected_path), "an envelope has one path");
  require_same_text(support::text_of(params), support::text_of(expected), "an envelope has one list of parameters");
  const bool null_path = (path.flags & EHLO_PATH_NULL) != 0;
  const ehlo::PathRules rules{null_path ? ehlo::Direction::reverse : ehlo::Direction::forward, false};
  require(ehlo::check_path(line, rules, path).ok(), "the lengths of a path that a form takes are within their limits");
  for (std::uint32_t i = 0; i < params.count; ++i) check_size(line, items[i]);
}

void check_domain(const CommonForms& forms, Bytes line, std::uint32_t begin) {
  if (!forms.is_domain(line, begin)) return;
  ehlo::Host host{};
  require(ehlo::parse_host(line, begin, false, host).ok(), "a domain that a form takes is a host");
  const ehlo::Span rest{begin, static_cast<std::uint32_t>(line.size) - begin};
  require(host.kind == EHLO_DOMAIN_NAME && host.text == rest, "a domain is a name and nothing else");
}

void check_reply(const CommonForms& forms, Bytes input, const ehlo::ReplyLimits& limits) {
  ehlo::Reply reply;
  if (!forms.take_reply(input, limits, reply)) return;
  require_same_text(support::text_of(reply), support::reply_of(input, ehlo::kNoForms, limits),
                    "a reply that a form takes is that of the machine");
}

void check_capabilities(const CommonForms& forms, Bytes reply, std::size_t begin, std::uint32_t room) {
  constexpr std::uint32_t kRoom = 8;
  ehlo::CapabilityLine lines[kRoom];
  std::size_t at = begin, expected_at = begin;
  const std::uint32_t count = forms.take_capabilities(reply, at, lines, room);
  require(count <= room, "no more lines than there is room for");
  for (std::uint32_t i = 0; i < count; ++i) {
    const ehlo::Span line = ehlo::next_reply_line(reply, expected_at);
    ehlo::Capability capability;
    require(ehlo::present(line) && ehlo::parse_capability(reply.first(line.off + line.len), line.off, capability).ok(),
            "a keyword line that a form takes is one of the grammar");
    require(lines[i].keyword == capability.keyword, "a line has one keyword");
    require(lines[i].rest == ehlo::Span{line.off + capability.keyword.len, line.len - capability.keyword.len},
            "the rest of a line is what follows its keyword");
    require(ehlo::capability_params(reply, lines[i].rest) == capability.params, "a line has one list of parameters");
    const Bytes keyword = reply.at(lines[i].keyword);
    require(ehlo::extension_bit(reply, lines[i].keyword) == ehlo::extension_bit(keyword),
            "a keyword is of the same extension by words and by octets");
  }
  require(at == expected_at, "a form ends after the lines that it accepts");
}

// ---- the parsers with forms and without ----

std::string offer_of(Bytes reply, const CommonForms& forms, bool tls) {
  const support::Forced forced(forms);
  const ehlo::Capabilities all = ehlo::read_capabilities(reply, tls);
  return std::to_string(all.offered) + " usable " + std::to_string(all.usable) +
         (all.has_size_limit ? " size " + std::to_string(all.size_limit) : "");
}

// Shows the parser a part of the input first.
std::string reply_in_two(Bytes input, std::size_t cut, const CommonForms& forms, const ehlo::ReplyLimits& limits) {
  const support::Forced forced(forms);
  ehlo::ReplyParser parser(limits);
  ehlo::Reply reply;
  ehlo::Problem problem = parser.feed(input.first(cut), reply);
  if (problem.error == EHLO_E_INCOMPLETE) problem = parser.feed(input, reply);
  return problem.ok() ? support::text_of(reply) : support::text_of(problem);
}

// A random line, with its LF if it has one.
ehlo::Span some_line(Random& random, std::string_view text) {
  const std::size_t lf = text.find('\n', random.below(text.size() + 1));
  const std::size_t end = lf == text.npos ? text.size() : lf;
  const std::size_t before = end == 0 ? text.npos : text.rfind('\n', end - 1);
  const std::size_t begin = before == text.npos ? 0 : before + 1;
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin + (lf != text.npos))};
}

struct Setting {
  Setting(Random& random, std::string_view text) {
    rules = {random.one_in(4), random.one_in(2), random.one_in(2)};
    tls = random.one_in(2);
    if (random.one_in(2)) cap = below(random, 4);
    const ehlo::Span line = some_line(random, text);
    // An end of the text: at the end of the line, or one octet before or after it.
    const auto near = [&](std::uint32_t octets) { return octets + below(random, 3) - (octets > 1); };
    if (random.one_in(4)) limits.line_octets = near(line.len);
    if (random.one_in(4)) limits.lines = 1 + below(random, 4);
    if (random.one_in(4)) limits.octets = near(line.off + line.len);
    cut = random.below(text.size() + 1);
    begin = below(random, text.size() + 1);
    room = 1 + below(random, 8);
  }

  ehlo::CommandRules rules;
  bool tls;
  std::uint32_t cap = EHLO_PARAMS_MAX;
  ehlo::ReplyLimits limits = ehlo::kDefaultReplyLimits;
  std::size_t cut;
  std::uint32_t begin, room;
};

void check_parsers(const CommonForms& forms, Bytes text, const Setting& setting) {
  using namespace support;
  require_same_text(command_of(text, forms, setting.cap, setting.rules),
                    command_of(text, ehlo::kNoForms, setting.cap, setting.rules),
                    "a command is one with forms or without");
  const std::string reply = reply_of(text, ehlo::kNoForms, setting.limits);
  require_same_text(reply_of(text, forms, setting.limits), reply, "a reply is one with forms or without");
  require_same_text(reply_in_two(text, setting.cut, forms, setting.limits), reply, "a reply is one whatever the cut");
  bool taken = false;
  const std::string hello = hello_of(text, ehlo::kNoForms, setting.limits, taken);
  require_same_text(hello_of(text, forms, setting.limits, taken), hello, "so is a reply to EHLO with its lines");
  require_same_text(capabilities_of(text, forms), capabilities_of(text, ehlo::kNoForms),
                    "keyword lines are the same with forms or without");
  require_same_text(offer_of(text, forms, setting.tls), offer_of(text, ehlo::kNoForms, setting.tls),
                    "a reply offers the same with forms or without");
}

void check(const CommonForms& forms, Bytes text, const Setting& setting) {
  // A form may be called at any place, and accepts something where its part begins.
  check_envelope(forms, text, setting.begin, setting.cap);
  check_domain(forms, text, setting.begin);
  check_capabilities(forms, text, setting.begin, setting.room);
  for (std::uint32_t at = 0; at < text.size; ++at) {
    if (text[at] == '<') check_envelope(forms, text, at, setting.cap);
    if (text[at] == ' ') check_domain(forms, text, at + 1);
    if (text[at] == '\n') check_capabilities(forms, text, at + 1, setting.room);
  }
  check_reply(forms, text, setting.limits);
  check_parsers(forms, text, setting);
}

void check_all(std::string_view text, Random& random) {
  // Finding out what the processor has takes more time than all else here: once.
  static const auto available = support::available_forms();
  const Setting setting(random, text);
  const Bytes guarded = support::guarded(text);
  const ExactCopy exact(text);
  for (const CommonForms* forms : available) {
    check(*forms, guarded, setting);
    check(*forms, ehlo::bytes_of(exact.view()), setting);
  }
}

// One changed octet in a valid text shows a class of octets that is too wide or too narrow, and an end that is not
// checked.
std::string spoilt(std::string text, Random& random) {
  static constexpr std::string_view kEdges = support::octets(" -.@<>=\r\n`[{/:_+;!~\x7f\x80\xff\0\t3");
  if (text.empty()) return text;
  const std::size_t at = random.below(text.size());
  const auto octet = random.one_in(4) ? static_cast<char>(random.below(256)) : kEdges[random.below(kEdges.size())];
  if (random.one_in(6)) return text.substr(0, at);
  if (random.one_in(4)) return text.insert(at, 1, octet);
  if (random.one_in(4)) return text.erase(at, 1);
  text[at] = octet;
  return text;
}

void run(std::string_view text, std::uint64_t seed) {
  constexpr unsigned kSpoilt = 6;
  Random random(seed);
  check_all(text, random);
  for (unsigned i = 0; i < kSpoilt; ++i) check_all(spoilt(std::string(text), random), random);
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 2048) return 0;
  support::run({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
