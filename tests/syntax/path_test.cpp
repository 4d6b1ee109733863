// Paths (RFC 5321 4.1.2, 4.1.3): what is one, what its parts are, and that nothing else passes.
#include "syntax/path.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::Direction;
using ehlo::DomainKind;
using ehlo::Error;
using ehlo::Path;
using ehlo::PathRules;
using support::guarded;

struct Accepted {
  std::string_view text;
  std::string_view route, local, domain;
  DomainKind kind;
  std::uint32_t flags;
};

const std::string kLocal64(64, 'l');
const std::string kLabel63(63, 'd');

TEST(Path, IsSplitIntoItsParts) {
  const Accepted rows[] = {
      {"<a@b>", "", "a", "b", EHLO_DOMAIN_NAME, 0},
      {"<a.b.c@x-y.z9>", "", "a.b.c", "x-y.z9", EHLO_DOMAIN_NAME, 0},
      {"<!#$%&'*+-/=?^_`{|}~@x>", "", "!#$%&'*+-/=?^_`{|}~", "x", EHLO_DOMAIN_NAME, 0},
      {"<\"\"@x>", "", "\"\"", "x", EHLO_DOMAIN_NAME, EHLO_PATH_QUOTED},
      {"<\"a b\"@x>", "", "\"a b\"", "x", EHLO_DOMAIN_NAME, EHLO_PATH_QUOTED},
      {"<\"a\\\"\\\\@>\"@x>", "", "\"a\\\"\\\\@>\"", "x", EHLO_DOMAIN_NAME, EHLO_PATH_QUOTED},
      {"<@r:a@x>", "@r", "a", "x", EHLO_DOMAIN_NAME, 0},
      {"<@r,@s.t:a@x>", "@r,@s.t", "a", "x", EHLO_DOMAIN_NAME, 0},
      {"<a@[1.2.3.4]>", "", "a", "1.2.3.4", EHLO_DOMAIN_IPV4, 0},
      {"<a@[255.255.255.255]>", "", "a", "255.255.255.255", EHLO_DOMAIN_IPV4, 0},
      {"<a@[IPv6:::]>", "", "a", "IPv6:::", EHLO_DOMAIN_IPV6, 0},
      {"<a@[IPv6:::1]>", "", "a", "IPv6:::1", EHLO_DOMAIN_IPV6, 0},
      {"<a@[ipv6:1:2:3:4:5:6:7:8]>", "", "a", "ipv6:1:2:3:4:5:6:7:8", EHLO_DOMAIN_IPV6, 0},
      {"<a@[IPv6:1::8]>", "", "a", "IPv6:1::8", EHLO_DOMAIN_IPV6, 0},
      {"<a@[IPv6:::ffff:1.2.3.4]>", "", "a", "IPv6:::ffff:1.2.3.4", EHLO_DOMAIN_IPV6, 0},
      {"<a@[IPv6:1:2:3:4:5:6:1.2.3.4]>", "", "a", "IPv6:1:2:3:4:5:6:1.2.3.4", EHLO_DOMAIN_IPV6, 0},
      {"<\xC3\xBC@x>", "", "\xC3\xBC", "x", EHLO_DOMAIN_NAME, EHLO_PATH_NON_ASCII},
      {"<a@\xC3\xBC.x>", "", "a", "\xC3\xBC.x", EHLO_DOMAIN_NAME, EHLO_PATH_NON_ASCII},
      {"<\"\xE2\x82\xAC\"@x>", "", "\"\xE2\x82\xAC\"", "x", EHLO_DOMAIN_NAME, EHLO_PATH_QUOTED | EHLO_PATH_NON_ASCII},
  };
  for (const auto& row : rows) {
    for (const Direction direction : {Direction::reverse, Direction::forward}) {
      const PathRules rules{direction, false};
      const ehlo::Bytes text = guarded(row.text);
      Path path{};
      const ehlo::Problem problem = ehlo::parse_path(text, rules, path);
      ASSERT_TRUE(problem.ok()) << row.text << " @" << problem.at;
      EXPECT_EQ(path.whole, (ehlo::Span{0, static_cast<std::uint32_t>(row.text.size())}));
      EXPECT_EQ(ehlo::present(path.route), !row.route.empty()) << row.text;
      EXPECT_EQ(text.at(path.route).text(), row.route);
      EXPECT_EQ(text.at(path.local).text(), row.local);
      EXPECT_EQ(text.at(path.domain).text(), row.domain);
      EXPECT_EQ(path.domain_kind, row.kind) << row.text;
      EXPECT_EQ(path.flags, row.flags) << row.text;
      // A path is all of the text: one octet before or after it is one too many, a missing bracket one too few.
      for (const std::string& other :
           {std::string(row.text) + ">", std::string(row.text) + " ", " " + std::string(row.text),
            std::string(row.text) + '\0', std::string(row.text.substr(0, row.text.size() - 1)),
            std::string(row.text.substr(1)), "<" + std::string(row.text)})
        EXPECT_EQ(ehlo::parse_path(guarded(other), rules, path).error, EHLO_E_SYNTAX) << other;
    }
  }
}

TEST(Path, NoPrefixOfAPathIsAPath) {
  for (const std::string_view whole : {"<@r,@s:\"a\\\"b\"@[IPv6:1:2::3:1.2.3.4]>", "<a.b@x.y-z>",
                                       "<\xE2\x82\xAC@\xF0\xA0\x80\x80.x>", "<Postmaster>"}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      Path path{};
      const auto problem = ehlo::parse_path(guarded(whole.substr(0, length)), {Direction::forward, false}, path);
      EXPECT_EQ(problem.error, EHLO_E_SYNTAX) << whole.substr(0, length);
      EXPECT_LE(problem.at, length);
    }
  }
}

TEST(Path, IsNothingElse) {
  for (const std::string_view text : {"",
                                      "<",
                                      ">",
                                      "a@b",
                                      "< a@b>",
                                      "<a@b >",
                                      "<a @b>",
                                      "<a@ b>",
                                      "<a@>",
                                      "<@b>",
                                      "<a>",
                                      "<a@b@c>",
                                      "<.a@b>",
                                      "<a.@b>",
                                      "<a..b@c>",
                                      "<a@.b>",
                                      "<a@b.>",
                                      "<a@b..c>",
                                      "<a@-b>",
                                      "<a@b->",
                                      "<a@b_c>",
                                      "<a@b.-c>",
                                      "<\"a@b>",
                                      "<a\"@b>",
                                      "<\"a\"b@c>",
                                      "<a\"b\"@c>",
                                      "<\"a\\\"@b>",
                                      "<\"a\tb\"@c>",
                                      "<(a)@b>",
                                      "<a,b@c>",
                                      "<a:b@c>",
                                      "<;id;>",
                                      "<@r a@b>",
                                      "<@r:>",
                                      "<@:a@b>",
                                      "<@r,s:a@b>",
                                      "<@r,:a@b>",
                                      "<a@[1.2.3]>",
                                      "<a@[1.2.3.4.5]>",
                                      "<a@[256.1.1.1]>",
                                      "<a@[1.2.3.]>",
                                      "<a@[1.2.3.4>",
                                      "<a@1.2.3.4]>",
                                      "<a@[]>",
                                      "<a@[IPv6:]>",
                                      "<a@[IPv6:1]>",
                                      "<a@[IPv6:1:2:3:4:5:6:7:8:9]>",
                                      "<a@[IPv6:1::2::3]>",
                                      "<a@[IPv6:12345::]>",
                                      "<a@[IPv6:::g]>",
                                      "<a@[IPv6:1:2:3:4:5:6:7:1.2.3.4]>",
                                      "<a@[IPv6::1]>",
                                      "<a@[x:y]>",
                                      "<a@[IPv6:1:2:3:4:5:6:7::]>",
                                      "<\"\r\n\"@b>",
                                      "<a\r\n@b>",
                                      "<\x7f@b>",
                                      "<\xff@b>",
                                      "<\xC3@b>",
                                      "<\xC0\xAF@b>",
                                      "<\xED\xA0\x80@b>",
                                      "<a@b\xE2\x82>",
                                      "<\"\xC3\"@b>"}) {
    for (const Direction direction : {Direction::reverse, Direction::forward}) {
      Path path{};
      EXPECT_EQ(ehlo::parse_path(guarded(text), {direction, false}, path).error, EHLO_E_SYNTAX) << text;
    }
  }
}

TEST(Path, MayBeNullOnlyInReverseAndPostmasterOnlyForward) {
  Path path{};
  ASSERT_TRUE(ehlo::parse_path(guarded("<>"), {Direction::reverse, false}, path).ok());
  EXPECT_EQ(path.flags, EHLO_PATH_NULL);
  EXPECT_EQ(path.domain_kind, EHLO_DOMAIN_NONE);
  EXPECT_FALSE(ehlo::present(path.domain));
  EXPECT_EQ(ehlo::parse_path(guarded("<>"), {Direction::forward, false}, path).error, EHLO_E_SYNTAX);
  // RFC 5321 4.1.1.3: in any case.
  for (const std::string_view text : {"<Postmaster>", "<POSTMASTER>", "<postmaster>"}) {
    ASSERT_TRUE(ehlo::parse_path(guarded(text), {Direction::forward, false}, path).ok()) << text;
    EXPECT_EQ(path.flags, EHLO_PATH_POSTMASTER);
    EXPECT_EQ(path.local, (ehlo::Span{1, 10}));
    EXPECT_FALSE(ehlo::present(path.domain));
    EXPECT_EQ(ehlo::parse_path(guarded(text), {Direction::reverse, false}, path).error, EHLO_E_SYNTAX) << text;
  }
  for (const std::string_view text : {"<Postmaste>", "<Postmasters>", "<\"Postmaster\">", "<@r:Postmaster>"})
    EXPECT_EQ(ehlo::parse_path(guarded(text), {Direction::forward, false}, path).error, EHLO_E_SYNTAX) << text;
}

TEST(Path, HasItsLimits) {
  // RFC 5321 4.5.3.1.2, RFC 1035 2.3.4; local part and path have none (4.5.3.1).
  const std::string domain189 = kLabel63 + "." + kLabel63 + "." + std::string(61, 'e');
  const auto ok = [](const std::string& text) {
    Path path{};
    return ehlo::parse_path(guarded(text), {Direction::reverse, false}, path).ok();
  };
  EXPECT_TRUE(ok("<" + kLocal64 + "@x>"));
  EXPECT_TRUE(ok("<" + kLocal64 + "l@x>"));
  EXPECT_TRUE(ok("<a@" + kLabel63 + ">"));
  EXPECT_FALSE(ok("<a@" + kLabel63 + "d>"));
  EXPECT_TRUE(ok("<" + kLocal64 + "@" + domain189 + ">"));
  EXPECT_TRUE(ok("<" + kLocal64 + "@" + domain189 + "e>"));
  EXPECT_TRUE(ok("<" + std::string(66000, 'a') + "@x>"));
  EXPECT_TRUE(ok("<@" + domain189 + ",@" + domain189 + ":" + kLocal64 + "@x>"));
  const std::string domain255 = domain189 + "." + kLabel63 + ".e";
  ASSERT_EQ(domain255.size(), 255u);
  EXPECT_TRUE(ok("<a@" + domain255 + ">"));
  EXPECT_FALSE(ok("<a@" + domain255 + "e>"));
  EXPECT_TRUE(ehlo::is_mailbox(guarded(kLocal64 + "l@" + domain255)));
  EXPECT_FALSE(ehlo::is_mailbox(guarded("l@" + domain255 + "e")));
}

TEST(Path, TakesUnregisteredLiteralsOnlyWhereItIsToldTo) {
  Path path{};
  EXPECT_EQ(ehlo::parse_path(guarded("<a@[x-tag:data!]>"), {Direction::reverse, false}, path).error, EHLO_E_SYNTAX);
  const ehlo::Bytes text = guarded("<a@[x-tag:data!]>");
  ASSERT_TRUE(ehlo::parse_path(text, {Direction::reverse, true}, path).ok());
  EXPECT_EQ(path.domain_kind, EHLO_DOMAIN_GENERAL);
  EXPECT_EQ(text.at(path.domain).text(), "x-tag:data!");
  for (const std::string_view wrong : {"<a@[x-:d]>", "<a@[:d]>", "<a@[x:]>", "<a@[x:d]e]>", "<a@[x:a b]>"})
    EXPECT_EQ(ehlo::parse_path(guarded(wrong), {Direction::reverse, true}, path).error, EHLO_E_SYNTAX) << wrong;
}

TEST(Host, IsADomainOrALiteral) {
  for (const std::string_view text : {"x", "x.y", "[1.2.3.4]", "[IPv6:::1]", "a-b.c9", "1.2.3.4"}) {
    ehlo::Host host{};
    ASSERT_TRUE(ehlo::parse_host(guarded(text), 0, false, host).ok()) << text;
    EXPECT_EQ(host.text, (ehlo::Span{0, static_cast<std::uint32_t>(text.size())}));
    EXPECT_TRUE(ehlo::is_host(guarded(text)));
  }
  for (const std::string_view text : {"", "-x", "x-", "x..y", "x_y", "[1.2.3]", "[", "a@b", "x\t", "[tag:x]"}) {
    ehlo::Host host{};
    EXPECT_FALSE(ehlo::parse_host(guarded(text), 0, false, host).ok()) << text;
    EXPECT_FALSE(ehlo::is_host(guarded(text))) << text;
  }
}

TEST(Mailbox, IsOneWithoutBrackets) {
  for (const std::string_view text : {"a@b", "\"a b\"@c", "a@[1.2.3.4]"}) EXPECT_TRUE(ehlo::is_mailbox(guarded(text)));
  for (const std::string_view text : {"", "a", "<a@b>", "@r:a@b", "a@b ", "a@b\r\n", "<>", "a@"})
    EXPECT_FALSE(ehlo::is_mailbox(guarded(text))) << text;
}

}  // namespace
