// What the parsers give with one set of common forms or another, as text that shows where two results part.
#pragma once

#include <string>
#include <vector>

#include "base/fast/processor.h"
#include "syntax/command.h"
#include "syntax/fast/forms.h"
#include "syntax/hello.h"

namespace support {

inline std::vector<const ehlo::CommonForms*> available_forms() {
  std::vector<const ehlo::CommonForms*> forms;
#if defined(__x86_64__)
  forms.push_back(&ehlo::kSse2Forms);
  if (ehlo::has_avx2()) forms.push_back(&ehlo::kAvx2Forms);
#endif
  return forms;
}

// What all parsers use as long as this lives.
class Forced {
 public:
  explicit Forced(const ehlo::CommonForms& forms) { ehlo::forms_choice::chosen = &forms; }
  ~Forced() { ehlo::forms_choice::chosen = nullptr; }
  Forced(const Forced&) = delete;
  Forced& operator=(const Forced&) = delete;
};

inline std::string text_of(ehlo::Span span) {
  return ehlo::present(span) ? "[" + std::to_string(span.off) + "+" + std::to_string(span.len) + "]" : "-";
}

inline std::string text_of(ehlo::Problem problem) {
  return std::to_string(static_cast<int>(problem.error)) + " at " + std::to_string(problem.at);
}

inline std::string text_of(const ehlo::Path& path) {
  return text_of(path.whole) + text_of(path.route) + text_of(path.local) + text_of(path.domain) + " kind " +
         std::to_string(static_cast<unsigned>(path.domain_kind)) + " flags " + std::to_string(path.flags);
}

inline std::string text_of(const ehlo::ParamList& params) {
  std::string out = std::to_string(params.count) + (params.non_ascii ? " non-ascii" : "");
  for (std::uint32_t i = 0; i < params.count; ++i) {
    const ehlo::Param& param = params.items[i];
    out += " " + text_of(param.keyword) + text_of(param.value) + text_of(param.detail);
    if (param.id != EHLO_PARAM_UNKNOWN || param.flags != 0 || param.number != 0) out += " checked";
  }
  return out;
}

inline std::string text_of(const ehlo::Reply& reply) {
  return std::to_string(reply.code) + " " + std::to_string(reply.enhanced) + " " + std::to_string(reply.lines) + " " +
         std::to_string(reply.length);
}

// A command to its last field, also where it is refused.
inline std::string command_of(ehlo::Bytes line, const ehlo::CommonForms& forms, std::uint32_t cap = EHLO_PARAMS_MAX,
                              ehlo::CommandRules rules = {false, true, true}) {
  const Forced forced(forms);
  ehlo::Command command;
  ehlo::Param items[EHLO_PARAMS_MAX];
  ehlo::ParamList params{items, cap};
  const ehlo::Problem problem = ehlo::parse_command(line, rules, command, params);
  std::string out = text_of(problem) + " verb " + std::to_string(static_cast<unsigned>(command.verb)) + " flags " +
                    std::to_string(command.flags) + " host " + std::to_string(static_cast<unsigned>(command.kind)) +
                    " text " + text_of(command.text);
  if (ehlo::present(command.response)) out += " response " + text_of(command.response);
  if (command.number != 0) out += " number " + std::to_string(command.number);
  out += " path " + text_of(command.path) + " params " + text_of(params);
  if (command.param_count != params.count) out += " of " + std::to_string(command.param_count);
  return out;
}

// A reply as a whole, and as it is where a limit strikes.
inline std::string reply_of(ehlo::Bytes input, const ehlo::CommonForms& forms, ehlo::ReplyLimits limits) {
  const Forced forced(forms);
  ehlo::ReplyParser parser(limits);
  ehlo::Reply reply;
  const ehlo::Problem problem = parser.feed(input, reply);
  return problem.ok() ? text_of(reply) : text_of(problem);
}

// The keyword lines one by one and all together.
inline std::string capabilities_of(ehlo::Bytes reply, const ehlo::CommonForms& forms) {
  const Forced forced(forms);
  std::string out;
  ehlo::Capability capability;
  for (std::size_t at = 0; ehlo::next_capability(reply, at, capability);)
    out += text_of(capability.keyword) + text_of(capability.params);
  out += " each";
  ehlo::for_each_capability(reply, [&](const ehlo::CapabilityLine* lines, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i)
      out += text_of(lines[i].keyword) + text_of(ehlo::capability_params(reply, lines[i].rest));
  });
  return out;
}

// A reply with its lines, whether they came with it (`taken`) or are read from it.
inline std::string hello_of(ehlo::Bytes input, const ehlo::CommonForms& forms, ehlo::ReplyLimits limits, bool& taken) {
  const Forced forced(forms);
  ehlo::ReplyParser parser(limits);
  ehlo::Reply reply;
  ehlo::HelloLines lines;
  const ehlo::Problem problem = parser.feed_hello(input, reply, lines);
  taken = lines.count != 0;
  if (!problem.ok()) return text_of(problem);
  std::string out = text_of(reply);
  const ehlo::Bytes whole = input.first(reply.length);
  const auto put = [&](ehlo::Span keyword, ehlo::Span params) { out += " " + text_of(keyword) + text_of(params); };
  if (taken) {
    if (lines.count != reply.lines) out += " of " + std::to_string(lines.count);
    put(lines.items[0].keyword, {});
    for (std::uint32_t i = 1; i < lines.count; ++i)
      put(lines.items[i].keyword, ehlo::capability_params(whole, lines.items[i].rest));
    return out;
  }
  put(ehlo::hello_domain(whole), {});
  ehlo::Capability capability;
  for (std::size_t at = 0; ehlo::next_capability(whole, at, capability);) put(capability.keyword, capability.params);
  return out;
}

}  // namespace support
