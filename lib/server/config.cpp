// Lays a configuration out in one block of memory.
#include "server/config.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "syntax/line_start.h"

namespace ehlo {
namespace {

std::string_view view(const char* text) noexcept { return text == nullptr ? std::string_view{} : text; }

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

Announcement Config::announcement(bool tls) const noexcept {
  return {options_.extensions, tls, flag(EHLO_SERVER_FLAG_PLAINTEXT_AUTH), options_.max_message_octets, mechanisms_};
}

// Copies the texts into `memory` behind the object and gives the octets needed; with capacity 0 it measures.
std::size_t Config::store(Octet* memory, std::size_t capacity) noexcept {
  const std::string_view hostname = view(options_.hostname);
  const std::string_view mechanisms = view(options_.mechanisms);
  std::size_t entries = 0;
  for (std::size_t i = 0; i < options_.rule_count; ++i) entries += KeywordRules::entries_of(options_.rules[i].scope);
  const std::size_t rule_octets = entries * sizeof(KeywordRules::Entry);
  KeywordRules rules(reinterpret_cast<KeywordRules::Entry*>(memory));
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
    if (capacity != 0) rules.add(keyword, rule.scope, static_cast<RuleAction>(rule.action));
  }
  rules.sort();
  rules_ = rules;
  for (std::size_t i = 0; i < kKeptReplies; ++i) {
    const std::size_t begin = out.size();
    write_standard(static_cast<Standard>(i), out);
    if (capacity != 0) replies_[i] = {reinterpret_cast<const char*>(texts) + begin, out.size() - begin};
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
  const StandardReply row = standard_reply(reply);
  write_reply(row.code, row.enhanced, bytes_of(row.text), sink);
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

ReplyPosition Config::write_reply(std::uint32_t code, EnhancedCode enhanced, Bytes text, ReplySink& out,
                                  std::size_t from) const noexcept {
  // RFC 5321 4.2.3: 221 and 421 begin with the name of the server.
  const bool named = code == 221 || code == 421;
  Octet prefix_octets[256];
  Writer prefix(prefix_octets, sizeof prefix_octets);
  if (named) {
    prefix.put(hostname_);
    prefix.put(' ');
  }
  if (!offers(EHLO_EXT_ENHANCEDSTATUSCODES)) enhanced = EHLO_ENHANCED_NONE;
  return ehlo::write_reply(out, code, enhanced, {prefix_octets, prefix.size()}, text, from);
}

// RFC 5321 4.2: our name is on the first line, whatever text it and further lines have.
ReplyPosition Config::write_greeting(Bytes text, ReplySink& out, std::size_t from) const noexcept {
  Octet prefix_octets[256];
  Writer prefix(prefix_octets, sizeof prefix_octets);
  prefix.put(hostname_);
  if (text.size != 0 && text[0] != '\n' && text[0] != '\r') prefix.put(' ');
  return ehlo::write_reply(out, 220, EHLO_ENHANCED_NONE, {prefix_octets, prefix.size()}, text, from);
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
    offer.general_literals = flag(EHLO_SERVER_FLAG_GENERAL_LITERALS);
    offer.limit_paths(options_.max_local_part_octets, options_.max_path_octets);
    offer.mail_octets += options_.max_line_octets != 0 ? 0 : mail;
    offer.rcpt_octets += options_.max_line_octets != 0 ? 0 : rcpt;
    // An exchange may begin with a response that is as long as any (RFC 4954 4), a token of OAUTH for one.
    const bool serves_auth = !(offer.missing_verbs & bit(EHLO_VERB_AUTH)) && options_.max_line_octets == 0;
    if (serves_auth) offer.auth_octets = std::max(offer.line_octets, options_.max_auth_line_octets);
    if (rules_.has(kScopeMail) || rules_.has(kScopeRcpt)) {
      offer.policy = param_rule;
      offer.policy_context = this;
    }
  }
  if (!rules_.has(kScopeVerb)) return;
  // VRFY is served by every server (RFC 5321 4.5.1), so that it is not missing where it is not announced.
  rule_verbs_ = offers_[0].missing_verbs | bit(EHLO_VERB_UNKNOWN) | (offers(EHLO_EXT_VRFY) ? 0 : bit(EHLO_VERB_VRFY));
  rule_verbs_ &= ~bit(EHLO_VERB_BDAT);
}

Config* Config::create(const ServerOptions& options, const Allocator& allocator, Error& error) noexcept {
  error = EHLO_E_ARGUMENT;
  if (wrong_option(options) != nullptr) return nullptr;
  Config measured;
  measured.options_ = options;
  const std::size_t octets = sizeof(Config) + measured.store(nullptr, 0);
  void* memory = allocator.allocate(allocator.context, octets);
  error = EHLO_E_MEMORY;
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
  error = EHLO_OK;
  return config;
}

void Config::drop(const Config* config) noexcept {
  if (config == nullptr || !config->references_.drop()) return;
  const Allocator allocator = config->allocator_;
  const std::size_t octets = config->octets_;
  config->~Config();
  allocator.release(allocator.context, const_cast<Config*>(config), octets);
}

bool Config::serves_mechanism(Bytes mechanism, bool tls) const noexcept {
  if (!flag(EHLO_SERVER_FLAG_PLAINTEXT_AUTH) && !tls) return false;
  for (std::size_t begin = 0; begin < mechanisms_.size();) {
    std::size_t end = mechanisms_.find(' ', begin);
    if (end == std::string_view::npos) end = mechanisms_.size();
    if (equals_caseless(mechanism, {mechanisms_.data() + begin, end - begin})) return true;
    begin = end + 1;
  }
  return false;
}

// A chunk may follow a verb that begins with BDAT, and VRFY is served anyway: about these "*" says nothing.
std::optional<std::uint32_t> Config::own_verb(Bytes word, Verb verb) const noexcept {
  const bool is_named_only = verb == EHLO_VERB_VRFY || start_of(word).has_bdat();
  const RuleAction action = is_named_only ? rules_.find_named(word, kScopeVerb) : rules_.find(word, kScopeVerb);
  if (action != RuleAction::offer) return std::nullopt;
  return EHLO_VERB_UNKNOWN;
}

RuleAction Config::param_rule(const void* config, Bytes keyword, Verb command) noexcept {
  return static_cast<const Config*>(config)->rules_.find(keyword, command == EHLO_VERB_MAIL ? kScopeMail : kScopeRcpt);
}

std::uint32_t Config::longest_line() const noexcept {
  std::uint32_t longest = options_.max_auth_line_octets;
  for (const Offer& offer : offers_)
    if (offer.longest_line() > longest) longest = offer.longest_line();
  return longest;
}

}  // namespace ehlo
