// STARTTLS (RFC 3207).
#pragma once

#include "extension/extension.h"

namespace ehlo {

// RFC 3207 4.2: not to be announced once TLS is active.
inline bool starttls_available(const Announcement& announcement) noexcept { return !announcement.tls; }

inline constexpr Extension kStarttls{
    .id = ExtensionId::starttls, .keyword = "STARTTLS", .verbs = bit(Verb::starttls), .available = starttls_available};

}  // namespace ehlo
