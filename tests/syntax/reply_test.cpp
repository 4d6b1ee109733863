// Replies in a stream of input (RFC 5321 4.2): what is one, where it ends, and the octet at which one is certainly
// none.
#include "syntax/reply.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/guarded.h"
#include "support/guarded_octets.h"

namespace {

using ehlo::EnhancedCode;
using ehlo::Error;
using ehlo::Problem;
using ehlo::Reply;
using ehlo::ReplyLimits;
using ehlo::ReplyParser;
using support::GuardedBytes;
using support::octets;

constexpr ReplyLimits kLimits = ehlo::kDefaultReplyLimits;

std::string name_of(Error error) { return ehlo::error_info(error).name; }

// Reads it whole, and with each cut, which must not matter.
Problem read(std::string_view text, Reply& reply, ReplyLimits limits = kLimits) {
  reply = {};
  GuardedBytes input(text);
  ReplyParser parser(limits);
  const Problem whole = parser.feed({input.data(), input.size()}, reply);
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    ReplyParser again(limits);
    Reply other;
    input.assign(text.substr(0, cut));
    Problem problem = again.feed({input.data(), input.size()}, other);
    if (problem.error == EHLO_E_INCOMPLETE) {
      EXPECT_EQ(again.within_reply(), cut != 0);
      input.assign(text);
      problem = again.feed({input.data(), input.size()}, other);
    }
    EXPECT_EQ(name_of(problem.error), name_of(whole.error)) << text << " cut at " << cut;
    EXPECT_EQ(problem.at, whole.at) << text << " cut at " << cut;
    EXPECT_EQ(other.length, reply.length) << text << " cut at " << cut;
    EXPECT_TRUE(other.code == reply.code && other.enhanced == reply.enhanced && other.lines == reply.lines);
  }
  // An octet more at a time.
  ReplyParser slow(limits);
  Reply other;
  Problem problem{EHLO_E_INCOMPLETE, 0};
  for (std::size_t shown = 0; shown <= text.size() && problem.error == EHLO_E_INCOMPLETE; ++shown) {
    input.assign(text.substr(0, shown));
    problem = slow.feed({input.data(), input.size()}, other);
  }
  EXPECT_EQ(name_of(problem.error), name_of(whole.error)) << text << " slowly";
  EXPECT_EQ(problem.at, whole.at) << text << " slowly";
  return whole;
}

std::vector<std::string> lines_of(std::string_view reply) {
  std::vector<std::string> lines;
  const GuardedBytes input(reply);
  const ehlo::Bytes bytes{input.data(), input.size()};
  for (std::size_t at = 0;;) {
    const ehlo::Span line = ehlo::next_reply_line(bytes, at);
    if (!ehlo::present(line)) return lines;
    lines.emplace_back(bytes.at(line).text());
  }
}

TEST(Reply, IsReadToItsLastLine) {
  const struct {
    std::string_view text;
    std::uint32_t code, lines;
    std::size_t rest;
  } rows[] = {{"250 OK\r\n", 250, 1, 0},
              {"250\r\n", 250, 1, 0},
              {"250 \r\n", 250, 1, 0},
              {"250-\r\n250\r\n", 250, 2, 0},
              {"553-x\r\n553\r\n250 next\r\n", 553, 2, 10},
              {"250-a\r\n250-250 b\r\n250 c\r\n", 250, 3, 0},
              {"200 x\r\n", 200, 1, 0},
              {"299 x\r\n", 299, 1, 0},
              {"354 x\r\n", 354, 1, 0},
              {"399 x\r\n", 399, 1, 0},
              {"400 x\r\n", 400, 1, 0},
              {"599 x\r\n", 599, 1, 0},
              {"590 x\r\n", 590, 1, 0},
              {"250 a\tb\x01\x7f\x80\xff\r\n", 250, 1, 0},
              {"250--\r\n250 -\r\n", 250, 2, 0},
              {"250 one\r\n25", 250, 1, 2},
              {"250 one\r\n\r\n", 250, 1, 2}};
  for (const auto& row : rows) {
    Reply reply;
    const Problem problem = read(row.text, reply);
    ASSERT_TRUE(problem.ok()) << row.text << ' ' << name_of(problem.error);
    EXPECT_EQ(reply.code, row.code);
    EXPECT_EQ(reply.code_class(), row.code / 100);
    EXPECT_EQ(reply.lines, row.lines) << row.text;
    EXPECT_EQ(reply.length, row.text.size() - row.rest) << row.text;
  }
}

TEST(Reply, IsIncompleteBeforeItsEnd) {
  for (const std::string_view text : {"", "2", "25", "250", "250 ", "250-", "250\r", "250 a\r", "250-a\r\n",
                                      "250-a\r\n2", "250-a\r\n250", "250-a\r\n250-b\r\n"}) {
    Reply reply;
    EXPECT_EQ(read(text, reply).error, EHLO_E_INCOMPLETE) << text;
  }
}

// The position is that of the octet that is wrong, and the error is reported as soon as that octet is there.
TEST(Reply, IsNoneFromACertainOctetOn) {
  const struct {
    std::string_view text;
    Error error;
    std::uint32_t at;
  } rows[] = {{"\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"\n", EHLO_E_MALFORMED_REPLY, 0},
              {octets("\0"), EHLO_E_MALFORMED_REPLY, 0},
              {" 250 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"150 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"050 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"650 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"950 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"+50 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"\xB2\xB5\xB0 x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"x\r\n", EHLO_E_MALFORMED_REPLY, 0},
              {"2x0\r\n", EHLO_E_MALFORMED_REPLY, 1},
              {"2\r\n", EHLO_E_MALFORMED_REPLY, 1},
              {"25\r\n", EHLO_E_MALFORMED_REPLY, 2},
              {"25 x\r\n", EHLO_E_MALFORMED_REPLY, 2},
              {"25\n", EHLO_E_MALFORMED_REPLY, 2},
              {"2500 x\r\n", EHLO_E_MALFORMED_REPLY, 3},
              {"250_x\r\n", EHLO_E_MALFORMED_REPLY, 3},
              {"250\tx\r\n", EHLO_E_MALFORMED_REPLY, 3},
              {octets("250\0"), EHLO_E_MALFORMED_REPLY, 3},
              {octets("250 a\0b\r\n"), EHLO_E_MALFORMED_REPLY, 5},
              {octets("250-\0"), EHLO_E_MALFORMED_REPLY, 4},
              {"250-a\r\nfoo\r\n", EHLO_E_MALFORMED_REPLY, 7},
              {"250-a\r\n 250 b\r\n", EHLO_E_MALFORMED_REPLY, 7},
              {"250-a\r\n\r\n", EHLO_E_MALFORMED_REPLY, 7},
              {"250-a\r\n25\r\n", EHLO_E_MALFORMED_REPLY, 9},
              {"250-a\r\n251 b\r\n", EHLO_E_CODE_MISMATCH, 9},
              {"354-go\r\n250 ok\r\n", EHLO_E_CODE_MISMATCH, 10},
              {"250-a\r\n550-b\r\n", EHLO_E_CODE_MISMATCH, 9},
              {"250\n", EHLO_E_BARE_LF, 3},
              {"250 a\n", EHLO_E_BARE_LF, 5},
              {"250-a\n250 b\r\n", EHLO_E_BARE_LF, 5},
              {"250-a\r\n250 b\n", EHLO_E_BARE_LF, 12},
              {"250 a\rb\r\n", EHLO_E_BARE_CR, 5},
              {"250 a\r\r\n", EHLO_E_BARE_CR, 5},
              {"250\rx", EHLO_E_BARE_CR, 3},
              {"250 \r\r", EHLO_E_BARE_CR, 4}};
  for (const auto& row : rows) {
    Reply reply;
    const Problem problem = read(row.text, reply);
    EXPECT_EQ(name_of(problem.error), name_of(row.error)) << row.text;
    EXPECT_EQ(problem.at, row.at) << row.text;
    // Not before it: a CR alone may still be one of a CR LF.
    const std::size_t sure = row.at + (row.error == EHLO_E_BARE_CR ? 1u : 0u);
    EXPECT_EQ(read(row.text.substr(0, sure), reply).error, EHLO_E_INCOMPLETE) << row.text;
    EXPECT_EQ(read(row.text.substr(0, sure + 1), reply).error, row.error) << row.text;
  }
}

TEST(Reply, IsFollowedByAnother) {
  const std::string_view text = "250-a\r\n250 b\r\n354\r\n550 5.1.1 no\r\n";
  GuardedBytes input(text);
  ReplyParser parser(kLimits);
  std::size_t at = 0;
  for (const std::uint32_t code : {250u, 354u, 550u}) {
    Reply reply;
    ASSERT_TRUE(parser.feed(ehlo::Bytes{input.data(), input.size()}.from(at), reply).ok());
    EXPECT_FALSE(parser.within_reply());
    EXPECT_EQ(reply.code, code);
    at += reply.length;
  }
  EXPECT_EQ(at, text.size());
}

TEST(Reply, HasALimitForItsLines) {
  const ReplyLimits limits{16, 4, 1000};
  Reply reply;
  const auto line = [](std::size_t octets, char separator) {
    return "250" + std::string(1, separator) + std::string(octets - 6, 'x') + "\r\n";
  };
  EXPECT_TRUE(read(line(16, ' '), reply, limits).ok());
  EXPECT_TRUE(read(line(16, '-') + line(16, ' '), reply, limits).ok());
  const Problem first = read(line(17, ' '), reply, limits);
  EXPECT_EQ(first.error, EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(first.at, 16u);
  const Problem second = read(line(16, '-') + line(17, ' '), reply, limits);
  EXPECT_EQ(second.error, EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(second.at, 32u);
  // With 16 octets and no end it is certain; with one less it is not.
  EXPECT_EQ(read(line(17, ' ').substr(0, 16), reply, limits).error, EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(read(line(17, ' ').substr(0, 15), reply, limits).error, EHLO_E_INCOMPLETE);
  // What is wrong after the limit is not looked at.
  EXPECT_EQ(read("250 xxxxxxxxxxxx" + std::string("\n"), reply, limits).error, EHLO_E_REPLY_TOO_LONG);
}

TEST(Reply, HasALimitForTheNumberOfItsLines) {
  const ReplyLimits limits{16, 3, 1000};
  Reply reply;
  EXPECT_TRUE(read("250-a\r\n250-b\r\n250 c\r\n", reply, limits).ok());
  const Problem problem = read("250-a\r\n250-b\r\n250-c\r\n250 d\r\n", reply, limits);
  EXPECT_EQ(problem.error, EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(problem.at, 21u);
  // The count begins anew with the next reply.
  ReplyParser parser(limits);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(parser.feed(ehlo::bytes_of("250-a\r\n250-b\r\n250 c\r\n"), reply).ok());
  EXPECT_TRUE(read("250 c\r\n", reply, {16, 1, 1000}).ok());
  EXPECT_EQ(read("250-c\r\n250 d\r\n", reply, {16, 1, 1000}).error, EHLO_E_REPLY_TOO_LONG);
}

TEST(Reply, HasALimitForItsSize) {
  const ReplyLimits limits{16, 100, 30};
  Reply reply;
  EXPECT_TRUE(read("250-aaaaaaaaa\r\n250 bbbbbbbbb\r\n", reply, limits).ok());
  EXPECT_EQ(reply.length, 30u);
  const Problem problem = read("250-aaaaaaaaa\r\n250 bbbbbbbbbb\r\n", reply, limits);
  EXPECT_EQ(problem.error, EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(problem.at, 30u);
  // What lies after the reply does not count.
  EXPECT_TRUE(read("250-aaaaaaaaa\r\n250 bbbbbbbbb\r\n250 next\r\n", reply, limits).ok());
}

TEST(Reply, HasDefaultsForItsLimits) {
  const ReplyLimits all = ehlo::with_defaults({0, 0, 0});
  EXPECT_EQ(all.line_octets, 4096u);
  EXPECT_EQ(all.lines, 256u);
  EXPECT_EQ(all.octets, 65536u);
  const ReplyLimits some = ehlo::with_defaults({1000, 0, 7});
  EXPECT_EQ(some.line_octets, 1000u);
  EXPECT_EQ(some.lines, 256u);
  EXPECT_EQ(some.octets, 7u);
}

// RFC 2034 4: of the class of the reply, and the same on each line; 3yz has none.
TEST(Reply, HasTheEnhancedCodeThatAllItsLinesHave) {
  const struct {
    std::string_view text;
    EnhancedCode code;
  } rows[] = {{"250 2.1.0 ok\r\n", EHLO_ENHANCED(2, 1, 0)},
              {"250 2.1.0\r\n", EHLO_ENHANCED(2, 1, 0)},
              {"451 4.7.100 later\r\n", EHLO_ENHANCED(4, 7, 100)},
              {"550 5.999.999 x\r\n", EHLO_ENHANCED(5, 999, 999)},
              {"551-5.7.1 a\r\n551 5.7.1 b\r\n", EHLO_ENHANCED(5, 7, 1)},
              {"551-5.7.1 a\r\n551 5.7.2 b\r\n", EHLO_ENHANCED_NONE},
              {"551-5.7.1 a\r\n551 b\r\n", EHLO_ENHANCED_NONE},
              {"551-a\r\n551 5.7.1 b\r\n", EHLO_ENHANCED_NONE},
              {"551-5.7.1 a\r\n551\r\n", EHLO_ENHANCED_NONE},
              {"551-5.7.1\r\n551-5.7.2\r\n551 5.7.1\r\n", EHLO_ENHANCED_NONE},
              {"250 5.1.1 x\r\n", EHLO_ENHANCED_NONE},
              {"550 4.1.1 x\r\n", EHLO_ENHANCED_NONE},
              {"354 3.0.0 x\r\n", EHLO_ENHANCED_NONE},
              {"354 2.0.0 x\r\n", EHLO_ENHANCED_NONE},
              {"250 2.1\r\n", EHLO_ENHANCED_NONE},
              {"250 2.1.\r\n", EHLO_ENHANCED_NONE},
              {"250 2.1.5.6 x\r\n", EHLO_ENHANCED_NONE},
              {"250 2.1.5x\r\n", EHLO_ENHANCED_NONE},
              {"250 2.1.5\tx\r\n", EHLO_ENHANCED_NONE},
              {"250  2.1.5 x\r\n", EHLO_ENHANCED_NONE},
              {"250 2.1.1000 x\r\n", EHLO_ENHANCED_NONE},
              {"250 2.01.0 x\r\n", EHLO_ENHANCED_NONE},
              {"250\r\n", EHLO_ENHANCED_NONE}};
  for (const auto& row : rows) {
    Reply reply;
    ASSERT_TRUE(read(row.text, reply).ok()) << row.text;
    EXPECT_TRUE(reply.enhanced == row.code) << row.text;
  }
  // CVE class of C6: nothing is left of the reply before.
  ReplyParser parser(kLimits);
  Reply reply;
  EXPECT_TRUE(parser.feed(ehlo::bytes_of("250 2.1.0 ok\r\n"), reply).ok());
  EXPECT_TRUE(parser.feed(ehlo::bytes_of("250\r\n"), reply).ok());
  EXPECT_EQ(reply.enhanced, EHLO_ENHANCED_NONE);
}

TEST(ReplyLine, IsTheTextBehindTheCode) {
  using List = std::vector<std::string>;
  EXPECT_EQ(lines_of("250 OK\r\n"), List{"OK"});
  EXPECT_EQ(lines_of("250\r\n"), List{""});
  EXPECT_EQ(lines_of("250 \r\n"), List{""});
  EXPECT_EQ(lines_of("250-a\r\n250- b \r\n250\r\n"), (List{"a", " b ", ""}));
  EXPECT_EQ(lines_of("553-\r\n553\r\n"), (List{"", ""}));
  EXPECT_EQ(lines_of(""), List{});
  // The C API may be given what was never parsed: nothing behind it is read.
  for (const std::string_view text : {"2", "25", "250", "250 x", "\r\n", "\n", "x\n\ny", "250-a\r\n2"})
    EXPECT_LE(lines_of(text).size(), 3u) << text;
}

// 4.5.3.1.5, and far beyond: no octet is looked at twice, however slowly they come.
TEST(Reply, CostsNoMoreWhereItComesSlowly) {
  const std::string text = "250 " + std::string(500000, 'x');
  ReplyParser parser({1u << 20, 10, 1u << 20});
  Reply reply;
  for (std::size_t shown = 0; shown <= text.size(); ++shown)
    ASSERT_EQ(parser.feed({reinterpret_cast<const ehlo::Octet*>(text.data()), shown}, reply).error, EHLO_E_INCOMPLETE);
}

}  // namespace
