// The options of a client: which are refused, and that the one at fault is named.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using Options = ehlo::ClientOptions;

// "": the options are good. The name that wrong_option gives is there exactly where create refuses.
template <class Change>
std::string refused(Change change) {
  Options options = client_options();
  change(options);
  Error error = EHLO_E_ID;
  ehlo::ClientConfig* config = ehlo::ClientConfig::create(options, heap(), error);
  const char* field = ehlo::wrong_option(options);
  EXPECT_EQ(config == nullptr, field != nullptr);
  EXPECT_EQ(error, field != nullptr ? EHLO_E_ARGUMENT : EHLO_OK);
  ehlo::ClientConfig::drop(config);
  return field == nullptr ? "" : field;
}

TEST(ClientConfig, NamesTheOptionThatIsOutOfRange) {
  EXPECT_EQ(refused([](Options&) {}), "");
  for (const char* name : {"", "a b", "c.test\r\nQUIT", "-c.test", "c_test", "[1.2.3]", "\xC3\xBC.test", "c..test"})
    EXPECT_EQ(refused([&](Options& options) { options.hostname = name; }), "hostname") << name;
  EXPECT_EQ(refused([](Options& options) { options.hostname = nullptr; }), "hostname");
  EXPECT_EQ(refused([](Options& options) { options.protocol = 2; }), "protocol");
  EXPECT_EQ(refused([](Options& options) { options.data_endings = 3; }), "data_endings");
  // The first of several.
  EXPECT_EQ(refused([](Options& options) { options.command_octets = options.protocol = 7; }), "protocol");
}

TEST(ClientConfig, NamesTheLimitThatIsOutOfRange) {
  const struct {
    std::uint32_t Options::*field;
    const char* name;
    std::uint32_t least, most;
  } rows[] = {{&Options::max_recipients, "max_recipients", 1, 65536},
              {&Options::max_auth_challenges, "max_auth_challenges", 1, 1000},
              {&Options::max_auth_line_octets, "max_auth_line_octets", 512, 1u << 20},
              {&Options::command_octets, "command_octets", 2048, 1u << 20}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    for (const std::uint32_t good : {row.least, row.most})
      EXPECT_EQ(refused([&](Options& options) { options.*row.field = good; }), "");
    for (const std::uint32_t bad : {row.least - 1, row.most + 1})
      EXPECT_EQ(refused([&](Options& options) { options.*row.field = bad; }), row.name);
  }
}

TEST(ClientConfig, NamesTheLimitOfRepliesThatIsOutOfRange) {
  const auto replies = [](std::uint32_t line_octets, std::uint32_t octets) {
    return refused([&](Options& options) { options.replies = {line_octets, 0, octets}; });
  };
  EXPECT_EQ(replies(0, 0), "") << "0: the defaults";
  EXPECT_EQ(replies(512, 512), "");
  EXPECT_EQ(replies(511, 65536), "replies.line_octets");
  EXPECT_EQ(replies((1u << 24) + 1, 1u << 24), "replies.line_octets");
  EXPECT_EQ(replies(4096, 4095), "replies.octets");
  EXPECT_EQ(replies(0, 4095), "replies.octets") << "below the default of a line";
  EXPECT_EQ(replies(512, 1u << 24), "");
  EXPECT_EQ(replies(512, (1u << 24) + 1), "replies.octets");
}

// A program that was built against another header must not believe that it has what it asked for.
TEST(ClientConfig, RefusesFlagsThatItDoesNotKnow) {
  constexpr std::uint32_t kKnown = 255;
  EXPECT_EQ(refused([](Options& options) { options.flags = kKnown; }), "");
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1) {
    const bool known = (bit & kKnown) != 0;
    EXPECT_EQ(refused([&](Options& options) { options.flags = bit; }), known ? "" : "flags") << bit;
    EXPECT_EQ(refused([&](Options& options) { options.flags = kKnown | bit; }), known ? "" : "flags") << bit;
  }
}

}  // namespace
