// Computes from the offered extensions which verbs are served and how long lines may be.
#include "command/offer.h"

#include "syntax/verb.h"

namespace ehlo {

Offer make_offer(const Announcement& announcement, bool lmtp, std::uint32_t max_line,
                 std::uint32_t max_auth_line) noexcept {
  Offer offer;
  offer.extensions = available_extensions(announcement);
  // A verb of the session that is offered only with TLS, or only without it, is known in both states, since its reply
  // is not 502: STARTTLS within TLS is a bad sequence (503), and AUTH before the TLS that it needs has a mechanism that
  // is refused (504, RFC 4954 4).
  Announcement plain = announcement, secured = announcement;
  plain.tls = false;
  secured.tls = true;
  const VerbSet never = verbs_not_offered(available_extensions(plain) | available_extensions(secured));
  offer.missing_verbs = never | (verbs_not_offered(offer.extensions) & ~verbs_with(EHLO_COMMAND_SESSION));
  offer.lmtp = lmtp;
  offer.smtputf8 = has(offer.extensions, EHLO_EXT_SMTPUTF8);
  offer.line_octets = max_line != 0 ? max_line : kMinLine;
  offer.mail_octets = max_line != 0 ? max_line : longest_mail_line(offer.extensions);
  offer.rcpt_octets = max_line != 0 ? max_line : longest_rcpt_line(offer.extensions);
  offer.special_verbs = offer.missing_verbs | verbs_foreign_to(lmtp);
  // AUTH may have an initial response, which may be as long as any line of the exchange (RFC 4954 4): an OAuth token
  // is.
  const bool serves_auth = !(offer.missing_verbs & bit(EHLO_VERB_AUTH)) && max_line == 0;
  offer.auth_octets = serves_auth ? std::max(offer.line_octets, max_auth_line) : offer.line_octets;
  return offer;
}

}  // namespace ehlo
