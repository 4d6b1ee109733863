// An immutable server configuration: the program's options, checked, and what follows from them, worked out once for
// all sessions.
#pragma once

#include "base/allocator.h"
#include "base/references.h"
#include "extension/read_command.h"
#include "server/keyword_rules.h"
#include "server/replies.h"
#include "wire/line_endings.h"

namespace ehlo {

enum ServerFlag : std::uint32_t {
  kRequireTls = 1,
  kRequireAuth = 2,
  kImplicitTls = 8,
  kCloseOnInjection = 16,
  kBelowMinimum = 32,
  kGeneralLiterals = 64,
  kPlaintextAuth = 128,
  kRefuseNul = 256
};
inline constexpr std::uint32_t kKnownServerFlags = kRequireTls | kRequireAuth | kImplicitTls | kCloseOnInjection |
                                                   kBelowMinimum | kGeneralLiterals | kPlaintextAuth | kRefuseNul;

// Questions to the program; the bits are those of EHLO_ASK_*.
enum Ask : std::uint32_t {
  kAskGreeting = 1 << 0,
  kAskHello = 1 << 1,
  kAskMail = 1 << 2,
  kAskRcpt = 1 << 3,
  kAskData = 1 << 4,
  kAskChunk = 1 << 5,
  kAskMessage = 1 << 6,
  kAskStarttls = 1 << 7,
  kAskAuth = 1 << 8,
  kAskVrfy = 1 << 9,
  kAskExpn = 1 << 10,
  kAskHelp = 1 << 11,
  kAskNoop = 1 << 12,
  kAskRset = 1 << 13,
  kAskQuit = 1 << 14
};

// The layout of ehlo_server_options.
struct ServerOptions {
  std::size_t struct_size;
  const char* hostname;
  const char* mechanisms;
  const KeywordRule* rules;
  std::uint64_t rule_count;
  std::uint64_t extensions;
  std::uint64_t max_message_octets;
  std::uint64_t max_discard_octets;
  std::uint32_t protocol;
  std::uint32_t asks;
  std::uint32_t flags;
  std::uint32_t max_line_octets;
  std::uint32_t max_auth_line_octets;
  std::uint32_t max_data_line_octets;
  std::uint32_t max_recipients;
  std::uint32_t max_messages;
  std::uint32_t max_errors;
  std::uint32_t max_idle_commands;
  std::uint32_t max_auth_attempts;
  std::uint32_t max_auth_challenges;
  std::uint32_t recipient_window;
  std::uint32_t reply_queue;
  std::uint32_t reply_text_octets;
  std::uint32_t command_endings;
  std::uint32_t data_endings;
  std::uint32_t reserved;
  std::uint32_t max_local_part_octets;
  std::uint32_t max_path_octets;
};
ServerOptions default_server_options() noexcept;
// The name of the first field that no server can have, nullptr: it can have all of them.
const char* wrong_option(const ServerOptions& options) noexcept;

class Config {
 public:
  // nullptr with Error::argument for an option out of range, with Error::memory where the allocator gives nothing.
  static Config* create(const ServerOptions& options, const Allocator& allocator, Error& error) noexcept;
  // The configuration is freed with its last reference: that of its maker or of a session.
  const Config& take() const noexcept {
    references_.take();
    return *this;
  }
  static void drop(const Config* config) noexcept;

  // The scalars as given; its pointers are null.
  const ServerOptions& options() const noexcept { return options_; }
  bool lmtp() const noexcept { return options_.protocol != 0; }
  bool flag(ServerFlag flag) const noexcept { return (options_.flags & flag) != 0; }
  std::string_view hostname() const noexcept { return hostname_; }

  const Offer& offer(bool tls) const noexcept { return offers_[tls]; }
  bool offers(ExtensionId id) const noexcept { return has(options_.extensions, id); }
  // A reply of the library's own, as it is sent.
  std::string_view reply(Standard reply) const noexcept { return replies_[static_cast<std::size_t>(reply)]; }
  // Any other, in lines; `enhanced` is left out where the session does not offer such codes.
  ReplyPosition write_reply(std::uint32_t code, const EnhancedCode* enhanced, Bytes text, ReplySink& out,
                            std::size_t from = 0) const noexcept;
  ReplyPosition write_greeting(Bytes text, ReplySink& out, std::size_t from) const noexcept;
  // The whole reply to EHLO or LHLO.
  std::string_view hello_reply(bool tls) const noexcept {
    return reply(tls ? Standard::hello_esmtp_tls : Standard::hello_esmtp);
  }
  bool serves_mechanism(Bytes mechanism, bool tls) const noexcept;
  // Whether a rule may let the verb through, since no extension that is offered brings it; bit(Verb::unknown) too.
  bool leaves_to_rules(Verb verb) const noexcept { return (rule_verbs_ & bit(verb)) != 0; }
  RuleAction verb_rule(Bytes word, Verb verb) const noexcept;

  std::uint32_t longest_line() const noexcept;

 private:
  Config() noexcept = default;
  std::size_t store(Octet* memory, std::size_t capacity) noexcept;
  void write_standard(Standard reply, Writer& out) const noexcept;
  void write_hello(bool tls, Writer& out) const noexcept;
  void make_offers() noexcept;
  Announcement announcement(bool tls) const noexcept;
  static RuleAction param_rule(const void* config, Bytes keyword, Verb command) noexcept;

  // First, and what sessions read all the time is a cache line away: each new session writes it.
  References references_;
  Allocator allocator_{};
  std::size_t octets_ = 0;  // of the block that holds this object and its texts
  ServerOptions options_{};
  std::string_view hostname_;
  std::string_view mechanisms_;
  static constexpr auto kReplies = static_cast<std::size_t>(Standard::count);
  std::string_view replies_[kReplies];
  Offer offers_[2];
  KeywordRules rules_;
  std::uint32_t rule_verbs_ = 0;
};

}  // namespace ehlo
