// The rows of verbs, the library's and the program's, as a client asks for them.
#pragma once

#include "client/announced.h"
#include "client/envelope_line.h"
#include "ehlo_rows.h"

namespace ehlo {

// EHLO_VERB_UNKNOWN: of neither.
Verb find_plain_verb(Bytes name, const OwnRows& rows) noexcept;

// Of a verb that neither knows: one that may be sent between transactions, and ends a group.
const ehlo_verb_row& verb_row(Verb verb, const OwnRows& rows) noexcept;

// Whether the server offers an extension that brings the verb; `missing`: the extensions that would.
bool is_verb_offered(const ehlo_verb_row& row, bool own, const Announced& announced, const ClientConfig& config,
                     Missing& missing) noexcept;

}  // namespace ehlo
