// The writing of replies (RFC 5321 4.2.1, RFC 2034 4).
#include "syntax/write_reply.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/guarded_octets.h"
#include "support/least_seconds.h"
#include "syntax/reply.h"

namespace {

using ehlo::bytes_of;
using ehlo::EnhancedCode;
using support::guarded;

std::string write(std::uint32_t code, EnhancedCode enhanced, std::string_view prefix, std::string_view text) {
  std::string out(20000, '\0');
  ehlo::ReplySink sink(reinterpret_cast<ehlo::Octet*>(out.data()), out.size(), 0);
  ehlo::write_reply(sink, code, enhanced, bytes_of(prefix), bytes_of(text));
  EXPECT_TRUE(sink.complete());
  out.resize(sink.written());
  return out;
}

TEST(WriteReply, WritesOneLine) {
  const EnhancedCode code = EHLO_ENHANCED(5, 1, 1);
  EXPECT_EQ(write(550, code, "", "No such user"), "550 5.1.1 No such user\r\n");
  // RFC 5321 4.2: Reply-code [ SP textstring ], so no space without text.
  EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, "", ""), "250\r\n");
  EXPECT_EQ(write(550, code, "", ""), "550 5.1.1\r\n");
  EXPECT_EQ(write(221, EHLO_ENHANCED_NONE, "mx.test ", "bye"), "221 mx.test bye\r\n");
}

TEST(WriteReply, GivesCodeAndEnhancedCodeOnEachLine) {
  const EnhancedCode code = EHLO_ENHANCED(2, 0, 0);
  EXPECT_EQ(write(214, code, "", "a\nb\r\nc"), "214-2.0.0 a\r\n214-2.0.0 b\r\n214 2.0.0 c\r\n");
  EXPECT_EQ(write(214, code, "", "a\n"), "214-2.0.0 a\r\n214 2.0.0\r\n");
}

TEST(WriteReply, FoldsAtSpacesWhereItCan) {
  const EnhancedCode code = EHLO_ENHANCED(2, 0, 0);
  std::string text;
  for (int i = 0; i < 300; ++i) text += "word ";
  text += "end";
  const std::string wire = write(250, code, "", text);
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

TEST(WriteReply, FoldsNoUtf8CharacterInTwo) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'x');
    for (int i = 0; i < 400; ++i) text += "\xE2\x82\xAC";
    const std::string wire = write(250, EHLO_ENHANCED_NONE, "", text);
    std::size_t begin = 0;
    while (begin < wire.size()) {
      const std::size_t end = wire.find("\r\n", begin);
      ASSERT_LE(end + 2 - begin, 512u);
      EXPECT_NE(static_cast<unsigned char>(wire[begin + 4]) & 0xC0, 0x80) << shift;
      begin = end + 2;
    }
  }
}

TEST(WriteReply, IsWrittenInPiecesOfAnySize) {
  const EnhancedCode code = EHLO_ENHANCED(5, 7, 1);
  const std::string whole = write(554, code, "mx.test ", "line one\nline two " + std::string(900, 'x'));
  for (std::size_t capacity = 1; capacity < 40; ++capacity) {
    std::string joined;
    for (;;) {
      std::string piece(capacity, '\0');
      ehlo::ReplySink sink(reinterpret_cast<ehlo::Octet*>(piece.data()), capacity, joined.size());
      ehlo::write_reply(sink, 554, code, bytes_of("mx.test "), bytes_of("line one\nline two " + std::string(900, 'x')));
      joined.append(piece, 0, sink.written());
      if (sink.complete()) break;
      ASSERT_EQ(sink.written(), capacity);
    }
    EXPECT_EQ(joined, whole) << capacity;
  }
}

// The same where each call goes on at the line at which the last one stopped.
TEST(WriteReply, GoesOnWhereItStopped) {
  const EnhancedCode code = EHLO_ENHANCED(5, 7, 1);
  for (const std::string& text : {"line one\nline two " + std::string(900, 'x'), std::string("\n\nx\r\n"),
                                  std::string(), "a " + std::string(506, 'x') + " b"}) {
    const std::string whole = write(554, code, "mx.test ", text);
    for (std::size_t capacity = 1; capacity < 40; ++capacity) {
      std::string joined;
      ehlo::ReplyPosition position{0, 0};
      for (;;) {
        std::string piece(capacity, '\0');
        ehlo::ReplySink sink(reinterpret_cast<ehlo::Octet*>(piece.data()), capacity, position.given);
        position = ehlo::write_reply(sink, 554, code, bytes_of("mx.test "), bytes_of(text), position.line);
        joined.append(piece, 0, sink.written());
        if (sink.complete()) break;
        ASSERT_EQ(sink.written(), capacity);
        ASSERT_LT(position.given, 512u);
      }
      EXPECT_EQ(joined, whole) << capacity;
    }
  }
}

// Sixteen times the text is not 256 times the work, as it is where each line looks at all of the rest.
TEST(WriteReply, FoldsALongTextInLinearTime) {
  const auto seconds = [](std::size_t octets) {
    const std::string text(octets, 'x');
    return support::least_seconds([&text] {
      ehlo::ReplySink sink(nullptr, 0, 0);
      ehlo::write_reply(sink, 250, EHLO_ENHANCED_NONE, {}, bytes_of(text));
      EXPECT_GT(sink.total(), text.size());
    });
  };
  EXPECT_LT(seconds(1 << 20), 100 * seconds(1 << 16));
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

// What is written reads back: the code, the enhanced code, and the text line by line.
TEST(WriteReply, IsReadBack) {
  const EnhancedCode codes[] = {EHLO_ENHANCED(2, 0, 0), EHLO_ENHANCED(4, 7, 28), EHLO_ENHANCED(5, 999, 999)};
  const std::string_view texts[] = {
      "",         "x",         "a\tb", "a\nb", "a\r\nb\r\nc", "\n", "\n\n", "5.1.1 x", "\xC3\xBC \xE2\x82\xAC",
      " leading", "trailing ", "250-x"};
  for (const std::uint32_t code : {200u, 250u, 354u, 421u, 450u, 550u, 599u}) {
    for (const std::string_view text : texts) {
      EnhancedCode enhanced = EHLO_ENHANCED_NONE;
      for (const EnhancedCode one : codes)
        if (EHLO_ENHANCED_CLASS(one) == code / 100) enhanced = one;
      const std::string wire = write(code, enhanced, "", text);
      ehlo::ReplyParser parser({512, 256, 65536});
      ehlo::Reply reply;
      ASSERT_TRUE(parser.feed(guarded(wire), reply).ok()) << wire;
      EXPECT_EQ(reply.code, code);
      EXPECT_EQ(reply.length, wire.size());
      EXPECT_TRUE(!ehlo::is_enhanced(enhanced) || reply.enhanced == enhanced) << wire;
      std::string joined;
      std::size_t at = 0;
      for (std::uint32_t i = 0; i < reply.lines; ++i) {
        const ehlo::Span span = ehlo::next_reply_line(bytes_of(wire), at);
        std::string line(bytes_of(wire).at(span).text());
        if (ehlo::is_enhanced(enhanced))
          line.erase(0, line.find(' ') == std::string::npos ? line.size() : line.find(' ') + 1);
        joined += (i == 0 ? "" : "\n") + line;
      }
      std::string expected(text);
      std::erase(expected, '\r');
      EXPECT_EQ(joined, expected) << wire;
    }
  }
}

// At the octet: a line has 512 with its CRLF, one more is folded.
TEST(WriteReply, FoldsAtTheOctet) {
  const EnhancedCode code = EHLO_ENHANCED(2, 0, 0);
  EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, "", std::string(506, 'x')), "250 " + std::string(506, 'x') + "\r\n");
  EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, "", std::string(507, 'x')),
            "250-" + std::string(506, 'x') + "\r\n250 x\r\n");
  EXPECT_EQ(write(250, code, "", std::string(500, 'x')), "250 2.0.0 " + std::string(500, 'x') + "\r\n");
  EXPECT_EQ(write(250, code, "", std::string(501, 'x')), "250-2.0.0 " + std::string(500, 'x') + "\r\n250 2.0.0 x\r\n");
}

}  // namespace
