// The rows say what the library does: checked against the tables that do it, until those are made from the rows.
#include "base/rows.h"

#include <gtest/gtest.h>

#include <string>

#include "extension/registry.h"
#include "server/replies.h"

namespace {

using namespace ehlo;

std::uint32_t longest(ExtensionSet offered, std::uint8_t command) {
  std::uint32_t octets = kMinLine;
  bool unknown = false;
  for (const ehlo_param_row& row : kParamRows)
    if ((row.commands & command) && (extensions_named(row.extensions, unknown) & offered)) octets += row.octets;
  for (const ehlo_extension_row& row : kExtensionRows)
    if (offered >> row.id & 1) octets += command == EHLO_PARAM_OF_MAIL ? row.mail_octets : row.rcpt_octets;
  EXPECT_FALSE(unknown);
  return octets;
}

TEST(RowsOfToday, AddUpToTheLongestLines) {
  for (ExtensionSet offered = 0; offered < ExtensionSet{1} << kExtensionCount; ++offered) {
    // BODY counts once, whichever of its two extensions brings it.
    if (has(offered, EHLO_EXT_BINARYMIME) && !has(offered, EHLO_EXT_8BITMIME)) continue;
    ASSERT_EQ(longest(offered, EHLO_PARAM_OF_MAIL), longest_mail_line(offered)) << offered;
    ASSERT_EQ(longest(offered, EHLO_PARAM_OF_RCPT), longest_rcpt_line(offered)) << offered;
  }
  EXPECT_EQ(longest(bit(EHLO_EXT_BINARYMIME), EHLO_PARAM_OF_MAIL), 512u + 14 + 16);
}

TEST(RowsOfToday, BringTheVerbsOfTheirExtensions) {
  for (ExtensionSet offered = 0; offered < ExtensionSet{1} << kExtensionCount; ++offered) {
    VerbSet missing = 0;
    bool unknown = false;
    for (const ehlo_verb_row& row : kVerbRows)
      if ((row.flags & EHLO_COMMAND_ANNOUNCED) && !(extensions_named(row.extensions, unknown) & offered))
        missing |= VerbSet{1} << row.id;
    ASSERT_EQ(missing, verbs_not_offered(offered)) << offered;
  }
}

TEST(RowsOfToday, SayWhenAnExtensionIsOffered) {
  for (const bool tls : {false, true}) {
    for (const bool plaintext : {false, true}) {
      for (const std::string_view mechanisms : {"", "PLAIN"}) {
        for (ExtensionSet all = 0; all < ExtensionSet{1} << kExtensionCount; ++all) {
          ExtensionSet left = all;
          for (const ehlo_extension_row& row : kExtensionRows) {
            bool unknown = false;
            const bool off = ((row.flags & EHLO_EXTENSION_TLS_ONLY) && !tls) ||
                             ((row.flags & EHLO_EXTENSION_NO_TLS) && tls) ||
                             ((row.flags & EHLO_EXTENSION_PLAINTEXT) && !tls && !plaintext) ||
                             ((row.flags & EHLO_EXTENSION_ARGUMENTS) && mechanisms.empty()) ||
                             (extensions_named(row.needs, unknown) & ~left) != 0;
            if (off) left &= ~(ExtensionSet{1} << row.id);
          }
          ASSERT_EQ(left, available_extensions({all, tls, plaintext, 0, mechanisms})) << all;
        }
      }
    }
  }
}

TEST(RowsOfToday, HaveTheOwnersOfEachParameter) {
  for (const ehlo_param_row& row : kParamRows) {
    bool unknown = false;
    EXPECT_EQ(extensions_named(row.extensions, unknown), owners_of_parameter(bytes_of(row.keyword))) << row.keyword;
  }
}

// A decline that has no words of its own is that of a session that could not go on.
TEST(RowsOfToday, DeclineAsASessionDoes) {
  const StandardReply failure = error_reply(EHLO_E_MEMORY);
  for (const ehlo_verb_row& row : kVerbRows) {
    if (row.argument == EHLO_ARGUMENT_HOST) {
      EXPECT_EQ(row.yes_text, nullptr);
      EXPECT_EQ(row.yes_code, 250);
    }
    if (row.flags & EHLO_COMMAND_DECLINED) continue;
    EXPECT_EQ(row.no_code, failure.code);
    EXPECT_EQ(std::string_view(row.no_text), failure.text);
    EXPECT_EQ(row.no_enhanced, row.argument == EHLO_ARGUMENT_HOST ? EHLO_ENHANCED_NONE : failure.enhanced);
  }
}

TEST(RowsOfToday, PartTheProtocols) {
  EXPECT_EQ(verbs_foreign_to(false) & 0xFFFF, bit(EHLO_VERB_UNKNOWN) | bit(EHLO_VERB_LHLO));
  EXPECT_EQ(verbs_foreign_to(true) & 0xFFFF, bit(EHLO_VERB_UNKNOWN) | bit(EHLO_VERB_EHLO) | bit(EHLO_VERB_HELO));
}

TEST(ExtensionsNamed, TakesKnownKeywordsAlone) {
  static_assert(extension_set("8BITMIME BINARYMIME") == (1u << 2 | 1u << 8));
  static_assert(extension_set("") == 0);
  for (const char* keywords : {"8BITMIMEX", "8BITMIM", "SIZE  DSN", " SIZE", "size", "SIZE XFOO"}) {
    bool unknown = false;
    extensions_named(keywords, unknown);
    EXPECT_TRUE(unknown) << keywords;
  }
}

}  // namespace
