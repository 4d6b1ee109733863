// An immutable server configuration: the validated options of the program, and the offers and replies that follow from
// them, computed once for all sessions.
#pragma once

#include "base/allocator.h"
#include "base/references.h"
#include "command/read_command.h"
#include "ehlo_server_types.h"
#include "server/replies.h"
#include "wire/line_endings.h"

namespace ehlo {

inline constexpr std::uint32_t kKnownServerFlags = EHLO_SERVER_FLAG_REQUIRE_TLS | EHLO_SERVER_FLAG_REQUIRE_AUTH |
                                                   EHLO_SERVER_FLAG_IMPLICIT_TLS | EHLO_SERVER_FLAG_CLOSE_ON_INJECTION |
                                                   EHLO_SERVER_FLAG_BELOW_MINIMUM | EHLO_SERVER_FLAG_GENERAL_LITERALS |
                                                   EHLO_SERVER_FLAG_PLAINTEXT_AUTH | EHLO_SERVER_FLAG_REFUSE_NUL;

using ServerOptions = ehlo_server_options;
ServerOptions default_server_options() noexcept;
// The name of the first field with a value that no server can have; nullptr if there is none.
const char* wrong_option(const ServerOptions& options) noexcept;

class Config {
 public:
  // nullptr with EHLO_E_ARGUMENT for an option out of range, with EHLO_E_MEMORY where the allocator gives nothing.
  static Config* create(const ServerOptions& options, const Allocator& allocator, Error& error) noexcept;
  // The program that created it and each session hold a reference; the last one frees it.
  const Config& take() const noexcept {
    references_.take();
    return *this;
  }
  static void drop(const Config* config) noexcept;

  // As the program gave them, but all pointers are null.
  const ServerOptions& options() const noexcept { return options_; }
  bool lmtp() const noexcept { return options_.protocol != 0; }
  bool flag(std::uint32_t flag) const noexcept { return (options_.flags & flag) != 0; }
  std::string_view hostname() const noexcept { return hostname_; }

  const Offer& offer(bool tls) const noexcept { return offers_[tls]; }
  bool offers(ExtensionId id) const noexcept { return has(extensions_, id); }
  // The octets of a reply of the library, as they are sent.
  std::string_view reply(Standard reply) const noexcept { return replies_[static_cast<std::size_t>(reply)]; }
  // The row of a verb: of the library by its id, of the program by EHLO_VERB_OWN + its place.
  const ehlo_verb_row& verb_row(std::uint32_t verb) const noexcept {
    return verb < kMaxRows ? *kVerbRowById[verb] : own_.verb(verb - EHLO_VERB_OWN);
  }
  // Whether `name` is a verb of the program whose argument is a secret. Also true if the verb is not offered: its
  // argument must not appear in a log in any case.
  bool is_secret_verb(Bytes name) const noexcept {
    const std::uint32_t place = own_.find_verb(name);
    return place != kNoRow && is_secret(own_.verb(place));
  }
  // Writes any other reply, line by line; without `enhanced` where ENHANCEDSTATUSCODES is not offered.
  ReplyPosition write_reply(std::uint32_t code, EnhancedCode enhanced, Bytes text, ReplySink& out,
                            std::size_t from = 0) const noexcept;
  ReplyPosition write_greeting(Bytes text, ReplySink& out, std::size_t from) const noexcept;
  // The whole reply to EHLO or LHLO.
  std::string_view hello_reply(bool tls) const noexcept {
    return reply(tls ? Standard::hello_esmtp_tls : Standard::hello_esmtp);
  }
  bool serves_mechanism(Bytes mechanism, bool tls) const noexcept;

  std::uint32_t longest_line() const noexcept;

 private:
  Config() noexcept = default;
  std::size_t store(Octet* memory, std::size_t capacity) noexcept;
  void write_standard(Standard reply, Writer& out) const noexcept;
  void write_hello(bool tls, Writer& out) const noexcept;
  void make_offers() noexcept;
  AnnouncedLines lines() const noexcept;  // only during create(): the program's options are gone later
  Announcement announcement(bool tls, const AnnouncedLines& lines) const noexcept;

  // First, and away from the members that sessions read all the time: each new session writes it, which takes the cache
  // line from other processors.
  References references_;
  Allocator allocator_{};
  std::size_t octets_ = 0;  // of the block that holds this object and its texts
  ServerOptions options_{};
  std::string_view hostname_;
  std::string_view mechanisms_;
  std::string_view replies_[kKeptReplies];
  Offer offers_[2];
  ExtensionSet extensions_ = 0;  // those that the program wants offered
  OwnRows own_;
};

}  // namespace ehlo
