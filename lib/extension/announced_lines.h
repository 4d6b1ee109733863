// The lines that a program adds to the EHLO reply.
#pragma once

#include "base/elements.h"
#include "ehlo_rows.h"
#include "syntax/bytes.h"

namespace ehlo {

// The text of a line of the reply to EHLO: the 512 octets of RFC 5321 4.5.3.1.5 without "250-" and CRLF.
inline constexpr std::size_t kMaxHelloText = 506;

struct AnnouncedLines {
  const ehlo_keyword_line* items = nullptr;
  std::size_t octets = 0;  // of an element
  std::size_t count = 0;

  std::string_view keyword(std::size_t at) const noexcept { return element(items, octets, at).keyword; }
  std::string_view arguments(std::size_t at) const noexcept { return view(element(items, octets, at).arguments); }
  // Empty where there is no such line.
  std::string_view arguments_of(std::string_view keyword_of_line) const noexcept {
    for (std::size_t i = 0; i < count; ++i)
      if (equals_caseless(bytes_of(keyword_of_line), keyword(i))) return arguments(i);
    return {};
  }
};

}  // namespace ehlo
