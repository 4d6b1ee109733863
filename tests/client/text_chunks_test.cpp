// What a chunk carries is looked at before its line is sent: the rules of DATA hold for it, across chunks too, unless
// BODY=BINARYMIME was said (RFC 3030 2, 3).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using namespace std::string_literals;

const std::string kEnvelope = "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n";

ehlo::ClientOptions options(std::uint32_t endings, std::uint32_t flags = 0) {
  ehlo::ClientOptions options = client_options(EHLO_CLIENT_FLAG_CHUNKING | flags);
  options.data_endings = endings;
  return options;
}

// A session that may send chunks, of a submission or by single commands.
class Chunks {
 public:
  Chunks(const ehlo::ClientOptions& options, bool submitted, std::uint32_t body = 0)
      : envelope_("a@c.test", {"b@mx.test"}, "", 0, static_cast<ehlo::Body>(body)),
        link_(options),
        submitted_(submitted) {
    link_->open();
    link_.feed("220 mx.test ESMTP\r\n");
    link_.feed("250-mx.test\r\n250-PIPELINING\r\n250-BINARYMIME\r\n250 CHUNKING\r\n");
    if (submitted) {
      EXPECT_EQ(link_->transact(*envelope_), EHLO_OK);
    } else {
      const ehlo::ParamText binary{"BODY", 4, "BINARYMIME", 10};
      EXPECT_EQ(link_->mail(ehlo::bytes_of("a@c.test"), &binary, body == 0 ? 0 : 1), EHLO_OK);
      EXPECT_EQ(link_->rcpt(ehlo::bytes_of("b@mx.test"), nullptr, 0), EHLO_OK);
    }
    link_.take_output();
    link_.feed("250 ok\r\n250 ok\r\n");
    link_.take_wire();
  }

  // The octets of the connection, or an error and its position.
  std::string send(const std::string& text, bool last) {
    std::size_t at = 0;
    Error error = EHLO_OK;
    const ehlo::Bytes content = ehlo::bytes_of(text);
    std::string wire;
    if (submitted_) {
      ehlo::Octet out[256];
      std::size_t written = 0;
      error = link_->body_copy(content, last, out, sizeof out, written, at);
      wire.assign(reinterpret_cast<const char*>(out), written);
    } else {
      error = link_->bdat(content, last, at);
      if (error == EHLO_OK) {
        link_.take_output();
        wire = link_.take_wire() + text;
      }
    }
    return error == EHLO_OK ? wire : std::string(ehlo::error_info(error).name) + " @" + std::to_string(at);
  }

 private:
  TestEnvelope envelope_;
  ClientLink link_;
  bool submitted_;
};

class ClientTextChunks : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Sent, ClientTextChunks, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "BySubmission" : "ByCommands"; });

TEST_P(ClientTextChunks, AreRefusedBeforeAnythingIsSent) {
  const struct {
    std::string text, error;
  } rows[] = {
      {"a\nb", "bare-lf @1"}, {"ab\rc", "bare-cr @2"}, {"ab\r", "bare-cr @2"}, {"a\r\n\0.\r\n"s, "false-end @4"}};
  for (const std::uint32_t endings : {0u, 1u}) {
    for (const auto& row : rows) {
      Chunks chunks(options(endings), GetParam());
      EXPECT_EQ(chunks.send(row.text, true), row.error) << printable(row.text);
      EXPECT_EQ(chunks.send("good\r\n", true), "BDAT 6 LAST\r\ngood\r\n") << "nothing has changed";
    }
  }
}

TEST_P(ClientTextChunks, AreOneTextAcrossTheirEdges) {
  Chunks chunks(options(0), GetParam());
  EXPECT_EQ(chunks.send("a\r", false), "BDAT 2\r\na\r");
  EXPECT_EQ(chunks.send("\n", false), "BDAT 1\r\n\n");
  EXPECT_EQ(chunks.send("b\r", false), "BDAT 2\r\nb\r");
  EXPECT_EQ(chunks.send("c", true), "bare-cr @4");
  EXPECT_EQ(chunks.send("", true), "bare-cr @4");
  EXPECT_EQ(chunks.send("\nc", true), "BDAT 2 LAST\r\n\nc");
}

TEST_P(ClientTextChunks, HoldNoFalseEndUnderAnyPolicy) {
  Chunks chunks(options(2), GetParam());
  EXPECT_EQ(chunks.send("a\n", false), "BDAT 2\r\na\n");
  EXPECT_EQ(chunks.send(".", true), "false-end @2");
  EXPECT_EQ(chunks.send(".\n", false), "false-end @2");
  EXPECT_EQ(chunks.send(".a\r", true), "BDAT 3 LAST\r\n.a\r");
}

TEST_P(ClientTextChunks, HoldNulsUnlessTheyAreRefused) {
  Chunks lenient(options(0), GetParam()), strict(options(0, EHLO_CLIENT_FLAG_REFUSE_NUL), GetParam());
  EXPECT_EQ(lenient.send("a\0b"s, true), "BDAT 3 LAST\r\na\0b"s);
  EXPECT_EQ(strict.send("a\0b"s, true), "nul @1");
}

TEST_P(ClientTextChunks, AreNoTextWhereTheyAreBinary) {
  Chunks chunks(options(0, EHLO_CLIENT_FLAG_REFUSE_NUL), GetParam(), 2);
  EXPECT_EQ(chunks.send("\n.\n\0\r"s, true), "BDAT 5 LAST\r\n\n.\n\0\r"s);
}

}  // namespace
