// The rows of the library, and the sets that follow from them.
#include "base/rows.h"

#include <gtest/gtest.h>

#include "server/replies.h"
#include "syntax/verb.h"

namespace {

using namespace ehlo;

// A decline that has no words of its own is that of a session that could not go on.
TEST(Rows, DeclineAsASessionDoes) {
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

TEST(Rows, PartTheProtocols) {
  EXPECT_EQ(verbs_foreign_to(false) & 0xFFFF, (VerbSet{1} << EHLO_VERB_UNKNOWN) | (VerbSet{1} << EHLO_VERB_LHLO));
  EXPECT_EQ(verbs_foreign_to(true) & 0xFFFF,
            (VerbSet{1} << EHLO_VERB_UNKNOWN) | (VerbSet{1} << EHLO_VERB_EHLO) | (VerbSet{1} << EHLO_VERB_HELO));
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
