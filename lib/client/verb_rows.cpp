// Verbs by their rows.
#include "client/verb_rows.h"

#include "base/rows.h"
#include "syntax/char_class.h"
#include "syntax/verb.h"

namespace ehlo {
namespace {

// Only the program knows what a server does with it, so nothing may be sent after it before its reply.
constexpr ehlo_verb_row kUnknownToUs = [] {
  ehlo_verb_row row = kUnknownVerb;
  row.flags |= EHLO_COMMAND_ENDS_GROUP;
  return row;
}();

// An extension of the library brings a verb of the library: one of the program's in its place has verbs of its own.
bool is_announced(const ehlo_verb_row& row, bool own, const Announced& announced, const ClientConfig& config) noexcept {
  if (!own) return is_brought(kNoOwnRows, row.extensions, announced.usable(), kNoOwnRow);
  return is_brought(config.rows(), row.extensions, announced.usable(), announced.rows(config).extensions);
}

// All extensions of the library that would bring it, and the first of the program's.
Missing missing_owners(const ehlo_verb_row& row, bool own, ExtensionSet usable, const OwnRows& rows) noexcept {
  Missing missing{owners_of(row.extensions) & ~usable, {}};
  if (!own) return missing;
  missing.extensions &= ~rows.replaced_extensions();
  for_each_row_word(view(row.extensions), [&](std::string_view keyword) {
    if (missing.keyword.empty() && rows.find_extension(keyword) != kNoRow) missing.keyword = bytes_of(keyword);
  });
  return missing;
}

}  // namespace

Verb find_plain_verb(Bytes name, const OwnRows& rows) noexcept {
  const std::uint32_t own = rows.find_verb(name);
  return own != kNoRow ? EHLO_VERB_OWN + own : find_verb(name);
}

const ehlo_verb_row& verb_row(Verb verb, const OwnRows& rows) noexcept {
  if (verb >= EHLO_VERB_OWN) return rows.verb(verb - EHLO_VERB_OWN);
  const ehlo_verb_row* const row = verb < kMaxRows ? kVerbsById[verb] : nullptr;
  return row != nullptr ? *row : kUnknownToUs;
}

bool is_verb_offered(const ehlo_verb_row& row, bool own, const Announced& announced, const ClientConfig& config,
                     Missing& missing) noexcept {
  if (is_announced(row, own, announced, config)) return true;
  missing = missing_owners(row, own, announced.usable(), config.rows());
  return false;
}

}  // namespace ehlo
