// The C API: parsers, writers, decoders and encoders without a session.
#include <new>

#include "auth/plain.h"
#include "base/elements.h"
#include "internal.h"
#include "syntax/write_command.h"

using namespace ehlo;

namespace {

ehlo_parse_options default_parse_options() noexcept {
  ehlo_parse_options options{};
  options.struct_size = sizeof options;
  options.extensions = EHLO_EXT_DEFAULT;
  return options;
}

// `rows` are those of the options.
Offer offer_of(const ehlo_parse_options& options, const OwnRows& rows) noexcept {
  // A parser has no mechanisms to announce; AUTH is offered if its bit is set.
  const Announcement facts{options.extensions & ~rows.replaced_extensions(),
                           (options.flags & EHLO_SERVER_FLAG_IMPLICIT_TLS) != 0, true, 0, "ANY"};
  Offer offer = make_offer(facts, options.protocol != 0, options.max_line_octets);
  offer.general_literals = (options.flags & EHLO_SERVER_FLAG_GENERAL_LITERALS) != 0;
  offer.limit_paths(options.max_local_part_octets, options.max_path_octets);
  if (options.rows != nullptr) add_own_rows(offer, rows, facts, options.max_line_octets != 0);
  return offer;
}

// What MAIL said is not known where RCPT stands alone: UTF-8 in it is taken for allowed, and without any the rules are
// those of a transaction without SMTPUTF8.
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

// The parameters that a parser gives: it fills the program's array, or its own where the program's elements are larger.
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

// A writer of one text.
template <typename Write>
int64_t coded(const void* text, size_t length, void* out, size_t capacity, Error error, Write write) noexcept {
  if (!capi::is_text(text, length)) return EHLO_E_ARGUMENT;
  return capi::measured(out, capacity, error, [&](Writer& writer) { return write(capi::bytes(text, length), writer); });
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

void ehlo_command_text_init(ehlo_command_text* command, size_t size) {
  capi::init_options(command, size, ehlo_command_text{});
}

int64_t ehlo_command_write(const ehlo_command_text* command, void* out, size_t capacity) {
  ehlo_command_text own{};
  if (!capi::copy_options(command, own) || !capi::is_there(out, capacity) ||
      !capi::is_text(own.text, own.text_length) || !capi::is_text(own.params, own.params_length) ||
      (own.response != nullptr && own.response_length > capi::kMostText))
    return EHLO_E_ARGUMENT;
  CommandText text;
  text.verb = own.verb;
  text.text = capi::bytes(own.text, own.text_length);
  text.params = capi::bytes(own.params, own.params_length);
  text.response = capi::bytes(own.response, own.response == nullptr ? 0 : own.response_length);
  text.has_response = own.response != nullptr;
  text.last = (own.flags & EHLO_FLAG_LAST) != 0;
  text.smtputf8 = (own.flags & EHLO_FLAG_SMTPUTF8) != 0;
  text.number = own.number;
  Writer measure(nullptr, 0);
  const Error error = write_command(text, measure);
  if (error != EHLO_OK) return error;
  return capi::measured(out, capacity, error, [&](Writer& writer) { return write_command(text, writer) == EHLO_OK; });
}

int64_t ehlo_param_write(uint32_t id, int64_t number, const char* text, size_t length, void* out, size_t capacity) {
  return coded(text, length, out, capacity, EHLO_E_ARGUMENT, [&](Bytes meaning, Writer& writer) {
    return id <= UINT16_MAX && write_parameter(static_cast<ParamId>(id), {number, meaning}, writer);
  });
}

int64_t ehlo_param_value_write(uint32_t id, int64_t number, const char* text, size_t length, void* out,
                               size_t capacity) {
  return coded(text, length, out, capacity, EHLO_E_ARGUMENT, [&](Bytes meaning, Writer& writer) {
    return id <= UINT16_MAX && write_parameter_value(static_cast<ParamId>(id), {number, meaning}, writer);
  });
}

int64_t ehlo_local_part_unquote(const void* text, size_t length, void* out, size_t capacity) {
  return coded(text, length, out, capacity, EHLO_E_SYNTAX, unquote_local_part);
}

int64_t ehlo_local_part_quote(const void* text, size_t length, void* out, size_t capacity) {
  return coded(text, length, out, capacity, EHLO_E_ARGUMENT, quote_local_part);
}

int64_t ehlo_xtext_decode(const void* text, size_t length, int32_t any_case, void* out, size_t capacity) {
  const HexCase hex = any_case ? HexCase::any : HexCase::upper;
  return coded(text, length, out, capacity, EHLO_E_SYNTAX,
               [&](Bytes octets, Writer& writer) { return decode_xtext(octets, hex, writer); });
}

int64_t ehlo_xtext_encode(const void* text, size_t length, void* out, size_t capacity) {
  return coded(text, length, out, capacity, EHLO_E_ARGUMENT, [](Bytes octets, Writer& writer) {
    encode_xtext(octets, writer);
    return true;
  });
}

int64_t ehlo_orcpt_decode(const void* value, size_t length, void* out, size_t capacity) {
  return coded(value, length, out, capacity, EHLO_E_SYNTAX, [](Bytes whole, Writer& writer) {
    const std::size_t type = whole.data == nullptr ? 0 : position_of(';', whole);
    if (type == whole.size) return false;
    const Bytes address = whole.from(type + 1);
    bool ascii = true;
    return equals_caseless(whole.first(type), "utf-8") ? decode_utf8_address(address, writer, ascii)
                                                       : decode_xtext(address, HexCase::upper, writer);
  });
}

int64_t ehlo_base64_decode(const void* text, size_t length, void* out, size_t capacity) {
  return coded(text, length, out, capacity, EHLO_E_BAD_BASE64, decode_base64);
}

int64_t ehlo_base64_encode(const void* octets, size_t length, void* out, size_t capacity) {
  return coded(octets, length, out, capacity, EHLO_E_ARGUMENT, [](Bytes plain, Writer& writer) {
    encode_base64(plain, writer);
    return true;
  });
}

int32_t ehlo_auth_plain_parse(const void* message, size_t length, ehlo_span* authzid, ehlo_span* authcid,
                              ehlo_span* passwd) {
  if (!capi::is_text(message, length) || authzid == nullptr || authcid == nullptr || passwd == nullptr)
    return EHLO_E_ARGUMENT;
  PlainMessage plain{};
  const Problem problem = parse_plain(capi::bytes(message, length), plain);
  if (!problem.ok()) return problem.error;
  *authzid = {plain.authzid.off, plain.authzid.len};
  *authcid = {plain.authcid.off, plain.authcid.len};
  *passwd = {plain.passwd.off, plain.passwd.len};
  return EHLO_OK;
}

struct ehlo_dot_decoder {
  DotDecoder decoder;
  Allocator allocator;
  uint64_t first[kViolationKinds];
};

ehlo_dot_decoder* ehlo_dot_decoder_new(uint32_t max_line_octets, uint64_t max_octets, const ehlo_allocator* allocator) {
  if (!capi::is_allocator(allocator)) return nullptr;
  const Allocator source = capi::allocator_of(allocator);
  void* memory = source.allocate(source.context, sizeof(ehlo_dot_decoder));
  if (memory == nullptr) return nullptr;
  return new (memory) ehlo_dot_decoder{DotDecoder({max_line_octets, max_octets, EHLO_ENDING_ACCEPT}),
                                       source,
                                       {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

void ehlo_dot_decoder_free(ehlo_dot_decoder* decoder) {
  if (decoder == nullptr) return;
  const Allocator source = decoder->allocator;
  source.release(source.context, decoder, sizeof(ehlo_dot_decoder));
}

size_t ehlo_dot_decoder_feed(ehlo_dot_decoder* decoder, const void* input, size_t length, ehlo_span* spans,
                             uint32_t span_cap, uint32_t* span_count, uint32_t* violations, int32_t* done) {
  if (decoder == nullptr || span_count == nullptr || violations == nullptr || done == nullptr ||
      !capi::is_there(input, length) || !capi::is_there(spans, span_cap))
    return 0;
  SpanList list{spans, span_cap, 0};
  size_t taken = length < capi::kMostInput ? length : capi::kMostInput;
  // A step of the decoder may fill three.
  if (span_cap < 3) taken = 0;
  const DotDecoder::Result result = decoder->decoder.feed(capi::bytes(input, taken), list);
  for (unsigned i = 0; i < result.seen_count; ++i)
    decoder->first[__builtin_ctz(result.seen[i].kind)] = result.seen[i].at;
  *span_count = list.count;
  *violations = decoder->decoder.violations();
  *done = result.done;
  return result.consumed;
}

uint64_t ehlo_dot_decoder_first(const ehlo_dot_decoder* decoder, uint32_t violation) {
  if (decoder == nullptr || violation == 0 || violation >= 1u << kViolationKinds) return UINT64_MAX;
  return decoder->first[__builtin_ctz(violation)];
}
