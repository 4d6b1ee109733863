// Checks the options of a client and copies them.
#include "client/config.h"

#include <cstddef>
#include <cstring>
#include <new>

#include "base/option_check.h"
#include "extension/registry.h"
#include "syntax/path.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kKnownFlags = EHLO_CLIENT_FLAG_REQUIRE_TLS | EHLO_CLIENT_FLAG_IMPLICIT_TLS |
                                      EHLO_CLIENT_FLAG_NO_PIPELINING | EHLO_CLIENT_FLAG_CHUNKING |
                                      EHLO_CLIENT_FLAG_ANY_PARAMETER | EHLO_CLIENT_FLAG_NO_HELO |
                                      EHLO_CLIENT_FLAG_PLAINTEXT_AUTH | EHLO_CLIENT_FLAG_REFUSE_NUL;
constexpr std::uint32_t kMinReplyLine = 512;  // RFC 5321 4.5.3.1.5

// Of options whose reply limits have their defaults.
constexpr OptionCheck<ClientOptions> kChecks[] = {
    {"hostname",
     [](const ClientOptions& o) noexcept { return o.hostname != nullptr && is_host(bytes_of(o.hostname)); }},
    {"protocol", [](const ClientOptions& o) noexcept { return o.protocol <= 1; }},
    {"flags", [](const ClientOptions& o) noexcept { return (o.flags & ~kKnownFlags) == 0; }},
    // A reply of the longest line that the standard allows must be readable, or no server could be talked to.
    {"replies.line_octets",
     [](const ClientOptions& o) noexcept { return within(o.replies.line_octets, kMinReplyLine, 1u << 24); }},
    {"replies.octets",
     [](const ClientOptions& o) noexcept { return within(o.replies.octets, o.replies.line_octets, 1u << 24); }},
    {"data_endings", [](const ClientOptions& o) noexcept { return o.data_endings <= 2; }},
    {"max_recipients", [](const ClientOptions& o) noexcept { return within(o.max_recipients, 1, 65536); }},
    {"max_auth_challenges", [](const ClientOptions& o) noexcept { return within(o.max_auth_challenges, 1, 1000); }},
    {"max_auth_line_octets",
     [](const ClientOptions& o) noexcept { return within(o.max_auth_line_octets, 512, 1u << 20); }},
    {"command_octets", [](const ClientOptions& o) noexcept { return within(o.command_octets, 2048, 1u << 20); }},
};

}  // namespace

ClientOptions default_client_options() noexcept {
  return {sizeof(ClientOptions), nullptr, 0, 0, kDefaultReplyLimits, 0, 1000, 16, kMaxAuthLine, 4096, nullptr};
}

const char* wrong_option(const ClientOptions& options) noexcept {
  ClientOptions own = options;
  own.replies = with_defaults(own.replies);
  const char* const field = first_wrong(kChecks, own);
  return field != nullptr ? field : wrong_rows(options.rows);
}

ClientConfig* ClientConfig::create(const ClientOptions& options, const Allocator& allocator, Error& error) noexcept {
  const Bytes hostname = bytes_of(view(options.hostname));
  ClientOptions own = options;
  own.replies = with_defaults(own.replies);
  error = EHLO_E_ARGUMENT;
  if (wrong_option(options) != nullptr) return nullptr;
  static_assert(alignof(ClientConfig) >= alignof(Value), "rows stand behind the configuration");
  const std::size_t text_at = sizeof(ClientConfig) + OwnRows::room_for(own.rows), octets = text_at + hostname.size;
  void* memory = allocator.allocate(allocator.context, octets);
  error = memory == nullptr ? EHLO_E_MEMORY : EHLO_OK;
  if (memory == nullptr) return nullptr;
  auto* config = new (memory) ClientConfig;
  Octet* const text = static_cast<Octet*>(memory) + text_at;
  std::memcpy(text, hostname.data, hostname.size);
  config->rows_ = OwnRows::copy(own.rows, static_cast<Octet*>(memory) + sizeof(ClientConfig));
  own.hostname = nullptr;
  own.rows = nullptr;
  config->options_ = own;
  config->allocator_ = allocator;
  config->octets_ = octets;
  config->hostname_ = {text, hostname.size};
  return config;
}

void ClientConfig::drop(const ClientConfig* config) noexcept {
  if (config == nullptr || !config->references_.drop()) return;
  const Allocator allocator = config->allocator_;
  const std::size_t octets = config->octets_;
  config->~ClientConfig();
  allocator.release(allocator.context, const_cast<ClientConfig*>(config), octets);
}

}  // namespace ehlo
