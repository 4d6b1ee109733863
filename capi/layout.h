// The C structs and the core's are the same memory: checked here, member by member, so that a call copies nothing.
#pragma once

#include <cstddef>
#include <cstring>

#include "ehlo.h"
#include "server/server.h"
#include "syntax/text.h"

namespace ehlo::capi {

#define EHLO_SAME(c_type, c_member, type, member)                       \
  static_assert(offsetof(c_type, c_member) == offsetof(type, member) && \
                sizeof(static_cast<c_type*>(nullptr)->c_member) == sizeof(static_cast<type*>(nullptr)->member))

static_assert(sizeof(ehlo_span) == sizeof(Span) && sizeof(ehlo_range) == sizeof(Range));
EHLO_SAME(ehlo_span, off, Span, off);
EHLO_SAME(ehlo_span, len, Span, len);
EHLO_SAME(ehlo_range, first, Range, first);
EHLO_SAME(ehlo_range, count, Range, count);

static_assert(sizeof(ehlo_path) == sizeof(Path));
EHLO_SAME(ehlo_path, whole, Path, whole);
EHLO_SAME(ehlo_path, route, Path, route);
EHLO_SAME(ehlo_path, local, Path, local);
EHLO_SAME(ehlo_path, domain, Path, domain);
EHLO_SAME(ehlo_path, domain_kind, Path, domain_kind);
EHLO_SAME(ehlo_path, flags, Path, flags);

static_assert(sizeof(ehlo_param) == sizeof(Param));
EHLO_SAME(ehlo_param, id, Param, id);
EHLO_SAME(ehlo_param, flags, Param, flags);
EHLO_SAME(ehlo_param, keyword, Param, keyword);
EHLO_SAME(ehlo_param, value, Param, value);
EHLO_SAME(ehlo_param, detail, Param, detail);
EHLO_SAME(ehlo_param, number, Param, number);

static_assert(sizeof(ehlo_server_event) == sizeof(Event));
EHLO_SAME(ehlo_server_event, type, Event, type);
EHLO_SAME(ehlo_server_event, id, Event, id);
EHLO_SAME(ehlo_server_event, flags, Event, flags);
EHLO_SAME(ehlo_server_event, error, Event, error);
EHLO_SAME(ehlo_server_event, number, Event, number);
EHLO_SAME(ehlo_server_event, line, Event, line);
EHLO_SAME(ehlo_server_event, text, Event, text);
EHLO_SAME(ehlo_server_event, response, Event, response);
EHLO_SAME(ehlo_server_event, path, Event, path);
EHLO_SAME(ehlo_server_event, params, Event, params);
EHLO_SAME(ehlo_server_event, body, Event, body);
EHLO_SAME(ehlo_server_event, index, Event, index);
EHLO_SAME(ehlo_server_event, verb, Event, verb);
EHLO_SAME(ehlo_server_event, kind, Event, kind);
EHLO_SAME(ehlo_server_event, code, Event, code);

static_assert(sizeof(ehlo_server_batch) == sizeof(Batch));
EHLO_SAME(ehlo_server_batch, events, Batch, events);
EHLO_SAME(ehlo_server_batch, spans, Batch, spans);
EHLO_SAME(ehlo_server_batch, params, Batch, params);
EHLO_SAME(ehlo_server_batch, event_cap, Batch, event_cap);
EHLO_SAME(ehlo_server_batch, event_count, Batch, event_count);
EHLO_SAME(ehlo_server_batch, span_cap, Batch, span_cap);
EHLO_SAME(ehlo_server_batch, span_count, Batch, span_count);
EHLO_SAME(ehlo_server_batch, param_cap, Batch, param_cap);
EHLO_SAME(ehlo_server_batch, param_count, Batch, param_count);
EHLO_SAME(ehlo_server_batch, error, Batch, error);

static_assert(sizeof(ehlo_command) == sizeof(Command));
EHLO_SAME(ehlo_command, verb, Command, verb);
EHLO_SAME(ehlo_command, flags, Command, flags);
EHLO_SAME(ehlo_command, host_kind, Command, host_kind);
EHLO_SAME(ehlo_command, param_count, Command, param_count);
EHLO_SAME(ehlo_command, size, Command, size);
EHLO_SAME(ehlo_command, text, Command, text);
EHLO_SAME(ehlo_command, response, Command, response);
EHLO_SAME(ehlo_command, path, Command, path);

static_assert(sizeof(ehlo_error_info) == sizeof(ErrorInfo));
EHLO_SAME(ehlo_error_info, name, ErrorInfo, name);
EHLO_SAME(ehlo_error_info, enhanced, ErrorInfo, enhanced);
EHLO_SAME(ehlo_error_info, text, ErrorInfo, text);
EHLO_SAME(ehlo_error_info, code, ErrorInfo, code);
EHLO_SAME(ehlo_error_info, fault, ErrorInfo, fault);
EHLO_SAME(ehlo_error_info, fatal, ErrorInfo, fatal);

static_assert(sizeof(ehlo_keyword_rule) == sizeof(KeywordRule));
static_assert(sizeof(ehlo_server_options) == sizeof(ServerOptions));
EHLO_SAME(ehlo_server_options, hostname, ServerOptions, hostname);
EHLO_SAME(ehlo_server_options, rules, ServerOptions, rules);
EHLO_SAME(ehlo_server_options, max_discard_octets, ServerOptions, max_discard_octets);
EHLO_SAME(ehlo_server_options, protocol, ServerOptions, protocol);
EHLO_SAME(ehlo_server_options, max_recipients, ServerOptions, max_recipients);
EHLO_SAME(ehlo_server_options, max_auth_challenges, ServerOptions, max_auth_challenges);
EHLO_SAME(ehlo_server_options, reply_text_octets, ServerOptions, reply_text_octets);
EHLO_SAME(ehlo_server_options, reserved, ServerOptions, reserved);
EHLO_SAME(ehlo_server_options, max_path_octets, ServerOptions, max_path_octets);

#undef EHLO_SAME

static_assert(EHLO_E_BAD_RECIPIENT == static_cast<int>(Error::bad_recipient));
static_assert(EHLO_E_TOO_MUCH_JUNK == static_cast<int>(Error::too_much_junk) &&
              EHLO_E_FALSE_END == static_cast<int>(Error::false_end) &&
              EHLO_E_BAD_CHUNK == static_cast<int>(Error::bad_chunk));
static_assert(EHLO_VERB_AUTH == static_cast<int>(Verb::auth) && EHLO_VERB_MAIL == static_cast<int>(Verb::mail));
static_assert(EHLO_SERVER_EVENT_CLOSE == static_cast<int>(EventType::close) &&
              EHLO_SERVER_EVENT_STARTTLS == static_cast<int>(EventType::starttls));
static_assert(EHLO_EXT_VRFY == static_cast<int>(ExtensionId::vrfy));
static_assert(EHLO_PARAM_REQUIRETLS == static_cast<int>(ParamId::requiretls));
static_assert(EHLO_ASK_QUIT == static_cast<int>(kAskQuit) &&
              EHLO_SERVER_FLAG_GENERAL_LITERALS == static_cast<unsigned>(kGeneralLiterals));
static_assert(EHLO_PARAMS_MAX == kMaxParams && EHLO_SERVER_EVENTS_MIN == kEventsPerStep &&
              EHLO_SPANS_MIN == kSpansPerStep);
static_assert(EHLO_OFF_CRLF == kCrlfOffset);
static_assert(EHLO_SEEN_FALSE_END == static_cast<int>(kFalseEnd) && EHLO_SEEN_TOO_LARGE == static_cast<int>(kTooLarge));

// What a program shows. Offsets of 32 bits must reach the end of a text; of a stream that is longer the first part is
// taken, and the program shows the rest again.
inline constexpr std::size_t kMostText = INT32_MAX;
inline constexpr std::size_t kMostInput = std::size_t{1} << 30;
inline bool is_there(const void* data, std::size_t size) noexcept { return data != nullptr || size == 0; }
inline bool is_text(const void* data, std::size_t size) noexcept { return size <= kMostText && is_there(data, size); }

inline Bytes bytes(const void* data, std::size_t size) noexcept { return {static_cast<const Octet*>(data), size}; }
inline std::string_view text(const char* text) noexcept { return text == nullptr ? std::string_view{} : text; }
inline std::int32_t rc(Error error) noexcept { return static_cast<std::int32_t>(error); }

// False for one that lacks a function.
inline bool is_allocator(const ehlo_allocator* given) noexcept {
  return given == nullptr || (given->allocate != nullptr && given->release != nullptr);
}
// The allocator of the program, or malloc and free.
Allocator allocator_of(const ehlo_allocator* given) noexcept;

// Copies a struct that a program built against another header gave: what it does not know keeps its default, what it
// knows and we do not must be nothing (0), since we could not honour it.
template <typename Options, typename Given>
bool copy_options(const Given* given, Options& options) noexcept {
  if (given == nullptr) return false;
  const std::size_t size = given->struct_size;
  if (size < sizeof(std::size_t)) return false;
  const auto* octets = reinterpret_cast<const Octet*>(given);
  for (std::size_t at = sizeof(Options); at < size; ++at)
    if (octets[at] != 0) return false;
  std::memcpy(static_cast<void*>(&options), given, size < sizeof(Options) ? size : sizeof(Options));
  return true;
}

// Fills the program's struct of `size` octets from our defaults; what we do not know of it is 0.
template <typename Options>
void init_options(void* given, std::size_t size, Options defaults) noexcept {
  if (given == nullptr || size < sizeof(std::size_t)) return;
  std::memset(given, 0, size);
  defaults.struct_size = size;
  std::memcpy(given, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

// Runs a writer twice: the first run measures and judges, so that nothing is written on an error, or where it would not
// fit. Gives the octets of the result, or `error`.
template <typename Write>
std::int64_t measured(void* out, std::size_t capacity, Error error, Write write) noexcept {
  if (!is_there(out, capacity)) return rc(Error::argument);
  Writer measure(nullptr, 0);
  if (!write(measure)) return rc(error);
  if (measure.size() <= capacity) {
    Writer writer(static_cast<Octet*>(out), capacity);
    write(writer);
  }
  return static_cast<std::int64_t>(measure.size());
}

}  // namespace ehlo::capi
