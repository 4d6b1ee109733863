// Replies without a session, through the C API.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ehlo.h"

namespace {

std::int32_t parse(std::string_view text, ehlo_reply& reply, std::size_t& at,
                   const ehlo_reply_limits* limits = nullptr) {
  at = 777;
  reply = {};
  return ehlo_reply_parse(text.data(), text.size(), limits, &reply, &at);
}

std::string write(std::uint32_t code, std::uint32_t enhanced, std::string_view text) {
  const std::int64_t octets = ehlo_reply_write(code, enhanced, text.data(), text.size(), nullptr, 0);
  if (octets < 0) return ehlo_error_name(static_cast<std::int32_t>(octets));
  std::string out(static_cast<std::size_t>(octets) + 4, '-');
  // One octet too few: nothing is written.
  EXPECT_EQ(ehlo_reply_write(code, enhanced, text.data(), text.size(), out.data(), out.size() - 5), octets);
  EXPECT_EQ(out.find_first_not_of('-'), std::string::npos);
  EXPECT_EQ(ehlo_reply_write(code, enhanced, text.data(), text.size(), out.data(), out.size() - 4), octets);
  EXPECT_EQ(out.substr(out.size() - 4), "----");
  return out.substr(0, out.size() - 4);
}

TEST(ReplyOfTheCApi, IsParsed) {
  ehlo_reply reply;
  std::size_t at = 0;
  EXPECT_EQ(parse("550-5.1.1 a\r\n550 5.1.1 b\r\n250 next\r\n", reply, at), EHLO_OK);
  EXPECT_EQ(reply.code, 550u);
  EXPECT_EQ(reply.enhanced, EHLO_ENHANCED(5, 1, 1));
  EXPECT_EQ(reply.lines, 2u);
  EXPECT_EQ(reply.length, 26u);
  EXPECT_EQ(EHLO_ENHANCED_CLASS(reply.enhanced), 5u);
  EXPECT_EQ(EHLO_ENHANCED_SUBJECT(EHLO_ENHANCED(5, 999, 2)), 999u);
  EXPECT_EQ(EHLO_ENHANCED_DETAIL(EHLO_ENHANCED(5, 1, 999)), 999u);
  EXPECT_EQ(ehlo_reply_parse("250\r\n", 5, nullptr, &reply, nullptr), EHLO_OK);
}

TEST(ReplyOfTheCApi, HasTheErrorsOfTheHeader) {
  ehlo_reply reply;
  std::size_t at = 0;
  EXPECT_EQ(parse("", reply, at), EHLO_E_INCOMPLETE);
  EXPECT_EQ(ehlo_reply_parse(nullptr, 0, nullptr, &reply, &at), EHLO_E_INCOMPLETE);
  EXPECT_EQ(parse("250-a\r\n", reply, at), EHLO_E_INCOMPLETE);
  EXPECT_EQ(parse("25x\r\n", reply, at), EHLO_E_MALFORMED_REPLY);
  EXPECT_EQ(at, 2u);
  EXPECT_EQ(parse("250-a\r\n251 b\r\n", reply, at), EHLO_E_CODE_MISMATCH);
  EXPECT_EQ(at, 9u);
  EXPECT_EQ(parse("250 a\n", reply, at), EHLO_E_BARE_LF);
  EXPECT_EQ(at, 5u);
  EXPECT_EQ(parse("250 a\rb", reply, at), EHLO_E_BARE_CR);
  EXPECT_EQ(at, 5u);
  EXPECT_EQ(reply.code, 0u) << "written only where there is one";
}

TEST(ReplyOfTheCApi, HasLimits) {
  ehlo_reply reply;
  std::size_t at = 0;
  const std::string line = "250 " + std::string(4090, 'x') + "\r\n";
  EXPECT_EQ(parse(line, reply, at), EHLO_OK);
  EXPECT_EQ(parse("250 x" + line.substr(4), reply, at), EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(at, 4096u);
  const ehlo_reply_limits of_line{10, 0, 0}, of_lines{0, 2, 0}, of_octets{0, 0, 10}, none{0, 0, 0};
  EXPECT_EQ(parse("250 xxxx\r\n", reply, at, &of_line), EHLO_OK);
  EXPECT_EQ(parse("250 xxxxx\r\n", reply, at, &of_line), EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(parse("250-a\r\n250-a\r\n250 a\r\n", reply, at, &of_lines), EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(parse("250-\r\n250 \r\n", reply, at, &of_octets), EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(parse(line, reply, at, &none), EHLO_OK);
}

TEST(ReplyOfTheCApi, GivesItsLines) {
  const std::string text = "250-a\r\n250-\r\n250\r\n";
  std::vector<std::string> lines;
  ehlo_span span;
  for (std::size_t at = 0; ehlo_reply_line(text.data(), text.size(), &at, &span) != 0;)
    lines.push_back(text.substr(span.off, span.len));
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "", ""}));
  std::size_t at = 100;
  EXPECT_EQ(ehlo_reply_line(text.data(), text.size(), &at, &span), 0) << "behind the end";
}

TEST(ReplyOfTheCApi, IsWritten) {
  EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, "ok"), "250 ok\r\n");
  EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, ""), "250\r\n");
  EXPECT_EQ(write(550, EHLO_ENHANCED(5, 1, 1), "no\nreally\r\nno"),
            "550-5.1.1 no\r\n550-5.1.1 really\r\n550 5.1.1 no\r\n");
  EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, "\xC3\xBC\t~"), "250 \xC3\xBC\t~\r\n");
  EXPECT_EQ(write(200, EHLO_ENHANCED_NONE, "x"), "200 x\r\n");
  EXPECT_EQ(write(599, EHLO_ENHANCED_NONE, "x"), "599 x\r\n");
  for (const std::uint32_t code : {0u, 199u, 600u, 1250u, UINT32_MAX})
    EXPECT_EQ(write(code, EHLO_ENHANCED_NONE, "x"), "argument") << code;
  for (const std::string_view text : {std::string_view("a\rb"), std::string_view("a\r"), std::string_view("\0", 1),
                                      std::string_view("\x7f"), std::string_view("\x1b"), std::string_view("\xff")})
    EXPECT_EQ(write(250, EHLO_ENHANCED_NONE, text), "argument");
  // RFC 2034 4: of the class of the reply; 3yz has none.
  for (const std::uint32_t enhanced :
       {EHLO_ENHANCED(5, 1, 1), EHLO_ENHANCED(3, 0, 0), EHLO_ENHANCED(2, 1000, 0), EHLO_ENHANCED(2, 0, 1000),
        EHLO_ENHANCED(258, 0, 0), EHLO_ENHANCED(0, 1, 1), EHLO_ENHANCED(256, 1, 1)})
    EXPECT_EQ(write(250, enhanced, "x"), "argument") << enhanced;
  EXPECT_EQ(write(354, EHLO_ENHANCED(3, 0, 0), "x"), "argument");
  EXPECT_EQ(write(354, EHLO_ENHANCED_NONE, "go"), "354 go\r\n");
}

TEST(ReplyOfTheCApi, IsWrittenWithTheDefaultStatusCodeOfItsClass) {
  EXPECT_EQ(write(250, 0, "ok"), "250 2.0.0 ok\r\n");
  EXPECT_EQ(write(451, 0, "a\nb"), "451-4.0.0 a\r\n451 4.0.0 b\r\n");
  EXPECT_EQ(write(550, 0, ""), "550 5.0.0\r\n");
  EXPECT_EQ(write(354, 0, "go"), "354 go\r\n");
}

TEST(HelloOfTheCApi, IsParsed) {
  const std::string text = "250-mx.test hi\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250-AUTH=PLAIN\r\n250 XFOO a b\r\n";
  ehlo_hello hello;
  std::size_t error_at = 0;
  ASSERT_EQ(ehlo_hello_parse(text.data(), text.size(), 0, nullptr, &hello, &error_at), EHLO_OK);
  EXPECT_EQ(text.substr(hello.domain.off, hello.domain.len), "mx.test");
  const std::uint64_t size = EHLO_EXT_BIT(EHLO_EXT_SIZE), tls = EHLO_EXT_BIT(EHLO_EXT_STARTTLS),
                      auth = EHLO_EXT_BIT(EHLO_EXT_AUTH);
  EXPECT_EQ(hello.offered, size | tls | auth);
  EXPECT_EQ(hello.usable, size | tls | auth);
  EXPECT_EQ(hello.has_size_limit, 1u);
  EXPECT_EQ(hello.size_limit, 1000u);
  EXPECT_EQ(hello.reserved, 0u);
  ASSERT_EQ(ehlo_hello_parse(text.data(), text.size(), 1, nullptr, &hello, nullptr), EHLO_OK);
  EXPECT_EQ(hello.usable, size | auth);
  std::string list;
  ehlo_capability one;
  for (std::size_t at = 0; ehlo_hello_next(text.data(), text.size(), &at, &one) != 0;) {
    list += text.substr(one.keyword.off, one.keyword.len) + "|";
    list += one.params.off == EHLO_ABSENT ? "-" : text.substr(one.params.off, one.params.len);
    list += ";";
  }
  EXPECT_EQ(list, "SIZE|1000;STARTTLS|-;AUTH|PLAIN;XFOO|a b;");
  EXPECT_EQ(ehlo_hello_has_mechanism(text.data(), text.size(), "plain", 5), 1);
  EXPECT_EQ(ehlo_hello_has_mechanism(text.data(), text.size(), "LOGIN", 5), 0);
}

TEST(HelloOfTheCApi, HasTheErrorsOfTheHeader) {
  const std::pair<std::string_view, std::int32_t> rows[] = {{"250 x\r\n", EHLO_OK},
                                                            {"500 x\r\n", EHLO_E_HELLO_REFUSED},
                                                            {"421 x\r\n", EHLO_E_HELLO_REFUSED},
                                                            {"220 x\r\n", EHLO_E_UNEXPECTED_CODE},
                                                            {"251 x\r\n", EHLO_E_UNEXPECTED_CODE},
                                                            {"354 x\r\n", EHLO_E_UNEXPECTED_CODE},
                                                            {"250-x\r\n", EHLO_E_INCOMPLETE},
                                                            {"x\r\n", EHLO_E_MALFORMED_REPLY},
                                                            {"250 x\n", EHLO_E_BARE_LF}};
  for (const auto& [text, error] : rows) {
    ehlo_hello hello;
    EXPECT_EQ(ehlo_hello_parse(text.data(), text.size(), 0, nullptr, &hello, nullptr), error) << text;
  }
  const ehlo_reply_limits limits{0, 1, 0};
  ehlo_hello hello;
  std::size_t at = 0;
  EXPECT_EQ(ehlo_hello_parse("250-x\r\n250 y\r\n", 14, 0, &limits, &hello, &at), EHLO_E_REPLY_TOO_LONG);
  EXPECT_EQ(at, 7u);
}

TEST(HelloOfTheCApi, IsWritten) {
  char out[100];
  const std::string_view lines = "SIZE 10\nAUTH PLAIN";
  const std::string_view expected = "250-mx.test\r\n250-SIZE 10\r\n250 AUTH PLAIN\r\n";
  EXPECT_EQ(ehlo_hello_write("mx.test", 7, lines.data(), lines.size(), out, sizeof out),
            static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(std::string_view(out, expected.size()), expected);
  EXPECT_EQ(ehlo_hello_write("mx.test", 7, nullptr, 0, nullptr, 0), 13);
  EXPECT_EQ(ehlo_hello_write("mx test", 7, nullptr, 0, out, sizeof out), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_hello_write("mx.test", 7, "A\r\nB", 4, out, sizeof out), EHLO_E_ARGUMENT);
}

TEST(PlainOfTheCApi, IsWrittenAndReadBack) {
  char out[64];
  ASSERT_EQ(ehlo_auth_plain_write("", 0, "user", 4, "pass", 4, out, sizeof out), 10);
  EXPECT_EQ(std::string_view(out, 10), std::string_view("\0user\0pass", 10));
  ASSERT_EQ(ehlo_auth_plain_write("a", 1, "u", 1, "p", 1, out, sizeof out), 5);
  ehlo_span authzid, authcid, passwd;
  ASSERT_EQ(ehlo_auth_plain_parse(out, 5, &authzid, &authcid, &passwd), EHLO_OK);
  EXPECT_EQ(authzid.len, 1u);
  EXPECT_EQ(ehlo_auth_plain_write("", 0, "user", 4, "pass", 4, nullptr, 0), 10) << "measured";
  EXPECT_EQ(ehlo_auth_plain_write("", 0, "", 0, "pass", 4, out, sizeof out), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_auth_plain_write("", 0, "user", 4, "", 0, out, sizeof out), EHLO_E_ARGUMENT);
  for (int field = 0; field < 3; ++field)
    EXPECT_EQ(ehlo_auth_plain_write(field == 0 ? "\0" : "a", 1, field == 1 ? "\0" : "a", 1, field == 2 ? "\0" : "a", 1,
                                    out, sizeof out),
              EHLO_E_ARGUMENT);
}

}  // namespace
