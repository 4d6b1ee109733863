// Checks the options and lays a configuration out in one block of memory.
#include "server/config.h"

#include <cstring>
#include <new>

#include "syntax/char_class.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kMinRecipients = 100;  // RFC 5321 4.5.3.1.8
constexpr std::uint32_t kMinDataLine = 1000;   // 4.5.3.1.6
constexpr std::uint64_t kMinMessage = 65536;   // 4.5.3.1.7
constexpr std::uint32_t kMaxHostname = 255;
constexpr std::uint32_t kMaxRules = 256;
constexpr std::uint32_t kMaxKeyword = 255;
constexpr std::size_t kMaxMechanisms = 400;

std::string_view view(const char* text) noexcept { return text == nullptr ? std::string_view{} : text; }

constexpr bool within(std::uint64_t value, std::uint64_t low, std::uint64_t high) noexcept {
  return value >= low && value <= high;
}

// A limit of 0 where that means none, else not below the RFC's minimum.
bool is_limit(const ServerOptions& options, std::uint64_t value, std::uint64_t minimum) noexcept {
  return value == 0 || value >= minimum || (options.flags & kBelowMinimum);
}

bool are_mechanisms(std::string_view text) noexcept {
  if (text.size() > kMaxMechanisms) return false;
  std::size_t length = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at != text.size() && text[at] != ' ') {
      const auto c = static_cast<Octet>(text[at]);
      if (!is(c, kKeyword) && c != '_') return false;
      ++length;
      continue;
    }
    if (length == 0 || length > 20) return text.empty();
    length = 0;
  }
  return true;
}

bool is_rule(const KeywordRule& rule) noexcept {
  const std::string_view keyword = view(rule.keyword);
  if (!within(keyword.size(), 1, kMaxKeyword) || rule.action > 2 || !within(rule.scope, 1, 15)) return false;
  if (rule.octets > 4096 || ((rule.scope & kScopeVerb) && rule.action == 2)) return false;
  for (const char c : keyword)
    if (static_cast<Octet>(c) >= 0x80 || is(static_cast<Octet>(c), kControl)) return false;
  if (rule.scope & kScopeEhlo) return rule.scope == kScopeEhlo && is(static_cast<Octet>(keyword[0]), kLetDig);
  return keyword.find(' ') == std::string_view::npos;
}

bool are_valid(const ServerOptions& o) noexcept {
  const std::string_view hostname = view(o.hostname);
  if (hostname.size() > kMaxHostname || !is_host(bytes_of(hostname))) return false;
  if (!are_mechanisms(view(o.mechanisms))) return false;
  if (o.asks >= kAskQuit << 1 || o.extensions >= ExtensionSet{1} << kExtensionCount) return false;
  if (o.protocol > 1 || (o.flags & ~kKnownServerFlags) != 0 || o.command_endings > 2 || o.data_endings > 2 || o.reserved != 0) return false;
  if (!within(o.recipient_window, 1, 1000) || !within(o.reply_queue, 4, 4096)) return false;
  if (!within(o.reply_text_octets, 512, 1u << 20) || !within(o.max_recipients, 1, 1u << 20)) return false;
  if (!within(o.max_auth_line_octets, 8, 1u << 24) || o.max_line_octets > 1u << 24) return false;
  if (!is_limit(o, o.max_recipients, kMinRecipients) || !is_limit(o, o.max_line_octets, kMinLine)) return false;
  if (o.max_line_octets != 0 && o.max_line_octets < 16) return false;
  if (!is_limit(o, o.max_data_line_octets, kMinDataLine)) return false;
  if (!is_limit(o, o.max_message_octets, kMinMessage)) return false;
  if (o.rule_count > kMaxRules || (o.rule_count != 0 && o.rules == nullptr)) return false;
  for (std::uint64_t i = 0; i < o.rule_count; ++i)
    if (!is_rule(o.rules[i])) return false;
  return true;
}

// Collects the lines of the EHLO reply; the last has a space behind its code (RFC 5321 4.2.1), so each line is
// written when the next is known.
struct HelloWriter {
  Writer& out;
  Octet line[kMinLine];
  std::size_t length = 0;

  static void add(void* context, Bytes text) noexcept {
    auto& self = *static_cast<HelloWriter*>(context);
    self.flush('-');
    self.length = text.size < sizeof self.line ? text.size : sizeof self.line;
    std::memcpy(self.line, text.data, self.length);
  }
  void flush(char separator) noexcept {
    if (length == 0) return;
    out.put("250");
    out.put(static_cast<Octet>(separator));
    out.put(Bytes{line, length});
    out.put("\r\n");
  }
};

}  // namespace

ServerOptions default_server_options() noexcept {
  ServerOptions options{};
  options.struct_size = sizeof options;
  options.hostname = "localhost";
  options.extensions = bit(ExtensionId::pipelining) | bit(ExtensionId::size) | bit(ExtensionId::eight_bit_mime) |
                       bit(ExtensionId::enhanced_status_codes) | bit(ExtensionId::dsn) | bit(ExtensionId::chunking) |
                       bit(ExtensionId::binary_mime) | bit(ExtensionId::smtputf8) | bit(ExtensionId::help);
  options.max_discard_octets = 16u << 20;
  options.asks = kAskMail | kAskRcpt | kAskMessage | kAskAuth;
  options.max_auth_line_octets = 12288;  // RFC 4954 4.3
  options.max_recipients = 1000;
  options.max_errors = 20;
  options.max_idle_commands = 1000;
  options.max_auth_attempts = 3;
  options.max_auth_steps = 16;
  options.recipient_window = 16;
  options.reply_queue = 16;
  options.reply_text_octets = 4096;
  return options;
}

Announcement Config::announcement(bool tls) const noexcept {
  return {options_.extensions, tls, flag(kPlaintextAuth), options_.max_message_octets, mechanisms_};
}

// Copies the texts into `memory` behind the object and gives the octets needed; with capacity 0 it measures.
std::size_t Config::store(Octet* memory, std::size_t capacity) noexcept {
  const std::string_view hostname = view(options_.hostname);
  const std::string_view mechanisms = view(options_.mechanisms);
  auto* rules = reinterpret_cast<Rule*>(memory);
  const std::size_t rule_octets = static_cast<std::size_t>(options_.rule_count) * sizeof(Rule);
  Octet* const texts = capacity == 0 ? nullptr : memory + rule_octets;
  Writer out(texts, capacity == 0 ? 0 : capacity - rule_octets);
  const auto keep = [&](std::string_view text, std::size_t at) {
    return capacity == 0 ? text : std::string_view{reinterpret_cast<const char*>(texts) + at, text.size()};
  };
  const auto put = [&](std::string_view text) {
    const std::size_t at = out.size();
    out.put(text);
    return keep(text, at);
  };
  hostname_ = put(hostname);
  mechanisms_ = put(mechanisms);
  for (std::size_t i = 0; i < options_.rule_count; ++i) {
    const KeywordRule& rule = options_.rules[i];
    const std::string_view keyword = put(rule.keyword);
    if (capacity != 0) new (&rules[i]) Rule{keyword, rule.scope, static_cast<RuleAction>(rule.action)};
  }
  for (std::size_t i = 0; i < kReplies; ++i) {
    const std::size_t begin = out.size();
    write_standard(static_cast<Standard>(i), out);
    if (capacity != 0) replies_[i] = {reinterpret_cast<const char*>(texts) + begin, out.size() - begin};
  }
  if (capacity != 0) {
    rules_ = rules;
    rule_count_ = static_cast<std::size_t>(options_.rule_count);
  }
  return rule_octets + out.size();
}

void Config::write_standard(Standard reply, Writer& out) const noexcept {
  switch (reply) {
    case Standard::greeting:
      out.put("220 ");
      out.put(hostname_);
      return out.put(lmtp() ? " LMTP\r\n" : " ESMTP\r\n");
    case Standard::hello:
      out.put("250 ");
      out.put(hostname_);
      return out.put("\r\n");
    case Standard::hello_esmtp: return write_hello(false, out);
    case Standard::hello_esmtp_tls: return write_hello(true, out);
    default: break;
  }
  Octet text[2 * kMinLine];
  ReplySink sink(text, sizeof text, 0);
  const StandardReply& row = standard_reply(reply);
  write_reply(row.code, &row.enhanced, bytes_of(row.text), sink);
  out.put(Bytes{text, sink.written()});
}

void Config::write_hello(bool tls, Writer& out) const noexcept {
  HelloWriter writer{out, {}, 0};
  HelloWriter::add(&writer, bytes_of(hostname_));
  Announcement facts = announcement(tls);
  facts.offered = available_extensions(facts);
  announce_extensions(facts, &writer, HelloWriter::add);
  for (std::size_t i = 0; i < options_.rule_count; ++i)
    if (options_.rules[i].scope & kScopeEhlo) HelloWriter::add(&writer, bytes_of(options_.rules[i].keyword));
  writer.flush(' ');
}

ReplyPosition Config::write_reply(std::uint32_t code, const EnhancedCode* enhanced, Bytes text, ReplySink& out,
                                  std::size_t from) const noexcept {
  // RFC 5321 4.2.3: 221 and 421 begin with the name of the server.
  const bool named = code == 221 || code == 421;
  Octet prefix_octets[256];
  Writer prefix(prefix_octets, sizeof prefix_octets);
  if (named) {
    prefix.put(hostname_);
    prefix.put(' ');
  }
  if (!offers(ExtensionId::enhanced_status_codes)) enhanced = nullptr;
  return ehlo::write_reply(out, code, enhanced, {prefix_octets, prefix.size()}, text, from);
}

// RFC 5321 4.2: our name is on the first line, whatever text it and further lines have.
ReplyPosition Config::write_greeting(Bytes text, ReplySink& out, std::size_t from) const noexcept {
  Octet prefix_octets[256];
  Writer prefix(prefix_octets, sizeof prefix_octets);
  prefix.put(hostname_);
  if (text.size != 0 && text[0] != '\n' && text[0] != '\r') prefix.put(' ');
  return ehlo::write_reply(out, 220, nullptr, {prefix_octets, prefix.size()}, text, from);
}

void Config::make_offers() noexcept {
  std::uint32_t mail = 0, rcpt = 0;
  for (std::size_t i = 0; i < options_.rule_count; ++i) {
    if (options_.rules[i].scope & kScopeMail) mail += options_.rules[i].octets;
    if (options_.rules[i].scope & kScopeRcpt) rcpt += options_.rules[i].octets;
  }
  for (const bool tls : {false, true}) {
    Offer& offer = offers_[tls];
    offer = make_offer(announcement(tls), lmtp(), options_.max_line_octets);
    offer.general_literals = flag(kGeneralLiterals);
    offer.mail_octets += options_.max_line_octets != 0 ? 0 : mail;
    offer.rcpt_octets += options_.max_line_octets != 0 ? 0 : rcpt;
    if (rule_count_ != 0) {
      offer.policy = param_rule;
      offer.policy_context = this;
    }
  }
}

Config* Config::create(const ServerOptions& options, const Allocator& allocator, Error& error) noexcept {
  error = Error::argument;
  if (!are_valid(options)) return nullptr;
  Config measured;
  measured.options_ = options;
  const std::size_t octets = sizeof(Config) + measured.store(nullptr, 0);
  void* memory = allocator.allocate(allocator.context, octets);
  error = Error::memory;
  if (memory == nullptr) return nullptr;
  auto* config = new (memory) Config;
  config->options_ = options;
  config->allocator_ = allocator;
  config->octets_ = octets;
  config->store(static_cast<Octet*>(memory) + sizeof(Config), octets - sizeof(Config));
  config->make_offers();
  // The program may drop its strings now.
  config->options_.hostname = config->options_.mechanisms = nullptr;
  config->options_.rules = nullptr;
  error = Error::none;
  return config;
}

void Config::destroy(Config* config) noexcept {
  if (config == nullptr) return;
  const Allocator allocator = config->allocator_;
  const std::size_t octets = config->octets_;
  config->~Config();
  allocator.release(allocator.context, config, octets);
}

bool Config::serves_mechanism(Bytes mechanism, bool tls) const noexcept {
  if (!flag(kPlaintextAuth) && !tls) return false;
  for (std::size_t begin = 0; begin < mechanisms_.size();) {
    std::size_t end = mechanisms_.find(' ', begin);
    if (end == std::string_view::npos) end = mechanisms_.size();
    if (equals_caseless(mechanism, {mechanisms_.data() + begin, end - begin})) return true;
    begin = end + 1;
  }
  return false;
}

RuleAction Config::find_rule(Bytes keyword, std::uint32_t scope) const noexcept {
  for (std::size_t i = 0; i < rule_count_; ++i)
    if ((rules_[i].scope & scope) && (rules_[i].keyword == "*" || equals_caseless(keyword, rules_[i].keyword)))
      return rules_[i].action;
  return RuleAction::refuse;
}

RuleAction Config::param_rule(const void* config, Bytes keyword, Verb command) noexcept {
  return static_cast<const Config*>(config)->find_rule(keyword, command == Verb::mail ? kScopeMail : kScopeRcpt);
}

std::uint32_t Config::longest_line() const noexcept {
  std::uint32_t longest = options_.max_auth_line_octets;
  for (const Offer& offer : offers_)
    if (offer.longest_line() > longest) longest = offer.longest_line();
  return longest;
}

}  // namespace ehlo
