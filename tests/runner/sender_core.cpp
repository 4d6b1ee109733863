// A client session of the C++ core.
#include <cstdlib>

#include "client/client.h"
#include "sender_engines.h"
#include "support/guarded.h"

namespace vectors {
namespace {

using support::GuardedBytes;

std::int32_t code_of(ehlo::Error error) { return static_cast<std::int32_t>(error); }
ehlo::Bytes bytes_in(const GuardedBytes& input) { return {input.data(), input.size()}; }
ehlo::Bytes bytes_in(std::string_view text) { return ehlo::bytes_of(text); }

std::optional<Bytes> part(std::string_view base, ehlo::Span span) {
  if (!span.present()) return std::nullopt;
  require(span.off <= base.size() && span.len <= base.size() - span.off, "a span lies outside of its buffer");
  return Bytes(base.substr(span.off, span.len));
}

const ehlo::Allocator kHeap{[](void*, std::size_t octets) { return std::malloc(octets); },
                            [](void*, void* memory, std::size_t) { std::free(memory); }, nullptr};

class CoreSender : public Sender {
 public:
  CoreSender(const SenderSetup& setup, std::string_view hostname) {
    const Bytes name(hostname);
    ehlo::ClientOptions options = ehlo::default_client_options();
    options.hostname = name.c_str();
    options.protocol = setup.lmtp ? 1 : 0;
    options.flags = ehlo::kClientPlaintextAuth | (setup.require_tls ? ehlo::kClientRequireTls : 0u);
    options.data_endings = setup.endings;
    options.replies = {setup.replies.line, setup.replies.lines, setup.replies.octets};
    ehlo::Error error = ehlo::Error::none;
    config_ = ehlo::ClientConfig::create(options, kHeap, error);
    if (config_ != nullptr) client_ = ehlo::Client::create(*config_, kHeap);
  }
  ~CoreSender() override {
    ehlo::Client::destroy(client_);
    ehlo::ClientConfig::destroy(config_);
  }
  bool good() const { return client_ != nullptr; }

  std::size_t receive(std::string_view shown, std::uint32_t event_cap, std::vector<SenderEvent>& events) override {
    const GuardedBytes input(shown);
    std::vector<ehlo::ClientEvent> raw(event_cap);
    ehlo::ClientBatch batch{raw.data(), event_cap, 0, ehlo::Error::none, 0};
    const std::size_t used = client_->receive(bytes_in(input), batch);
    require(batch.error == ehlo::Error::none && batch.event_count <= event_cap && used <= shown.size(), "a bad batch");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      const ehlo::ClientEvent& e = raw[i];
      events.push_back({static_cast<std::uint32_t>(e.type), static_cast<std::uint32_t>(e.verb), e.code, e.enhanced,
                        e.transaction, e.index, static_cast<std::uint32_t>(e.verdict),
                        static_cast<std::uint32_t>(e.scope), e.flags, code_of(e.error), e.number, e.extensions,
                        part(shown, e.reply), part(shown, e.text)});
    }
    return used;
  }
  std::size_t output(char* out, std::size_t capacity) override {
    return client_->output(reinterpret_cast<unsigned char*>(out), capacity);
  }
  std::uint32_t wants() const override { return client_->wants(); }
  std::uint32_t facts() const override { return client_->facts(); }
  std::uint32_t outstanding() const override { return client_->outstanding(); }
  Bytes hello_reply() const override { return Bytes(client_->hello_reply().text()); }

  std::int32_t hello(std::uint32_t verb) override { return code_of(client_->hello(static_cast<ehlo::Verb>(verb))); }
  std::int32_t starttls() override { return code_of(client_->starttls()); }
  std::int32_t auth(std::string_view mechanism, const std::optional<Bytes>& response) override {
    return code_of(
        client_->auth(bytes_in(mechanism), bytes_in(std::string_view(response.value_or(""))), response.has_value()));
  }
  std::int32_t respond(std::string_view response) override {
    return code_of(client_->auth_respond(bytes_in(response)));
  }
  std::int32_t cancel() override { return code_of(client_->auth_cancel()); }
  std::int32_t mail(std::string_view sender, const std::vector<SentParam>& params) override {
    const auto raw = raw_params(params);
    return code_of(client_->mail(bytes_in(sender), raw.data(), raw.size()));
  }
  std::int32_t rcpt(std::string_view recipient, const std::vector<SentParam>& params) override {
    const auto raw = raw_params(params);
    return code_of(client_->rcpt(bytes_in(recipient), raw.data(), raw.size()));
  }
  std::int32_t data() override { return code_of(client_->data()); }
  std::int32_t bdat(std::string_view chunk, bool last) override {
    std::size_t at = 0;
    return code_of(client_->bdat(bytes_in(chunk), last, at));
  }
  std::int32_t rset() override { return code_of(client_->reset()); }
  std::int32_t vrfy(std::string_view text) override {
    return code_of(client_->query(ehlo::Verb::vrfy, bytes_in(text), false));
  }
  std::int32_t quit() override { return code_of(client_->quit()); }
  std::int32_t abort_data() override { return code_of(client_->abort_data()); }
  std::int32_t body(std::string_view content, bool last, std::size_t room, bool copied, Bytes& wire,
                    std::size_t& consumed) override {
    const GuardedBytes input(content);
    if (copied) {
      std::vector<unsigned char> out(room);
      std::size_t written = 0;
      const ehlo::Error error = client_->body_copy(bytes_in(input), last, out.data(), room, written, consumed);
      require(written <= room, "more was written than there is room");
      wire.append(reinterpret_cast<const char*>(out.data()), written);
      return code_of(error);
    }
    std::vector<ehlo::Span> items(room);
    ehlo::SpanList spans{items.data(), static_cast<std::uint32_t>(room), 0};
    const ehlo::Error error = client_->body(bytes_in(input), last, spans, consumed);
    require(spans.count <= room, "more spans than there is room");
    for (std::uint32_t i = 0; i < spans.count; ++i) {
      if (items[i].off == ehlo::kCrlfOffset)
        wire += "\r\n";
      else if (items[i].off == ehlo::kEndOffset)
        wire += ".\r\n";
      else
        wire += part(content, items[i]).value();
    }
    return code_of(error);
  }
  std::int32_t tls_started() override { return code_of(client_->tls_started()); }
  std::int32_t tls_failed() override { return code_of(client_->tls_failed()); }
  void eof() override { client_->eof(); }

 private:
  static std::vector<ehlo::ParamText> raw_params(const std::vector<SentParam>& params) {
    std::vector<ehlo::ParamText> raw;
    for (const SentParam& param : params)
      raw.push_back({param.keyword.data(), param.keyword.size(), param.value ? param.value->data() : nullptr,
                     param.value ? param.value->size() : 0});
    return raw;
  }

  ehlo::ClientConfig* config_ = nullptr;
  ehlo::Client* client_ = nullptr;
};

}  // namespace

std::unique_ptr<Sender> make_core_sender(const SenderSetup& setup, std::string_view hostname) {
  auto sender = std::make_unique<CoreSender>(setup, hostname);
  return sender->good() ? std::move(sender) : nullptr;
}

// Feeds an octet more at a time to one parser, so that what it remembers is tried too.
std::int32_t core_parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply, std::size_t& at) {
  ehlo::ReplyParser parser(ehlo::with_defaults({limits.line, limits.lines, limits.octets}));
  ehlo::Reply raw;
  ehlo::Problem problem{ehlo::Error::incomplete, 0};
  const std::size_t step = octets.size() > 4096 ? 997 : 1;
  GuardedBytes input;
  for (std::size_t shown = 0; problem.error == ehlo::Error::incomplete; shown += step) {
    input.assign(octets.substr(0, shown));
    problem = parser.feed(bytes_in(input), raw);
    if (shown >= octets.size()) break;
  }
  at = problem.at;
  if (!problem.ok()) return code_of(problem.error);
  reply = {raw.code, raw.enhanced.packed(), raw.length, {}};
  const ehlo::Bytes whole = bytes_in(input).first(raw.length);
  for (std::size_t line = 0;;) {
    const ehlo::Span text = ehlo::next_reply_line(whole, line);
    if (!text.present()) break;
    reply.lines.push_back(part(octets, text).value());
  }
  require(reply.lines.size() == raw.lines, "the number of lines is wrong");
  return code_of(problem.error);
}

std::int32_t core_parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits, ParsedHello& hello) {
  const GuardedBytes input(octets);
  ehlo::ReplyParser parser(ehlo::with_defaults({limits.line, limits.lines, limits.octets}));
  ehlo::Reply raw;
  ehlo::HelloLines lines;
  const ehlo::Problem problem = parser.feed_hello(bytes_in(input), raw, lines);
  if (!problem.ok()) return code_of(problem.error);
  if (raw.code != 250) return code_of(raw.klass() >= 4 ? ehlo::Error::hello_refused : ehlo::Error::unexpected_code);
  const ehlo::Bytes reply = bytes_in(input).first(raw.length);
  const ehlo::Capabilities capabilities = ehlo::read_capabilities(reply, lines, tls);
  hello.domain = part(octets, lines.count != 0 ? lines.items[0].keyword : ehlo::hello_domain(reply)).value();
  hello.offered = capabilities.offered;
  hello.usable = capabilities.usable;
  if (capabilities.has_size_limit) hello.size_limit = capabilities.size_limit;
  ehlo::Capability line;
  for (std::size_t at = 0; ehlo::next_capability(reply, at, line);)
    hello.capabilities.emplace_back(part(octets, line.keyword).value(), part(octets, line.params).value_or(""));
  return EHLO_OK;
}

}  // namespace vectors
