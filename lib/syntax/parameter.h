// The esmtp-param list of MAIL and RCPT, as sent (RFC 5321 4.1.2). What the values mean is the extensions' matter.
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"

namespace ehlo {

inline constexpr std::uint32_t kMaxParams = 32;

enum class ParamId : std::uint16_t {
  unknown = 0,
  size = 1,
  body = 2,
  smtputf8 = 3,
  ret = 4,
  envid = 5,
  notify = 6,
  orcpt = 7,
  auth = 8,
  requiretls = 9
};

// The layout of ehlo_param.
struct [[gnu::may_alias]] Param {
  ParamId id;
  std::uint16_t flags;
  Span keyword;
  Span value;   // absent without "="
  Span detail;  // a part of the value, see the extension
  std::uint64_t number;
};

// A list that a parser fills: the caller's array.
struct ParamList {
  Param* items = nullptr;
  std::uint32_t cap = 0;
  std::uint32_t count = 0;
  bool non_ascii = false;  // in some value

  bool open(std::uint32_t at) noexcept {
    if (count == cap) return false;
    items[count++] = {ParamId::unknown, 0, {at, 0}, kAbsent, kAbsent, 0};
    return true;
  }
  void end_keyword(std::uint32_t at) noexcept { last().keyword.len = at - last().keyword.off; }
  void begin_value(std::uint32_t at) noexcept { last().value = {at, 0}; }
  void end_value(std::uint32_t at) noexcept { last().value.len = at - last().value.off; }
  Param& last() noexcept { return items[count - 1]; }
};

// Parses a list without anything around it; empty text is an empty list. Error::bad_parameter, with the position;
// Error::space where `params` is too small (more than kMaxParams is Error::bad_parameter).
Problem parse_parameters(Bytes text, ParamList& params) noexcept;

}  // namespace ehlo
