// The C API: parsers, writers, decoders and encoders without a session.
#include <algorithm>
#include <new>

#include "auth/plain.h"
#include "layout.h"
#include "syntax/write_command.h"

using namespace ehlo;

namespace {

// The layout of ehlo_parse_options.
struct ParseOptions {
  size_t struct_size;
  uint64_t extensions;
  uint32_t protocol;
  uint32_t max_line_octets;
  uint32_t flags;
  uint32_t reserved;
  uint32_t max_local_part_octets;
  uint32_t max_path_octets;
};
static_assert(sizeof(ParseOptions) == sizeof(ehlo_parse_options));

ParseOptions default_parse_options() noexcept {
  return {sizeof(ParseOptions), default_server_options().extensions, 0, 0, 0, 0, 0, 0};
}

Offer offer_of(const ParseOptions& options) noexcept {
  // A parser has no mechanisms to announce; AUTH is offered if its bit is set.
  const Announcement facts{options.extensions, (options.flags & kImplicitTls) != 0, true, 0, "ANY"};
  Offer offer = make_offer(facts, options.protocol != 0, options.max_line_octets);
  offer.general_literals = (options.flags & kGeneralLiterals) != 0;
  offer.limit_paths(options.max_local_part_octets, options.max_path_octets);
  return offer;
}

// What MAIL said is not known where RCPT stands alone: UTF-8 in it is taken for allowed, and without any the rules are
// those of a transaction without SMTPUTF8.
bool takes_utf8(const ParseOptions& options, Bytes text) noexcept {
  return has(options.extensions, ExtensionId::smtputf8) &&
         std::any_of(text.begin(), text.end(), [](Octet c) { return c >= 0x80; });
}

int32_t result(Problem problem, size_t* offset) noexcept {
  if (offset != nullptr) *offset = problem.ok() ? 0 : problem.at;
  return capi::rc(problem.error);
}

bool read_options(const ehlo_parse_options* given, ParseOptions& options) noexcept {
  options = default_parse_options();
  return given == nullptr || capi::copy_options(given, given->struct_size, options);
}

}  // namespace

void ehlo_parse_options_init(ehlo_parse_options* options, size_t size) {
  ParseOptions defaults = default_parse_options();
  std::memset(options, 0, size);
  defaults.struct_size = size;
  std::memcpy(options, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

int32_t ehlo_command_parse(const void* line, size_t length, const ehlo_parse_options* options, ehlo_command* command,
                           ehlo_param* params, size_t param_cap, size_t* error_offset) {
  ParseOptions own;
  const Bytes whole = capi::bytes(line, length);
  if (!read_options(options, own) || length < 2 || whole[length - 2] != '\r' || whole[length - 1] != '\n' ||
      length > UINT32_MAX / 2)
    return result({Error::argument, 0}, error_offset);
  ParamList list;
  list.items = reinterpret_cast<Param*>(params);
  list.cap = static_cast<uint32_t>(param_cap < kMaxParams ? param_cap : kMaxParams);
  Dialogue dialogue{true, takes_utf8(own, whole)};
  auto& parsed = *reinterpret_cast<Command*>(command);
  parsed = {Verb::unknown, 0, DomainKind::none, 0, 0, kAbsent, kAbsent, kNoPath};
  return result(read_command(whole.first(length - 2), 2, offer_of(own), dialogue, parsed, list), error_offset);
}

int32_t ehlo_path_parse(const void* text, size_t length, int32_t forward, int32_t smtputf8, uint32_t flags,
                        ehlo_path* path, size_t* error_offset) {
  if (length > UINT32_MAX / 2) return result({Error::argument, 0}, error_offset);
  auto& parsed = *reinterpret_cast<Path*>(path);
  const PathRules rules{forward ? Direction::forward : Direction::reverse, (flags & kGeneralLiterals) != 0};
  Problem problem = parse_path(capi::bytes(text, length), rules, parsed);
  if (problem.ok() && !smtputf8 && (parsed.flags & kPathNonAscii)) problem = {Error::needs_smtputf8, 0};
  return result(problem, error_offset);
}

int32_t ehlo_params_parse(const void* text, size_t length, uint32_t verb, const ehlo_parse_options* options,
                          ehlo_param* params, size_t param_cap, size_t* param_count, size_t* error_offset) {
  ParseOptions own;
  const auto command = static_cast<Verb>(verb);
  *param_count = 0;
  if (!read_options(options, own) || (command != Verb::mail && command != Verb::rcpt) || length > UINT32_MAX / 2)
    return result({Error::argument, 0}, error_offset);
  ParamList list;
  list.items = reinterpret_cast<Param*>(params);
  list.cap = static_cast<uint32_t>(param_cap < kMaxParams ? param_cap : kMaxParams);
  const Bytes line = without_trailing_space(capi::bytes(text, length));
  Problem problem = parse_parameters(line, list);
  if (problem.ok()) {
    const Offer offer = offer_of(own);
    ParamRules rules{offer.extensions, takes_utf8(own, line), nullptr, nullptr};
    problem = judge_parameters(line, command, rules, list);
    if (problem.ok() && list.non_ascii && !rules.smtputf8) problem = {Error::bad_parameter, 0};
  }
  if (problem.ok()) *param_count = list.count;
  return result(problem, error_offset);
}

void ehlo_command_text_init(ehlo_command_text* command, size_t size) {
  std::memset(command, 0, size);
  command->struct_size = size;
}

int64_t ehlo_command_write(const ehlo_command_text* command, void* out, size_t capacity) {
  ehlo_command_text own{};
  if (!capi::copy_options(command, command->struct_size, own)) return capi::rc(Error::argument);
  CommandText text;
  text.verb = static_cast<Verb>(own.verb);
  text.text = capi::bytes(own.text, own.text_length);
  text.params = capi::bytes(own.params, own.params_length);
  text.response = capi::bytes(own.response, own.response_length);
  text.has_response = own.response != nullptr;
  text.last = (own.flags & EHLO_FLAG_LAST) != 0;
  text.smtputf8 = (own.flags & EHLO_FLAG_SMTPUTF8) != 0;
  text.size = own.size;
  Writer measure(nullptr, 0);
  const Error error = write_command(text, measure);
  if (error != Error::none) return capi::rc(error);
  return capi::measured(out, capacity, error,
                        [&](Writer& writer) { return write_command(text, writer) == Error::none; });
}

int64_t ehlo_param_write(uint32_t id, uint64_t number, const char* text, size_t length, void* out, size_t capacity) {
  const ParamMeaning meaning{number, capi::bytes(text, length)};
  return capi::measured(out, capacity, Error::argument, [&](Writer& writer) {
    return id <= UINT16_MAX && write_parameter(static_cast<ParamId>(id), meaning, writer);
  });
}

int64_t ehlo_param_value_write(uint32_t id, uint64_t number, const char* text, size_t length, void* out,
                               size_t capacity) {
  const ParamMeaning meaning{number, capi::bytes(text, length)};
  return capi::measured(out, capacity, Error::argument, [&](Writer& writer) {
    return id <= UINT16_MAX && write_parameter_value(static_cast<ParamId>(id), meaning, writer);
  });
}

int64_t ehlo_local_part_unquote(const void* text, size_t length, void* out, size_t capacity) {
  return capi::measured(out, capacity, Error::syntax,
                        [&](Writer& writer) { return unquote_local_part(capi::bytes(text, length), writer); });
}

int64_t ehlo_local_part_quote(const void* text, size_t length, void* out, size_t capacity) {
  return capi::measured(out, capacity, Error::argument,
                        [&](Writer& writer) { return quote_local_part(capi::bytes(text, length), writer); });
}

int64_t ehlo_xtext_decode(const void* text, size_t length, int32_t any_case, void* out, size_t capacity) {
  const HexCase hex = any_case ? HexCase::any : HexCase::upper;
  return capi::measured(out, capacity, Error::syntax,
                        [&](Writer& writer) { return decode_xtext(capi::bytes(text, length), hex, writer); });
}

int64_t ehlo_xtext_encode(const void* text, size_t length, void* out, size_t capacity) {
  return capi::measured(out, capacity, Error::argument, [&](Writer& writer) {
    encode_xtext(capi::bytes(text, length), writer);
    return true;
  });
}

int64_t ehlo_orcpt_decode(const void* value, size_t length, void* out, size_t capacity) {
  const Bytes whole = capi::bytes(value, length);
  std::size_t type = 0;
  while (type < whole.size && whole[type] != ';') ++type;
  if (type == whole.size) return capi::rc(Error::syntax);
  const Bytes address = whole.from(type + 1);
  const bool utf8 = equals_caseless(whole.first(type), "utf-8");
  return capi::measured(out, capacity, Error::syntax, [&](Writer& writer) {
    bool ascii = true;
    return utf8 ? decode_utf8_address(address, writer, ascii) : decode_xtext(address, HexCase::upper, writer);
  });
}

int64_t ehlo_base64_decode(const void* text, size_t length, void* out, size_t capacity) {
  return capi::measured(out, capacity, Error::bad_base64,
                        [&](Writer& writer) { return decode_base64(capi::bytes(text, length), writer); });
}

int64_t ehlo_base64_encode(const void* octets, size_t length, void* out, size_t capacity) {
  return capi::measured(out, capacity, Error::argument, [&](Writer& writer) {
    encode_base64(capi::bytes(octets, length), writer);
    return true;
  });
}

int32_t ehlo_auth_plain_parse(const void* message, size_t length, ehlo_span* authzid, ehlo_span* authcid,
                              ehlo_span* passwd) {
  PlainMessage plain{};
  const Problem problem = parse_plain(capi::bytes(message, length), plain);
  if (!problem.ok()) return capi::rc(problem.error);
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
  const Allocator source = capi::allocator_of(allocator);
  void* memory = source.allocate(source.context, sizeof(ehlo_dot_decoder));
  if (memory == nullptr) return nullptr;
  return new (memory) ehlo_dot_decoder{DotDecoder({max_line_octets, max_octets, LineEndings::accept}),
                                       source,
                                       {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

void ehlo_dot_decoder_free(ehlo_dot_decoder* decoder) {
  if (decoder == nullptr) return;
  const Allocator source = decoder->allocator;
  source.release(source.context, decoder, sizeof(ehlo_dot_decoder));
}

size_t ehlo_dot_decoder_feed(ehlo_dot_decoder* decoder, const void* input, size_t length, ehlo_span* spans,
                             uint32_t span_cap, uint32_t* span_count, uint32_t* violations, int32_t* done) {
  SpanList list{reinterpret_cast<Span*>(spans), span_cap, 0};
  size_t taken = length < (size_t{1} << 30) ? length : size_t{1} << 30;
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
  if (violation == 0 || violation >= 1u << kViolationKinds) return UINT64_MAX;
  return decoder->first[__builtin_ctz(violation)];
}
