// Lengths that 32 bits do not hold: an error, or a part is taken; nothing wraps and nothing runs on. The memory is
// reserved, not used.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "support/client_link.h"
#include "support/link.h"

// Where a size has 32 bits itself there is nothing to try.
#if SIZE_MAX > UINT32_MAX
namespace {

constexpr std::size_t kBeyond = (std::size_t{1} << 32) + 10;

// Zeros, of which pages exist once they are written to.
class Vast {
 public:
  Vast()
      : octets_(::mmap(nullptr, kBeyond, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Vast() {
    if (octets_ != MAP_FAILED) ::munmap(octets_, kBeyond);
  }
  Vast(const Vast&) = delete;
  Vast& operator=(const Vast&) = delete;

  bool is_there() const { return octets_ != MAP_FAILED; }
  char* begin(std::string_view with) {
    std::memcpy(octets_, with.data(), with.size());
    return static_cast<char*>(octets_);
  }

 private:
  void* octets_;
};

class Beyond32Bits : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vast_.is_there()); }
  Vast vast_;
};

TEST_F(Beyond32Bits, TextsAreRefused) {
  char* const text = vast_.begin("a");
  ehlo_span span{};
  ehlo_command command;
  ehlo_path path;
  ehlo_param params[2];
  std::size_t count = 0, at = 0;
  char out[64];
  for (const std::size_t length : {std::size_t{1} << 31, std::size_t{1} << 32, kBeyond}) {
    SCOPED_TRACE(length);
    EXPECT_EQ(ehlo_auth_plain_parse(text, length, &span, &span, &span), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_auth_plain_write(text, length, "a", 1, "b", 1, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_auth_plain_write("", 0, text, length, "b", 1, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_auth_plain_write("", 0, "a", 1, text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_command_parse(text, length, nullptr, &command, params, sizeof *params, 2, &at), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_path_parse(text, length, 0, 0, 0, &path, &at), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_params_parse(text, length, EHLO_VERB_MAIL, nullptr, params, sizeof *params, 2, &count, &at),
              EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_param_write(EHLO_PARAM_ENVID, 0, text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_param_value_write(EHLO_PARAM_ENVID, 0, text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_local_part_unquote(text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_local_part_quote(text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_xtext_decode(text, length, 0, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_xtext_encode(text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_orcpt_decode(text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_base64_decode(text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_base64_encode(text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_reply_write(250, 0, text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_hello_write(text, length, "", 0, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_hello_write("x", 1, text, length, out, 64), EHLO_E_ARGUMENT);
    EXPECT_EQ(ehlo_extension_bit(text, length), 0u);
    EXPECT_EQ(ehlo_hello_has_mechanism(text, length, "PLAIN", 5), 0);
    EXPECT_EQ(ehlo_hello_has_mechanism("250 AUTH PLAIN\r\n", 16, text, length), 0);
  }
}

TEST_F(Beyond32Bits, CommandsAreNotWritten) {
  char* const text = vast_.begin("a@b");
  ehlo_command_text command;
  ehlo_command_text_init(&command, sizeof command);
  command.verb = EHLO_VERB_MAIL;
  command.text = text;
  command.text_length = (std::size_t{1} << 32) + 3;
  EXPECT_EQ(ehlo_command_write(&command, nullptr, 0), EHLO_E_ARGUMENT);
  command.text_length = 3;
  EXPECT_EQ(ehlo_command_write(&command, nullptr, 0), 17);
  command.params = text;
  command.params_length = std::size_t{1} << 32;
  EXPECT_EQ(ehlo_command_write(&command, nullptr, 0), EHLO_E_ARGUMENT);
  command.verb = EHLO_VERB_AUTH;
  command.params_length = 0;
  command.text = "PLAIN";
  command.text_length = 5;
  command.response = text;
  command.response_length = std::size_t{1} << 32;
  EXPECT_EQ(ehlo_command_write(&command, nullptr, 0), EHLO_E_ARGUMENT);
}

TEST_F(Beyond32Bits, RepliesAreFoundAtTheStartOfTheirInput) {
  char* const input = vast_.begin("250-x.test\r\n250 SIZE\r\n");
  ehlo_reply reply{};
  std::size_t at = 7;
  EXPECT_EQ(ehlo_reply_parse(input, kBeyond, nullptr, &reply, &at), EHLO_OK);
  EXPECT_EQ(reply.length, 22u);
  ehlo_hello hello{};
  EXPECT_EQ(ehlo_hello_parse(input, kBeyond, 0, nullptr, &hello, &at), EHLO_OK);
  EXPECT_EQ(hello.offered, EHLO_EXT_BIT(EHLO_EXT_SIZE));
  // The lines of a reply that nobody can have read.
  ehlo_span text{};
  ehlo_capability capability{};
  at = std::size_t{1} << 32;
  EXPECT_EQ(ehlo_reply_line(input, kBeyond, &at, &text), 0);
  EXPECT_EQ(text.off, EHLO_ABSENT);
  EXPECT_EQ(ehlo_hello_next(input, kBeyond, &at, &capability), 0);
  EXPECT_EQ(at, std::size_t{1} << 32);
}

TEST_F(Beyond32Bits, TextsOfSessionsAreRefused) {
  char* const text = vast_.begin("a@b");
  ehlo_client_options options;
  ehlo_client_options_init(&options, sizeof options);
  options.hostname = "c.test";
  ehlo_client_config* const config = ehlo_client_config_new(&options, nullptr, nullptr);
  ehlo_client* const client = ehlo_client_new(config, nullptr);
  ASSERT_NE(client, nullptr);
  ehlo_envelope_options sender;
  ehlo_envelope_options_init(&sender, sizeof sender);
  ehlo_envelope* const envelope = ehlo_envelope_new(&sender, nullptr, nullptr);
  ASSERT_NE(envelope, nullptr);
  const std::size_t length = (std::size_t{1} << 32) + 3;
  const ehlo_param_text long_value{"XFOO", 4, text, length}, long_keyword{text, length, nullptr, 0};
  EXPECT_EQ(ehlo_client_mail(client, text, length, nullptr, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_client_rcpt(client, text, length, nullptr, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_client_command(client, text, length, "", 0, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_client_command(client, "XFOO", 4, text, length, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_client_auth(client, text, length, nullptr, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_client_auth(client, "PLAIN", 5, text, length), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_client_auth_respond(client, text, length), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_envelope_add(envelope, text, length, nullptr, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_envelope_add(envelope, text, 3, &long_value, 1), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_envelope_add(envelope, text, 3, &long_keyword, 1), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_envelope_add(envelope, text, 3, &long_keyword, SIZE_MAX), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_envelope_count(envelope), 0u);
  sender.sender = text;
  sender.sender_length = length;
  EXPECT_EQ(ehlo_envelope_new(&sender, nullptr, nullptr), nullptr);
  ehlo_envelope_free(envelope);
  ehlo_client_free(client);
  ehlo_client_config_free(config);
}

TEST_F(Beyond32Bits, ADecoderTakesAPart) {
  char* const input = vast_.begin("a\r\n.\r\n");
  ehlo_dot_decoder* const decoder = ehlo_dot_decoder_new(0, 0, nullptr);
  ehlo_span spans[8];
  std::uint32_t count = 0, violations = 0;
  std::int32_t done = 0;
  EXPECT_EQ(ehlo_dot_decoder_feed(decoder, input, kBeyond, spans, 8, &count, &violations, &done), 6u);
  EXPECT_EQ(done, 1);
  ehlo_dot_decoder_free(decoder);
}

}  // namespace
#endif
