// The C API: parsers of commands, paths and parameters without a session.
#include "base/elements.h"
#include "internal.h"

using namespace ehlo;

namespace {

ehlo_parse_options default_parse_options() noexcept {
  ehlo_parse_options options{};
  options.struct_size = sizeof options;
  options.extensions = EHLO_EXT_DEFAULT;
  return options;
}

// What a server with these options would offer. `rows` are those of the options.
Offer offer_of(const ehlo_parse_options& options, const OwnRows& rows) noexcept {
  // A parser has no list of mechanisms: AUTH is offered if its bit is set.
  const Announcement facts{options.extensions & ~rows.replaced_extensions(),
                           (options.flags & EHLO_SERVER_FLAG_IMPLICIT_TLS) != 0, true, 0, "ANY"};
  Offer offer = make_offer(facts, options.protocol != 0, options.max_line_octets);
  offer.general_literals = (options.flags & EHLO_SERVER_FLAG_GENERAL_LITERALS) != 0;
  offer.limit_paths(options.max_local_part_octets, options.max_path_octets);
  if (options.rows != nullptr) add_own_rows(offer, rows, facts, options.max_line_octets != 0);
  return offer;
}

// A RCPT line does not show whether its MAIL had SMTPUTF8: UTF-8 in it is accepted, and without UTF-8 the rules of a
// transaction without SMTPUTF8 hold.
bool takes_utf8(const ehlo_parse_options& options, Bytes text) noexcept {
  return has(options.extensions, EHLO_EXT_SMTPUTF8) && !is_ascii(text);
}

int32_t result(Problem problem, size_t* offset) noexcept {
  if (offset != nullptr) *offset = problem.ok() ? 0 : problem.at;
  return problem.error;
}

bool read_options(const ehlo_parse_options* given, ehlo_parse_options& options) noexcept {
  options = default_parse_options();
  return given == nullptr || (capi::copy_options(given, options) && wrong_rows(options.rows) == nullptr);
}

// Where a parser puts the parameters: the program's array, or an own one if the program's elements are larger.
class ParamArray {
 public:
  ParamArray(ehlo_param* params, size_t size, size_t cap) noexcept : params_(params), size_(size) {
    list_.items = size == sizeof(ehlo_param) ? params : own_;
    list_.cap = static_cast<uint32_t>(cap < EHLO_PARAMS_MAX ? cap : EHLO_PARAMS_MAX);
  }
  ParamList& list() noexcept { return list_; }
  void hand_over() noexcept {
    if (list_.items != own_) return;
    for (uint32_t i = 0; i < list_.count; ++i) put_element(params_, size_, i, own_[i]);
  }

 private:
  ehlo_param* params_;
  size_t size_;
  ParamList list_;
  ehlo_param own_[EHLO_PARAMS_MAX];
};

bool is_param_array(const ehlo_param* params, size_t size, size_t cap) noexcept {
  return cap == 0 || (params != nullptr && is_element_size<ehlo_param>(size));
}

}  // namespace

void ehlo_parse_options_init(ehlo_parse_options* options, size_t size) {
  capi::init_options(options, size, default_parse_options());
}

int32_t ehlo_command_parse(const void* line, size_t length, const ehlo_parse_options* options, ehlo_command* command,
                           ehlo_param* params, size_t param_size, size_t param_cap, size_t* error_offset) {
  ehlo_parse_options own;
  const Bytes whole = capi::bytes(line, length);
  if (command == nullptr || !capi::is_text(line, length) || !is_param_array(params, param_size, param_cap) ||
      !read_options(options, own) || length < 2 || whole[length - 2] != '\r' || whole[length - 1] != '\n')
    return result({EHLO_E_ARGUMENT, 0}, error_offset);
  ParamArray array(params, param_size, param_cap);
  Dialogue dialogue{true, takes_utf8(own, whole)};
  *command = kNoCommand;
  const OwnRows rows(own.rows);
  const Problem problem =
      read_command(whole.first(length - 2), 0, 2, offer_of(own, rows), dialogue, *command, array.list());
  array.hand_over();
  return result(problem, error_offset);
}

int32_t ehlo_path_parse(const void* text, size_t length, int32_t forward, int32_t smtputf8, uint32_t flags,
                        ehlo_path* path, size_t* error_offset) {
  if (path == nullptr || !capi::is_text(text, length)) return result({EHLO_E_ARGUMENT, 0}, error_offset);
  auto& parsed = *path;
  const PathRules rules{forward ? Direction::forward : Direction::reverse,
                        (flags & EHLO_SERVER_FLAG_GENERAL_LITERALS) != 0};
  Problem problem = parse_path(capi::bytes(text, length), rules, parsed);
  if (problem.ok() && !smtputf8 && (parsed.flags & EHLO_PATH_NON_ASCII)) problem = {EHLO_E_NEEDS_SMTPUTF8, 0};
  return result(problem, error_offset);
}

int32_t ehlo_params_parse(const void* text, size_t length, uint32_t verb, const ehlo_parse_options* options,
                          ehlo_param* params, size_t param_size, size_t param_cap, size_t* param_count,
                          size_t* error_offset) {
  ehlo_parse_options own;
  const auto command = verb;
  if (param_count != nullptr) *param_count = 0;
  if (param_count == nullptr || !capi::is_text(text, length) || !is_param_array(params, param_size, param_cap) ||
      !read_options(options, own) || (command != EHLO_VERB_MAIL && command != EHLO_VERB_RCPT))
    return result({EHLO_E_ARGUMENT, 0}, error_offset);
  ParamArray array(params, param_size, param_cap);
  ParamList& list = array.list();
  const Bytes line = without_trailing_space(capi::bytes(text, length));
  Problem problem = parse_parameters(line, list);
  if (problem.ok()) {
    const OwnRows rows(own.rows);
    const Offer offer = offer_of(own, rows);
    ParamRules rules = param_rules(offer, {true, takes_utf8(own, line)});
    problem = read_parameters(line, command, rules, list);
    if (problem.ok() && list.non_ascii && !rules.smtputf8)
      problem = {EHLO_E_BAD_PARAMETER, list.keyword_of_utf8(line, 0)};
  }
  array.hand_over();
  if (problem.ok()) *param_count = list.count;
  return result(problem, error_offset);
}
