// Responses of the client within an exchange.
#include "server/auth_exchange.h"

#include "syntax/text.h"

namespace ehlo {

Error ServerAuthExchange::check_response(Bytes line) noexcept {
  if (equals_caseless(line, "*")) return EHLO_E_AUTH_CANCELLED;
  Writer measured(nullptr, 0);
  return decode_base64(line, measured) ? EHLO_OK : EHLO_E_BAD_BASE64;
}

}  // namespace ehlo
