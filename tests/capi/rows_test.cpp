// What the library says of verbs, parameters and extensions: every id has its row, and a row what its id stands for.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ehlo.h"
#include "support/rows.h"

namespace {

template <class Row, class Info>
std::set<std::uint32_t> ids_of(Info info) {
  std::set<std::uint32_t> ids;
  for (std::uint32_t id = 0; id < 64; ++id) {
    const Row* row = info(id);
    if (row == nullptr) continue;
    EXPECT_EQ(row->id, id);
    ids.insert(id);
  }
  EXPECT_EQ(info(64), nullptr);
  EXPECT_EQ(info(256), nullptr);
  EXPECT_EQ(info(UINT32_MAX), nullptr);
  return ids;
}

template <class Row, std::size_t count>
std::set<std::uint32_t> ids_in(const Row (&rows)[count]) {
  std::set<std::uint32_t> ids;
  for (const Row& row : rows) ids.insert(row.id);
  return ids;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

TEST(Rows, AreThereForEachEnumerator) {
  EXPECT_EQ(ids_of<ehlo_verb_row>(ehlo_verb_info), ids_in(support::kVerbs));
  EXPECT_EQ(ids_of<ehlo_param_row>(ehlo_param_info), ids_in(support::kParams));
  EXPECT_EQ(ids_of<ehlo_extension_row>(ehlo_extension_info), ids_in(support::kExtensions));
}

TEST(Rows, HaveTheNamesThatTheOtherCallsGive) {
  for (std::uint32_t id = 0; id < 64; ++id) {
    const ehlo_verb_row* verb = ehlo_verb_info(id);
    EXPECT_STREQ(ehlo_verb_name(id), verb == nullptr ? "?" : verb->name);
    const ehlo_extension_row* extension = ehlo_extension_info(id);
    EXPECT_STREQ(ehlo_extension_name(EHLO_EXT_BIT(id)), extension == nullptr ? "?" : extension->keyword);
  }
}

TEST(Rows, AreFoundByNameInAnyCase) {
  for (std::uint32_t id = 0; id < 64; ++id) {
    if (const ehlo_verb_row* row = ehlo_verb_info(id)) {
      const std::string name = row->name;
      EXPECT_EQ(ehlo_verb_named(name.data(), name.size()), row);
      EXPECT_EQ(ehlo_verb_named(lower(name).data(), name.size()), row);
      EXPECT_EQ(ehlo_verb_named(name.data(), name.size() - 1), nullptr);
      EXPECT_EQ(ehlo_verb_named((name + "X").data(), name.size() + 1), nullptr);
    }
    if (const ehlo_param_row* row = ehlo_param_info(id)) {
      const std::string keyword = row->keyword;
      EXPECT_EQ(ehlo_param_named(keyword.data(), keyword.size()), row);
      EXPECT_EQ(ehlo_param_named(lower(keyword).data(), keyword.size()), row);
      EXPECT_EQ(ehlo_param_named(keyword.data(), keyword.size() - 1), nullptr);
    }
  }
  EXPECT_EQ(ehlo_verb_named("", 0), nullptr);
  EXPECT_EQ(ehlo_param_named("", 0), nullptr);
  EXPECT_EQ(ehlo_param_named("XFOO", 4), nullptr);
}

TEST(Rows, SayWhatStandsBehindAVerb) {
  const auto argument = [](std::uint32_t verb) { return ehlo_verb_info(verb)->argument; };
  for (const std::uint32_t verb : {EHLO_VERB_EHLO, EHLO_VERB_HELO, EHLO_VERB_LHLO})
    EXPECT_EQ(argument(verb), EHLO_ARGUMENT_HOST);
  for (const std::uint32_t verb : {EHLO_VERB_MAIL, EHLO_VERB_RCPT})
    EXPECT_EQ(argument(verb), EHLO_ARGUMENT_PATH_PARAMS);
  for (const std::uint32_t verb : {EHLO_VERB_DATA, EHLO_VERB_RSET, EHLO_VERB_QUIT, EHLO_VERB_STARTTLS})
    EXPECT_EQ(argument(verb), EHLO_ARGUMENT_NONE);
  for (const std::uint32_t verb : {EHLO_VERB_NOOP, EHLO_VERB_HELP, EHLO_VERB_VRFY, EHLO_VERB_EXPN})
    EXPECT_EQ(argument(verb), EHLO_ARGUMENT_TEXT);
  EXPECT_EQ(argument(EHLO_VERB_BDAT), EHLO_ARGUMENT_CHUNK);
  EXPECT_EQ(argument(EHLO_VERB_AUTH), EHLO_ARGUMENT_MECHANISM);
}

TEST(Rows, SayWhatAValueIs) {
  const auto is = [](std::uint32_t param, std::uint8_t kind, std::uint8_t value, const char* words) {
    const ehlo_param_row* row = ehlo_param_info(param);
    EXPECT_EQ(row->kind, kind) << row->keyword;
    EXPECT_EQ(row->value, value) << row->keyword;
    EXPECT_STREQ(row->words, words) << row->keyword;
  };
  is(EHLO_PARAM_SIZE, EHLO_KIND_NUMBER, EHLO_VALUE_REQUIRED, nullptr);
  is(EHLO_PARAM_BODY, EHLO_KIND_WORD, EHLO_VALUE_REQUIRED, "7BIT 8BITMIME BINARYMIME");
  is(EHLO_PARAM_SMTPUTF8, EHLO_KIND_TEXT, EHLO_VALUE_NONE, nullptr);
  is(EHLO_PARAM_RET, EHLO_KIND_WORD, EHLO_VALUE_REQUIRED, "FULL HDRS");
  is(EHLO_PARAM_ENVID, EHLO_KIND_XTEXT, EHLO_VALUE_REQUIRED, nullptr);
  is(EHLO_PARAM_NOTIFY, EHLO_KIND_WORDS, EHLO_VALUE_REQUIRED, "NEVER SUCCESS FAILURE DELAY");
  is(EHLO_PARAM_ORCPT, EHLO_KIND_CUSTOM, EHLO_VALUE_REQUIRED, nullptr);
  is(EHLO_PARAM_AUTH, EHLO_KIND_MAILBOX, EHLO_VALUE_REQUIRED, nullptr);
  is(EHLO_PARAM_REQUIRETLS, EHLO_KIND_TEXT, EHLO_VALUE_NONE, nullptr);
}

// A bit or place of a word and its enumerator are the same number.
TEST(Rows, CountWordsAsTheEnumeratorsDo) {
  EXPECT_EQ(ehlo_param_info(EHLO_PARAM_BODY)->least, EHLO_BODY_7BIT);
  EXPECT_EQ(ehlo_param_info(EHLO_PARAM_RET)->least, EHLO_RET_FULL);
  EXPECT_EQ(ehlo_param_info(EHLO_PARAM_NOTIFY)->flags & EHLO_ROW_FIRST_ALONE, EHLO_ROW_FIRST_ALONE);
}

TEST(Rows, NameTheOwnersOfAParameter) {
  EXPECT_STREQ(ehlo_param_info(EHLO_PARAM_BODY)->extensions, "8BITMIME BINARYMIME");
  EXPECT_STREQ(ehlo_param_info(EHLO_PARAM_ORCPT)->extensions, "DSN");
  EXPECT_STREQ(ehlo_verb_info(EHLO_VERB_BDAT)->extensions, "CHUNKING");
  EXPECT_STREQ(ehlo_verb_info(EHLO_VERB_VRFY)->extensions, "");
  EXPECT_STREQ(ehlo_extension_info(EHLO_EXT_BINARYMIME)->needs, "CHUNKING");
  EXPECT_STREQ(ehlo_extension_info(EHLO_EXT_SMTPUTF8)->needs, "8BITMIME");
}

}  // namespace
