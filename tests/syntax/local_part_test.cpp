// Local parts: their meaning without quotes, and back (RFC 5321 4.1.2).
#include <gtest/gtest.h>

#include "support/guarded_octets.h"
#include "syntax/text.h"

namespace {

using support::guarded;
using support::written;

TEST(LocalPart, IsUnquoted) {
  const struct {
    std::string_view local, meaning;
  } rows[] = {{"a", "a"},
              {"a.b", "a.b"},
              {"\"\"", ""},
              {"\"a\"", "a"},
              {"\"a b\"", "a b"},
              {"\"a\\b\"", "ab"},
              {"\"\\\"\\\\\"", "\"\\"},
              {"\"a@b\"", "a@b"},
              {"\"\xC3\xBC\"", "\xC3\xBC"}};
  for (const auto& row : rows)
    EXPECT_EQ(written([&](ehlo::Writer& out) { ehlo::unquote_local_part(guarded(row.local), out); }), row.meaning);
}

TEST(LocalPart, IsQuotedOnlyWhereItMustBe) {
  const struct {
    std::string_view meaning, local;
  } rows[] = {{"a", "a"},
              {"a.b", "a.b"},
              {"", "\"\""},
              {".a", "\".a\""},
              {"a.", "\"a.\""},
              {"a..b", "\"a..b\""},
              {"a b", "\"a b\""},
              {"\"", "\"\\\"\""},
              {"\\", "\"\\\\\""},
              {"a@b", "\"a@b\""},
              {"!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~"},
              {"(", "\"(\""},
              {"\xC3\xBC", "\xC3\xBC"}};
  for (const auto& row : rows) {
    bool good = false;
    EXPECT_EQ(written([&](ehlo::Writer& out) { good = ehlo::quote_local_part(guarded(row.meaning), out); }), row.local);
    EXPECT_TRUE(good) << row.meaning;
  }
}

}  // namespace
