// A single command line in a session.
#include "line_in_session.h"

#include <algorithm>

#include "reply_reader.h"
#include "server_play.h"
#include "support/rows.h"

namespace vectors {
namespace {

// The commands before the line, so that the line is legal.
std::vector<Bytes> preface(const Config& config, std::string_view line) {
  const support::VerbRow* row = support::row_named(support::kVerbs, first_word(line));
  std::vector<Bytes> lines{""};
  if (row != nullptr && row->argument == EHLO_ARGUMENT_HOST) return lines;
  lines.push_back(config.lmtp ? "LHLO client.example\r\n" : "EHLO client.example\r\n");
  const bool in_transaction = row != nullptr && (row->flags & EHLO_COMMAND_IN_TRANSACTION) != 0;
  const bool smtputf8 =
      std::any_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) > 127; });
  if (in_transaction)
    lines.push_back(smtputf8 && config.offers("SMTPUTF8") ? "MAIL FROM:<a@client.example> SMTPUTF8\r\n"
                                                          : "MAIL FROM:<a@client.example>\r\n");
  if (in_transaction && row->id != EHLO_VERB_RCPT) lines.push_back("RCPT TO:<bob@mx.example>\r\n");
  return lines;
}

// Events beside the answer to a line: a bare LF in it, consequences of its refusal, and the end of an empty chunk,
// which is complete together with its line.
bool is_beside_the_answer(const Bytes& type) {
  return type == "violation" || type == "abort" || type == "close" || type == "plaintext" || type == "chunk" ||
         type == "message";
}

Command command_of(const Event& event) {
  Command command;
  command.verb = event.verb;
  command.flags = event.flags;
  command.text = event.text;
  const bool plain = event.type == "command";  // its response is the verb
  if (!plain) command.response = event.response;
  command.path = event.path;
  command.params = event.params;
  if (plain || event.type == "hello") command.host_kind = event.kind;
  if (plain || event.type == "bdat") command.size = event.number;
  return command;
}

// The events of a session for the line, which stood alone.
Parsed outcome_of(const ServerPlay& play) {
  const auto& results = play.results();
  const auto& events = play.log().events();
  for (std::size_t i = 0; i + 1 < results.size(); ++i) {
    const std::vector<Reply> replies = read_replies(results[i].replies);
    require(replies.size() == 1 && replies[0].code < 300, "the session does not get as far as this line");
  }
  const Event* answer = nullptr;
  for (std::size_t i = results[results.size() - 2].events; i < events.size(); ++i) {
    if (is_beside_the_answer(events[i]->type)) continue;
    require(answer == nullptr, "more than one event for one line");
    answer = events[i].get();
  }
  require(answer != nullptr, "no event for the line");
  Parsed parsed;
  if (answer->type != "rejected") {
    parsed.command = command_of(*answer);
    return parsed;
  }
  require(!answer->error.empty(), "rejected without a reason");
  parsed.error = answer->error;
  parsed.code = answer->code;
  const Bytes& wire = results.back().replies;
  const std::vector<Reply> replies = read_replies(wire);
  require(replies.size() == 1 && replies[0].code == answer->code,
          "the reply is not that of the rejection: " + printable(wire));
  return parsed;
}

// Throws Fault where `other` has other events, apart from NOOP and its reply if the line stood `behind` that.
void require_same(const ServerPlay& plain, const ServerPlay& other, bool behind) {
  const std::size_t last = plain.results().size() - 1;
  for (std::size_t i = 0; i < last; ++i)
    require(plain.results()[i].replies == other.results()[i].replies, "not as in the plain run");
  Bytes replies = other.results()[last].replies;
  std::vector<std::string> log = other.log().entries();
  if (behind) {
    const std::size_t noop = other.results()[last - 1].events;
    const auto& events = other.log().events();
    require(noop < events.size() && events[noop]->verb == "NOOP", "no event for NOOP");
    replies.erase(0, replies.find("\r\n") + 2);
    log.erase(log.begin() + static_cast<std::ptrdiff_t>(noop));
  }
  require(replies == plain.results()[last].replies && log == plain.log().entries(), "not as in the plain run");
}

}  // namespace

Parsed line_in_session(Testee& testee, const Config& config, std::string_view line) {
  const ServerCase setup{config, App(), EHLO_ENDING_REJECT, 0};
  std::vector<Action> alone;
  for (Bytes& before : preface(config, line)) alone.push_back(send_whole(std::move(before)));
  std::vector<Action> behind = alone;
  alone.push_back(send(Bytes(line)));
  behind.push_back(send(Bytes("NOOP\r\n").append(line)));

  Plays plays = server_plays(setup, plans_with_splits(cut_positions(line)), alone);
  const std::size_t first_behind = plays.size();
  // In a buffer that begins with something else all offsets are different.
  std::vector<Plan> others{whole(), one_octet_at_a_time()};
  for (Plan& plan : others) plan.name += ", behind NOOP";
  std::ranges::move(server_plays(setup, others, behind), std::back_inserter(plays));
  try {
    play_all(testee, plays, line.size());
    const ServerPlay& plain = server_play(plays, 0);
    Parsed parsed;
    in_play(plain.name(), [&] { parsed = outcome_of(plain); });
    for (std::size_t i = 1; i < plays.size(); ++i)
      in_play(plays[i]->name(), [&] { require_same(plain, server_play(plays, i), i >= first_behind); });
    return parsed;
  } catch (const std::exception& fault) {
    throw Fault(Bytes("in a session, ") + fault.what());
  }
}

}  // namespace vectors
