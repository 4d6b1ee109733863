// The common forms in blocks against Ragel's machines: the same result whatever the vectors, at every length, and what
// is common is indeed taken.
#include "syntax/common_forms.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/forms.h"
#include "support/guarded_octets.h"

namespace {

using ehlo::CommonForms;
using support::available_forms;
using support::guarded;

// On lines whose end is the end of readable memory.
std::string command_of(std::string_view line, const CommonForms& forms, std::uint32_t cap = EHLO_PARAMS_MAX) {
  return support::command_of(guarded(line), forms, cap);
}

std::string reply_of(std::string_view input, const CommonForms& forms, ehlo::ReplyLimits limits) {
  return support::reply_of(guarded(input), forms, limits);
}

std::string capabilities_of(std::string_view reply, const CommonForms& forms) {
  return support::capabilities_of(guarded(reply), forms);
}

std::string hello_of(std::string_view input, const CommonForms& forms, ehlo::ReplyLimits limits, bool& taken) {
  return support::hello_of(guarded(input), forms, limits, taken);
}

class Words {
 public:
  explicit Words(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  template <std::size_t count>
  std::string one(const char* const (&words)[count]) {
    return words[below(count)];
  }

  std::string token(std::size_t longest) {
    static constexpr char kOctets[] = "abcxyzAZ0189.-_+=";
    std::string out;
    for (std::size_t left = 1 + below(longest); left != 0; --left) out += kOctets[below(sizeof kOctets - 1)];
    return out;
  }

  // Some octets of it are replaced, taken out or put in.
  std::string spoilt(std::string text) {
    static constexpr unsigned char kOctets[] = {0,   1,   9,   10,  13,   31,   32,   '"',  '<', '>',  '@',  '.',
                                                '-', '=', '!', '/', '\\', '[',  ']',  ':',  ';', 'a',  'Z',  '0',
                                                '`', '{', '~', 127, 128,  0xC3, 0xBC, 0xE9, '^', 0xFF, 0xAD, 0xAE};
    for (std::size_t left = below(3); left != 0 && !text.empty(); --left) {
      const std::size_t at = below(text.size());
      const char octet = static_cast<char>(kOctets[below(sizeof kOctets)]);
      switch (below(3)) {
        case 0: text[at] = octet; break;
        case 1: text.insert(at, 1, octet); break;
        default: text.erase(at, 1); break;
      }
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

std::string random_domain(Words& words) {
  std::string out = words.one({"a", "mx", "mail-1", "x--y", "example"});
  for (std::size_t left = words.below(5); left != 0; --left)
    out += "." + words.one({"b", "co", "example", "org", "a-very-long-label-of-a-domain", "9"});
  return words.below(6) == 0 ? words.token(70) : out;
}

std::string random_command(Words& words) {
  if (words.below(5) == 0) return words.spoilt(words.one({"EHLO ", "HELO ", "ehlo "}) + random_domain(words));
  std::string line = words.one({"MAIL FROM:<", "RCPT TO:<", "mail from:<", "Rcpt To:<"});
  if (words.below(12) != 0)
    line += (words.below(2) == 0 ? words.one({"a", "bob.smith", "info", "x+y", "no-reply", "srs0=ab=cd=x.org=u"})
                                 : words.token(45)) +
            "@" + random_domain(words);
  line += ">";
  for (std::size_t left = words.below(5); left != 0; --left) {
    line += " " + words.one({"SIZE", "BODY", "X-1", "SMTPUTF8", "a", "-A"});
    if (words.below(3) != 0) line += "=" + (words.below(4) == 0 ? std::string(words.below(90), 'v') : words.token(9));
  }
  return words.below(2) == 0 ? line : words.spoilt(line);
}

std::string random_reply(Words& words) {
  std::string out;
  const std::string code = words.one({"250", "550", "354", "221", "199"});
  for (std::size_t left = words.below(5);; --left) {
    out += words.below(30) == 0 ? "251" : code;
    out += left != 0 ? "-" : words.one({" ", " ", " ", " ", ""});
    out += words.one({"2.1.0 ", "2.1.5", "5.1.1 ", "5.10.255 ", "3.0.0 ", "", "", "5.1", "2."});
    out +=
        words.one({"", "OK", "PIPELINING", "SIZE 1000", "AUTH PLAIN  LOGIN ", "X= 1", "8BITMIME ", "-x", "AUTH=LOGIN"});
    if (words.below(4) == 0) out += " " + std::string(words.below(90), 't');
    out += "\r\n";
    if (left == 0) break;
  }
  if (words.below(3) == 0) out += "250 2.0.0 of the next command\r\n";
  return words.below(2) == 0 ? out : words.spoilt(out);
}

TEST(CommonForms, ReadCommandsAsTheMachinesDo) {
  Words words(5321);
  for (int i = 0; i < 15000; ++i) {
    const std::string line = random_command(words);
    const auto cap = words.below(8) == 0 ? static_cast<std::uint32_t>(words.below(4)) : EHLO_PARAMS_MAX;
    const std::string expected = command_of(line, ehlo::kNoForms, cap);
    for (const CommonForms* forms : available_forms())
      ASSERT_EQ(command_of(line, *forms, cap), expected) << forms->name << ": " << line;
  }
}

TEST(CommonForms, ReadRepliesAsTheMachineDoes) {
  Words words(4954);
  for (int i = 0; i < 15000; ++i) {
    const std::string input = random_reply(words);
    ehlo::ReplyLimits limits = ehlo::kDefaultReplyLimits;
    if (words.below(3) == 0) limits.line_octets = static_cast<std::uint32_t>(5 + words.below(100));
    if (words.below(3) == 0) limits.lines = static_cast<std::uint32_t>(1 + words.below(5));
    if (words.below(3) == 0) limits.octets = static_cast<std::uint32_t>(limits.line_octets + words.below(200));
    const std::string expected = reply_of(input, ehlo::kNoForms, limits);
    for (const CommonForms* forms : available_forms())
      ASSERT_EQ(reply_of(input, *forms, limits), expected) << forms->name << ": " << input;
  }
}

TEST(CommonForms, ReadCapabilitiesAsTheMachineDoes) {
  Words words(1869);
  for (int i = 0; i < 15000; ++i) {
    const std::string reply = random_reply(words);
    const std::string expected = capabilities_of(reply, ehlo::kNoForms);
    for (const CommonForms* forms : available_forms())
      ASSERT_EQ(capabilities_of(reply, *forms), expected) << forms->name << ": " << reply;
  }
}

// Replies to EHLO in good order or nearly so, of which most are taken with their lines.
std::string random_hello(Words& words) {
  std::string out;
  for (std::size_t left = words.below(9), lines = left, first = left;; --left) {
    out += words.below(60) == 0 ? "251" : "250";
    out += left != 0 ? "-" : " ";
    if (left == first)
      out += words.one({"mx.example", "mx.example at your service", "", " x", "2.1.0 mx", "2", "a:b c"});
    else
      out += words.one({"PIPELINING", "SIZE 1000", "AUTH PLAIN LOGIN", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES",
                        "X-1 a  b ", "HELP ", "a", "LIMITS RCPTMAX=1000"});
    if (words.below(8) == 0) out += " " + std::string(words.below(lines == 0 ? 200 : 90), 't');
    out += "\r\n";
    if (left == 0) break;
  }
  if (words.below(3) == 0) out += "250 2.0.0 of the next command\r\n";
  return words.below(3) == 0 ? words.spoilt(out) : out;
}

TEST(CommonForms, TakeHellosAsTheMachinesDo) {
  Words words(3207);
  int all = 0, common = 0;
  for (int i = 0; i < 30000; ++i) {
    const std::string input = words.below(4) == 0 ? random_reply(words) : random_hello(words);
    ehlo::ReplyLimits limits = ehlo::kDefaultReplyLimits;
    if (words.below(5) == 0) limits.line_octets = static_cast<std::uint32_t>(5 + words.below(200));
    if (words.below(5) == 0) limits.lines = static_cast<std::uint32_t>(1 + words.below(8));
    if (words.below(5) == 0) limits.octets = static_cast<std::uint32_t>(limits.line_octets + words.below(200));
    bool taken = false;
    const std::string expected = hello_of(input, ehlo::kNoForms, limits, taken);
    for (const CommonForms* forms : available_forms()) {
      ASSERT_EQ(hello_of(input, *forms, limits, taken), expected) << forms->name << ": " << input;
      ++all;
      common += taken;
    }
  }
  EXPECT_GE(common * 4, all);
}

// What ends and begins near the border of a block, and after it.
TEST(CommonForms, TakeHellosWithLinesOfAnyLength) {
  for (const CommonForms* forms : available_forms()) {
    for (std::size_t octets = 1; octets <= 300; ++octets) {
      for (const std::string& filled : {"250-mx.example " + std::string(octets, 'g') + "\r\n250 DSN\r\n",
                                        "250-mx.example\r\n250-AUTH " + std::string(octets, 'm') + "\r\n250 DSN\r\n",
                                        "250-mx.example hello\r\n250 LIMITS " + std::string(octets, 'v') + "\r\n"}) {
        bool taken = false;
        const std::string expected = hello_of(filled, ehlo::kNoForms, ehlo::kDefaultReplyLimits, taken);
        EXPECT_EQ(hello_of(filled, *forms, ehlo::kDefaultReplyLimits, taken), expected) << forms->name << filled;
        EXPECT_TRUE(taken || filled.size() < 32) << forms->name << filled;
      }
    }
    // More lines than have room.
    for (std::size_t count = 30; count <= 34; ++count) {
      std::string many = "250-mx.example\r\n";
      for (std::size_t i = 2; i < count; ++i) many += "250-X" + std::to_string(i) + "\r\n";
      many += "250 DSN\r\n";
      bool taken = false;
      const std::string expected = hello_of(many, ehlo::kNoForms, ehlo::kDefaultReplyLimits, taken);
      EXPECT_EQ(hello_of(many, *forms, ehlo::kDefaultReplyLimits, taken), expected) << forms->name;
      EXPECT_EQ(taken, count <= ehlo::HelloLines::kRoom) << forms->name;
    }
  }
}

// Every octet at every place of such a reply, and every cut.
TEST(CommonForms, TakeHellosOctetByOctetAsTheMachinesDo) {
  const std::string whole = "250-mx.example hi\r\n250-SIZE 10\r\n250-DSN\r\n250 AUTH PLAIN\r\n";
  bool taken = false;
  for (const CommonForms* forms : available_forms()) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      const std::string cut = whole.substr(0, at);
      ASSERT_EQ(hello_of(cut, *forms, ehlo::kDefaultReplyLimits, taken),
                hello_of(cut, ehlo::kNoForms, ehlo::kDefaultReplyLimits, taken));
      for (unsigned octet = 0; octet < 256; ++octet) {
        std::string input = whole;
        input[at] = static_cast<char>(octet);
        ASSERT_EQ(hello_of(input, *forms, ehlo::kDefaultReplyLimits, taken),
                  hello_of(input, ehlo::kNoForms, ehlo::kDefaultReplyLimits, taken))
            << forms->name << ": " << input;
      }
    }
  }
}

// Every octet at every place of a path: no class of a vector is wider or narrower than the grammar's where it is taken.
TEST(CommonForms, ReadEveryOctetAsTheMachinesDo) {
  for (const std::string_view whole :
       {"RCPT TO:<ab.cd@ef-g.hi>", "MAIL FROM:<a@b.c> SIZE=12 X", "EHLO mx-1.example.org"}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (unsigned octet = 0; octet < 256; ++octet) {
        std::string line(whole);
        line[at] = static_cast<char>(octet);
        const std::string expected = command_of(line, ehlo::kNoForms);
        for (const CommonForms* forms : available_forms()) ASSERT_EQ(command_of(line, *forms), expected) << line;
      }
    }
  }
}

TEST(CommonForms, TakeWhatIsCommon) {
  const std::string local40(40, 'l');
  for (const CommonForms* forms : available_forms()) {
    for (const std::string& line : {std::string("RCPT TO:<a@b.example>"), "RCPT TO:<" + local40 + "@mail.example.org>",
                                    std::string("MAIL FROM:<> SIZE=1"),
                                    std::string("MAIL FROM:<a.b+c@d-e.f9> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS"),
                                    "RCPT TO:<a@b> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;" + local40 + "@b.example"}) {
      ehlo::Path path{};
      ehlo::Param items[EHLO_PARAMS_MAX];
      ehlo::ParamList params{items, EHLO_PARAMS_MAX};
      const auto begin = static_cast<std::uint32_t>(line.find('<'));
      EXPECT_TRUE(forms->take_envelope(guarded(line), begin, path, params)) << forms->name << ": " << line;
    }
    EXPECT_TRUE(forms->is_domain(guarded("EHLO mx-1.example.org"), 5)) << forms->name;
    const std::string line_of_text = "250 2.0.0 " + std::string(100, 't') + "\r\n";
    for (const std::string& input :
         {std::string("250 2.1.5 Recipient address accepted\r\n"), line_of_text,
          "550-5.1.1 No such user\r\n550 5.1.1 See https://example.org/\r\n" + line_of_text}) {
      ehlo::Reply reply;
      EXPECT_TRUE(forms->take_reply(guarded(input), ehlo::kDefaultReplyLimits, reply)) << forms->name << ": " << input;
    }
    const std::string hello = "250-mx.example\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000\r\n";
    std::size_t at = hello.find("250-P");
    ehlo::CapabilityLine lines[4];
    EXPECT_EQ(forms->take_capabilities(guarded(hello), at, lines, 4), 3u) << forms->name;
    EXPECT_EQ(at, hello.size());
  }
}

TEST(CommonForms, TakeAPathOfAnyLengthUpToTheLastOctetOfTheLine) {
  constexpr std::size_t kLongest = 64;
  for (const CommonForms* forms : available_forms()) {
    for (std::size_t length = 8; length <= kLongest; ++length) {
      for (const char* behind : {"", " SIZE=1"}) {
        const std::string line = "RCPT TO:<" + std::string(length - 7, 'l') + "@d.ex>" + behind;
        ehlo::Path path{};
        ehlo::Param items[1];
        ehlo::ParamList params{items, 1};
        EXPECT_TRUE(forms->take_envelope(guarded(line), 8, path, params)) << forms->name << ": " << line;
        EXPECT_EQ(path.whole, (ehlo::Span{8, static_cast<std::uint32_t>(length)}));
      }
    }
  }
}

TEST(CommonForms, DecideNothingWithoutVectors) {
  ehlo::Path path{};
  ehlo::ParamList params;
  EXPECT_FALSE(ehlo::kNoForms.take_envelope(guarded("RCPT TO:<a@b.example>"), 8, path, params));
  EXPECT_EQ(command_of("RCPT TO:<a@b.example>", ehlo::kNoForms),
            "0 at 0 verb 5 flags 0 host 0 text - path [8+13]-[9+1][11+9] kind 1 flags 0 params 0");
}

}  // namespace
