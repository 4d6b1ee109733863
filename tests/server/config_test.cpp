// Configurations: what is refused, and the EHLO reply that follows from them.
#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::ServerOptions;

Error outcome_of(const ServerOptions& options) {
  Error error = EHLO_E_ID;
  ehlo::Config* config = ehlo::Config::create(options, heap(), error);
  EXPECT_EQ(config != nullptr, error == EHLO_OK);
  ehlo::Config::drop(config);
  return error;
}

std::string hello(const ServerOptions& options, bool tls = false) {
  Error error{};
  ehlo::Config* config = ehlo::Config::create(options, heap(), error);
  if (config == nullptr) return "refused";
  const std::string text(config->hello_reply(tls));
  ehlo::Config::drop(config);
  return text;
}

TEST(ServerConfig, AcceptsItsDefaultsWithAName) {
  EXPECT_EQ(outcome_of(test_options()), EHLO_OK);
  for (const char* name : {"mx", "mx.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]"}) {
    ServerOptions options = test_options();
    options.hostname = name;
    EXPECT_EQ(outcome_of(options), EHLO_OK) << name;
  }
}

TEST(ServerConfig, RefusesANameThatIsNoHost) {
  for (const char* name : {"", " ", "mx test", "mx.test\r\n250 x", "-mx", "mx..test", "[300.1.1.1]", "[", "mx.test."}) {
    ServerOptions options = test_options();
    options.hostname = name;
    EXPECT_EQ(outcome_of(options), EHLO_E_ARGUMENT) << name;
  }
}

TEST(ServerConfig, RefusesValuesOutOfRange) {
  using Change = void (*)(ServerOptions&);
  const Change wrong[] = {
      [](ServerOptions& o) { o.protocol = 2; }, [](ServerOptions& o) { o.recipient_window = 0; },
      [](ServerOptions& o) { o.recipient_window = 1001; }, [](ServerOptions& o) { o.reply_queue = 3; },
      [](ServerOptions& o) { o.reply_queue = 4097; }, [](ServerOptions& o) { o.command_endings = 3; },
      [](ServerOptions& o) { o.data_endings = 3; }, [](ServerOptions& o) { o.reserved = 1; },
      [](ServerOptions& o) { o.flags |= 1u << 31; }, [](ServerOptions& o) { o.asks |= 1u << 31; },
      [](ServerOptions& o) { o.extensions |= std::uint64_t{1} << 63; },
      // RFC 5321 4.5.3.1: the minima.
      [](ServerOptions& o) { o.max_line_octets = 511; }, [](ServerOptions& o) { o.max_recipients = 99; },
      [](ServerOptions& o) { o.max_data_line_octets = 999; }, [](ServerOptions& o) { o.max_message_octets = 65535; },
      [](ServerOptions& o) { o.max_local_part_octets = 63; }, [](ServerOptions& o) { o.max_path_octets = 255; },
      [](ServerOptions& o) { o.mechanisms = "PLAIN  LOGIN,"; }, [](ServerOptions& o) { o.mechanisms = "PL\r\nAIN"; }};
  for (std::size_t i = 0; i < std::size(wrong); ++i) {
    ServerOptions options = test_options();
    wrong[i](options);
    EXPECT_EQ(outcome_of(options), EHLO_E_ARGUMENT) << "change " << i;
  }
  const Change right[] = {[](ServerOptions& o) { o.protocol = 1; },
                          [](ServerOptions& o) { o.recipient_window = 1; },
                          [](ServerOptions& o) { o.recipient_window = 1000; },
                          [](ServerOptions& o) { o.reply_queue = 4; },
                          [](ServerOptions& o) { o.reply_queue = 4096; },
                          [](ServerOptions& o) { o.command_endings = 2; },
                          [](ServerOptions& o) { o.data_endings = 2; },
                          [](ServerOptions& o) { o.max_line_octets = 512; },
                          [](ServerOptions& o) { o.max_local_part_octets = 64; },
                          [](ServerOptions& o) { o.max_path_octets = 256; },
                          [](ServerOptions& o) {
                            o.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
                            o.max_local_part_octets = o.max_path_octets = 1;
                          },
                          [](ServerOptions& o) { o.max_recipients = 100; },
                          [](ServerOptions& o) { o.max_data_line_octets = 1000; },
                          [](ServerOptions& o) { o.max_message_octets = 65536; },
                          [](ServerOptions& o) { o.mechanisms = "PLAIN SCRAM-SHA-256"; },
                          [](ServerOptions& o) { o.mechanisms = ""; },
                          [](ServerOptions& o) { o.max_errors = o.max_messages = o.max_idle_commands = 0; }};
  for (std::size_t i = 0; i < std::size(right); ++i) {
    ServerOptions options = test_options();
    right[i](options);
    EXPECT_EQ(outcome_of(options), EHLO_OK) << "change " << i;
  }
}

TEST(ServerConfig, GoesBelowTheMinimumOnlyWithTheFlag) {
  ServerOptions options = test_options();
  options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  options.max_recipients = 1;
  options.max_message_octets = 1;
  options.max_data_line_octets = 80;
  EXPECT_EQ(outcome_of(options), EHLO_OK);
}

TEST(ServerConfig, RefusesLinesThatCannotBeAnnounced) {
  const std::string longest(506 - 2, 'x'), too_long(506 - 1, 'x');
  const ehlo_keyword_line wrong[] = {{nullptr, nullptr},  {"", nullptr},       {"-X", nullptr},        {"X Y", nullptr},
                                     {"X\r\nY", nullptr}, {"X", "a\r\n250 Y"}, {"X", "\xC3\xBC"},      {"X", "a\tb"},
                                     {"size", "1"},       {"AUTH", "PLAIN"},   {"X", too_long.c_str()}};
  for (std::size_t i = 0; i < std::size(wrong); ++i) {
    ServerOptions options = test_options();
    options.lines = &wrong[i];
    options.line_size = sizeof *wrong;
    options.line_count = 1;
    EXPECT_STREQ(ehlo::wrong_option(options), "lines") << "line " << i;
  }
  const ehlo_keyword_line right[] = {{"X", longest.c_str()}, {"AUTH=LOGIN", ""}, {"a1-b", "two words"}};
  ServerOptions options = test_options();
  options.lines = right;
  options.line_size = sizeof *right;
  options.line_count = std::size(right);
  EXPECT_EQ(ehlo::wrong_option(options), nullptr);
  // That of AUTH stands where AUTH does: old clients would send a password for nothing.
  std::string reply = hello(options);
  EXPECT_NE(reply.find("\r\n250-X " + longest + "\r\n250 a1-b two words\r\n"), std::string::npos) << reply;
  options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  options.mechanisms = "LOGIN";
  options.flags |= EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
  reply = hello(options);
  EXPECT_NE(reply.find("\r\n250-X " + longest + "\r\n250-AUTH=LOGIN\r\n250 a1-b two words\r\n"), std::string::npos)
      << reply;
  const ehlo_keyword_line twice[] = {{"X", nullptr}, {"x", "a"}};
  options.lines = twice;
  options.line_count = 2;
  EXPECT_STREQ(ehlo::wrong_option(options), "lines");
}

TEST(EhloReply, ListsTheDefaults) {
  EXPECT_EQ(hello(test_options()),
            lines_of({"250-mx.test", "250-PIPELINING", "250-SIZE 0", "250-8BITMIME", "250-ENHANCEDSTATUSCODES",
                      "250-DSN", "250-CHUNKING", "250-BINARYMIME", "250-SMTPUTF8", "250 HELP"}));
}

TEST(EhloReply, ListsEverythingThatCanBeOffered) {
  ServerOptions options = test_options();
  options.extensions = 0x3fff;
  options.mechanisms = "PLAIN LOGIN";
  options.max_message_octets = 100000;
  EXPECT_EQ(hello(options),
            lines_of({"250-mx.test", "250-PIPELINING", "250-SIZE 100000", "250-8BITMIME", "250-ENHANCEDSTATUSCODES",
                      "250-DSN", "250-STARTTLS", "250-AUTH PLAIN LOGIN", "250-CHUNKING", "250-BINARYMIME",
                      "250-SMTPUTF8", "250-HELP", "250-EXPN", "250 VRFY"}));
  // RFC 3207 4.2, RFC 8689 2.
  const std::string secure = hello(options, true);
  EXPECT_EQ(secure.find("STARTTLS"), std::string::npos);
  EXPECT_NE(secure.find("REQUIRETLS\r\n"), std::string::npos);
}

TEST(EhloReply, HoldsOnlyWhatMayStandAlone) {
  ServerOptions options = test_options();
  options.extensions =
      EHLO_EXT_BIT(EHLO_EXT_BINARYMIME) | EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_AUTH);
  // BINARYMIME needs CHUNKING (RFC 3030 3), SMTPUTF8 needs 8BITMIME (RFC 6531 3.1), AUTH needs a mechanism.
  EXPECT_EQ(hello(options), lines_of({"250 mx.test"}));
}

TEST(EhloReply, ListsNoMechanismBeforeTlsUnlessPlaintextAuthIsAllowed) {
  ServerOptions options = test_options();
  options.extensions = EHLO_EXT_BIT(EHLO_EXT_AUTH);
  options.mechanisms = "PLAIN";
  options.flags &= ~std::uint32_t{EHLO_SERVER_FLAG_PLAINTEXT_AUTH};
  EXPECT_EQ(hello(options, false), lines_of({"250 mx.test"}));
  EXPECT_EQ(hello(options, true), lines_of({"250-mx.test", "250 AUTH PLAIN"}));
}

TEST(ServerConfig, KnowsItsLongestLine) {
  ServerOptions options = test_options();
  options.extensions = 0;
  Link link(options);
  // The AUTH line is not waited for where AUTH is not offered; command lines always are.
  EXPECT_GE(link.longest_line(), 512u);
  options.max_line_octets = 2000;
  Link other(options);
  EXPECT_GE(other.longest_line(), 2000u);
}

TEST(ServerConfig, NamesTheOptionThatIsWrong) {
  using Change = void (*)(ServerOptions&);
  static const ehlo_keyword_line kLine{"X", nullptr};
  static const ehlo_rows kNoArray{nullptr, nullptr, nullptr, 0, 0, 0, 0, sizeof(ehlo_verb_row), 1};
  const std::pair<const char*, Change> rows[] = {
      {"hostname", [](ServerOptions& o) { o.hostname = "mx test"; }},
      {"mechanisms", [](ServerOptions& o) { o.mechanisms = "PL,AIN"; }},
      {"rows.verbs", [](ServerOptions& o) { o.rows = &kNoArray; }},
      {"lines", [](ServerOptions& o) { o.line_size = sizeof kLine, o.line_count = 1; }},
      {"lines", [](ServerOptions& o) { o.lines = &kLine, o.line_size = sizeof kLine - 1, o.line_count = 1; }},
      {"line_count", [](ServerOptions& o) { o.lines = &kLine, o.line_size = sizeof kLine, o.line_count = 257; }},
      {"unknown_params", [](ServerOptions& o) { o.unknown_params = 3; }},
      {"unknown_verbs", [](ServerOptions& o) { o.unknown_verbs = EHLO_UNKNOWN_IGNORE; }},
      {"extensions", [](ServerOptions& o) { o.extensions |= std::uint64_t{1} << 63; }},
      {"max_message_octets", [](ServerOptions& o) { o.max_message_octets = 65535; }},
      {"protocol", [](ServerOptions& o) { o.protocol = 2; }},
      {"asks", [](ServerOptions& o) { o.asks |= 1u << 31; }},
      {"flags", [](ServerOptions& o) { o.flags |= 1u << 31; }},
      {"max_line_octets", [](ServerOptions& o) { o.max_line_octets = 511; }},
      {"max_line_octets", [](ServerOptions& o) { o.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM, o.max_line_octets = 15; }},
      {"max_auth_line_octets", [](ServerOptions& o) { o.max_auth_line_octets = 7; }},
      {"max_data_line_octets", [](ServerOptions& o) { o.max_data_line_octets = 999; }},
      {"max_recipients", [](ServerOptions& o) { o.max_recipients = 99; }},
      {"max_recipients", [](ServerOptions& o) { o.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM, o.max_recipients = 0; }},
      {"recipient_window", [](ServerOptions& o) { o.recipient_window = 0; }},
      {"reply_queue", [](ServerOptions& o) { o.reply_queue = 4097; }},
      {"reply_text_octets", [](ServerOptions& o) { o.reply_text_octets = 511; }},
      {"command_endings", [](ServerOptions& o) { o.command_endings = 3; }},
      {"data_endings", [](ServerOptions& o) { o.data_endings = 3; }},
      {"reserved", [](ServerOptions& o) { o.reserved = 1; }}};
  for (const auto& [field, change] : rows) {
    ServerOptions options = test_options();
    change(options);
    const char* const wrong = ehlo::wrong_option(options);
    EXPECT_STREQ(wrong == nullptr ? "" : wrong, field);
    EXPECT_EQ(outcome_of(options), EHLO_E_ARGUMENT) << field;
  }
  EXPECT_EQ(ehlo::wrong_option(test_options()), nullptr);
}

}  // namespace
