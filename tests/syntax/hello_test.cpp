// The reply to EHLO (RFC 5321 4.1.1.1): its lines, the domain, the mechanisms of AUTH, and the writing of it.
#include "syntax/hello.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/guarded_octets.h"
#include "syntax/error.h"

namespace {

using ehlo::Capability;
using ehlo::Error;
using support::guarded;
using support::octets;
using support::written;

// "KEYWORD|params", or "none".
std::string parse(std::string_view line) {
  const ehlo::Bytes bytes = guarded(line);
  Capability capability;
  const ehlo::Problem problem = ehlo::parse_capability(bytes, 0, capability);
  if (!problem.ok()) {
    EXPECT_EQ(problem.error, EHLO_E_SYNTAX);
    EXPECT_LE(problem.at, line.size());
    return "none at " + std::to_string(problem.at);
  }
  std::string out(bytes.at(capability.keyword).text());
  if (ehlo::present(capability.params)) (out += '|') += bytes.at(capability.params).text();
  return out;
}

std::string all(std::string_view reply) {
  const ehlo::Bytes bytes = guarded(reply);
  std::string out;
  Capability capability;
  for (std::size_t at = 0; ehlo::next_capability(bytes, at, capability);) {
    (out += '[') += bytes.at(capability.keyword).text();
    if (ehlo::present(capability.params)) (out += '|') += bytes.at(capability.params).text();
    out += ']';
  }
  return out;
}

TEST(Capability, IsAKeywordAndItsParameters) {
  const struct {
    std::string_view line, expected;
  } rows[] = {{"PIPELINING", "PIPELINING"},
              {"8bitmime", "8bitmime"},
              {"X-FOO-", "X-FOO-"},
              {"9", "9"},
              {"SIZE 1000", "SIZE|1000"},
              {"SIZE ", "SIZE"},
              {"SIZE   ", "SIZE"},
              {"SIZE  1000", "SIZE|1000"},
              {"SIZE 1000 ", "SIZE|1000"},
              {"SIZE 1000   ", "SIZE|1000"},
              {"AUTH PLAIN LOGIN", "AUTH|PLAIN LOGIN"},
              {"AUTH  PLAIN   LOGIN  ", "AUTH|PLAIN   LOGIN"},
              {"AUTH=PLAIN", "AUTH|PLAIN"},
              {"auth=LOGIN PLAIN", "auth|LOGIN PLAIN"},
              {"AUTH=", "AUTH"},
              {"x-exps=NTLM LOGIN", "x-exps|NTLM LOGIN"},
              {"AUTH= PLAIN", "AUTH|PLAIN"},
              {"X !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "X|!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}};
  for (const auto& row : rows) EXPECT_EQ(parse(row.line), row.expected) << row.line;
}

TEST(Capability, IsNoneOtherwise) {
  for (const std::string_view line :
       {std::string_view(""), std::string_view(" "), std::string_view(" SIZE"), std::string_view("-X"),
        std::string_view("X_Y"), std::string_view("SIZE=1000"), std::string_view("X.Y"), std::string_view("SIZE\t1000"),
        std::string_view("SIZE 1\t0"), std::string_view("SIZE 1000\r\n"), std::string_view("\xC3\xBC"),
        std::string_view("X \xC3\xBC"), octets("X\0"), octets("X a\0"), std::string_view("X\x7f"),
        std::string_view("AUTHX=PLAIN"), std::string_view("AUT=PLAIN")})
    EXPECT_TRUE(parse(line).starts_with("none at ")) << line;
  EXPECT_EQ(parse("SIZE\t1000"), "none at 4");
  EXPECT_EQ(parse("-X"), "none at 0");
  EXPECT_EQ(parse("X a\x01"), "none at 3");
}

TEST(Hello, GivesItsCapabilitiesFromTheSecondLineOn) {
  EXPECT_EQ(all("250 mx.test\r\n"), "");
  EXPECT_EQ(all("250\r\n"), "");
  EXPECT_EQ(all("250 PIPELINING\r\n"), "") << "the first line names the server";
  EXPECT_EQ(all("250-PIPELINING SIZE\r\n250 SIZE 5\r\n"), "[SIZE|5]");
  EXPECT_EQ(all("250-mx.test\r\n250-A\r\n250-B c d\r\n250 E\r\n"), "[A][B|c d][E]");
  // RFC 5321 2.2.1: what is not understood is passed over.
  EXPECT_EQ(all("250-mx.test\r\n250-\r\n250-hello there!\r\n250- X\r\n250-_\r\n250-\xC3\xBC\r\n250 SIZE\r\n"),
            "[hello|there!][SIZE]");
  EXPECT_EQ(all("250-mx.test\r\n250\r\n"), "");
  EXPECT_EQ(all("250-mx.test\r\n250-_\r\n250 _\r\n"), "");
}

TEST(Hello, HasADomain) {
  const auto domain = [](std::string_view reply) {
    const ehlo::Bytes bytes = guarded(reply);
    return std::string(bytes.at(ehlo::hello_domain(bytes)).text());
  };
  EXPECT_EQ(domain("250 mx.test\r\n"), "mx.test");
  EXPECT_EQ(domain("250-mx.test greets you\r\n250 SIZE\r\n"), "mx.test");
  EXPECT_EQ(domain("250\r\n"), "");
  EXPECT_EQ(domain("250 \r\n"), "");
  EXPECT_EQ(domain("250-[192.0.2.1]\r\n250 X\r\n"), "[192.0.2.1]");
}

TEST(Hello, HasMechanisms) {
  const std::string_view reply =
      "250-mx.test AUTH NOT-ME\r\n250-AUTH PLAIN CRAM-MD5\r\n250-XAUTH NTLM\r\n250-AUTH\r\n250-auth=LOGIN\r\n250 AUTH  "
      "X  Y\r\n";
  for (const std::string_view mechanism : {"PLAIN", "plain", "CRAM-MD5", "LOGIN", "X", "Y", "y"})
    EXPECT_TRUE(ehlo::has_mechanism(guarded(reply), ehlo::bytes_of(mechanism))) << mechanism;
  for (const std::string_view mechanism :
       {"", "PLAI", "PLAINX", "CRAM", "MD5", "NOT-ME", "NTLM", "PLAIN CRAM-MD5", "AUTH", " "})
    EXPECT_FALSE(ehlo::has_mechanism(guarded(reply), ehlo::bytes_of(mechanism))) << mechanism;
}

TEST(Words, AreGivenOneByOne) {
  const auto words = [](std::string_view text, std::size_t most) {
    std::vector<std::string> out;
    const bool all = ehlo::for_each_word(guarded(text), [&](ehlo::Bytes word) {
      out.emplace_back(word.text());
      return out.size() != most;
    });
    EXPECT_EQ(all, out.size() != most || most == 0);
    return out;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(words("a bb  ccc ", 9), (List{"a", "bb", "ccc"}));
  EXPECT_EQ(words("  a", 9), List{"a"});
  EXPECT_EQ(words("", 9), List{});
  EXPECT_EQ(words("   ", 9), List{});
  EXPECT_EQ(words("a b c", 2), (List{"a", "b"}));
}

TEST(WriteHello, GivesALineForEach) {
  const auto write = [](std::string_view domain, std::string_view lines) {
    bool good = false;
    const std::string out = written(
        [&](ehlo::Writer& writer) { good = ehlo::write_hello(guarded(domain), ehlo::bytes_of(lines), writer); });
    return good ? out : "refused";
  };
  EXPECT_EQ(write("mx.test", ""), "250 mx.test\r\n");
  EXPECT_EQ(write("mx.test", "SIZE"), "250-mx.test\r\n250 SIZE\r\n");
  EXPECT_EQ(write("[192.0.2.1]", "SIZE 10\nAUTH PLAIN LOGIN"),
            "250-[192.0.2.1]\r\n250-SIZE 10\r\n250 AUTH PLAIN LOGIN\r\n");
  for (const std::string_view domain : {"", "a b", "mx.test\r\n250 X", "_", "mx..test", "[1.2.3]", "mx.test "})
    EXPECT_EQ(write(domain, ""), "refused") << domain;
  for (const std::string_view lines : {"A\r\nB", "A\n\nB", "\n", "A\n B", "_", "A\tB", "A\n\xC3\xBC", "A\rB"})
    EXPECT_EQ(write("mx.test", lines), "refused") << lines;
  // It reads back.
  const std::string wire = write("mx.test", "SIZE 10\nX a b\nPIPELINING");
  ehlo::ReplyParser parser(ehlo::kDefaultReplyLimits);
  ehlo::Reply reply;
  ASSERT_TRUE(parser.feed(ehlo::bytes_of(wire), reply).ok());
  EXPECT_EQ(reply.code, 250u);
  EXPECT_EQ(all(wire), "[SIZE|10][X|a b][PIPELINING]");
}

}  // namespace
