// A chunk that is refused while the last one is on its way already (RFC 3030 2): the outcome waits for the reply to the
// last, which may contradict the refusal (docs/decisions/0028).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kTwo("a@c.test", {"b@mx.test", "c@mx.test"});

// Two chunks have gone out, none has had its reply.
Dialogue both_sent(std::uint32_t chunks_before = 1) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.deciders = true;
  dialogue.transact(kTwo).unchecked().server("250 ok\r\n250 ok\r\n250 ok\r\n").unchecked();
  while (chunks_before-- != 0) dialogue.chunk("ab", false, "BDAT 2\r\nab");
  dialogue.chunk("c", true, "BDAT 1 LAST\r\nc");
  return dialogue;
}
// `outcome`: what stands before and after the index of a recipient.
Lines outcomes(std::string first, std::string_view before, std::string_view behind) {
  Lines lines;
  if (!first.empty()) lines.push_back(std::move(first));
  for (const char* index : {"@0", "@1"})
    lines.push_back("outcome " + std::string(before) + " #1 " + index + " " + std::string(behind));
  return lines;
}
Lines operator+(Lines lines, const Lines& more) {
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

// RFC 3030 2: the server discards what is after a chunk that failed. One that says it has taken the message has taken
// something without that chunk, or nothing: to try again may deliver twice, not to may lose it.
TEST(RefusedChunk, LeavesAMessageUnknownThatTheServerTakesInSpiteOfIt) {
  for (const char* code : {"452 4.3.1", "552 5.3.4"}) {
    Dialogue dialogue = both_sent();
    dialogue.server(std::string(code) + " no\r\n", {"reply BDAT " + std::string(code) + " #1"}, "RSET\r\n");
    dialogue.wants("input").outstanding(2);
    dialogue.server("250 2.0.0 queued\r\n",
                    outcomes("result BDAT 250 2.0.0 #1", "BDAT-last 250 2.0.0", "unknown message"));
    dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
  }
}

TEST(RefusedChunk, DecidesWhereTheLastIsRefusedToo) {
  const std::pair<std::string, std::string> rows[] = {{"452 4.3.1", "retry message"}, {"552 5.3.4", "failed message"}};
  for (const auto& [code, behind] : rows) {
    for (const char* last : {"503", "451", "554"}) {
      Dialogue dialogue = both_sent();
      dialogue.server(code + " no\r\n", {"reply BDAT " + code + " #1"}, "RSET\r\n");
      dialogue.server(std::string(last) + " no\r\n",
                      outcomes("result BDAT " + std::string(last) + " #1", "BDAT " + code, behind));
      dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
    }
  }
}

// The outcomes and what ends the transaction in one segment.
TEST(RefusedChunk, DecidesWhateverComesTogether) {
  Dialogue dialogue = both_sent();
  dialogue.server("452 no\r\n").unchecked();
  dialogue.server("250 queued\r\n250 ok\r\n", outcomes("result BDAT 250 #1", "BDAT-last 250", "unknown message") +
                                                  Lines{"reply RSET 250", "done #1"});
  dialogue.check();
}

TEST(RefusedChunk, IsTheFirstOfSeveral) {
  Dialogue dialogue = both_sent(3);
  dialogue.server("250 ok\r\n", {"reply BDAT 250 #1"});
  dialogue.server("452 4.3.1 full\r\n", {"reply BDAT 452 4.3.1 #1"}, "RSET\r\n");
  dialogue.server("554 no\r\n", {"reply BDAT 554 #1"});
  dialogue.server("503 no\r\n", outcomes("result BDAT 503 #1", "BDAT 452 4.3.1", "retry message"));
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

TEST(RefusedChunk, DecidesWhereTheConnectionIsLostBehindIt) {
  const std::pair<std::string, std::string> rows[] = {{"452 4.3.1", "retry message"}, {"552 5.3.4", "failed message"}};
  for (const auto& [code, behind] : rows) {
    Dialogue refused = both_sent();
    refused.server(code + " no\r\n", {"reply BDAT " + code + " #1"}, "RSET\r\n");
    const auto ends = [&, reported = outcomes("", "BDAT " + code, behind)](const std::string& error) {
      return reported + Lines{"done #1", error};
    };
    Dialogue dialogue = refused;
    dialogue.eof(ends("error connection-lost")).wants("close").check();
    dialogue = refused;
    dialogue.timed_out(ends("error timeout")).check();
    dialogue = refused;
    dialogue.abort(ends("error shutdown")).check();
    dialogue = refused;
    dialogue.server("hello\r\n", ends("error malformed-reply")).check();
  }
}

// It is about the connection, and no other reply comes.
TEST(RefusedChunk, ByAGoodbyeDecidesAtOnce) {
  Dialogue dialogue = both_sent();
  dialogue.server("421 bye\r\n",
                  outcomes("reply BDAT 421 #1", "BDAT 421", "retry connection") + Lines{"done #1", "closed"});
  dialogue.wants("close").check();
}

TEST(RefusedChunk, DecidesWhereAGoodbyeFollows) {
  Dialogue of_chunk = both_sent(2);
  of_chunk.server("552 no\r\n", {"reply BDAT 552 #1"}, "RSET\r\n");
  of_chunk.server("421 bye\r\n",
                  Lines{"reply BDAT 421 #1"} + outcomes("", "BDAT 552", "failed message") + Lines{"done #1", "closed"});
  of_chunk.check();
  Dialogue of_last = both_sent();
  of_last.server("552 no\r\n", {"reply BDAT 552 #1"}, "RSET\r\n");
  of_last.server("421 bye\r\n",
                 outcomes("result BDAT 421 #1", "BDAT 552", "failed message") + Lines{"done #1", "closed"});
  of_last.check();
}

// No chunk may follow it, so that nothing can contradict it.
TEST(RefusedChunk, DecidesAtOnceWhereTheLastHasNotBeenGiven) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(kTwo).unchecked().server("250 ok\r\n250 ok\r\n250 ok\r\n").unchecked();
  dialogue.chunk("ab", false, "BDAT 2\r\nab").chunk("c", false, "BDAT 1\r\nc");
  Lines events = outcomes("reply BDAT 452 #1", "452", "retry message");
  dialogue.server("452 no\r\n", events, "RSET\r\n").server("250 ok\r\n", {"reply BDAT 250 #1"});
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).check();
}

TEST(RefusedChunk, WaitsForTheLastOfSingleCommandsToo) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING");
  dialogue.call([](ClientLink& link) { return link->mail({}, nullptr, 0); }).unchecked();
  dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n").unchecked();
  dialogue.call([](ClientLink& link) { return support::bdat(link, 2, false); }, "BDAT 2\r\n");
  dialogue.call([](ClientLink& link) { return support::bdat(link, 1, true); }, "BDAT 1 LAST\r\n");
  dialogue.server("452 no\r\n", {"reply BDAT 452 #1"});
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->mail({}, nullptr, 0); });
  dialogue.server("250 ok\r\n", {"result BDAT 250 #1", "outcome 250 #1 @0 unknown message", "done #1"});
  dialogue.call([](ClientLink& link) { return link->reset(); }, "RSET\r\n");
  dialogue.server("250 ok\r\n", {"reply RSET 250"}).wants("input command").check();
}

}  // namespace
