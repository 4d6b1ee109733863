// A single command line in a session.
#include "line_in_session.h"

#include <algorithm>

#include "player.h"
#include "reply_reader.h"

namespace vectors {
namespace {

// What comes before the line, so that it is in order.
std::vector<Bytes> preface(const Config& config, std::string_view line) {
  const Bytes verb = first_word(line);
  std::vector<Bytes> lines{""};
  if (verb == "EHLO" || verb == "HELO" || verb == "LHLO") return lines;
  lines.push_back(config.lmtp ? "LHLO client.example\r\n" : "EHLO client.example\r\n");
  const bool in_transaction = verb == "RCPT" || verb == "DATA" || verb == "BDAT";
  const bool smtputf8 =
      std::any_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) > 127; });
  if (in_transaction)
    lines.push_back(smtputf8 && config.offers("SMTPUTF8") ? "MAIL FROM:<a@client.example> SMTPUTF8\r\n"
                                                          : "MAIL FROM:<a@client.example>\r\n");
  if (verb == "DATA" || verb == "BDAT") lines.push_back("RCPT TO:<bob@mx.example>\r\n");
  return lines;
}

// What comes with the answer to a line and is not the answer: a bare LF in it, what its refusal entails, and the end
// of an empty chunk, which is complete together with its line.
bool is_beside_the_answer(std::uint32_t type) {
  return type == EHLO_EVENT_VIOLATION || type == EHLO_EVENT_ABORT || type == EHLO_EVENT_CLOSE ||
         type == EHLO_EVENT_PLAINTEXT || type == EHLO_EVENT_CHUNK || type == EHLO_EVENT_MESSAGE;
}

Command command_of(const Event& event) {
  Command command;
  command.verb = event.verb;
  command.flags = event.flags;
  command.text = event.text;
  command.response = event.response;
  command.path = event.path;
  command.params = event.params;
  if (event.type == EHLO_EVENT_HELLO) command.host_kind = event.kind;
  if (event.type == EHLO_EVENT_BDAT) command.size = event.number;
  return command;
}

struct Played {
  LineOutcome outcome;
  Bytes replies;
  std::vector<std::string> log;
};

// `behind` another command in the same buffer, or alone.
Played play(const Engine& engine, const Config& config, std::string_view line, const Plan& plan, bool behind) {
  const App app;
  Player player(engine, config, app, plan);
  for (const Bytes& before : preface(config, line)) {
    player.send(before, {before.size()});
    const std::vector<Reply> replies = read_replies(player.take_replies());
    require(replies.size() == 1 && replies[0].code < 300, "the session does not get as far as this line");
  }
  std::size_t before = player.log().events().size();
  if (behind) {
    ++before;
    player.send(Bytes("NOOP\r\n").append(line));
  } else {
    player.send(line);
  }
  Played played;
  played.replies = player.take_replies();
  played.log = player.log().entries();
  if (behind) {
    require(before < player.log().events().size() && player.log().events()[before - 1].type == EHLO_EVENT_NOOP,
            "no event for NOOP");
    played.replies.erase(0, played.replies.find("\r\n") + 2);
    played.log.erase(played.log.begin() + static_cast<std::ptrdiff_t>(before) - 1);
  }
  const Event* answer = nullptr;
  for (std::size_t i = before; i < player.log().events().size(); ++i) {
    const Event& event = player.log().events()[i];
    if (is_beside_the_answer(event.type)) continue;
    require(answer == nullptr, "more than one event for one line");
    answer = &event;
  }
  require(answer != nullptr, "no event for the line");
  if (answer->type == EHLO_EVENT_REJECTED) {
    require(answer->error != EHLO_OK, "rejected without a reason");
    played.outcome.error = answer->error;
    played.outcome.code = answer->code;
    const std::vector<Reply> replies = read_replies(played.replies);
    require(replies.size() == 1 && replies[0].code == answer->code,
            "the reply is not that of the rejection: " + printable(played.replies));
  } else {
    played.outcome.command = command_of(*answer);
  }
  return played;
}

}  // namespace

LineOutcome line_in_session(const Engine& engine, const Config& config, std::string_view line) {
  std::vector<Plan> plans = standard_plans();
  for (const std::size_t position : cut_positions(line)) plans.push_back(split_plan(position));
  // In a buffer that begins with something else every offset is another one.
  const std::size_t alone = plans.size();
  plans.push_back(whole());
  plans.push_back(one_octet_at_a_time());
  plans[alone].name += ", behind NOOP";
  plans[alone + 1].name += ", behind NOOP";
  Played plain;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    try {
      Played played = play(engine, config, line, plans[i], i >= alone);
      if (i == 0)
        plain = std::move(played);
      else
        require(played.replies == plain.replies && played.log == plain.log, "not as in the plain run");
    } catch (const std::exception& fault) {
      throw Fault("in a session, " + plans[i].name + ": " + fault.what());
    }
  }
  return plain.outcome;
}

}  // namespace vectors
