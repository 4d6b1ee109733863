// STARTTLS (RFC 3207).
#pragma once

#include "extension/extension.h"

namespace ehlo {

// RFC 3207 4.2: not to be announced once TLS is active.
inline bool starttls_available(const Announcement& announcement) noexcept { return !announcement.tls; }

inline constexpr Extension kStarttls{
    .id = EHLO_EXT_STARTTLS, .keyword = "STARTTLS", .verbs = bit(EHLO_VERB_STARTTLS), .available = starttls_available};

}  // namespace ehlo
