// A client session through the C API.
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

class CapiSender : public Sender {
 public:
  CapiSender(const SenderSetup& setup, std::string_view hostname) {
    const Bytes name(hostname);
    ehlo_client_options options;
    ehlo_client_options_init(&options, sizeof options);
    options.hostname = name.c_str();
    options.protocol = setup.lmtp ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
    options.flags = EHLO_CLIENT_PLAINTEXT_AUTH | (setup.require_tls ? EHLO_CLIENT_REQUIRE_TLS : 0u);
    options.data_endings = setup.endings;
    options.replies = {setup.replies.line, setup.replies.lines, setup.replies.octets};
    std::int32_t error = 0;
    config_ = ehlo_client_config_new(&options, nullptr, &error);
    if (config_ != nullptr) client_ = ehlo_client_new(config_, nullptr);
  }
  ~CapiSender() override {
    ehlo_client_free(client_);
    ehlo_client_config_free(config_);
  }
  bool good() const { return client_ != nullptr; }

  std::size_t receive(std::string_view shown, std::uint32_t event_cap, std::vector<SenderEvent>& events) override {
    const GuardedBytes input(shown);
    std::vector<ehlo_client_event> raw(event_cap);
    ehlo_client_batch batch{raw.data(), event_cap, 0, 0, 0};
    const std::size_t used = ehlo_client_receive(client_, input.data(), input.size(), &batch);
    require(batch.error == EHLO_OK && batch.event_count <= event_cap && used <= shown.size(), "a bad batch");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      const ehlo_client_event& e = raw[i];
      events.push_back({e.type, e.verb, e.code, e.enhanced, e.transaction, e.index, e.verdict, e.scope, e.flags,
                        e.error, e.number, e.extensions, part(shown, e.reply), part(shown, e.text)});
    }
    return used;
  }
  std::size_t output(char* out, std::size_t capacity) override { return ehlo_client_output(client_, out, capacity); }
  std::uint32_t wants() const override { return ehlo_client_wants(client_); }
  std::uint32_t facts() const override { return ehlo_client_facts(client_); }
  std::uint32_t outstanding() const override { return ehlo_client_outstanding(client_); }
  Bytes hello_reply() const override {
    std::size_t length = 0;
    const char* reply = ehlo_client_hello_reply(client_, &length);
    return reply == nullptr ? "" : Bytes(reply, length);
  }

  std::int32_t hello(std::uint32_t verb) override { return ehlo_client_hello(client_, verb); }
  std::int32_t starttls() override { return ehlo_client_starttls(client_); }
  std::int32_t auth(std::string_view mechanism, const std::optional<Bytes>& response) override {
    return ehlo_client_auth(client_, mechanism.data(), mechanism.size(), response ? response->data() : nullptr,
                            response ? response->size() : 0);
  }
  std::int32_t respond(std::string_view response) override {
    return ehlo_client_auth_respond(client_, response.data(), response.size());
  }
  std::int32_t cancel() override { return ehlo_client_auth_cancel(client_); }
  std::int32_t mail(std::string_view sender, const std::vector<SentParam>& params) override {
    const auto raw = raw_params(params);
    return ehlo_client_mail(client_, sender.data(), sender.size(), raw.data(), raw.size());
  }
  std::int32_t rcpt(std::string_view recipient, const std::vector<SentParam>& params) override {
    const auto raw = raw_params(params);
    return ehlo_client_rcpt(client_, recipient.data(), recipient.size(), raw.data(), raw.size());
  }
  std::int32_t data() override { return ehlo_client_data(client_); }
  std::int32_t bdat(std::string_view chunk, bool last) override {
    return ehlo_client_bdat(client_, chunk.data(), chunk.size(), last, nullptr);
  }
  std::int32_t rset() override { return ehlo_client_rset(client_); }
  std::int32_t vrfy(std::string_view text) override {
    return ehlo_client_query(client_, EHLO_VERB_VRFY, text.data(), text.size(), 0);
  }
  std::int32_t quit() override { return ehlo_client_quit(client_); }
  std::int32_t abort_data() override { return ehlo_client_abort_data(client_); }
  std::int32_t body(std::string_view content, bool last, std::size_t room, bool copied, Bytes& wire,
                    std::size_t& consumed) override {
    const GuardedBytes input(content);
    if (copied) {
      Bytes out(room, '\0');
      std::size_t written = 0;
      const std::int32_t rc =
          ehlo_client_body_copy(client_, input.data(), input.size(), last, out.data(), room, &written, &consumed);
      require(written <= room, "more was written than there is room");
      wire.append(out, 0, written);
      return rc;
    }
    std::vector<ehlo_span> spans(room);
    std::uint32_t count = 0;
    const std::int32_t rc = ehlo_client_body(client_, input.data(), input.size(), last, spans.data(),
                                             static_cast<std::uint32_t>(room), &count, &consumed);
    require(count <= room, "more spans than there is room");
    for (std::uint32_t i = 0; i < count; ++i) {
      if (spans[i].off == EHLO_OFF_CRLF)
        wire += "\r\n";
      else if (spans[i].off == EHLO_OFF_END)
        wire += ".\r\n";
      else
        wire += part(content, spans[i]).value();
    }
    return rc;
  }
  std::int32_t tls_started() override { return ehlo_client_tls_started(client_); }
  std::int32_t tls_failed() override { return ehlo_client_tls_failed(client_); }
  void eof() override { ehlo_client_eof(client_); }

 private:
  static std::vector<ehlo_param_text> raw_params(const std::vector<SentParam>& params) {
    std::vector<ehlo_param_text> raw;
    for (const SentParam& param : params)
      raw.push_back({param.keyword.data(), param.keyword.size(), param.value ? param.value->data() : nullptr,
                     param.value ? param.value->size() : 0});
    return raw;
  }

  ehlo_client_config* config_ = nullptr;
  ehlo_client* client_ = nullptr;
};

}  // namespace

std::unique_ptr<Sender> make_capi_sender(const SenderSetup& setup, std::string_view hostname) {
  auto sender = std::make_unique<CapiSender>(setup, hostname);
  return sender->good() ? std::move(sender) : nullptr;
}

std::int32_t capi_parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply, std::size_t& at) {
  const GuardedBytes input(octets);
  const ehlo_reply_limits own{limits.line, limits.lines, limits.octets};
  ehlo_reply raw{};
  const std::int32_t rc = ehlo_reply_parse(input.data(), input.size(), &own, &raw, &at);
  if (rc != EHLO_OK) return rc;
  reply = {raw.code, raw.enhanced, raw.length, {}};
  ehlo_span text;
  for (std::size_t line = 0; ehlo_reply_line(input.data(), raw.length, &line, &text) == 1;)
    reply.lines.push_back(part(octets, text).value());
  require(reply.lines.size() == raw.lines, "the number of lines is wrong");
  return rc;
}

std::int32_t capi_parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits, ParsedHello& hello) {
  const GuardedBytes input(octets);
  const ehlo_reply_limits own{limits.line, limits.lines, limits.octets};
  ehlo_hello raw{};
  const std::int32_t rc = ehlo_hello_parse(input.data(), input.size(), tls, &own, &raw, nullptr);
  if (rc != EHLO_OK) return rc;
  hello.domain = part(octets, raw.domain).value();
  hello.offered = raw.offered;
  hello.usable = raw.usable;
  if (raw.has_size_limit != 0) hello.size_limit = raw.size_limit;
  ehlo_capability capability;
  for (std::size_t at = 0; ehlo_hello_next(input.data(), input.size(), &at, &capability) == 1;)
    hello.capabilities.emplace_back(part(octets, capability.keyword).value(),
                                    part(octets, capability.params).value_or(""));
  return rc;
}

}  // namespace vectors
