// Rows of a program for tests, benches and fuzz targets.
#pragma once

#include <ehlo.h>

#include <cstdint>
#include <vector>

namespace support {

inline constexpr std::uint32_t kPlainVerb =
    EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP | EHLO_COMMAND_OPTIONAL | EHLO_COMMAND_ENDS_GROUP | EHLO_COMMAND_ANY_TIME;

constexpr ehlo_extension_row own_extension(const char* keyword, const char* arguments = nullptr,
                                           std::uint32_t flags = 0) {
  return {keyword, arguments, "", flags, 0, 0, 0, 0};
}

constexpr ehlo_param_row own_param(const char* keyword, const char* extensions, int commands,
                                   ehlo_kind kind = EHLO_KIND_TEXT, int value = EHLO_VALUE_OPTIONAL, int flags = 0,
                                   std::uint32_t octets = 0) {
  ehlo_param_row row{};
  row.keyword = keyword;
  row.extensions = extensions;
  row.commands = static_cast<std::uint8_t>(commands);
  row.kind = static_cast<std::uint8_t>(kind);
  row.value = static_cast<std::uint8_t>(value);
  row.flags = static_cast<std::uint8_t>(flags);
  row.octets = octets;
  return row;
}

constexpr ehlo_verb_row own_verb(const char* name, const char* extensions = "",
                                 ehlo_argument argument = EHLO_ARGUMENT_TEXT, std::uint32_t flags = kPlainVerb) {
  ehlo_verb_row row{};
  row.name = name;
  row.extensions = extensions;
  row.flags = flags;
  row.argument = static_cast<std::uint8_t>(argument);
  return row;
}

inline constexpr int kOfBoth = EHLO_PARAM_OF_MAIL | EHLO_PARAM_OF_RCPT;

// The arrays must outlive what is made of them.
constexpr ehlo_rows rows_of(const ehlo_extension_row* extensions, std::size_t extension_count,
                            const ehlo_param_row* params, std::size_t param_count, const ehlo_verb_row* verbs,
                            std::size_t verb_count) {
  return {extensions,
          params,
          verbs,
          sizeof(ehlo_extension_row),
          static_cast<std::uint32_t>(extension_count),
          sizeof(ehlo_param_row),
          static_cast<std::uint32_t>(param_count),
          sizeof(ehlo_verb_row),
          static_cast<std::uint32_t>(verb_count)};
}

struct OwnRowsOf {
  std::vector<ehlo_extension_row> extensions = {};
  std::vector<ehlo_param_row> params = {};
  std::vector<ehlo_verb_row> verbs = {};

  ehlo_rows rows() const {
    return rows_of(extensions.data(), extensions.size(), params.data(), params.size(), verbs.data(), verbs.size());
  }
};

}  // namespace support
