// What stands behind a verb, read by the kind that its row gives.
#pragma once

#include "base/rows.h"
#include "syntax/command.h"

namespace ehlo {

// The longest value of an attribute, decoded (XCLIENT and XFORWARD of Postfix).
inline constexpr std::size_t kMaxAttribute = 255;

// Reads what follows the verb and its space, from text[begin] to the end of `text`; nothing there means that nothing
// follows. In front of it stand the verb and, where something follows, a space. Spans and positions count from text[0].
// `command` has its verb and nothing else, `params` is empty. Parameters are split, not validated.
//
// Errors: syntax; bad_sender and bad_recipient (the path), bad_parameter and space (what follows it), unknown_parameter
// (PATH: it has none); bad_base64 (MECHANISM); bad_chunk and size_overflow (CHUNK).
Problem read_argument(Bytes text, std::uint32_t begin, const ehlo_verb_row& row, const CommandRules& rules,
                      Command& command, ParamList& params) noexcept;

}  // namespace ehlo
