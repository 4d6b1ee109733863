// The writing of replies (RFC 5321 4.2.1, RFC 2034 4) and the library's own table of them.
#include "server/replies.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using ehlo::bytes_of;
using ehlo::EnhancedCode;

std::string write(std::uint32_t code, const EnhancedCode* enhanced, std::string_view prefix, std::string_view text) {
  std::string out(20000, '\0');
  ehlo::ReplySink sink(reinterpret_cast<ehlo::Octet*>(out.data()), out.size(), 0);
  ehlo::write_reply(sink, code, enhanced, bytes_of(prefix), bytes_of(text));
  EXPECT_TRUE(sink.complete());
  out.resize(sink.written());
  return out;
}

TEST(Reply, WritesOneLine) {
  const EnhancedCode code{5, 1, 1};
  EXPECT_EQ(write(550, &code, "", "No such user"), "550 5.1.1 No such user\r\n");
  // RFC 5321 4.2: Reply-code [ SP textstring ], so no space without text.
  EXPECT_EQ(write(250, nullptr, "", ""), "250\r\n");
  EXPECT_EQ(write(550, &code, "", ""), "550 5.1.1\r\n");
  EXPECT_EQ(write(221, nullptr, "mx.test ", "bye"), "221 mx.test bye\r\n");
}

TEST(Reply, GivesCodeAndEnhancedCodeOnEachLine) {
  const EnhancedCode code{2, 0, 0};
  EXPECT_EQ(write(214, &code, "", "a\nb\r\nc"), "214-2.0.0 a\r\n214-2.0.0 b\r\n214 2.0.0 c\r\n");
  EXPECT_EQ(write(214, &code, "", "a\n"), "214-2.0.0 a\r\n214 2.0.0\r\n");
}

TEST(Reply, FoldsAtSpacesWhereItCan) {
  const EnhancedCode code{2, 0, 0};
  std::string text;
  for (int i = 0; i < 300; ++i) text += "word ";
  text += "end";
  const std::string wire = write(250, &code, "", text);
  std::string joined;
  std::size_t begin = 0;
  while (begin < wire.size()) {
    const std::size_t end = wire.find("\r\n", begin);
    ASSERT_LE(end + 2 - begin, 512u);
    if (!joined.empty()) joined += ' ';
    joined += wire.substr(begin + 10, end - begin - 10);
    begin = end + 2;
  }
  EXPECT_EQ(joined, text);
}

TEST(Reply, FoldsNoUtf8CharacterInTwo) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'x');
    for (int i = 0; i < 400; ++i) text += "\xE2\x82\xAC";
    const std::string wire = write(250, nullptr, "", text);
    std::size_t begin = 0;
    while (begin < wire.size()) {
      const std::size_t end = wire.find("\r\n", begin);
      ASSERT_LE(end + 2 - begin, 512u);
      EXPECT_NE(static_cast<unsigned char>(wire[begin + 4]) & 0xC0, 0x80) << shift;
      begin = end + 2;
    }
  }
}

TEST(Reply, IsWrittenInPiecesOfAnySize) {
  const EnhancedCode code{5, 7, 1};
  const std::string whole = write(554, &code, "mx.test ", "line one\nline two " + std::string(900, 'x'));
  for (std::size_t capacity = 1; capacity < 40; ++capacity) {
    std::string joined;
    for (;;) {
      std::string piece(capacity, '\0');
      ehlo::ReplySink sink(reinterpret_cast<ehlo::Octet*>(piece.data()), capacity, joined.size());
      ehlo::write_reply(sink, 554, &code, bytes_of("mx.test "),
                        bytes_of("line one\nline two " + std::string(900, 'x')));
      joined.append(piece, 0, sink.written());
      if (sink.complete()) break;
      ASSERT_EQ(sink.written(), capacity);
    }
    EXPECT_EQ(joined, whole) << capacity;
  }
}

TEST(EnhancedCode, IsReadStrictly) {
  // RFC 3463 2: class 2, 4 or 5; subject and detail of one to three digits.
  const struct {
    std::string_view text;
    EnhancedCode code;
  } accepted[] = {{"2.0.0", {2, 0, 0}},       {"4.4.2", {4, 4, 2}},         {"5.7.1", {5, 7, 1}},
                  {"5.10.100", {5, 10, 100}}, {"5.999.999", {5, 999, 999}}, {"4.7.28", {4, 7, 28}}};
  for (const auto& row : accepted) {
    const auto code = ehlo::parse_enhanced(row.text);
    ASSERT_TRUE(code.has_value()) << row.text;
    EXPECT_EQ(code->klass, row.code.klass);
    EXPECT_EQ(code->subject, row.code.subject);
    EXPECT_EQ(code->detail, row.code.detail);
    EXPECT_FALSE(ehlo::parse_enhanced(std::string(row.text) + " ").has_value());
    EXPECT_FALSE(ehlo::parse_enhanced(std::string(row.text) + ".").has_value());
    EXPECT_FALSE(ehlo::parse_enhanced(" " + std::string(row.text)).has_value());
  }
  for (const std::string_view text : {"", "5", "5.", "5.1", "5.1.", "3.1.1", "1.0.0", "6.0.0", "5.01.1", "5.1.01",
                                      "5.1000.1", "5.1.1000", "55.1.1", "5..1", "-5.1.1", "5.1.x"})
    EXPECT_FALSE(ehlo::parse_enhanced(text).has_value()) << text;
}

TEST(ReplyText, HoldsNoControls) {
  for (const std::string_view text : {"", "x", "a b\tc", "a\nb", "a\r\nb", "\n", "~"})
    EXPECT_TRUE(ehlo::is_reply_text(bytes_of(text), false)) << text;
  for (const std::string_view text :
       {std::string_view("\r"), std::string_view("a\rb"), std::string_view("\0", 1), std::string_view("\x7f"),
        std::string_view("\x1b"), std::string_view("\x80"), std::string_view("\xC3\xBC"), std::string_view("a\r")})
    EXPECT_FALSE(ehlo::is_reply_text(bytes_of(text), false)) << text;
  EXPECT_TRUE(ehlo::is_reply_text(bytes_of("\xC3\xBC"), true));
  for (const std::string_view text : {"\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xFF"})
    EXPECT_FALSE(ehlo::is_reply_text(bytes_of(text), true)) << text;
}

TEST(OwnReplies, AreWellFormed) {
  for (std::uint16_t i = 0; i < static_cast<std::uint16_t>(ehlo::Standard::count); ++i) {
    const ehlo::StandardReply& reply = ehlo::standard_reply(static_cast<ehlo::Standard>(i));
    EXPECT_TRUE(ehlo::is_reply_text(bytes_of(reply.text), false)) << i;
    // RFC 2034 4: the class of the enhanced code is that of the reply; 3yz has none.
    if (reply.enhanced.klass != 0) {
      EXPECT_EQ(reply.enhanced.klass, reply.code / 100) << i;
    }
    if (reply.code / 100 == 3) {
      EXPECT_EQ(reply.enhanced.klass, 0) << i;
    }
  }
}

}  // namespace
