// SMTPUTF8 (RFC 6531).
#pragma once

#include "extension/extension.h"

namespace ehlo {

// RFC 6531 3.1: a server that offers SMTPUTF8 offers 8BITMIME too.
inline bool smtputf8_available(const Announcement& announcement) noexcept {
  return has(announcement.offered, EHLO_EXT_8BITMIME);
}

inline constexpr ParamRule kSmtputf8Params[] = {{"SMTPUTF8", EHLO_PARAM_SMTPUTF8, EHLO_VERB_MAIL, no_value, nullptr}};
inline constexpr Extension kSmtputf8{.id = EHLO_EXT_SMTPUTF8,
                                     .keyword = "SMTPUTF8",
                                     .mail_octets = 10,
                                     .params = kSmtputf8Params,
                                     .available = smtputf8_available};

}  // namespace ehlo
