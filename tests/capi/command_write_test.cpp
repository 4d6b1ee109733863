// Command lines written through the C API: each verb, what may not be sent, memory that is too small, older structs.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "ehlo.h"

namespace {

ehlo_command_text command(std::uint32_t verb, std::string_view text = {}) {
  ehlo_command_text command;
  std::memset(&command, 0x5a, sizeof command);
  ehlo_command_text_init(&command, sizeof command);
  command.verb = verb;
  command.text = text.data();
  command.text_length = text.size();
  return command;
}

ehlo_command_text with_params(ehlo_command_text command, std::string_view params) {
  command.params = params.data();
  command.params_length = params.size();
  return command;
}

// The line, or the name of the error. One octet too few: it is measured, and nothing is written.
std::string write(const ehlo_command_text& command) {
  const std::int64_t octets = ehlo_command_write(&command, nullptr, 0);
  if (octets < 0) return ehlo_error_name(static_cast<std::int32_t>(octets));
  const auto size = static_cast<std::size_t>(octets);
  std::string out(size + 4, '-');
  EXPECT_EQ(ehlo_command_write(&command, out.data(), size - 1), octets);
  EXPECT_EQ(out, std::string(size + 4, '-'));
  EXPECT_EQ(ehlo_command_write(&command, out.data(), size), octets);
  EXPECT_EQ(out.substr(size), "----");
  return out.substr(0, size);
}

TEST(CommandOfTheCApi, IsWrittenForEachVerb) {
  EXPECT_EQ(write(command(EHLO_VERB_EHLO, "c.test")), "EHLO c.test\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_HELO, "c.test")), "HELO c.test\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_LHLO, "[192.0.2.1]")), "LHLO [192.0.2.1]\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_MAIL)), "MAIL FROM:<>\r\n");
  EXPECT_EQ(write(with_params(command(EHLO_VERB_MAIL, "a@c.test"), "SIZE=5 BODY=8BITMIME")),
            "MAIL FROM:<a@c.test> SIZE=5 BODY=8BITMIME\r\n");
  EXPECT_EQ(write(with_params(command(EHLO_VERB_RCPT, "b@mx.test"), "NOTIFY=NEVER")),
            "RCPT TO:<b@mx.test> NOTIFY=NEVER\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_DATA)), "DATA\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_RSET)), "RSET\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_NOOP, "still here")), "NOOP still here\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_QUIT)), "QUIT\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_VRFY, "bob")), "VRFY bob\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_EXPN, "staff")), "EXPN staff\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_HELP)), "HELP\r\n");
  EXPECT_EQ(write(command(EHLO_VERB_STARTTLS)), "STARTTLS\r\n");
}

TEST(CommandOfTheCApi, HasTheNumberOfAChunkAndWhetherItIsTheLast) {
  ehlo_command_text chunk = command(EHLO_VERB_BDAT);
  EXPECT_EQ(write(chunk), "BDAT 0\r\n");
  chunk.number = UINT64_MAX;
  chunk.flags = EHLO_FLAG_LAST;
  EXPECT_EQ(write(chunk), "BDAT 18446744073709551615 LAST\r\n");
}

TEST(CommandOfTheCApi, DistinguishesNoResponseFromAnEmptyOne) {
  ehlo_command_text auth = command(EHLO_VERB_AUTH, "PLAIN");
  EXPECT_EQ(write(auth), "AUTH PLAIN\r\n");
  auth.response = "";
  EXPECT_EQ(write(auth), "AUTH PLAIN =\r\n");
  auth.response = "\0u\0p";
  auth.response_length = 4;
  EXPECT_EQ(write(auth), "AUTH PLAIN AHUAcA==\r\n");
}

TEST(CommandOfTheCApi, NeedsTheFlagForNonAscii) {
  ehlo_command_text mail = command(EHLO_VERB_MAIL, "\xC3\xBC@c.test");
  EXPECT_EQ(write(mail), "needs-smtputf8");
  mail.flags = EHLO_FLAG_SMTPUTF8;
  EXPECT_EQ(write(with_params(mail, "SMTPUTF8")), "MAIL FROM:<\xC3\xBC@c.test> SMTPUTF8\r\n");
}

TEST(CommandOfTheCApi, LetsNothingOutThatMayNotBeSent) {
  EXPECT_EQ(write(command(EHLO_VERB_RCPT, "b@mx.test>\r\nDATA\r\n<")), "syntax");
  EXPECT_EQ(write(command(EHLO_VERB_NOOP, "a\nb")), "argument");
  EXPECT_EQ(write(command(EHLO_VERB_UNKNOWN, "x")), "argument");
  EXPECT_EQ(write(command(63)), "argument");
  EXPECT_EQ(write(command(UINT32_MAX)), "argument");
}

TEST(CommandOfTheCApi, IsWrittenFromStructsOfOtherSizes) {
  struct {
    ehlo_command_text command;
    char behind[16];
  } newer;
  ehlo_command_text_init(&newer.command, sizeof newer);
  EXPECT_EQ(newer.command.struct_size, sizeof newer);
  newer.command.verb = EHLO_VERB_QUIT;
  EXPECT_EQ(write(newer.command), "QUIT\r\n");
  newer.behind[15] = 1;
  EXPECT_EQ(write(newer.command), "argument") << "a member that this library does not know is used";
  ehlo_command_text older = command(EHLO_VERB_QUIT);
  older.struct_size = 1;
  EXPECT_EQ(write(older), "argument") << "not even its size fits";
}

TEST(ParamOfAnEvent, IsFoundByItsIdOrNotThere) {
  ehlo_param params[3]{};
  params[1].id = EHLO_PARAM_SIZE;
  params[2].id = EHLO_PARAM_BODY;
  ehlo_server_batch batch{};
  batch.params = params;
  batch.param_size = sizeof *params;
  batch.param_count = 3;
  ehlo_server_event event{};
  event.params = {1, 2};
  EXPECT_EQ(ehlo_server_event_param(&batch, &event, EHLO_PARAM_SIZE), &params[1]);
  EXPECT_EQ(ehlo_server_event_param(&batch, &event, EHLO_PARAM_BODY), &params[2]);
  EXPECT_EQ(ehlo_server_event_param(&batch, &event, EHLO_PARAM_RET), nullptr);
  EXPECT_EQ(ehlo_server_event_param(&batch, &event, EHLO_PARAM_UNKNOWN), nullptr)
      << "that is a parameter of another event";
  event.params = {0, 0};
  EXPECT_EQ(ehlo_server_event_param(&batch, &event, EHLO_PARAM_UNKNOWN), nullptr);
}

}  // namespace
