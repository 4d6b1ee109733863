// The vectors' view of the C API.
#include <algorithm>

#include "engine.h"
#include "sender_engines.h"
#include "support/guarded.h"

namespace vectors {
namespace {

using support::GuardedBytes;

std::optional<Bytes> part(std::string_view base, ehlo_span span) {
  if (span.off == EHLO_ABSENT) return std::nullopt;
  require(span.off <= base.size() && span.len <= base.size() - span.off, "a span lies outside of its buffer");
  return Bytes(base.substr(span.off, span.len));
}

Path path_of(std::string_view base, const ehlo_path& from) {
  Path path;
  path.whole = part(base, from.whole);
  path.route = part(base, from.route);
  path.local = part(base, from.local).value_or("");
  path.domain = part(base, from.domain);
  path.domain_kind = from.domain_kind;
  path.flags = from.flags;
  return path;
}

Param param_of(std::string_view base, const ehlo_param& from) {
  const std::optional<Bytes> keyword = part(base, from.keyword);
  require(keyword.has_value() && from.flags == 0, "a parameter without a keyword, or with unknown flags");
  return {from.id, *keyword, part(base, from.value), part(base, from.detail), from.number};
}

std::uint64_t extension_bits(const Config& config) {
  // Whether VRFY, EXPN and HELP are served is free, so the vectors speak of servers that have them.
  std::uint64_t bits = EHLO_EXT_BIT(EHLO_EXT_VRFY) | EHLO_EXT_BIT(EHLO_EXT_EXPN) | EHLO_EXT_BIT(EHLO_EXT_HELP);
  for (const Bytes& keyword : config.extensions) {
    const std::uint64_t bit = ehlo_extension_bit(keyword.data(), keyword.size());
    require(bit != 0, "ehlo_extension_bit does not know " + printable(keyword));
    bits |= bit;
  }
  return bits;
}

ehlo_parse_options parse_options(const Config& config) {
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.extensions = extension_bits(config);
  options.protocol = config.lmtp ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
  options.max_line_octets = config.max_line;
  if (config.tls) options.flags |= EHLO_SERVER_IMPLICIT_TLS;
  return options;
}

// `call` is a decoder of the C API but for its input: int64_t (void* out, size_t capacity).
template <class Call>
std::optional<Bytes> decoded(Call call) {
  const std::int64_t octets = call(nullptr, 0);
  if (octets < 0) {
    require(ehlo_error(static_cast<std::int32_t>(octets))->fault == EHLO_FAULT_PEER, "a decoder blames the program");
    return std::nullopt;
  }
  Bytes out(static_cast<std::size_t>(octets), '\0');
  require(call(out.data(), out.size()) == octets, "a decoder gives another length than it measured");
  return out;
}

struct ConfigDeleter {
  void operator()(ehlo_config* config) const { ehlo_config_free(config); }
};
struct ServerDeleter {
  void operator()(ehlo_server* server) const { ehlo_server_free(server); }
};
struct DecoderDeleter {
  void operator()(ehlo_dot_decoder* decoder) const { ehlo_dot_decoder_free(decoder); }
};

// The same of a writer, which refuses what has no such form.
template <class Call>
std::optional<Bytes> written(Call call) {
  const std::int64_t octets = call(nullptr, 0);
  if (octets < 0) {
    require(octets == EHLO_E_ARGUMENT, Bytes("a writer gives ") + ehlo_error_name(static_cast<std::int32_t>(octets)));
    return std::nullopt;
  }
  Bytes text(static_cast<std::size_t>(octets), '\0');
  require(call(text.data(), text.size()) == octets, "a writer gives another length");
  return text;
}

class CapiServer : public Server {
 public:
  CapiServer(const Config& config, const ServerSetup& setup)
      : events_(setup.event_cap), spans_(setup.span_cap), params_(EHLO_PARAMS_MAX) {
    ehlo_server_options options;
    ehlo_server_options_init(&options, sizeof options);
    const std::string hostname(kHostname);
    std::string mechanisms;
    for (const Bytes& mechanism : config.auth) mechanisms += (mechanisms.empty() ? "" : " ") + mechanism;
    options.hostname = hostname.c_str();
    options.mechanisms = config.offers("AUTH") ? mechanisms.c_str() : nullptr;
    options.extensions = extension_bits(config);
    options.protocol = config.lmtp ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
    options.asks = setup.asks;
    options.flags = EHLO_SERVER_BELOW_MINIMUM;
    if (config.tls) options.flags |= EHLO_SERVER_IMPLICIT_TLS;
    if (config.require_tls) options.flags |= EHLO_SERVER_REQUIRE_TLS;
    if (config.require_auth) options.flags |= EHLO_SERVER_REQUIRE_AUTH;
    if (!config.auth_requires_tls) options.flags |= EHLO_SERVER_PLAINTEXT_AUTH;
    options.max_message_octets = config.size_limit;
    options.max_line_octets = config.max_line;
    if (config.max_auth_line != 0) options.max_auth_line_octets = config.max_auth_line;
    if (config.max_rcpt != 0) options.max_recipients = config.max_rcpt;
    options.max_data_line_octets = setup.max_data_line;
    // Limits that a case does not set must not matter in it.
    options.max_errors = options.max_auth_attempts = options.max_idle_commands = 0;
    if (setup.recipient_window != 0) options.recipient_window = setup.recipient_window;
    if (setup.reply_text_octets != 0) options.reply_text_octets = setup.reply_text_octets;
    options.data_endings = setup.data_endings;
    std::int32_t error = EHLO_OK;
    config_.reset(ehlo_config_new(&options, nullptr, &error));
    require(config_ != nullptr, Bytes("ehlo_config_new: ") + ehlo_error_name(error));
    server_.reset(ehlo_server_new(config_.get(), nullptr));
    require(server_ != nullptr, "ehlo_server_new gives no session");
  }

  std::size_t receive(std::string_view shown, std::vector<Event>& events) override {
    input_.assign(shown);
    ehlo_batch batch{};
    batch.events = events_.data();
    batch.event_cap = static_cast<std::uint32_t>(events_.size());
    batch.spans = spans_.data();
    batch.span_cap = static_cast<std::uint32_t>(spans_.size());
    batch.params = params_.data();
    batch.param_cap = static_cast<std::uint32_t>(params_.size());
    const std::size_t consumed = ehlo_server_receive(server_.get(), input_.data(), input_.size(), &batch);
    require(batch.error == EHLO_OK, Bytes("receive: ") + ehlo_error_name(batch.error));
    require(consumed <= shown.size(), "receive consumes more than it was shown");
    require(batch.event_count <= batch.event_cap && batch.span_count <= batch.span_cap &&
                batch.param_count <= batch.param_cap,
            "receive overfills the batch");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) events.push_back(event_of(batch, batch.events[i]));
    return consumed;
  }

  std::int32_t accept(std::uint32_t id) override { return ehlo_server_accept(server_.get(), id); }
  std::int32_t reply(std::uint32_t id, std::uint32_t code, const char* enhanced, std::string_view text) override {
    return ehlo_server_reply(server_.get(), id, code, enhanced, text.data(), text.size());
  }
  std::int32_t challenge(std::uint32_t id, std::string_view octets) override {
    return ehlo_server_challenge(server_.get(), id, octets.data(), octets.size());
  }
  std::size_t output(char* out, std::size_t capacity) override {
    return ehlo_server_output(server_.get(), out, capacity);
  }
  std::uint32_t wants() const override { return ehlo_server_wants(server_.get()); }
  std::int32_t tls_started() override { return ehlo_server_tls_started(server_.get()); }
  std::int32_t tls_failed() override { return ehlo_server_tls_failed(server_.get()); }
  void eof() override { ehlo_server_eof(server_.get()); }
  void timed_out() override { ehlo_server_timed_out(server_.get()); }
  std::size_t max_line() const override { return ehlo_config_max_line(config_.get()); }

 private:
  Event event_of(const ehlo_batch& batch, const ehlo_event& from) const {
    const std::string_view base = input_.view();
    Event event;
    event.type = from.type;
    event.id = from.id;
    event.flags = from.flags;
    event.error = from.error;
    event.number = from.number;
    event.line = part(base, from.line);
    event.text = part(base, from.text);
    event.response = part(base, from.response);
    event.path = path_of(base, from.path);
    event.index = from.index;
    event.verb = from.verb;
    event.kind = from.kind;
    event.code = from.code;
    require(from.params.count <= batch.param_count && from.params.first <= batch.param_count - from.params.count,
            "an event's parameters are not in the batch");
    for (std::uint32_t i = 0; i < from.params.count; ++i) {
      const ehlo_param& param = batch.params[from.params.first + i];
      event.params.push_back(param_of(base, param));
      const ehlo_param* found = ehlo_event_param(&batch, &from, param.id);
      require(found != nullptr && found->id == param.id, "ehlo_event_param does not find a parameter");
    }
    require(from.body.count <= batch.span_count && from.body.first <= batch.span_count - from.body.count,
            "an event's body is not in the batch");
    for (std::uint32_t i = 0; i < from.body.count; ++i) {
      const ehlo_span& span = batch.spans[from.body.first + i];
      if (span.off == EHLO_OFF_CRLF) {
        require(span.len == 2, "a CRLF of no buffer has another length than 2");
        event.body += "\r\n";
      } else {
        const std::optional<Bytes> octets = part(base, span);
        require(octets.has_value(), "an absent span in a body");
        event.body += *octets;
      }
    }
    return event;
  }

  std::unique_ptr<ehlo_config, ConfigDeleter> config_;
  std::unique_ptr<ehlo_server, ServerDeleter> server_;
  GuardedBytes input_;
  std::vector<ehlo_event> events_;
  std::vector<ehlo_span> spans_;
  std::vector<ehlo_param> params_;
};

class CapiDotDecoder : public DotDecoder {
 public:
  CapiDotDecoder(std::uint32_t max_line, std::uint64_t max_size)
      : decoder_(ehlo_dot_decoder_new(max_line, max_size, nullptr)) {
    require(decoder_ != nullptr, "ehlo_dot_decoder_new gives no decoder");
  }

  Fed feed(std::string_view shown, std::uint32_t span_cap, Bytes& body) override {
    input_.assign(shown);
    std::vector<ehlo_span> spans(span_cap);
    std::uint32_t count = 0;
    std::int32_t done = 0;
    Fed fed;
    fed.consumed = ehlo_dot_decoder_feed(decoder_.get(), input_.data(), input_.size(), spans.data(), span_cap, &count,
                                         &fed.violations, &done);
    fed.done = done != 0;
    fed.spans_full = count == span_cap;
    require(fed.consumed <= shown.size() && count <= span_cap, "the dot decoder overshoots");
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::optional<Bytes> octets = part(input_.view(), spans[i]);
      require(octets.has_value(), "an absent span from the dot decoder");
      require(spans[i].off + std::size_t{spans[i].len} <= fed.consumed, "a span of octets that were not consumed");
      body += *octets;
    }
    return fed;
  }

  std::uint64_t first(std::uint32_t violation) const override {
    return ehlo_dot_decoder_first(decoder_.get(), violation);
  }

 private:
  std::unique_ptr<ehlo_dot_decoder, DecoderDeleter> decoder_;
  GuardedBytes input_;
};

class CapiEngine : public Engine {
 public:
  const char* name() const override { return "capi"; }
  Bytes error_name(std::int32_t error) const override { return ehlo_error_name(error); }
  unsigned error_code(std::int32_t error) const override { return ehlo_error(error)->code; }
  Bytes event_name(std::uint32_t type) const override { return ehlo_event_name(type); }
  Bytes verb_name(std::uint32_t verb) const override { return ehlo_verb_name(verb); }

  std::int32_t parse_command(std::string_view line, const Config& config, Command& out) const override {
    const GuardedBytes input(line);
    const ehlo_parse_options options = parse_options(config);
    ehlo_command command{};
    std::vector<ehlo_param> params(EHLO_PARAMS_MAX);
    std::size_t at = SIZE_MAX;
    const std::int32_t rc =
        ehlo_command_parse(input.data(), input.size(), &options, &command, params.data(), params.size(), &at);
    if (rc != EHLO_OK) {
      require(at <= line.size(), "the position of an error lies outside of the line");
      return rc;
    }
    const std::string_view base = input.view();
    out.verb = command.verb;
    out.flags = command.flags;
    out.host_kind = command.host_kind;
    out.size = command.size;
    out.text = part(base, command.text);
    out.response = part(base, command.response);
    out.path = path_of(base, command.path);
    require(command.param_count <= params.size(), "more parameters than there is room");
    for (std::uint32_t i = 0; i < command.param_count; ++i) out.params.push_back(param_of(base, params[i]));
    return rc;
  }

  std::int32_t parse_path(std::string_view text, bool forward, bool smtputf8, Path& out) const override {
    const GuardedBytes input(text);
    ehlo_path path{};
    std::size_t at = SIZE_MAX;
    const std::int32_t rc = ehlo_path_parse(input.data(), input.size(), forward, smtputf8, 0, &path, &at);
    if (rc != EHLO_OK)
      require(at <= text.size(), "the position of an error lies outside of the path");
    else
      out = path_of(input.view(), path);
    return rc;
  }

  std::int32_t parse_params(std::string_view text, std::uint32_t verb, const Config& config,
                            std::vector<Param>& out) const override {
    const GuardedBytes input(text);
    const ehlo_parse_options options = parse_options(config);
    std::vector<ehlo_param> params(EHLO_PARAMS_MAX);
    std::size_t count = 0, at = SIZE_MAX;
    const std::int32_t rc =
        ehlo_params_parse(input.data(), input.size(), verb, &options, params.data(), params.size(), &count, &at);
    if (rc != EHLO_OK) {
      require(at <= text.size(), "the position of an error lies outside of the parameters");
      return rc;
    }
    require(count <= params.size(), "more parameters than there is room");
    for (std::size_t i = 0; i < count; ++i) out.push_back(param_of(input.view(), params[i]));
    return rc;
  }

  std::optional<Bytes> unquote(std::string_view text) const override {
    const GuardedBytes in(text);
    return decoded([&](void* out, std::size_t cap) { return ehlo_local_part_unquote(in.data(), in.size(), out, cap); });
  }
  std::optional<Bytes> decode_xtext(std::string_view text, bool any_case) const override {
    const GuardedBytes in(text);
    return decoded(
        [&](void* out, std::size_t cap) { return ehlo_xtext_decode(in.data(), in.size(), any_case, out, cap); });
  }
  std::optional<Bytes> decode_orcpt(std::string_view text) const override {
    const GuardedBytes in(text);
    return decoded([&](void* out, std::size_t cap) { return ehlo_orcpt_decode(in.data(), in.size(), out, cap); });
  }
  std::optional<Bytes> decode_base64(std::string_view text) const override {
    const GuardedBytes in(text);
    return decoded([&](void* out, std::size_t cap) { return ehlo_base64_decode(in.data(), in.size(), out, cap); });
  }
  std::optional<PlainMessage> parse_plain(std::string_view message) const override {
    const GuardedBytes in(message);
    ehlo_span authzid{}, authcid{}, passwd{};
    if (ehlo_auth_plain_parse(in.data(), in.size(), &authzid, &authcid, &passwd) != EHLO_OK) return std::nullopt;
    return PlainMessage{part(in.view(), authzid).value_or(""), part(in.view(), authcid).value_or(""),
                        part(in.view(), passwd).value_or("")};
  }

  std::unique_ptr<DotDecoder> dot_decoder(std::uint32_t max_line, std::uint64_t max_size) const override {
    return std::make_unique<CapiDotDecoder>(max_line, max_size);
  }
  std::unique_ptr<Server> server(const Config& config, const ServerSetup& setup) const override {
    return std::make_unique<CapiServer>(config, setup);
  }

  std::int32_t parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply,
                           std::size_t& at) const override {
    return capi_parse_reply(octets, limits, reply, at);
  }
  std::int32_t parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits,
                           ParsedHello& hello) const override {
    return capi_parse_hello(octets, tls, limits, hello);
  }
  bool has_mechanism(std::string_view reply, std::string_view mechanism) const override {
    return ehlo_hello_has_mechanism(reply.data(), reply.size(), mechanism.data(), mechanism.size()) == 1;
  }
  std::optional<Bytes> write_param(std::uint32_t id, std::string_view text) const override {
    const auto whole = written(
        [&](void* out, std::size_t cap) { return ehlo_param_write(id, 0, text.data(), text.size(), out, cap); });
    if (!whole) return whole;
    return whole->substr(whole->find('=') + 1);
  }
  std::optional<Bytes> write_plain(std::string_view user, std::string_view password) const override {
    return written([&](void* out, std::size_t cap) {
      return ehlo_auth_plain_write("", 0, user.data(), user.size(), password.data(), password.size(), out, cap);
    });
  }
  std::unique_ptr<Sender> sender(const SenderSetup& setup, std::string_view hostname) const override {
    return make_capi_sender(setup, hostname);
  }
};

}  // namespace

std::unique_ptr<Engine> make_capi_engine() { return std::make_unique<CapiEngine>(); }

}  // namespace vectors
