// Adds a program's rows to an offer: its extensions, parameters and verbs, and the octets by which they make lines
// longer.
#include "command/offer.h"

namespace ehlo {
namespace {

// The program's extensions for which the configuration has arguments.
OwnSet own_with_arguments(const OwnRows& rows, const AnnouncedLines* lines) noexcept {
  OwnSet set;
  if (lines == nullptr) return set;
  for (std::size_t i = 0; i < lines->count; ++i)
    if (const std::uint32_t place = rows.find_extension(lines->keyword(i));
        place != kNoRow && !lines->arguments(i).empty())
      set.add(place);
  return set;
}

}  // namespace

OwnSet own_extensions(const OwnRows& rows, const Announcement& announcement) noexcept {
  const OwnFacts facts{announcement.tls, announcement.plaintext_auth, own_with_arguments(rows, announcement.lines)};
  return offered_own(rows, available_extensions(announcement), facts);
}

void add_own_rows(Offer& offer, const OwnRows& rows, const Announcement& announcement, bool any_line) noexcept {
  offer.own = &rows;
  offer.special_verbs |= rows.replaced_verbs();
  const OwnSet extensions = own_extensions(rows, announcement);
  // RFC 5321 4.5.3.1.4: extensions and parameters say by how many octets they make a line longer.
  std::uint32_t mail = 0, rcpt = 0;
  for (std::uint32_t i = 0; i < rows.extension_count(); ++i) {
    if (!extensions.has(i)) continue;
    mail += rows.extension(i).mail_octets;
    rcpt += rows.extension(i).rcpt_octets;
  }
  offer.own_params = {};
  for (std::uint32_t i = 0; i < rows.param_count(); ++i) {
    const ehlo_param_row& row = rows.param(i);
    if (!is_brought(rows, row.extensions, offer.extensions, extensions)) continue;
    offer.own_params.add(i);
    if (row.commands & EHLO_PARAM_OF_MAIL) mail += row.octets;
    if (row.commands & EHLO_PARAM_OF_RCPT) rcpt += row.octets;
  }
  if (!any_line) {
    offer.mail_octets += mail;
    offer.rcpt_octets += rcpt;
  }
  offer.own_verbs = {};
  for (std::uint32_t i = 0; i < rows.verb_count(); ++i) {
    const ehlo_verb_row& row = rows.verb(i);
    const bool of_protocol = (row.flags & (offer.lmtp ? EHLO_COMMAND_LMTP : EHLO_COMMAND_SMTP)) != 0;
    if (of_protocol && is_brought(rows, row.extensions, offer.extensions, extensions)) offer.own_verbs.add(i);
  }
}

}  // namespace ehlo
