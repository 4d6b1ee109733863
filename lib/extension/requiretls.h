// REQUIRETLS (RFC 8689).
#pragma once

#include "extension/extension.h"

namespace ehlo {

// RFC 8689 2: announced only where TLS is active.
inline bool requiretls_available(const Announcement& announcement) noexcept { return announcement.tls; }

inline constexpr ParamRule kRequiretlsParams[] = {
    {"REQUIRETLS", EHLO_PARAM_REQUIRETLS, EHLO_VERB_MAIL, no_value, nullptr}};
inline constexpr Extension kRequiretls{.id = EHLO_EXT_REQUIRETLS,
                                       .keyword = "REQUIRETLS",
                                       .mail_octets = 11,
                                       .params = kRequiretlsParams,
                                       .available = requiretls_available};

}  // namespace ehlo
