// What the header says of itself, and the names that it gives out.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ehlo.h"

namespace {

TEST(Version, IsTheOneOfTheHeader) {
  EXPECT_STREQ(ehlo_version(), EHLO_VERSION);
  EXPECT_EQ(ehlo_version_number(),
            static_cast<std::uint32_t>(EHLO_VERSION_MAJOR * 10000 + EHLO_VERSION_MINOR * 100 + EHLO_VERSION_PATCH));
  EXPECT_EQ(std::string(EHLO_VERSION), std::to_string(EHLO_VERSION_MAJOR) + "." + std::to_string(EHLO_VERSION_MINOR) +
                                           "." + std::to_string(EHLO_VERSION_PATCH));
}

TEST(Names, AreGivenForEachEventAndVerb) {
  std::set<std::string> names;
  for (std::uint32_t type = EHLO_SERVER_EVENT_NONE; type <= EHLO_SERVER_EVENT_CLOSE; ++type) {
    EXPECT_TRUE(names.insert(ehlo_server_event_name(type)).second) << type;
    EXPECT_STRNE(ehlo_server_event_name(type), "unknown");
  }
  EXPECT_STREQ(ehlo_server_event_name(EHLO_SERVER_EVENT_CLOSE + 1), "unknown");
  EXPECT_STREQ(ehlo_server_event_name(UINT32_MAX), "unknown");
  EXPECT_STREQ(ehlo_verb_name(EHLO_VERB_UNKNOWN), "?");
  EXPECT_STREQ(ehlo_verb_name(EHLO_VERB_STARTTLS), "STARTTLS");
  EXPECT_STREQ(ehlo_verb_name(EHLO_VERB_AUTH), "AUTH");
  EXPECT_STREQ(ehlo_verb_name(63), "?");
  EXPECT_STREQ(ehlo_verb_name(UINT32_MAX), "?");
}

TEST(Errors, AreExplained) {
  const ehlo_error_info* info = ehlo_error(EHLO_E_LINE_TOO_LONG);
  EXPECT_STREQ(info->name, "line-too-long");
  EXPECT_EQ(info->enhanced, EHLO_ENHANCED(5, 5, 2));
  EXPECT_EQ(ehlo_error(EHLO_E_STATE)->enhanced, EHLO_ENHANCED_NONE);
  EXPECT_EQ(info->code, 500);
  EXPECT_EQ(info->fault, EHLO_FAULT_PEER);
  EXPECT_EQ(info->fatal, 0);
  EXPECT_EQ(ehlo_error(EHLO_E_BAD_CHUNK)->fatal, 1);
  EXPECT_EQ(ehlo_error(EHLO_E_ARGUMENT)->fault, EHLO_FAULT_PROGRAM);
  EXPECT_STREQ(ehlo_error_name(EHLO_E_FALSE_END), "false-end");
  EXPECT_STREQ(ehlo_error_name(12345), "unknown-error");
  EXPECT_NE(ehlo_error(-12345), nullptr);
}

TEST(Extensions, AreFoundByKeyword) {
  EXPECT_EQ(ehlo_extension_bit("starttls", 8), EHLO_EXT_BIT(EHLO_EXT_STARTTLS));
  EXPECT_EQ(ehlo_extension_bit("8BITMIME", 8), EHLO_EXT_BIT(EHLO_EXT_8BITMIME));
  EXPECT_EQ(ehlo_extension_bit("8BITMIMEX", 9), 0u);
  EXPECT_EQ(ehlo_extension_bit("", 0), 0u);
  std::uint64_t defaults = 0;
  for (const char* word :
       {"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING", "BINARYMIME", "SMTPUTF8", "HELP"})
    defaults |= ehlo_extension_bit(word, std::string(word).size());
  EXPECT_EQ(defaults, EHLO_EXT_DEFAULT);
}

TEST(Extensions, HaveTheNamesOfTheirKeywords) {
  for (std::uint32_t id = 0; id < 64; ++id) {
    const ehlo_extension_row* row = ehlo_extension_info(id);
    const std::string name = row == nullptr ? "?" : row->keyword;
    EXPECT_EQ(ehlo_extension_name(EHLO_EXT_BIT(id)), name);
    EXPECT_EQ(ehlo_extension_bit(name.data(), name.size()), row == nullptr ? 0 : EHLO_EXT_BIT(id)) << name;
  }
  for (const std::uint64_t bits : {UINT64_C(0), UINT64_C(3), EHLO_EXT_DEFAULT, UINT64_MAX})
    EXPECT_STREQ(ehlo_extension_name(bits), "?") << bits;
}

}  // namespace
