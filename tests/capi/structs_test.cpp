// Programs built against other headers: an older, smaller struct works; a newer one works while it asks for nothing
// new.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "support/link.h"

namespace {

using support::capi_options;
using support::CapiSession;

// A struct of another size, in memory that ends where the struct does.
class Sized {
 public:
  explicit Sized(std::size_t size) : memory_(new unsigned char[size]), size_(size) { std::memset(memory_, 0x5a, size); }
  ~Sized() { delete[] memory_; }
  Sized(const Sized&) = delete;
  Sized& operator=(const Sized&) = delete;
  template <class Struct>
  Struct* as() {
    return reinterpret_cast<Struct*>(memory_);
  }
  unsigned char* octets() { return memory_; }
  std::size_t size() const { return size_; }

 private:
  unsigned char* memory_;
  std::size_t size_;
};

void set_hostname(Sized& sized) {
  const char* name = "mx.test";
  std::memcpy(sized.octets() + offsetof(ehlo_server_options, hostname), &name, sizeof name);
}

TEST(ServerOptions, OfAnOlderCallerTakeDefaultsForWhatTheyLack) {
  for (const std::size_t size : {offsetof(ehlo_server_options, mechanisms), offsetof(ehlo_server_options, extensions),
                                 offsetof(ehlo_server_options, max_errors), offsetof(ehlo_server_options, reserved)}) {
    Sized sized(size);
    ehlo_server_options_init(sized.as<ehlo_server_options>(), size);
    set_hostname(sized);
    std::int32_t error = EHLO_OK;
    ehlo_server_config* config = ehlo_server_config_new(sized.as<ehlo_server_options>(), nullptr, &error);
    ASSERT_NE(config, nullptr) << size << ' ' << ehlo_error_name(error);
    ehlo_server* server = ehlo_server_new(config, nullptr);
    CapiSession session(server);
    session.feed("EHLO c.test\r\n");
    EXPECT_NE(session.wire().find("250-PIPELINING\r\n"), std::string::npos) << size;
    ehlo_server_free(server);
    ehlo_server_config_free(config);
  }
}

TEST(ServerOptions, OfANewerCallerWorkWhileNothingNewIsAsked) {
  Sized sized(sizeof(ehlo_server_options) + 64);
  ehlo_server_options_init(sized.as<ehlo_server_options>(), sized.size());
  for (std::size_t at = sizeof(ehlo_server_options); at < sized.size(); ++at) EXPECT_EQ(sized.octets()[at], 0) << at;
  set_hostname(sized);
  std::int32_t error = EHLO_OK;
  ehlo_server_config* config = ehlo_server_config_new(sized.as<ehlo_server_options>(), nullptr, &error);
  EXPECT_NE(config, nullptr) << ehlo_error_name(error);
  ehlo_server_config_free(config);
  for (const std::size_t at : {sizeof(ehlo_server_options), sized.size() - 1}) {
    sized.octets()[at] = 1;
    EXPECT_EQ(ehlo_server_config_new(sized.as<ehlo_server_options>(), nullptr, &error), nullptr);
    EXPECT_EQ(error, EHLO_E_ARGUMENT);
    sized.octets()[at] = 0;
  }
}

TEST(ServerOptions, WithoutASizeAreRefused) {
  for (const std::size_t size : {std::size_t{0}, sizeof(std::size_t) - 1}) {
    ehlo_server_options options = capi_options();
    options.struct_size = size;
    std::int32_t error = EHLO_OK;
    EXPECT_EQ(ehlo_server_config_new(&options, nullptr, &error), nullptr);
    EXPECT_EQ(error, EHLO_E_ARGUMENT);
  }
}

TEST(ServerOptions, AreCheckedByName) {
  ehlo_server_options options = capi_options();
  EXPECT_EQ(ehlo_server_options_check(&options), nullptr);
  options.max_recipients = 1;
  EXPECT_STREQ(ehlo_server_options_check(&options), "max_recipients");
  options = capi_options();
  options.command_asks = EHLO_VERB_BIT(EHLO_VERB_MAIL);
  EXPECT_STREQ(ehlo_server_options_check(&options), "command_asks");
  options = capi_options();
  options.struct_size = sizeof(std::size_t) - 1;
  EXPECT_STREQ(ehlo_server_options_check(&options), "struct_size");
}

TEST(ServerOptions, HaveTheDefaultsOfTheHeader) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  EXPECT_EQ(options.struct_size, sizeof options);
  EXPECT_EQ(options.extensions, EHLO_EXT_DEFAULT);
  EXPECT_EQ(options.asks, EHLO_ASK_DEFAULT);
  EXPECT_EQ(options.command_asks, 0u);
  EXPECT_EQ(options.max_discard_octets, 16u << 20);
  EXPECT_EQ(options.max_auth_line_octets, 12288u);
  EXPECT_EQ(options.max_recipients, 1000u);
  EXPECT_EQ(options.max_errors, 20u);
  EXPECT_EQ(options.max_idle_commands, 1000u);
  EXPECT_EQ(options.max_auth_attempts, 3u);
  EXPECT_EQ(options.max_auth_challenges, 16u);
  EXPECT_EQ(options.recipient_window, 16u);
  EXPECT_EQ(options.reply_queue, 16u);
  EXPECT_EQ(options.reply_text_octets, 4096u);
  EXPECT_EQ(options.command_endings, static_cast<std::uint32_t>(EHLO_ENDING_REJECT));
  EXPECT_EQ(options.data_endings, static_cast<std::uint32_t>(EHLO_ENDING_REJECT));
  EXPECT_EQ(options.max_message_octets + options.max_messages + options.flags + options.reserved, 0u);
}

TEST(ServerOptions, AreCopied) {
  char name[] = "mx.test";
  char keyword[] = "XFOO";
  ehlo_keyword_line line{keyword, nullptr};
  ehlo_server_options options = capi_options();
  options.hostname = name;
  options.lines = &line;
  options.line_size = sizeof line;
  options.line_count = 1;
  ehlo_server_config* config = ehlo_server_config_new(&options, nullptr, nullptr);
  ASSERT_NE(config, nullptr);
  std::memset(name, 'z', sizeof name - 1);
  std::memset(keyword, 'z', sizeof keyword - 1);
  line.keyword = nullptr;
  ehlo_server* server = ehlo_server_new(config, nullptr);
  CapiSession session(server);
  session.feed("EHLO c.test\r\n");
  EXPECT_NE(session.wire().find("220 mx.test ESMTP\r\n"), std::string::npos);
  EXPECT_NE(session.wire().find(" XFOO\r\n"), std::string::npos + 0) << session.wire();
  EXPECT_EQ(session.wire().find("zzz"), std::string::npos);
  ehlo_server_free(server);
  ehlo_server_config_free(config);
}

TEST(ParseOptions, OfAnOlderCallerWork) {
  Sized sized(offsetof(ehlo_parse_options, protocol));
  ehlo_parse_options_init(sized.as<ehlo_parse_options>(), sized.size());
  ehlo_command command;
  ehlo_param params[EHLO_PARAMS_MAX];
  const std::string line = "MAIL FROM:<a@b> SIZE=1\r\n";
  EXPECT_EQ(ehlo_command_parse(line.data(), line.size(), sized.as<ehlo_parse_options>(), &command, params,
                               sizeof *params, EHLO_PARAMS_MAX, nullptr),
            EHLO_OK);
  EXPECT_EQ(command.param_count, 1u);
}

// The layout of what crosses the border is part of the API: a change here breaks programs that were built before.
TEST(Structs, KeepTheirSizes) {
  EXPECT_EQ(sizeof(ehlo_span), 8u);
  // i386 puts numbers of 64 bits at multiples of 4.
  EXPECT_EQ(sizeof(ehlo_param), alignof(ehlo_param) == 8 ? 40u : 36u);
  EXPECT_EQ(sizeof(ehlo_path), 40u);
  EXPECT_EQ(sizeof(ehlo_server_event), 120u);
  EXPECT_EQ(offsetof(ehlo_server_event, path), 48u);
  EXPECT_EQ(offsetof(ehlo_server_event, code), 116u);
  EXPECT_EQ(sizeof(ehlo_command), 80u);
  EXPECT_EQ(sizeof(ehlo_timeout), 8u);
  EXPECT_EQ(sizeof(ehlo_keyword_line), 2 * sizeof(void*));
  EXPECT_EQ(sizeof(ehlo_extension_row), 3 * sizeof(void*) + (sizeof(void*) == 8 ? 16 : 12));
  EXPECT_EQ(sizeof(ehlo_verb_row), 4 * sizeof(void*) + 24 - (sizeof(void*) == 8 ? 0 : 4));
}

}  // namespace
