// The calls without a session.
#include <algorithm>

#include "call.h"

namespace testee {
namespace {

ehlo_parse_options parse_options_of(const Call& call) {
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  if (const Json* keywords = call.find("extensions")) options.extensions = extensions_of(*keywords);
  options.protocol = call.flag("lmtp") ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
  options.max_line_octets = call.number32("max_line");
  if (call.flag("tls")) options.flags |= EHLO_SERVER_FLAG_IMPLICIT_TLS;
  return options;
}

void write_params(JsonText& out, std::string_view base, const std::vector<ehlo_param>& params, std::size_t count) {
  require(count <= params.size(), "more parameters than there is room");
  out.key("params");
  out.open('[');
  for (std::size_t i = 0; i < count; ++i) write_param(out, base, params[i]);
  out.close(']');
}

void parse_command(const Call& call, JsonText& out) {
  const GuardedBytes line(call.octets("line"));
  const ehlo_parse_options options = parse_options_of(call);
  ehlo_command command{};
  std::vector<ehlo_param> params(EHLO_PARAMS_MAX);
  std::size_t at = SIZE_MAX;
  const std::int32_t error = ehlo_command_parse(line.data(), line.size(), &options, &command, params.data(),
                                                sizeof(ehlo_param), params.size(), &at);
  if (error != EHLO_OK) return write_error(out, error, at, line.size());
  out.field("verb", ehlo_verb_name(command.verb));
  out.field("flags", command.flags);
  out.field("host_kind", command.kind);
  out.field("size", command.number);
  out.field("text", part(line.view(), command.text));
  out.field("response", part(line.view(), command.response));
  out.key("path");
  out.open('{');
  write_path(out, line.view(), command.path);
  out.close('}');
  write_params(out, line.view(), params, command.param_count);
}

void parse_path(const Call& call, JsonText& out) {
  const GuardedBytes text(call.octets("path"));
  ehlo_path path{};
  std::size_t at = SIZE_MAX;
  const std::int32_t error =
      ehlo_path_parse(text.data(), text.size(), call.flag("forward"), call.flag("smtputf8"), 0, &path, &at);
  if (error != EHLO_OK) return write_error(out, error, at, text.size());
  write_path(out, text.view(), path);
}

void parse_params(const Call& call, JsonText& out) {
  const GuardedBytes text(call.octets("params"));
  const ehlo_parse_options options = parse_options_of(call);
  std::vector<ehlo_param> params(EHLO_PARAMS_MAX);
  std::size_t count = 0, at = SIZE_MAX;
  const std::int32_t error = ehlo_params_parse(text.data(), text.size(), verb_of(call.octets("verb")), &options,
                                               params.data(), sizeof(ehlo_param), params.size(), &count, &at);
  if (error != EHLO_OK) return write_error(out, error, at, text.size());
  write_params(out, text.view(), params, count);
}

void parse_reply(const Call& call, JsonText& out) {
  const GuardedBytes octets(call.octets("octets"));
  const ehlo_reply_limits limits = reply_limits_of(call);
  ehlo_reply reply{};
  std::size_t at = SIZE_MAX;
  const std::int32_t error = ehlo_reply_parse(octets.data(), octets.size(), &limits, &reply, &at);
  if (error != EHLO_OK) return write_error(out, error, at, octets.size());
  require(reply.length <= octets.size(), "a reply is longer than its input");
  out.field("code", reply.code);
  out.field("length", reply.length);
  if (reply.enhanced != EHLO_ENHANCED_NONE) out.field("enhanced", enhanced_text(reply.enhanced));
  out.key("lines");
  out.open('[');
  std::size_t count = 0;
  ehlo_span text;
  for (std::size_t line = 0; ehlo_reply_line(octets.data(), reply.length, &line, &text) == 1; ++count)
    out.octets(part(octets.view(), text).value());
  out.close(']');
  require(count == reply.lines, "the number of lines is wrong");
}

void write_keywords(JsonText& out, const char* name, std::uint64_t bits) {
  out.key(name);
  out.open('[');
  for (; bits != 0; bits &= bits - 1) out.octets(ehlo_extension_name(bits & (~bits + 1)));
  out.close(']');
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end != at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

// The library says of one mechanism whether it is there: so those that stand there are asked for, and one that does
// not.
void write_mechanisms(JsonText& out, std::string_view reply, const std::vector<std::string_view>& words) {
  const auto has = [&](std::string_view name) {
    return ehlo_hello_has_mechanism(reply.data(), reply.size(), name.data(), name.size()) == 1;
  };
  std::vector<std::string> mechanisms;
  for (const std::string_view word : words) {
    const std::string name = upper(word);
    require(has(name) && has(word), name + " is not found");
    if (std::find(mechanisms.begin(), mechanisms.end(), name) == mechanisms.end()) mechanisms.push_back(name);
  }
  require(!has("NO-SUCH-ONE"), "a mechanism is found that is not there");
  out.key("mechanisms");
  out.open('[');
  for (const std::string& name : mechanisms) out.octets(name);
  out.close(']');
}

void parse_hello(const Call& call, JsonText& out) {
  const GuardedBytes octets(call.octets("octets"));
  const ehlo_reply_limits limits = reply_limits_of(call);
  ehlo_hello hello{};
  std::size_t at = SIZE_MAX;
  const std::int32_t error = ehlo_hello_parse(octets.data(), octets.size(), call.flag("tls"), &limits, &hello, &at);
  if (error != EHLO_OK) return write_error(out, error, at, octets.size());
  out.field("domain", part(octets.view(), hello.domain));
  write_keywords(out, "offered", hello.offered);
  write_keywords(out, "usable", hello.usable);
  if (hello.has_size_limit != 0) {
    out.key("size_limit");
    out.number(hello.size_limit);
  }
  std::vector<std::string_view> mechanisms;
  out.key("capabilities");
  out.open('[');
  ehlo_capability capability;
  for (std::size_t next = 0; ehlo_hello_next(octets.data(), octets.size(), &next, &capability) == 1;) {
    const std::string_view keyword = part(octets.view(), capability.keyword).value();
    const std::vector<std::string_view> words = words_of(part(octets.view(), capability.params).value_or(""));
    out.open('[');
    out.octets(keyword);
    out.open('[');
    for (const std::string_view word : words) out.octets(word);
    out.close(']');
    out.close(']');
    if (upper(keyword) == "AUTH") mechanisms.insert(mechanisms.end(), words.begin(), words.end());
  }
  out.close(']');
  write_mechanisms(out, octets.view(), mechanisms);
}

Written base64_decoded(std::string_view text) {
  const GuardedBytes input(text);
  return written([&](void* to, std::size_t room) { return ehlo_base64_decode(input.data(), input.size(), to, room); });
}

void decode_base64(const Call& call, JsonText& out) {
  const Written result = base64_decoded(call.octets("text"));
  if (result.error != EHLO_OK) return write_error(out, result.error);
  out.field("octets", result.octets);
}

void write_plain(const Call& call, JsonText& out) {
  const std::string user = call.octets("user"), password = call.octets("password");
  const Written message = written([&](void* to, std::size_t room) {
    return ehlo_auth_plain_write("", 0, user.data(), user.size(), password.data(), password.size(), to, room);
  });
  if (message.error != EHLO_OK) return write_error(out, message.error);
  const GuardedBytes input(message.octets);
  ehlo_span authzid{}, authcid{}, passwd{};
  require(ehlo_auth_plain_parse(input.data(), input.size(), &authzid, &authcid, &passwd) == EHLO_OK &&
              part(input.view(), authzid) == "" && part(input.view(), authcid) == user &&
              part(input.view(), passwd) == password,
          "ehlo_auth_plain_parse reads something else than was written");
  const Written text =
      written([&](void* to, std::size_t room) { return ehlo_base64_encode(input.data(), input.size(), to, room); });
  require(base64_decoded(text.octets).octets == message.octets, "base64 is decoded to something else");
  out.field("text", text.octets);
}

void parse_plain(const Call& call, JsonText& out) {
  const GuardedBytes message(call.octets("octets"));
  ehlo_span authzid{}, authcid{}, passwd{};
  const std::int32_t error = ehlo_auth_plain_parse(message.data(), message.size(), &authzid, &authcid, &passwd);
  if (error != EHLO_OK) return write_error(out, error);
  out.field("authzid", part(message.view(), authzid));
  out.field("authcid", part(message.view(), authcid));
  out.field("passwd", part(message.view(), passwd));
}

void write_param_value(const Call& call, JsonText& out) {
  const std::string keyword = call.octets("keyword"), text = call.octets("text");
  const ehlo_param_row* row = ehlo_param_named(keyword.data(), keyword.size());
  const std::uint32_t id = row == nullptr ? std::uint32_t{EHLO_PARAM_UNKNOWN} : row->id;
  const auto write = [&](auto call) {
    return written([&](void* to, std::size_t room) { return call(id, 0, text.data(), text.size(), to, room); });
  };
  const Written value = write(ehlo_param_value_write), whole = write(ehlo_param_write);
  require(value.error == whole.error, "a parameter and its value have different errors");
  if (value.error != EHLO_OK) return write_error(out, value.error);
  require(whole.octets == keyword + "=" + value.octets, "a parameter and its value differ");
  out.field("value", value.octets);
}

struct Seen {
  std::uint32_t bit;
  std::int32_t error;
};
constexpr Seen kSeen[] = {
    {EHLO_SEEN_BARE_LF, EHLO_E_BARE_LF},
    {EHLO_SEEN_BARE_CR, EHLO_E_BARE_CR},
    {EHLO_SEEN_LONG_LINE, EHLO_E_DATA_LINE_TOO_LONG},
    {EHLO_SEEN_TOO_LARGE, EHLO_E_MESSAGE_TOO_LARGE},
    {EHLO_SEEN_FALSE_END, EHLO_E_FALSE_END},
    {EHLO_SEEN_NUL, EHLO_E_NUL},
};

// A decoder, and what its input has come to so far.
struct Decoding {
  explicit Decoding(const Call& call)
      : decoder(ehlo_dot_decoder_new(call.number32("max_line"), call.number("max_size"), &kMemory)),
        spans(call.number("spans")) {
    require(decoder != nullptr, "ehlo_dot_decoder_new gives no decoder");
  }
  ~Decoding() { ehlo_dot_decoder_free(decoder); }
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;

  // Shows what is left of the input: whether something was consumed.
  bool feed() {
    const GuardedBytes& input = shown(rest);
    std::uint32_t count = 0;
    std::int32_t ended = 0;
    const std::size_t consumed = ehlo_dot_decoder_feed(decoder, input.data(), input.size(), spans.data(),
                                                       static_cast<std::uint32_t>(spans.size()), &count, &seen, &ended);
    require(consumed <= rest.size() && count <= spans.size(), "the dot decoder overshoots");
    require(consumed != 0 || count < spans.size(), "no octet is consumed, and the spans are full");
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto octets = part(input.view(), spans[i]);
      require(octets.has_value(), "an absent span from the dot decoder");
      require(spans[i].off + std::size_t{spans[i].len} <= consumed, "a span of octets that were not consumed");
      body += *octets;
    }
    rest.erase(0, consumed);
    done = ended != 0;
    return consumed != 0;
  }

  ehlo_dot_decoder* decoder;
  std::vector<ehlo_span> spans;
  std::string rest, body;
  std::uint32_t seen = 0;
  bool done = false;
};

void decode_data(const Call& call, JsonText& out) {
  Decoding decoding(call);
  std::uint64_t receives = 0;
  for (const Json& piece : *call.find("pieces")) {
    call.add_piece(piece, decoding.rest);
    while (!decoding.done && (++receives, decoding.feed())) {
    }
    require(decoding.done || decoding.rest.size() <= 3, "more than three octets are not consumed");
  }
  out.field("body", decoding.body);
  out.field("rest", decoding.rest);
  out.flag("done", decoding.done);
  out.field("receives", receives);
  out.key("violations");
  out.open('[');
  for (const Seen& seen : kSeen) {
    const std::uint64_t at = ehlo_dot_decoder_first(decoding.decoder, seen.bit);
    const bool is_seen = (decoding.seen & seen.bit) != 0;
    require(is_seen == (at != UINT64_MAX), std::string("the place of ") + ehlo_error_name(seen.error) + " and its bit");
    if (!is_seen) continue;
    out.open('[');
    out.octets(ehlo_error_name(seen.error));
    out.number(at);
    out.close(']');
  }
  out.close(']');
}

}  // namespace

const std::vector<Row> kSyntaxCalls = {
    {"parse_command", parse_command}, {"parse_path", parse_path},   {"parse_params", parse_params},
    {"parse_reply", parse_reply},     {"parse_hello", parse_hello}, {"decode_base64", decode_base64},
    {"write_plain", write_plain},     {"parse_plain", parse_plain}, {"write_param", write_param_value},
    {"decode_data", decode_data},
};

}  // namespace testee
