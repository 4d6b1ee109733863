// What an EHLO reply offers, and what of it may be used (C13, C14).
#include "extension/capabilities.h"

#include "support/checked_params.h"

namespace {

using namespace support;
using ehlo::Capabilities;
using ehlo::ExtensionId;
using ehlo::ExtensionSet;

Capabilities read(std::string_view lines, bool tls = false) {
  std::string reply = "250-mx.test\r\n";
  for (;;) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) break;
    ((reply += "250-") += lines.substr(0, end)) += "\r\n";
    lines.remove_prefix(end + 1);
  }
  ((reply += "250 ") += lines) += "\r\n";
  return ehlo::read_capabilities(guarded(reply), tls);
}

constexpr ExtensionSet of(std::initializer_list<ExtensionId> ids) {
  ExtensionSet set = 0;
  for (const ExtensionId id : ids) set |= EHLO_EXT_BIT(id);
  return set;
}

TEST(Capabilities, AreWhatIsAnnounced) {
  EXPECT_EQ(ehlo::read_capabilities(guarded("250 mx.test\r\n"), false).offered, 0u);
  // The first line is a greeting, not a keyword.
  EXPECT_EQ(ehlo::read_capabilities(guarded("250-PIPELINING\r\n250 8BITMIME DSN STARTTLS\r\n"), false).offered,
            of({EHLO_EXT_8BITMIME}));
  EXPECT_EQ(read("pipelining\n8BitMime\nXFOO\nENHANCEDSTATUSCODES\nDSN\nHELP\nEXPN\nVRFY").usable,
            of({EHLO_EXT_PIPELINING, EHLO_EXT_8BITMIME, EHLO_EXT_ENHANCEDSTATUSCODES, EHLO_EXT_DSN, EHLO_EXT_HELP,
                EHLO_EXT_EXPN, EHLO_EXT_VRFY}));
  // Parameters of a keyword that has none by its RFC are ignored.
  EXPECT_EQ(read("PIPELINING x\nSMTPUTF8 a b\n8BITMIME y").usable,
            of({EHLO_EXT_PIPELINING, EHLO_EXT_SMTPUTF8, EHLO_EXT_8BITMIME}));
  // Only whole keywords count.
  EXPECT_EQ(read("PIPELININGX\nXPIPELINING\nSIZ\nPIPELINING=1\n 8BITMIME").offered, 0u);
}

TEST(Capabilities, AreUsableWithWhatTheyNeed) {
  EXPECT_EQ(read("STARTTLS").usable, of({EHLO_EXT_STARTTLS}));
  EXPECT_EQ(read("STARTTLS", true).usable, 0u);
  EXPECT_EQ(read("STARTTLS", true).offered, of({EHLO_EXT_STARTTLS}));
  EXPECT_EQ(read("REQUIRETLS").usable, 0u);
  EXPECT_EQ(read("REQUIRETLS", true).usable, of({EHLO_EXT_REQUIRETLS}));
  EXPECT_EQ(read("BINARYMIME").usable, 0u);
  EXPECT_EQ(read("BINARYMIME\nCHUNKING").usable, of({EHLO_EXT_BINARYMIME, EHLO_EXT_CHUNKING}));
  EXPECT_EQ(read("SMTPUTF8").usable, 0u);
  EXPECT_EQ(read("SMTPUTF8\n8BITMIME").usable, of({EHLO_EXT_SMTPUTF8, EHLO_EXT_8BITMIME}));
}

TEST(Capabilities, OfAuthNeedAMechanism) {
  EXPECT_EQ(read("AUTH PLAIN").usable, of({EHLO_EXT_AUTH}));
  EXPECT_EQ(read("AUTH PLAIN", true).usable, of({EHLO_EXT_AUTH}));
  EXPECT_EQ(read("AUTH").usable, 0u);
  EXPECT_EQ(read("AUTH ").usable, 0u);
  EXPECT_EQ(read("AUTH").offered, of({EHLO_EXT_AUTH}));
  EXPECT_EQ(read("AUTH=LOGIN").usable, of({EHLO_EXT_AUTH}));
  EXPECT_EQ(read("AUTH PLAIN\nAUTH").usable, of({EHLO_EXT_AUTH}));
  EXPECT_EQ(read("AUTH\nAUTH PLAIN").usable, of({EHLO_EXT_AUTH}));
}

// Without the fast path, as a build without it does anyway.
Capabilities by_machine_alone(ehlo::Bytes reply) {
#if EHLO_FAST
  ehlo::forms_choice::chosen = &ehlo::kNoForms;
#endif
  const Capabilities capabilities = ehlo::read_capabilities(reply, false);
#if EHLO_FAST
  ehlo::forms_choice::chosen = nullptr;
#endif
  return capabilities;
}

// The lines come with the reply, from it in blocks, or from it by the machine.
TEST(Capabilities, AreTheSameHoweverTheirLinesAreFound) {
  for (const std::string_view lines : {"SIZE 1000", "SIZE 1", "SIZE 12345678", "SIZE 123456789", "SIZE  77 ",
                                       "SIZE 10 20", "SIZE 1x", "SIZE", "SIZE 5\r\n250-SIZE", "AUTH PLAIN\r\n250-AUTH",
                                       "AUTH=LOGIN\r\n250-DSN", "ENHANCEDSTATUSCODES\r\n250-pipelining"}) {
    const std::string reply = "250-mx.example greets you\r\n250-" + std::string(lines) + "\r\n250 8BITMIME\r\n";
    ehlo::ReplyParser parser(ehlo::kDefaultReplyLimits);
    ehlo::Reply found;
    ehlo::HelloLines with_reply;
    ASSERT_TRUE(parser.feed_hello(guarded(reply), found, with_reply).ok());
    const Capabilities at_once = ehlo::read_capabilities(guarded(reply), with_reply, false);
    const Capabilities in_blocks = ehlo::read_capabilities(guarded(reply), false);
    const Capabilities by_machine = by_machine_alone(guarded(reply));
    for (const Capabilities& other : {at_once, in_blocks}) {
      EXPECT_EQ(other.offered, by_machine.offered) << lines;
      EXPECT_EQ(other.usable, by_machine.usable) << lines;
      EXPECT_EQ(other.has_size_limit, by_machine.has_size_limit) << lines;
      EXPECT_EQ(other.size_limit, by_machine.size_limit) << lines;
    }
  }
}

// RFC 1870 3; C14: 64 bits, unknown where it is no number, and never 0 by accident.
TEST(Capabilities, OfSizeHaveALimit) {
  const struct {
    std::string_view lines;
    bool has;
    std::uint64_t limit;
  } rows[] = {{"SIZE 1000", true, 1000},
              {"size 0", true, 0},
              {"SIZE 4294967296", true, 4294967296},
              {"SIZE 18446744073709551615", true, UINT64_MAX},
              {"SIZE 18446744073709551616", false, 0},
              {"SIZE 99999999999999999999999", false, 0},
              {"SIZE 00000000000000000000000000010", true, 10},
              {"SIZE", false, 0},
              {"SIZE x", false, 0},
              {"SIZE -1", false, 0},
              {"SIZE +1", false, 0},
              {"SIZE 10MB", false, 0},
              {"SIZE 0x10", false, 0},
              {"SIZE 10 20", true, 10},
              {"SIZE 10\nSIZE 20", true, 20},
              {"SIZE 10\nSIZE", false, 0},
              {"SIZE\nSIZE 10", true, 10},
              {"DSN", false, 0}};
  for (const auto& row : rows) {
    const Capabilities capabilities = read(row.lines);
    EXPECT_EQ(capabilities.has_size_limit, row.has) << row.lines;
    EXPECT_EQ(capabilities.has_size_limit ? capabilities.size_limit : 0, row.limit) << row.lines;
    EXPECT_EQ(ehlo::has(capabilities.usable, EHLO_EXT_SIZE), row.lines != "DSN") << row.lines;
  }
}

}  // namespace
