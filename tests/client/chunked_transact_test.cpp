// submit with BDAT (RFC 3030): the chunks are what the program gives, one a call of body.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using namespace std::string_literals;
using ehlo::Error;

const TestEnvelope kOne("a@c.test");
const TestEnvelope kTwo("a@c.test", {"b@mx.test", "c@mx.test"});
const TestEnvelope kBinary("a@c.test", {"b@mx.test"}, "", 0, EHLO_BODY_BINARYMIME);

Error give(ClientLink& link, std::string_view content, bool last) {
  std::size_t consumed = 0;
  return link.give(content, last, consumed);
}

// With the recipients accepted, without the log of it.
Dialogue with_recipients(const TestEnvelope& envelope, std::string_view lines) {
  Dialogue dialogue = opened(lines, EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(envelope).unchecked();
  dialogue.server("250 ok\r\n").unchecked();
  for (std::uint32_t i = 0; i < envelope->count(); ++i) dialogue.server("250 ok\r\n").unchecked();
  return dialogue;
}

TEST(ChunkedSubmission, SendsOneChunk) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(kTwo, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n").wants("input");
  // RFC 3030 2: "After all MAIL and RCPT responses are collected and processed".
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return give(link, "x", true); });
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"}).wants("input");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return give(link, "x", true); });
  dialogue.server("550 no\r\n", {"reply RCPT 550 #1 @1", "outcome 550 #1 @1 failed recipient"}).wants("input body");
  dialogue.chunk(".\r\n\0a"s, true, "BDAT 5 LAST\r\n.\r\n\0a"s).wants("input").outstanding(1);
  dialogue.server("250 2.0.0 ok\r\n",
                  {"result BDAT 250 2.0.0 #1", "outcome 250 2.0.0 #1 @0 accepted message", "done #1"});
  dialogue.wants("input command").check();
}

TEST(ChunkedSubmission, IsNotUsedWhereItIsNotWantedOrNotOffered) {
  for (const bool wanted : {false, true}) {
    Dialogue dialogue = opened(wanted ? "PIPELINING" : "PIPELINING\nCHUNKING", wanted ? EHLO_CLIENT_FLAG_CHUNKING : 0u);
    dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n").check();
  }
}

// RFC 3030 3: binary content cannot go with DATA.
TEST(ChunkedSubmission, IsWhatBinaryContentAlwaysIs) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING\nBINARYMIME");
  dialogue.transact(kBinary, "MAIL FROM:<a@c.test> BODY=BINARYMIME\r\nRCPT TO:<b@mx.test>\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"}).wants("input body");
  dialogue.chunk(std::string_view("\0\xff\n", 3), true, std::string_view("BDAT 3 LAST\r\n\0\xff\n", 16)).check();
}

// The parameter of the program says it as well as the envelope's own field, and is not doubled.
TEST(ChunkedSubmission, IsWhatBinaryContentByParameterIs) {
  const TestEnvelope envelope("a@c.test", {"b@mx.test"}, "BODY=binarymime");
  Dialogue dialogue = opened("PIPELINING\nCHUNKING\nBINARYMIME");
  dialogue.transact(envelope, "MAIL FROM:<a@c.test> BODY=binarymime\r\nRCPT TO:<b@mx.test>\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n").unchecked();
  dialogue.wants("input body").chunk("x", true, "BDAT 1 LAST\r\nx").check();
  Dialogue without = opened("PIPELINING\nCHUNKING");
  without.refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*envelope); }).check();
}

TEST(ChunkedSubmission, PipelinesItsChunks) {
  Dialogue dialogue = with_recipients(kOne, "PIPELINING\nCHUNKING");
  dialogue.wants("input body").chunk("abc", false, "BDAT 3\r\nabc").wants("input body").outstanding(1);
  dialogue.chunk("de", false, "BDAT 2\r\nde").outstanding(2);
  dialogue.chunk("", true, "BDAT 0 LAST\r\n").wants("input").outstanding(3);
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return give(link, "x", true); });
  dialogue.server("250 3\r\n250 2\r\n", {"reply BDAT 250 #1", "reply BDAT 250 #1"});
  dialogue.server("250 ok\r\n", {"result BDAT 250 #1", "outcome 250 #1 @0 accepted message", "done #1"});
  dialogue.wants("input command").check();
}

TEST(ChunkedSubmission, WaitsForEachChunkWithoutPipelining) {
  Dialogue dialogue = with_recipients(kOne, "CHUNKING");
  dialogue.wants("input body").chunk("abc", false, "BDAT 3\r\nabc").wants("input");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return give(link, "x", false); });
  dialogue.server("250 ok\r\n", {"reply BDAT 250 #1"}).wants("input body");
  dialogue.chunk("d", true, "BDAT 1 LAST\r\nd");
  dialogue.server("554 5.6.0 no\r\n", {"result BDAT 554 5.6.0 #1", "outcome 554 5.6.0 #1 @0 failed message"},
                  "RSET\r\n");
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

// RFC 3030 2: "The resulting state from a failed BDAT command is indeterminate.  A RSET command MUST be issued to clear
// the transaction before additional commands may be sent." The last one is no exception.
TEST(ChunkedSubmission, IsClearedByRsetWhereTheLastChunkIsRefused) {
  Dialogue dialogue = with_recipients(kTwo, "PIPELINING\nCHUNKING");
  dialogue.chunk("abc", true, "BDAT 3 LAST\r\nabc");
  dialogue.server("452 no\r\n",
                  {"result BDAT 452 #1", "outcome 452 #1 @0 retry message", "outcome 452 #1 @1 retry message"},
                  "RSET\r\n");
  dialogue.wants("input").server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

TEST(ChunkedSubmission, IsClearedByRsetWhereAChunkIsRefused) {
  for (const bool pipelining : {false, true}) {
    Dialogue dialogue = with_recipients(kTwo, pipelining ? "PIPELINING\nCHUNKING" : "CHUNKING");
    dialogue.chunk("abc", false, "BDAT 3\r\nabc");
    dialogue.server(
        "452 4.3.1 full\r\n",
        {"reply BDAT 452 4.3.1 #1", "outcome 452 4.3.1 #1 @0 retry message", "outcome 452 4.3.1 #1 @1 retry message"},
        "RSET\r\n");
    dialogue.wants("input");
    dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return give(link, "x", true); });
    dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
  }
}

TEST(ChunkedSubmission, IsClearedByRsetWhereAChunkInTheMiddleOfAGroupIsRefused) {
  Dialogue dialogue = with_recipients(kOne, "PIPELINING\nCHUNKING");
  dialogue.chunk("ab", false, "BDAT 2\r\nab").chunk("c", false, "BDAT 1\r\nc").chunk("d", false, "BDAT 1\r\nd");
  dialogue.server("250 ok\r\n", {"reply BDAT 250 #1"});
  dialogue.server("554 5.6.1 no\r\n", {"reply BDAT 554 5.6.1 #1", "outcome 554 5.6.1 #1 @0 failed message"},
                  "RSET\r\n");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return give(link, "x", true); }).wants("input");
  dialogue.server("503 no\r\n", {"reply BDAT 503 #1"});
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

TEST(ChunkedSubmission, IsClearedByRsetWhereNobodyWasAccepted) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(kTwo, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n");
  dialogue.server("250 ok\r\n550 no\r\n550 no\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient",
                   "reply RCPT 550 #1 @1", "outcome 550 #1 @1 failed recipient"},
                  "RSET\r\n");
  dialogue.wants("input").server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

TEST(ChunkedSubmission, IsOverWhereMailIsRefused) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n");
  dialogue.server("550 no\r\n503 no\r\n",
                  {"reply MAIL 550 #1", "outcome 550 #1 @0 failed message", "reply RCPT 503 #1 @0", "done #1"});
  dialogue.wants("input command").check();
}

// body_copy makes as many chunks as it takes, each with its line before it.
TEST(ChunkedSubmission, IsCopiedInChunksOfTheBuffer) {
  ClientLink link(client_options(EHLO_CLIENT_FLAG_CHUNKING), {64, 4096, 64, 64, 0});
  greet(link, "PIPELINING\nCHUNKING");
  ASSERT_EQ(link->transact(*kOne), EHLO_OK);
  link.pump();
  link.feed("250 ok\r\n250 ok\r\n");
  link.take_wire();
  link.take_events();
  std::string message, unframed;
  for (int i = 0; i < 200; ++i) message += static_cast<char>('0' + i % 75);
  ASSERT_EQ(link.content(message), EHLO_OK);
  std::string wire = link.take_wire();
  unsigned chunks = 0, last = 0;
  while (!wire.empty()) {
    ASSERT_TRUE(wire.starts_with("BDAT ")) << wire;
    ASSERT_EQ(last, 0u) << "a chunk behind the last";
    const std::size_t end = wire.find("\r\n");
    ASSERT_NE(end, std::string::npos);
    const std::string line = wire.substr(5, end - 5);
    last = line.ends_with(" LAST");
    const std::size_t octets = std::stoul(line);
    EXPECT_EQ(line, std::to_string(octets) + (last != 0 ? " LAST" : ""));
    EXPECT_LE(end + 2 + octets, 64u);
    unframed += wire.substr(end + 2, octets);
    wire.erase(0, end + 2 + octets);
    ++chunks;
  }
  EXPECT_EQ(unframed, message);
  EXPECT_EQ(last, 1u);
  EXPECT_EQ(link->outstanding(), chunks);
}

TEST(ChunkedSubmission, LetsTheNextOneWaitForItsReplies) {
  Dialogue dialogue = with_recipients(kOne, "PIPELINING\nCHUNKING");
  dialogue.chunk("abc", true, "BDAT 3 LAST\r\nabc").transact(kOne, "RSET\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n",
                  {"result BDAT 250 #1", "outcome 250 #1 @0 accepted message", "reply RSET 250", "done #1"},
                  "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #2", "reply RCPT 250 #2 @0"}).wants("input body");
  dialogue.chunk("x", true, "BDAT 1 LAST\r\nx");
  dialogue.server("250 ok\r\n", {"result BDAT 250 #2", "outcome 250 #2 @0 accepted message", "done #2"}).check();
}

// With the next one waiting: the RSET that clears the refused message is the one that stands before the next.
TEST(ChunkedSubmission, IsClearedByOneRsetWhereTheNextOneWaits) {
  for (const bool pipelining : {false, true}) {
    Dialogue dialogue = with_recipients(kOne, pipelining ? "PIPELINING\nCHUNKING" : "CHUNKING");
    dialogue.chunk("abc", true, "BDAT 3 LAST\r\nabc").transact(kTwo, pipelining ? "RSET\r\n" : "");
    dialogue.server("552 no\r\n", {"result BDAT 552 #1", "outcome 552 #1 @0 failed message"},
                    pipelining ? "" : "RSET\r\n");
    dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"},
                    pipelining ? "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n"
                               : "MAIL FROM:<a@c.test>\r\n");
    dialogue.check();
  }
}

Dialogue::Call goes_in_chunks(bool expected) {
  return [expected](ClientLink& link) {
    EXPECT_EQ((link->facts() & EHLO_FACT_CHUNKS) != 0, expected);
    return EHLO_OK;
  };
}

// "The content of the open transaction goes out with BDAT."
TEST(ChunkedSubmission, IsAFactFromItsRecipientsToItsEnd) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.call(goes_in_chunks(false)).transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n").unchecked();
  dialogue.wants("input body").call(goes_in_chunks(true)).chunk("a", false, "BDAT 1\r\na").call(goes_in_chunks(true));
  dialogue.chunk("b", true, "BDAT 1 LAST\r\nb").call(goes_in_chunks(true));
  dialogue.server("250 ok\r\n250 ok\r\n").unchecked();
  dialogue.wants("input command").call(goes_in_chunks(false)).check();
}

TEST(ChunkedSubmission, IsNoFactWhereDataIsUsed) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING");
  dialogue.transact(kOne).unchecked();
  dialogue.call(goes_in_chunks(false)).server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.wants("input body")
      .call(goes_in_chunks(false))
      .content("x", "x\r\n.\r\n")
      .call(goes_in_chunks(false))
      .check();
  // By single commands it is one from the first BDAT.
  Dialogue by_hand = opened("PIPELINING\nCHUNKING");
  by_hand.call([](ClientLink& link) { return link->mail({}, nullptr, 0); }, "MAIL FROM:<>\r\n");
  by_hand.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); },
               "RCPT TO:<b@mx.test>\r\n");
  by_hand.server("250 ok\r\n250 ok\r\n").unchecked();
  by_hand.call(goes_in_chunks(false))
      .call([](ClientLink& link) { return support::bdat(link, 3, true); }, "BDAT 3 LAST\r\n");
  by_hand.call(goes_in_chunks(true)).server("250 ok\r\n").unchecked();
  by_hand.call(goes_in_chunks(false)).check();
}

}  // namespace
