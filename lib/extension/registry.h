// The service extensions that have rows, and what follows from the set of those that a server offers.
#pragma once

#include "base/rows.h"
#include "extension/announced_lines.h"
#include "extension/extension_set.h"
#include "syntax/writer.h"

namespace ehlo {

// The facts that decide which extensions are announced, and with which arguments.
struct Announcement {
  ExtensionSet offered;
  bool tls;
  bool plaintext_auth;
  std::uint64_t max_message_octets;
  std::string_view mechanisms;
  // The arguments of the extensions other than SIZE and AUTH. nullptr: assume that each has the arguments it needs.
  const AnnouncedLines* lines = nullptr;
};

// The set as it can be announced now: each extension that is available given the others and the state of TLS.
ExtensionSet available_extensions(const Announcement& announcement) noexcept;

// Writes one EHLO line for each extension of `announcement.offered`: its keyword and arguments, each given to `line`.
void announce_extensions(const Announcement& announcement, void* context,
                         void (*line)(void* context, Bytes text) noexcept) noexcept;

// The bit of the extension with this keyword, 0 if there is none.
ExtensionSet extension_bit(Bytes keyword) noexcept;
// The same for a keyword within a text. The caller has checked that it has only letters, digits and "-".
ExtensionSet extension_bit(Bytes text, Span span) noexcept;

// The EHLO keyword of the one extension in the set; "?" where there is not one that is known.
const char* extension_name(ExtensionSet extension) noexcept;

// The verbs that need an extension, where no extension that brings them is in `offered`.
VerbSet verbs_not_offered(ExtensionSet offered) noexcept;

inline constexpr std::uint32_t kMinLine = 512;        // RFC 5321 4.5.3.1.4
inline constexpr std::uint32_t kMaxAuthLine = 12288;  // RFC 4954 4: a line of an exchange, and the AUTH that begins one
std::uint32_t longest_mail_line(ExtensionSet offered) noexcept;
std::uint32_t longest_rcpt_line(ExtensionSet offered) noexcept;

}  // namespace ehlo
