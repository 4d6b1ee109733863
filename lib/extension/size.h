// SIZE (RFC 1870).
#pragma once

#include "extension/extension.h"

namespace ehlo {

// Error::bad_parameter for what is no digit, Error::size_overflow beyond 64 bits.
inline Error read_decimal(Bytes digits, std::uint64_t& number) noexcept {
  bool overflow = false;
  number = 0;
  for (const Octet c : digits) {
    if (c < '0' || c > '9') return Error::bad_parameter;
    overflow |= __builtin_mul_overflow(number, std::uint64_t{10}, &number) ||
                __builtin_add_overflow(number, static_cast<std::uint64_t>(c - '0'), &number);
  }
  return overflow ? Error::size_overflow : Error::none;
}

// size-value = 1*20DIGIT; twenty digits can pass 64 bits, which is an error and never a wrap.
inline Error judge_size(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  if (value.empty() || value.size > 20) return Error::bad_parameter;
  std::uint64_t number = 0;
  if (const Error error = read_decimal(value, number); error != Error::none) return error;
  param.number = number;
  return Error::none;
}

inline bool write_size(const ParamMeaning& meaning, Writer& out) noexcept {
  out.put_number(meaning.number);
  return true;
}

// RFC 1870 4: 0 says that there is no fixed limit.
inline void announce_size(const Announcement& announcement, Writer& out) noexcept {
  out.put(' ');
  out.put_number(announcement.max_message_octets);
}

inline constexpr ParamRule kSizeParams[] = {{"SIZE", ParamId::size, Verb::mail, judge_size, write_size}};
inline constexpr Extension kSize{
    .id = ExtensionId::size, .keyword = "SIZE", .mail_octets = 26, .params = kSizeParams, .announce = announce_size};

}  // namespace ehlo
