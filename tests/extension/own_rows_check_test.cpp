// Which rows of a program are taken: names, references, values, replies; those whose names cannot be had; and elements
// of other sizes than ours.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "extension/own_rows.h"
#include "support/own_rows.h"

namespace {

using namespace support;

bool takes(OwnRowsOf own) {
  const ehlo_rows rows = own.rows();
  return ehlo::wrong_rows(&rows) == nullptr;
}
bool takes(const ehlo_extension_row& row) { return takes(OwnRowsOf{{row}, {}, {}}); }
bool takes(const ehlo_param_row& row) { return takes(OwnRowsOf{{}, {row}, {}}); }
bool takes(const ehlo_verb_row& row) { return takes(OwnRowsOf{{}, {}, {row}}); }

TEST(OwnRowsCheck, TakesNoNameThatIsFixed) {
  for (const char* verb :
       {"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "STARTTLS", "AUTH", "BDATX"})
    EXPECT_FALSE(takes(own_verb(verb))) << verb;
  for (const char* param : {"SIZE", "BODY", "SMTPUTF8", "AUTH"})
    for (const int commands : {EHLO_PARAM_OF_MAIL, EHLO_PARAM_OF_RCPT})
      EXPECT_FALSE(takes(own_param(param, "", commands))) << param;
  for (const char* extension : {"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "STARTTLS", "AUTH", "CHUNKING",
                                "BINARYMIME", "SMTPUTF8"})
    EXPECT_FALSE(takes(own_extension(extension))) << extension;
  for (const char* verb : {"VRFY", "EXPN", "HELP", "XFOO", "AUTHX", "X-EXPS"})
    EXPECT_TRUE(takes(own_verb(verb))) << verb;
  for (const char* param : {"RET", "ENVID", "NOTIFY", "ORCPT", "REQUIRETLS", "XFOO"})
    EXPECT_TRUE(takes(own_param(param, "", kOfBoth))) << param;
  for (const char* extension : {"DSN", "REQUIRETLS", "HELP", "EXPN", "VRFY", "XFOO"})
    EXPECT_TRUE(takes(own_extension(extension))) << extension;
}

TEST(OwnRowsCheck, TakesNamesInUpperCase) {
  for (const char* name : {"", "x", "Xx", "-X", "X Y", "X=", "X\r\n", "\xC3\xBC"}) {
    EXPECT_FALSE(takes(own_verb(name))) << name;
    EXPECT_FALSE(takes(own_param(name, "", kOfBoth))) << name;
    EXPECT_FALSE(takes(own_extension(name))) << name;
  }
  const std::string longest(32, 'X');
  EXPECT_TRUE(takes(own_verb(longest.c_str())));
  EXPECT_FALSE(takes(own_verb((longest + "X").c_str())));
  EXPECT_FALSE(takes(own_verb(nullptr)));
  EXPECT_FALSE(takes(own_param(nullptr, "", kOfBoth)));
}

TEST(OwnRowsCheck, TakesEachNameOnce) {
  EXPECT_FALSE(takes(OwnRowsOf{{own_extension("X"), own_extension("X")}, {}, {}}));
  EXPECT_TRUE(takes(OwnRowsOf{{own_extension(nullptr), own_extension(nullptr)}, {}, {}}));
  EXPECT_FALSE(takes(OwnRowsOf{{}, {own_param("X", "", kOfBoth), own_param("X", "", EHLO_PARAM_OF_RCPT)}, {}}));
  EXPECT_TRUE(
      takes(OwnRowsOf{{}, {own_param("X", "", EHLO_PARAM_OF_MAIL), own_param("X", "", EHLO_PARAM_OF_RCPT)}, {}}));
  EXPECT_FALSE(takes(OwnRowsOf{{}, {}, {own_verb("X"), own_verb("X")}}));
}

TEST(OwnRowsCheck, WantsExtensionsThatAreThere) {
  EXPECT_TRUE(takes(OwnRowsOf{{own_extension("X")}, {own_param("X", "X", kOfBoth)}, {own_verb("X", "DSN X")}}));
  EXPECT_TRUE(takes(own_verb("X", nullptr)));
  for (const char* extensions : {"Y", "DSN Y", "DSN  SIZE", " DSN", "DSN ", "dsn"}) {
    EXPECT_FALSE(takes(own_verb("X", extensions))) << extensions;
    EXPECT_FALSE(takes(own_param("X", extensions, kOfBoth))) << extensions;
    ehlo_extension_row row = own_extension("X");
    row.needs = extensions;
    EXPECT_FALSE(takes(row)) << extensions;
  }
}

TEST(OwnRowsCheck, WantsValuesThatThereCanBe) {
  const auto change = [](ehlo_kind kind, auto how) {
    ehlo_param_row row = own_param("X", "", kOfBoth, kind);
    how(row);
    return takes(row);
  };
  EXPECT_FALSE(change(EHLO_KIND_CUSTOM, [](auto&) {}));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.kind = 9; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.commands = 0; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.commands = 4; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.value = 3; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.flags = EHLO_ROW_FIXED; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.most = -1; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.words = "A"; }));
  EXPECT_FALSE(change(EHLO_KIND_TEXT, [](auto& row) { row.octets = 65536; }));
  EXPECT_TRUE(change(EHLO_KIND_TEXT, [](auto& row) { row.octets = 65535; }));
  EXPECT_FALSE(change(EHLO_KIND_NUMBER, [](auto& row) { row.least = 1; }));
  EXPECT_TRUE(change(EHLO_KIND_NUMBER, [](auto& row) { row.least = 1, row.flags = EHLO_ROW_UNSIGNED; }));
  EXPECT_FALSE(change(EHLO_KIND_MAILBOX, [](auto&) {}));
  EXPECT_FALSE(change(EHLO_KIND_MAILBOX, [](auto& row) { row.most = 1025; }));
  EXPECT_TRUE(change(EHLO_KIND_MAILBOX, [](auto& row) { row.most = 1024; }));
  for (const ehlo_kind kind : {EHLO_KIND_WORD, EHLO_KIND_WORDS}) {
    EXPECT_FALSE(change(kind, [](auto&) {}));
    for (const char* words : {"", "a", "A  B", " A", "A ", "A,B", "A B A"})
      EXPECT_FALSE(change(kind, [words](auto& row) { row.words = words; })) << words;
    std::string many = "A";
    for (int i = 1; i < 63; ++i) many += " A" + std::to_string(i);
    EXPECT_TRUE(change(kind, [&](auto& row) { row.words = many.c_str(); }));
    many += " B";
    EXPECT_FALSE(change(kind, [&](auto& row) { row.words = many.c_str(); }));
    EXPECT_FALSE(change(kind, [](auto& row) { row.words = "A", row.least = INT64_MAX; }));
  }
}

TEST(OwnRowsCheck, WantsVerbsThatNeedNothingOfTheSession) {
  const auto change = [](auto how) {
    ehlo_verb_row row = own_verb("X");
    how(row);
    return takes(row);
  };
  EXPECT_TRUE(change([](auto&) {}));
  for (std::uint8_t argument = 0; argument < 14; ++argument)
    EXPECT_EQ(change([=](auto& row) { row.argument = argument; }),
              argument <= EHLO_ARGUMENT_ATTRIBUTES && argument != EHLO_ARGUMENT_PATH_PARAMS)
        << +argument;
  for (std::uint8_t follows = 1; follows < 7; ++follows)
    EXPECT_FALSE(change([=](auto& row) { row.follows = follows; })) << +follows;
  for (const std::uint32_t flag :
       {std::uint32_t{EHLO_COMMAND_SESSION}, std::uint32_t{EHLO_COMMAND_FIXED}, std::uint32_t{1} << 17})
    EXPECT_FALSE(change([=](auto& row) { row.flags |= flag; })) << flag;
  EXPECT_FALSE(change([](auto& row) { row.flags = EHLO_COMMAND_ANY_TIME; })) << "of no protocol";
  EXPECT_TRUE(change([](auto& row) { row.yes_code = 299, row.no_code = 599; }));
  EXPECT_FALSE(change([](auto& row) { row.yes_code = 354; }));
  EXPECT_FALSE(change([](auto& row) { row.no_code = 250; }));
  // RFC 5321 4.2.3: those end a session.
  EXPECT_FALSE(change([](auto& row) { row.yes_code = 221; }));
  EXPECT_FALSE(change([](auto& row) { row.no_code = 421; }));
  EXPECT_TRUE(change([](auto& row) { row.yes_enhanced = EHLO_ENHANCED(2, 1, 0); }));
  EXPECT_FALSE(change([](auto& row) { row.yes_enhanced = EHLO_ENHANCED(5, 1, 0); }));
  EXPECT_TRUE(change([](auto& row) { row.no_code = 450, row.no_enhanced = EHLO_ENHANCED(4, 1, 0); }));
  EXPECT_FALSE(change([](auto& row) { row.no_enhanced = EHLO_ENHANCED(4, 1, 0); })) << "502 is said";
  EXPECT_FALSE(change([](auto& row) { row.yes_text = "a\r\nb"; }));
  EXPECT_FALSE(change([](auto& row) { row.no_text = "\xC3\xBC"; }));
}

TEST(OwnRowsCheck, WantsExtensionsThatCanBeAnnounced) {
  EXPECT_FALSE(takes(own_extension("X", "a\r\nb")));
  EXPECT_FALSE(takes(own_extension("X", "a\tb")));
  EXPECT_TRUE(takes(own_extension("X", std::string(504, 'a').c_str())));
  EXPECT_FALSE(takes(own_extension("X", std::string(505, 'a').c_str())));
  EXPECT_FALSE(takes(own_extension(nullptr, "a")));
  EXPECT_FALSE(takes(own_extension("X", nullptr, 64)));
  EXPECT_FALSE(takes(own_extension("X", nullptr, EHLO_EXTENSION_FIXED)));
  ehlo_extension_row row = own_extension("X");
  row.reserved = 1;
  EXPECT_FALSE(takes(row));
}

// Of a program that was built with later headers the rows are larger; smaller than those of the first release are none.
TEST(OwnRowsCheck, ReadsTheFirstPartOfLargerElements) {
  struct Larger {
    ehlo_verb_row row;
    std::uint64_t later;
  };
  const Larger verbs[] = {{own_verb("XA"), UINT64_MAX}, {own_verb("XB"), UINT64_MAX}};
  ehlo_rows rows{};
  rows.verbs = &verbs[0].row;
  rows.verb_size = sizeof(Larger);
  rows.verb_count = 2;
  ASSERT_EQ(ehlo::wrong_rows(&rows), nullptr);
  EXPECT_EQ(ehlo::OwnRows(&rows).find_verb(ehlo::bytes_of("xb")), 1u);
  std::vector<std::max_align_t> memory(ehlo::OwnRows::room_for(&rows) / sizeof(std::max_align_t) + 1);
  const ehlo::OwnRows copy = ehlo::OwnRows::copy(&rows, reinterpret_cast<ehlo::Octet*>(memory.data()));
  EXPECT_EQ(copy.find_verb(ehlo::bytes_of("xb")), 1u);
  EXPECT_STREQ(copy.verb(1).name, "XB");
}

TEST(OwnRowsCheck, TakesNoArrayThatIsNone) {
  const ehlo_verb_row verb = own_verb("X");
  const ehlo_param_row param = own_param("X", "", kOfBoth);
  const ehlo_extension_row extension = own_extension("X");
  const auto one = [&] { return rows_of(&extension, 1, &param, 1, &verb, 1); };
  const auto refuses = [](const ehlo_rows& rows) { return ehlo::wrong_rows(&rows) != nullptr; };
  EXPECT_FALSE(refuses(one()));
  EXPECT_FALSE(refuses(ehlo_rows{}));
  EXPECT_EQ(ehlo::wrong_rows(nullptr), nullptr);
  for (std::uint32_t ehlo_rows::*size : {&ehlo_rows::extension_size, &ehlo_rows::param_size, &ehlo_rows::verb_size}) {
    for (const int less : {1, 8}) {
      ehlo_rows rows = one();
      rows.*size -= static_cast<std::uint32_t>(less);
      EXPECT_TRUE(refuses(rows)) << less;
    }
    ehlo_rows rows = one();
    rows.*size = 0;
    EXPECT_TRUE(refuses(rows));
  }
  for (std::uint32_t ehlo_rows::*count :
       {&ehlo_rows::extension_count, &ehlo_rows::param_count, &ehlo_rows::verb_count}) {
    ehlo_rows rows = one();
    rows.*count = 257;
    EXPECT_TRUE(refuses(rows));
  }
  ehlo_rows rows = one();
  rows.verbs = nullptr;
  EXPECT_TRUE(refuses(rows));
}

}  // namespace
