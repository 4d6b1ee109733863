// The esmtp-param list of MAIL and RCPT, as sent (RFC 5321 4.1.2). lib/extension reads the values.
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"

namespace ehlo {

using ParamId = std::uint16_t;  // EHLO_PARAM_*
using Param = ehlo_param;

// A list that a parser fills: the caller's array.
struct ParamList {
  Param* items = nullptr;
  std::uint32_t cap = 0;
  std::uint32_t count = 0;
  bool non_ascii = false;  // in some value

  bool open(std::uint32_t at) noexcept {
    if (count == cap) return false;
    items[count++] = {EHLO_PARAM_UNKNOWN, 0, {at, 0}, kAbsent, kAbsent, 0};
    return true;
  }
  void end_keyword(std::uint32_t at) noexcept { last().keyword.len = at - last().keyword.off; }
  void begin_value(std::uint32_t at) noexcept { last().value = {at, 0}; }
  void end_value(std::uint32_t at) noexcept { last().value.len = at - last().value.off; }
  Param& last() noexcept { return items[count - 1]; }

  // The position of the keyword of the first value that is not ASCII. `otherwise` where its parameter was dropped.
  std::uint32_t keyword_of_utf8(Bytes text, std::uint32_t otherwise) const noexcept {
    for (std::uint32_t i = 0; i < count; ++i)
      if (!is_ascii(text.at(items[i].value))) return items[i].keyword.off;
    return otherwise;
  }

  // Whether an earlier parameter has the keyword of items[at], in any case. Spans count from `text`.
  bool is_repeated(Bytes text, std::uint32_t at) const noexcept {
    for (std::uint32_t i = 0; i < at; ++i)
      if (equals_caseless(text.at(items[i].keyword), text.at(items[at].keyword).text())) return true;
    return false;
  }
};

// Parses a list without anything around it; empty text is an empty list. EHLO_E_BAD_PARAMETER, with the position;
// EHLO_E_SPACE where `params` is too small (more than EHLO_PARAMS_MAX is EHLO_E_BAD_PARAMETER).
Problem parse_parameters(Bytes text, ParamList& params) noexcept;

}  // namespace ehlo
