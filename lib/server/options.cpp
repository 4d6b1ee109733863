// The options of a server: their defaults, and their validation.
#include "base/option_check.h"
#include "server/config.h"
#include "syntax/char_class.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kMinRecipients = 100;  // RFC 5321 4.5.3.1.8
constexpr std::uint32_t kMinDataLine = 1000;   // 4.5.3.1.6
constexpr std::uint64_t kMinMessage = 65536;   // 4.5.3.1.7
constexpr std::uint32_t kMaxHostname = 255;
constexpr std::uint32_t kMaxLines = 256;
constexpr std::size_t kMaxMechanisms = 400;

constexpr VerbSet kPlainVerbs = ids_of(kVerbRows) & ~verbs_with(EHLO_COMMAND_SESSION);

// 0 means no limit. A limit below the RFC's minimum needs a flag of its own.
bool is_limit(const ServerOptions& options, std::uint64_t value, std::uint64_t minimum) noexcept {
  return value == 0 || value >= minimum || (options.flags & EHLO_SERVER_FLAG_BELOW_MINIMUM);
}

bool is_hostname(std::string_view hostname) noexcept {
  return hostname.size() <= kMaxHostname && is_host(bytes_of(hostname));
}

// Names between single spaces, of 1 to 20 characters (RFC 4422 3.1); or none. One turn after the end ends the last
// name.
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

// RFC 5321 4.1.1.1, and "AUTH=LOGIN" for old clients.
bool is_line_keyword(std::string_view keyword) noexcept {
  if (keyword.empty() || !is(static_cast<Octet>(keyword[0]), kLetDig)) return false;
  for (const char c : keyword)
    if (!is(static_cast<Octet>(c), kKeyword) && c != '=') return false;
  return true;
}

bool are_lines(const ServerOptions& o) noexcept {
  if (o.line_count == 0) return true;
  if (o.lines == nullptr || !is_element_size<ehlo_keyword_line>(o.line_size)) return false;
  const AnnouncedLines lines{o.lines, o.line_size, o.line_count};
  for (std::size_t i = 0; i < lines.count; ++i) {
    if (element(o.lines, o.line_size, i).keyword == nullptr) return false;
    const std::string_view keyword = lines.keyword(i), arguments = lines.arguments(i);
    if (!is_line_keyword(keyword) || keyword.size() + arguments.size() + !arguments.empty() > kMaxHelloText)
      return false;
    for (const char c : arguments)
      if (static_cast<Octet>(c) < ' ' || static_cast<Octet>(c) > '~') return false;
    // The arguments of SIZE and AUTH come from other options.
    if (equals_caseless(bytes_of(keyword), "SIZE") || equals_caseless(bytes_of(keyword), "AUTH")) return false;
    for (std::size_t other = 0; other < i; ++other)
      if (equals_caseless(bytes_of(keyword), lines.keyword(other))) return false;
  }
  return true;
}

using Options = const ServerOptions&;

constexpr OptionCheck<ServerOptions> kChecks[] = {
    {"hostname", [](Options o) noexcept { return is_hostname(view(o.hostname)); }},
    {"mechanisms", [](Options o) noexcept { return are_mechanisms(view(o.mechanisms)); }},
    {"line_count", [](Options o) noexcept { return o.line_count <= kMaxLines; }},
    {"lines", are_lines},
    {"unknown_params", [](Options o) noexcept { return o.unknown_params <= EHLO_UNKNOWN_IGNORE; }},
    {"unknown_verbs", [](Options o) noexcept { return o.unknown_verbs <= EHLO_UNKNOWN_OFFER; }},
    {"extensions", [](Options o) noexcept { return (o.extensions & ~ids_of(kExtensionRows)) == 0; }},
    {"command_asks", [](Options o) noexcept { return (o.command_asks & ~kPlainVerbs) == 0; }},
    {"max_message_octets", [](Options o) noexcept { return is_limit(o, o.max_message_octets, kMinMessage); }},
    {"protocol", [](Options o) noexcept { return o.protocol <= 1; }},
    {"asks", [](Options o) noexcept { return o.asks < EHLO_ASK_QUIT << 1; }},
    {"flags", [](Options o) noexcept { return (o.flags & ~kKnownServerFlags) == 0; }},
    {"max_line_octets",
     [](Options o) noexcept {
       return o.max_line_octets == 0 ||
              (within(o.max_line_octets, 16, 1u << 24) && is_limit(o, o.max_line_octets, kMinLine));
     }},
    {"max_auth_line_octets", [](Options o) noexcept { return within(o.max_auth_line_octets, 8, 1u << 24); }},
    {"max_data_line_octets", [](Options o) noexcept { return is_limit(o, o.max_data_line_octets, kMinDataLine); }},
    {"max_recipients",
     [](Options o) noexcept {
       return within(o.max_recipients, 1, 1u << 20) && is_limit(o, o.max_recipients, kMinRecipients);
     }},
    {"recipient_window", [](Options o) noexcept { return within(o.recipient_window, 1, 1000); }},
    {"reply_queue", [](Options o) noexcept { return within(o.reply_queue, 4, 4096); }},
    {"reply_text_octets", [](Options o) noexcept { return within(o.reply_text_octets, 512, 1u << 20); }},
    {"command_endings", [](Options o) noexcept { return o.command_endings <= 2; }},
    {"data_endings", [](Options o) noexcept { return o.data_endings <= 2; }},
    {"reserved", [](Options o) noexcept { return o.reserved == 0; }},
    {"max_local_part_octets",
     [](Options o) noexcept { return is_limit(o, o.max_local_part_octets, kMinLocalPartLimit); }},
    {"max_path_octets", [](Options o) noexcept { return is_limit(o, o.max_path_octets, kMinPathLimit); }},
};

}  // namespace

const char* wrong_option(const ServerOptions& options) noexcept {
  if (const char* const rows = wrong_rows(options.rows)) return rows;
  return first_wrong(kChecks, options);
}

ServerOptions default_server_options() noexcept {
  ServerOptions options{};
  options.struct_size = sizeof options;
  options.hostname = "localhost";
  options.extensions = EHLO_EXT_DEFAULT;
  options.max_discard_octets = 16u << 20;
  options.asks = EHLO_ASK_DEFAULT;
  options.max_auth_line_octets = kMaxAuthLine;
  options.max_recipients = 1000;
  options.max_errors = 20;
  options.max_idle_commands = 1000;
  options.max_auth_attempts = 3;
  options.max_auth_challenges = 16;
  options.recipient_window = 16;
  options.reply_queue = 16;
  options.reply_text_octets = 4096;
  return options;
}

}  // namespace ehlo
