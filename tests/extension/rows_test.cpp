// The rows of the library, and the sets that follow from them.
#include "base/rows.h"

#include <gtest/gtest.h>

#include "server/replies.h"
#include "syntax/verb.h"

namespace {

using namespace ehlo;

void expect_reply(Verb verb, Standard reply, bool yes) {
  const ehlo_verb_row& row = *kVerbsById[static_cast<std::size_t>(verb)];
  const StandardReply& standard = standard_reply(reply);
  EXPECT_EQ(yes ? row.yes_code : row.no_code, standard.code) << row.name;
  EXPECT_EQ(yes ? row.yes_enhanced : row.no_enhanced, standard.enhanced) << row.name;
  EXPECT_EQ(std::string_view(yes ? row.yes_text : row.no_text), standard.text) << row.name;
}

TEST(Rows, HaveTheRepliesOfASession) {
  const struct {
    Verb verb;
    Standard yes;
  } replies[] = {{EHLO_VERB_MAIL, Standard::mail_ok},         {EHLO_VERB_RCPT, Standard::rcpt_ok},
                 {EHLO_VERB_DATA, Standard::go_ahead},        {EHLO_VERB_BDAT, Standard::chunk_ok},
                 {EHLO_VERB_RSET, Standard::reset_ok},        {EHLO_VERB_QUIT, Standard::bye},
                 {EHLO_VERB_STARTTLS, Standard::starttls_ok}, {EHLO_VERB_AUTH, Standard::auth_ok}};
  for (const auto& row : replies) expect_reply(row.verb, row.yes, true);
  expect_reply(EHLO_VERB_AUTH, Standard::auth_unavailable, false);
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
