// Which of the program's own extensions and parameters a server offers.
#pragma once

#include "client/keyword_index.h"
#include "extension/own_rows.h"

namespace ehlo {

struct AnnouncedRows {
  OwnSet extensions;
  OwnSet params;
};
inline constexpr AnnouncedRows kNoAnnouncedRows{};

// Of a server that said `announced` in its EHLO reply, where `usable` of the library's extensions may be used.
AnnouncedRows read_announced_rows(const OwnRows& rows, const KeywordIndex& announced, ExtensionSet usable,
                                  bool tls) noexcept;

}  // namespace ehlo
