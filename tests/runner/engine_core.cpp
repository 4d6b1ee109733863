// The vectors' view of the C++ core.
#include <cstdlib>
#include <map>

#include "auth/plain.h"
#include "engine.h"
#include "extension/read_command.h"
#include "sender_engines.h"
#include "server/server.h"
#include "support/guarded.h"
#include "syntax/hello.h"
#include "syntax/text.h"

namespace vectors {
namespace {

using support::GuardedBytes;

ehlo::Bytes bytes_in(const GuardedBytes& input) { return {input.data(), input.size()}; }
ehlo::Bytes bytes_in(std::string_view text) { return ehlo::bytes_of(text); }

std::optional<Bytes> part(std::string_view base, ehlo::Span span) {
  if (!span.present()) return std::nullopt;
  require(span.off <= base.size() && span.len <= base.size() - span.off, "a span lies outside of its buffer");
  return Bytes(base.substr(span.off, span.len));
}

Path path_of(std::string_view base, const ehlo::Path& from) {
  Path path;
  path.whole = part(base, from.whole);
  path.route = part(base, from.route);
  path.local = part(base, from.local).value_or("");
  path.domain = part(base, from.domain);
  path.domain_kind = static_cast<std::uint32_t>(from.domain_kind);
  path.flags = from.flags;
  return path;
}

Param param_of(std::string_view base, const ehlo::Param& from) {
  const std::optional<Bytes> keyword = part(base, from.keyword);
  require(keyword.has_value() && from.flags == 0, "a parameter without a keyword, or with unknown flags");
  return {static_cast<std::uint32_t>(from.id), *keyword, part(base, from.value), part(base, from.detail), from.number};
}

ehlo::ExtensionSet extension_bits(const Config& config) {
  // Whether VRFY, EXPN and HELP are served is free, so the vectors speak of servers that have them.
  ehlo::ExtensionSet bits =
      ehlo::bit(ehlo::ExtensionId::vrfy) | ehlo::bit(ehlo::ExtensionId::expn) | ehlo::bit(ehlo::ExtensionId::help);
  for (const Bytes& keyword : config.extensions) {
    const ehlo::ExtensionSet bit = ehlo::extension_bit(bytes_in(keyword));
    require(bit != 0, "extension_bit does not know " + printable(keyword));
    bits |= bit;
  }
  return bits;
}

Bytes mechanisms_of(const Config& config) {
  Bytes mechanisms;
  for (const Bytes& mechanism : config.auth) mechanisms += (mechanisms.empty() ? "" : " ") + mechanism;
  return mechanisms;
}

ehlo::Offer offer_of(const Config& config, std::string_view mechanisms) {
  return ehlo::make_offer({extension_bits(config), config.tls, true, 0, mechanisms}, config.lmtp, config.max_line);
}

// What MAIL said is not known where RCPT stands alone: as in the C API, UTF-8 in it is taken for allowed.
bool takes_utf8(const Config& config, std::string_view text) {
  return config.offers("SMTPUTF8") &&
         std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 127; });
}

std::int32_t code_of(ehlo::Error error) { return static_cast<std::int32_t>(error); }

// `call` writes into a Writer and gives whether the text was of its encoding.
template <class Call>
std::optional<Bytes> decoded(Call call) {
  ehlo::Writer measure(nullptr, 0);
  if (!call(measure)) return std::nullopt;
  Bytes out(measure.size(), '\0');
  ehlo::Writer writer(reinterpret_cast<ehlo::Octet*>(out.data()), out.size());
  require(call(writer) && writer.size() == out.size(), "a decoder gives another length than it measured");
  return out;
}

// Memory that knows how large it is: what is released must be what was asked for.
void* allocate(void*, std::size_t octets) {
  auto* block = static_cast<std::max_align_t*>(std::malloc(sizeof(std::max_align_t) + octets));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<std::size_t*>(block) = octets;
  return block + 1;
}
void release(void*, void* memory, std::size_t octets) {
  if (memory == nullptr) return;
  auto* block = static_cast<std::max_align_t*>(memory) - 1;
  if (*reinterpret_cast<std::size_t*>(block) != octets) std::abort();
  std::free(block);
}
constexpr ehlo::Allocator kAllocator{allocate, release, nullptr};

struct ConfigDeleter {
  void operator()(ehlo::Config* config) const { ehlo::Config::destroy(config); }
};
struct ServerDeleter {
  void operator()(ehlo::Server* server) const { ehlo::Server::destroy(server); }
};

class CoreServer : public Server {
 public:
  CoreServer(const Config& config, const ServerSetup& setup)
      : events_(setup.event_cap), spans_(setup.span_cap), params_(ehlo::kMaxParams) {
    ehlo::ServerOptions options = ehlo::default_server_options();
    const std::string hostname(kHostname);
    const std::string mechanisms = mechanisms_of(config);
    options.hostname = hostname.c_str();
    options.mechanisms = config.offers("AUTH") ? mechanisms.c_str() : nullptr;
    options.extensions = extension_bits(config);
    options.protocol = config.lmtp ? 1 : 0;
    options.asks = setup.asks;
    options.flags = ehlo::kBelowMinimum;
    if (config.tls) options.flags |= ehlo::kImplicitTls;
    if (config.require_tls) options.flags |= ehlo::kRequireTls;
    if (config.require_auth) options.flags |= ehlo::kRequireAuth;
    if (!config.auth_requires_tls) options.flags |= ehlo::kPlaintextAuth;
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
    ehlo::Error error = ehlo::Error::none;
    config_.reset(ehlo::Config::create(options, kAllocator, error));
    require(config_ != nullptr, Bytes("Config::create: ") + ehlo::error_info(error).name);
    server_.reset(ehlo::Server::create(*config_, kAllocator));
    require(server_ != nullptr, "Server::create gives no session");
  }

  std::size_t receive(std::string_view shown, std::vector<Event>& events) override {
    input_.assign(shown);
    ehlo::Batch batch{};
    batch.events = events_.data();
    batch.event_cap = static_cast<std::uint32_t>(events_.size());
    batch.spans = spans_.data();
    batch.span_cap = static_cast<std::uint32_t>(spans_.size());
    batch.params = params_.data();
    batch.param_cap = static_cast<std::uint32_t>(params_.size());
    const std::size_t consumed = server_->receive(bytes_in(input_), batch);
    require(batch.error == ehlo::Error::none, Bytes("receive: ") + ehlo::error_info(batch.error).name);
    require(consumed <= shown.size(), "receive consumes more than it was shown");
    require(batch.event_count <= batch.event_cap && batch.span_count <= batch.span_cap &&
                batch.param_count <= batch.param_cap,
            "receive overfills the batch");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) events.push_back(event_of(batch, batch.events[i]));
    return consumed;
  }

  std::int32_t accept(std::uint32_t id) override { return code_of(server_->accept(id)); }
  std::int32_t reply(std::uint32_t id, std::uint32_t code, const char* enhanced, std::string_view text) override {
    return code_of(server_->reply(id, {code, enhanced == nullptr ? std::string_view{} : enhanced, bytes_in(text)}));
  }
  std::int32_t challenge(std::uint32_t id, std::string_view octets) override {
    return code_of(server_->challenge(id, bytes_in(octets)));
  }
  std::size_t output(char* out, std::size_t capacity) override {
    return server_->output(reinterpret_cast<ehlo::Octet*>(out), capacity);
  }
  std::uint32_t wants() const override { return server_->wants(); }
  std::int32_t tls_started() override { return code_of(server_->tls_started()); }
  std::int32_t tls_failed() override { return code_of(server_->tls_failed()); }
  void eof() override { server_->eof(); }
  void timed_out() override { server_->timed_out(); }
  std::size_t max_line() const override { return config_->longest_line(); }

 private:
  Event event_of(const ehlo::Batch& batch, const ehlo::Event& from) const {
    const std::string_view base = input_.view();
    Event event;
    event.type = static_cast<std::uint32_t>(from.type);
    event.id = from.id;
    event.flags = from.flags;
    event.error = code_of(from.error);
    event.number = from.number;
    event.line = part(base, from.line);
    event.text = part(base, from.text);
    event.response = part(base, from.response);
    event.path = path_of(base, from.path);
    event.index = from.index;
    event.verb = static_cast<std::uint32_t>(from.verb);
    event.kind = from.kind;
    event.code = from.code;
    require(from.params.count <= batch.param_count && from.params.first <= batch.param_count - from.params.count,
            "an event's parameters are not in the batch");
    for (std::uint32_t i = 0; i < from.params.count; ++i)
      event.params.push_back(param_of(base, batch.params[from.params.first + i]));
    require(from.body.count <= batch.span_count && from.body.first <= batch.span_count - from.body.count,
            "an event's body is not in the batch");
    for (std::uint32_t i = 0; i < from.body.count; ++i) {
      const ehlo::Span& span = batch.spans[from.body.first + i];
      if (span.off == ehlo::kCrlfOffset) {
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

  std::unique_ptr<ehlo::Config, ConfigDeleter> config_;
  std::unique_ptr<ehlo::Server, ServerDeleter> server_;
  GuardedBytes input_;
  std::vector<ehlo::Event> events_;
  std::vector<ehlo::Span> spans_;
  std::vector<ehlo::Param> params_;
};

class CoreDotDecoder : public DotDecoder {
 public:
  CoreDotDecoder(std::uint32_t max_line, std::uint64_t max_size)
      : decoder_({max_line, max_size, ehlo::LineEndings::accept}) {}

  Fed feed(std::string_view shown, std::uint32_t span_cap, Bytes& body) override {
    input_.assign(shown);
    std::vector<ehlo::Span> spans(span_cap);
    ehlo::SpanList list{spans.data(), span_cap, 0};
    const ehlo::DotDecoder::Result result = decoder_.feed(bytes_in(input_), list);
    require(result.consumed <= shown.size() && list.count <= span_cap, "the dot decoder overshoots");
    require(result.seen_count <= ehlo::kViolationKinds, "too many kinds of violations");
    for (std::uint8_t i = 0; i < result.seen_count; ++i)
      require(first_.emplace(result.seen[i].kind, result.seen[i].at).second, "a violation is told twice");
    for (std::uint32_t i = 0; i < list.count; ++i) {
      const std::optional<Bytes> octets = part(input_.view(), spans[i]);
      require(octets.has_value(), "an absent span from the dot decoder");
      require(spans[i].off + std::size_t{spans[i].len} <= result.consumed, "a span of octets that were not consumed");
      body += *octets;
    }
    return {result.consumed, result.done, list.count == span_cap, decoder_.violations()};
  }

  std::uint64_t first(std::uint32_t violation) const override {
    const auto found = first_.find(violation);
    return found == first_.end() ? UINT64_MAX : found->second;
  }

 private:
  ehlo::DotDecoder decoder_;
  std::map<std::uint32_t, std::uint64_t> first_;
  GuardedBytes input_;
};

class CoreEngine : public Engine {
 public:
  const char* name() const override { return "core"; }
  Bytes error_name(std::int32_t error) const override { return info(error).name; }
  unsigned error_code(std::int32_t error) const override { return info(error).code; }
  Bytes event_name(std::uint32_t type) const override { return ehlo::event_name(static_cast<ehlo::EventType>(type)); }
  Bytes verb_name(std::uint32_t verb) const override { return ehlo::verb_name(static_cast<ehlo::Verb>(verb)); }

  std::int32_t parse_command(std::string_view line, const Config& config, Command& out) const override {
    require(line.ends_with("\r\n"), "bad case: a line without its CRLF");
    const GuardedBytes input(line.substr(0, line.size() - 2));
    const Bytes mechanisms = mechanisms_of(config);
    ehlo::Dialogue dialogue{true, takes_utf8(config, line)};
    ehlo::Command command{};
    std::vector<ehlo::Param> params(ehlo::kMaxParams);
    ehlo::ParamList list{params.data(), ehlo::kMaxParams};
    const ehlo::Problem problem =
        ehlo::read_command(bytes_in(input), 2, offer_of(config, mechanisms), dialogue, command, list);
    if (!problem.ok()) return checked(problem, line);
    const std::string_view base = input.view();
    out.verb = static_cast<std::uint32_t>(command.verb);
    out.flags = command.flags;
    out.host_kind = static_cast<std::uint32_t>(command.host_kind);
    out.size = command.size;
    out.text = part(base, command.text);
    out.response = part(base, command.response);
    out.path = path_of(base, command.path);
    require(command.param_count == list.count && list.count <= params.size(), "the number of parameters is wrong");
    for (std::uint32_t i = 0; i < list.count; ++i) out.params.push_back(param_of(base, params[i]));
    return EHLO_OK;
  }

  std::int32_t parse_path(std::string_view text, bool forward, bool smtputf8, Path& out) const override {
    const GuardedBytes input(text);
    ehlo::Path path{};
    const ehlo::PathRules rules{forward ? ehlo::Direction::forward : ehlo::Direction::reverse};
    const ehlo::Problem problem = ehlo::parse_path(bytes_in(input), rules, path);
    if (!problem.ok()) return checked(problem, text);
    if (!smtputf8 && (path.flags & ehlo::kPathNonAscii) != 0) return EHLO_E_NEEDS_SMTPUTF8;
    out = path_of(input.view(), path);
    return EHLO_OK;
  }

  std::int32_t parse_params(std::string_view text, std::uint32_t verb, const Config& config,
                            std::vector<Param>& out) const override {
    const ehlo::Bytes line = ehlo::without_trailing_space(bytes_in(text));
    const GuardedBytes input(line.text());
    const Bytes mechanisms = mechanisms_of(config);
    std::vector<ehlo::Param> params(ehlo::kMaxParams);
    ehlo::ParamList list{params.data(), ehlo::kMaxParams};
    ehlo::Problem problem = ehlo::parse_parameters(bytes_in(input), list);
    if (!problem.ok()) return checked(problem, text);
    ehlo::ParamRules rules{offer_of(config, mechanisms).extensions, takes_utf8(config, text)};
    problem = ehlo::judge_parameters(bytes_in(input), static_cast<ehlo::Verb>(verb), rules, list);
    if (!problem.ok()) return checked(problem, text);
    if (list.non_ascii && !rules.smtputf8) return EHLO_E_BAD_PARAMETER;
    for (std::uint32_t i = 0; i < list.count; ++i) out.push_back(param_of(input.view(), params[i]));
    return EHLO_OK;
  }

  std::optional<Bytes> unquote(std::string_view text) const override {
    const GuardedBytes in(text);
    return decoded([&](ehlo::Writer& out) {
      ehlo::unquote_local_part(bytes_in(in), out);
      return true;
    });
  }
  std::optional<Bytes> decode_xtext(std::string_view text, bool any_case) const override {
    const GuardedBytes in(text);
    const ehlo::HexCase hex = any_case ? ehlo::HexCase::any : ehlo::HexCase::upper;
    return decoded([&](ehlo::Writer& out) { return ehlo::decode_xtext(bytes_in(in), hex, out); });
  }
  std::optional<Bytes> decode_orcpt(std::string_view value) const override {
    const std::size_t semicolon = value.find(';');
    if (semicolon == value.npos) return std::nullopt;
    const GuardedBytes in(value.substr(semicolon + 1));
    const bool utf8 = equals_caseless(value.substr(0, semicolon), "utf-8");
    return decoded([&](ehlo::Writer& out) {
      bool ascii = true;
      return utf8 ? ehlo::decode_utf8_address(bytes_in(in), out, ascii)
                  : ehlo::decode_xtext(bytes_in(in), ehlo::HexCase::upper, out);
    });
  }
  std::optional<Bytes> decode_base64(std::string_view text) const override {
    const GuardedBytes in(text);
    return decoded([&](ehlo::Writer& out) { return ehlo::decode_base64(bytes_in(in), out); });
  }
  std::optional<PlainMessage> parse_plain(std::string_view message) const override {
    const GuardedBytes in(message);
    ehlo::PlainMessage plain{};
    if (!ehlo::parse_plain(bytes_in(in), plain).ok()) return std::nullopt;
    return PlainMessage{part(in.view(), plain.authzid).value_or(""), part(in.view(), plain.authcid).value_or(""),
                        part(in.view(), plain.passwd).value_or("")};
  }

  std::unique_ptr<DotDecoder> dot_decoder(std::uint32_t max_line, std::uint64_t max_size) const override {
    return std::make_unique<CoreDotDecoder>(max_line, max_size);
  }
  std::unique_ptr<Server> server(const Config& config, const ServerSetup& setup) const override {
    return std::make_unique<CoreServer>(config, setup);
  }

 private:
  static const ehlo::ErrorInfo& info(std::int32_t error) { return ehlo::error_info(static_cast<ehlo::Error>(error)); }
  static std::int32_t checked(ehlo::Problem problem, std::string_view input) {
    require(problem.at <= input.size(), "the position of an error lies outside of the input");
    return code_of(problem.error);
  }

  std::int32_t parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply,
                           std::size_t& at) const override {
    return core_parse_reply(octets, limits, reply, at);
  }
  std::int32_t parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits,
                           ParsedHello& hello) const override {
    return core_parse_hello(octets, tls, limits, hello);
  }
  bool has_mechanism(std::string_view reply, std::string_view mechanism) const override {
    return ehlo::has_mechanism(bytes_in(reply), bytes_in(mechanism));
  }
  std::optional<Bytes> write_param(std::uint32_t id, std::string_view text) const override {
    std::vector<unsigned char> room(text.size() * 12 + 64);
    ehlo::Writer out(room.data(), room.size());
    const bool good = ehlo::write_parameter(static_cast<ehlo::ParamId>(id), {0, bytes_in(text)}, out);
    if (!good) return std::nullopt;
    const Bytes whole(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(out.size()));
    return whole.substr(whole.find('=') + 1);
  }
  std::optional<Bytes> write_plain(std::string_view user, std::string_view password) const override {
    std::vector<unsigned char> room(user.size() + password.size() + 2);
    ehlo::Writer out(room.data(), room.size());
    if (!ehlo::write_plain({}, bytes_in(user), bytes_in(password), out)) return std::nullopt;
    return Bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(out.size()));
  }
  std::unique_ptr<Sender> sender(const SenderSetup& setup, std::string_view hostname) const override {
    return make_core_sender(setup, hostname);
  }
};

}  // namespace

std::unique_ptr<Engine> make_core_engine() { return std::make_unique<CoreEngine>(); }

}  // namespace vectors
