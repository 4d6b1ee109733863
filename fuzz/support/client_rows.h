// Rows of a program for the targets of client sessions: one of each kind, and some that replace rows of the library.
#pragma once

#include "support/own_rows.h"

namespace support {

class ClientRows {
 public:
  static const ehlo_rows* get() {
    static constexpr ehlo_rows kRows =
        rows_of(kExtensions, std::size(kExtensions), kParams, std::size(kParams), kVerbs, std::size(kVerbs));
    return &kRows;
  }

 private:
  static constexpr std::uint32_t kBoth = EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP;
  static constexpr ehlo_extension_row kExtensions[] = {own_extension(nullptr), own_extension("XEXT"),
                                                       own_extension("DSN", nullptr, EHLO_EXTENSION_NO_TLS)};
  static constexpr ehlo_param_row kParams[] = {
      own_param("X", "", EHLO_PARAM_OF_MAIL), own_param("RET", "DSN", EHLO_PARAM_OF_MAIL),
      own_param("NOTIFY", "XEXT DSN", EHLO_PARAM_OF_RCPT, EHLO_KIND_KEYWORDS, EHLO_VALUE_REQUIRED)};
  static constexpr ehlo_verb_row kVerbs[] = {
      own_verb("XVERB", "", EHLO_ARGUMENT_TEXT,
               kBoth | EHLO_COMMAND_OPTIONAL | EHLO_COMMAND_IN_TRANSACTION | EHLO_COMMAND_REPLY_3YZ),
      own_verb("VRFY", "XEXT", EHLO_ARGUMENT_TEXT, kBoth | EHLO_COMMAND_UTF8),
      own_verb("HELP", "", EHLO_ARGUMENT_ATTRIBUTES, kBoth | EHLO_COMMAND_ANY_TIME | EHLO_COMMAND_SECRET)};
};

}  // namespace support
