// data.jsonl: content behind 354, through the decoder alone and through whole sessions.
#include <algorithm>

#include "kind.h"
#include "player.h"
#include "reply_reader.h"

namespace vectors {
namespace {

struct DataCase {
  Bytes wire;
  Pieces pieces;
  Config config;
  bool end = false;
  Bytes body, rest;
  std::vector<Bytes> violations;
};

struct Seen {
  const char* name;
  std::uint32_t bit;
  std::int32_t error;
};
// The smuggling sequences are told besides these and are no kind of their own in the vectors.
constexpr Seen kViolations[] = {
    {"bare-lf", EHLO_SEEN_BARE_LF, EHLO_E_BARE_LF},
    {"bare-cr", EHLO_SEEN_BARE_CR, EHLO_E_BARE_CR},
    {"line-too-long", EHLO_SEEN_LONG_LINE, EHLO_E_DATA_LINE_TOO_LONG},
    {"too-large", EHLO_SEEN_TOO_LARGE, EHLO_E_MESSAGE_TOO_LARGE},
};

std::string joined(const std::vector<Bytes>& words) {
  std::string text;
  for (const Bytes& word : words) text += (text.empty() ? "" : " ") + word;
  return text.empty() ? "none" : text;
}

// Where a bare CR or LF is first, found the plain way; nothing for the violations of limits.
std::optional<std::uint64_t> place_of(std::string_view violation, std::string_view content) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    const bool after_cr = i != 0 && content[i - 1] == '\r';
    if (violation == "bare-lf" && content[i] == '\n' && !after_cr) return i;
    if (violation == "bare-cr" && i != 0 && after_cr && content[i] != '\n') return i - 1;
  }
  return std::nullopt;
}

void require_place(std::string_view violation, std::string_view wire, std::uint64_t at) {
  const std::optional<std::uint64_t> place = place_of(violation, wire);
  if (place)
    require(at == *place,
            Bytes(violation) + " is told at " + std::to_string(at) + ", it is at " + std::to_string(*place));
  else
    require(at != 0 && at < wire.size(), Bytes(violation) + " is told at " + std::to_string(at));
}

// In order of first appearance; of those that appear together, in the order of the case.
std::vector<Bytes> violations_of(const DotDecoder& decoder, std::uint32_t bits, const DataCase& data) {
  struct Found {
    std::uint64_t at;
    std::ptrdiff_t rank;
    Bytes name;
  };
  std::vector<Found> found;
  for (const Seen& seen : kViolations) {
    const std::uint64_t at = decoder.first(seen.bit);
    const bool is_seen = (bits & seen.bit) != 0;
    require(is_seen == (at != UINT64_MAX), Bytes("the place of ") + seen.name + " does not fit its bit");
    const std::vector<Bytes>& expected = data.violations;
    const auto rank = std::find(expected.begin(), expected.end(), seen.name) - expected.begin();
    if (!is_seen) continue;
    require_place(seen.name, data.wire, at);
    found.push_back({at, rank, seen.name});
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.at != b.at ? a.at < b.at : a.rank < b.rank; });
  std::vector<Bytes> names;
  for (const Found& one : found) names.push_back(one.name);
  return names;
}

void decode(const DataCase& data, const Engine& engine, const Pieces& pieces, std::uint32_t span_cap) {
  const std::unique_ptr<DotDecoder> decoder = engine.dot_decoder(data.config.max_line, data.config.max_size);
  std::string_view wire = data.wire;
  Bytes inbox, body;
  std::uint32_t bits = 0;
  bool done = false;
  for (const std::size_t size : pieces) {
    inbox += wire.substr(0, size);
    wire.remove_prefix(size);
    while (!done) {
      const DotDecoder::Fed fed = decoder->feed(inbox, span_cap, body);
      inbox.erase(0, fed.consumed);
      bits = fed.violations;
      done = fed.done;
      require(fed.consumed != 0 || !fed.spans_full, "no octet is consumed, and the spans are full");
      if (fed.consumed == 0) break;
    }
    require(done || inbox.size() <= 3, "more than three octets are not consumed");
  }
  require(wire.empty(), "bad case: the chunks are not the whole");
  require(done == data.end, done ? "the end is found" : "the end is not found");
  const std::vector<Bytes> violations = violations_of(*decoder, bits, data);
  require(violations == data.violations, "the violations are " + joined(violations));
  if (!data.end) return;
  require(body == data.body, "the body is " + printable(body));
  require(inbox == data.rest, "the rest is " + printable(inbox));
}

// The dialogue up to the 354 reply.
void open_data(Player& player) {
  for (const char* line : {"", "EHLO client.example\r\n", "MAIL FROM:<a@client.example>\r\n",
                           "RCPT TO:<bob@mx.example>\r\n", "DATA\r\n"}) {
    const std::string_view octets = line;
    player.send(octets, {octets.size()});
  }
  const std::vector<Reply> replies = read_replies(player.take_replies());
  require(replies.size() == 5 && replies[4].code == 354, "the session does not get as far as DATA");
}

struct Outcome {
  std::vector<Bytes> violations;
  bool false_end = false;
  std::size_t messages_asked = 0;
};

Outcome outcome_of(const Player& player, const DataCase& data) {
  Outcome outcome;
  for (const Event& event : player.log().events()) {
    if (event.type == EHLO_EVENT_MESSAGE) ++outcome.messages_asked;
    if (event.type != EHLO_EVENT_VIOLATION) continue;
    if (event.error == EHLO_E_FALSE_END) outcome.false_end = true;
    for (const Seen& seen : kViolations)
      if (event.error == seen.error) {
        require_place(seen.name, data.wire, event.number);
        outcome.violations.push_back(seen.name);
      }
  }
  return outcome;
}

bool has(const std::vector<Bytes>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Octet by octet the reply shows where the session sees the end: with the last octet of it, and not before.
void judge_session(const DataCase& data, const Engine& engine, const ServerSetup& setup, const Config& config) {
  const App app;
  const Plan plan = one_octet_at_a_time();
  Player player(engine, config, app, plan, setup);
  open_data(player);
  const std::size_t content = data.wire.size() - data.rest.size();
  for (std::size_t i = 0; i < content; ++i) {
    require(player.take_replies().empty(), "a reply after " + std::to_string(i) + " octets, before the end of data");
    player.send(std::string_view(data.wire).substr(i, 1));
  }
  const std::vector<Reply> replies = read_replies(player.take_replies());
  const Outcome outcome = outcome_of(player, data);
  require(outcome.violations == data.violations, "the violations are " + joined(outcome.violations));
  require(replies.size() == (data.end ? 1u : 0u), std::to_string(replies.size()) + " replies to the content");
  if (!data.end) return require(outcome.messages_asked == 0, "MESSAGE without an end of data");

  const bool reject = setup.data_endings == EHLO_ENDING_REJECT;
  const bool endings = has(data.violations, "bare-lf") || has(data.violations, "bare-cr");
  const bool limits = has(data.violations, "line-too-long") || has(data.violations, "too-large");
  const bool refused = limits || outcome.false_end || (reject && endings);
  require(outcome.messages_asked == (refused ? 0u : 1u),
          refused ? "MESSAGE for content that is to be refused" : "no MESSAGE");
  const unsigned code = replies[0].code;
  require(refused ? code >= 500 : code == 250, "the reply to the content is " + std::to_string(code));
  require(player.messages().size() == (refused ? 0u : 1u), "another number of messages");
  if (!refused) require(player.messages()[0].body == data.body, "the body is " + printable(player.messages()[0].body));
}

std::vector<std::string> play(const DataCase& data, const Engine& engine, const ServerSetup& setup,
                              const Config& config, const Plan& plan, const Pieces& pieces, Bytes& replies) {
  const App app;
  Player player(engine, config, app, plan, setup);
  open_data(player);
  player.send(data.wire, pieces);
  replies = player.take_replies();
  return player.log().entries();
}

void run_in_session(const DataCase& data, const Engine& engine, std::uint32_t endings) {
  ServerSetup setup;
  setup.data_endings = endings;
  setup.max_data_line = data.config.max_line;
  Config config = data.config;
  config.max_line = 0;
  config.size_limit = data.config.max_size;
  judge_session(data, engine, setup, config);

  Bytes plain_replies;
  const Plan plain = whole();
  const std::vector<std::string> plain_log =
      play(data, engine, setup, config, plain, {data.wire.size()}, plain_replies);
  std::vector<Plan> plans = standard_plans();
  for (const std::size_t position : cut_positions(data.wire)) plans.push_back(split_plan(position));
  Plan given = whole();
  given.name = "as given";
  given.cut = [&data](std::size_t) { return data.pieces; };
  plans.push_back(given);
  for (const Plan& plan : plans) {
    Bytes replies;
    try {
      const auto log = play(data, engine, setup, config, plan, plan.cut(data.wire.size()), replies);
      for (std::size_t i = 0; i < std::max(log.size(), plain_log.size()); ++i) {
        const std::string a = i < plain_log.size() ? plain_log[i] : "nothing";
        const std::string b = i < log.size() ? log[i] : "nothing";
        require(a == b, "event " + std::to_string(i) + " is " + b + ", not " + a);
      }
      require(replies == plain_replies, "the replies are " + printable(replies));
    } catch (const std::exception& fault) {
      throw Fault(plan.name + ": " + fault.what());
    }
  }
}

DataCase case_of(const Json& vector) {
  only_case_keys(vector, {"chunks", "config", "expect"});
  DataCase data;
  data.config = config_of(vector, {"max_line", "max_size"});
  for (const Bytes& chunk : byte_list_of(vector["chunks"])) {
    data.wire += chunk;
    data.pieces.push_back(chunk.size());
  }
  const Json& expect = vector.at("expect");
  only_keys(expect, {"end", "body", "rest", "violations"}, "expect");
  data.end = expect.at("end").get<bool>();
  require(data.end == expect.contains("body") && data.end == expect.contains("rest"),
          "bad case: body and rest belong to an end");
  if (data.end) {
    data.body = bytes_of(expect["body"]);
    data.rest = bytes_of(expect["rest"]);
    require(data.wire.ends_with(data.rest), "bad case: the rest is not the rest");
  }
  data.violations = byte_list_of(expect.at("violations"));
  for (const Bytes& name : data.violations)
    require(std::any_of(std::begin(kViolations), std::end(kViolations), [&](const Seen& s) { return s.name == name; }),
            "bad case: no violation " + printable(name));
  return data;
}

void run(const Json& vector, const Engine& engine) {
  const DataCase data = case_of(vector);
  const auto attempt = [&](const std::string& name, const auto& one_run) {
    try {
      one_run();
    } catch (const std::exception& fault) {
      throw Fault(name + ": " + fault.what());
    }
  };
  const std::size_t size = data.wire.size();
  // A line needs two spans at most, and the decoder room for three.
  attempt("whole", [&] { decode(data, engine, {size}, 256); });
  attempt("whole, few spans", [&] { decode(data, engine, {size}, EHLO_SPANS_MIN); });
  attempt("one octet at a time", [&] { decode(data, engine, in_pieces_of(1, size), EHLO_SPANS_MIN); });
  attempt("as given", [&] { decode(data, engine, data.pieces, 256); });
  for (const std::size_t position : cut_positions(data.wire))
    attempt("split at " + std::to_string(position), [&] { decode(data, engine, split_at(position, size), 64); });
  attempt("in a session that accepts", [&] { run_in_session(data, engine, EHLO_ENDING_ACCEPT); });
  attempt("in a session that rejects", [&] { run_in_session(data, engine, EHLO_ENDING_REJECT); });
}

bool matches(const Json& vector) {
  if (!vector.contains("chunks") || !vector.contains("expect")) return false;
  return vector["expect"].contains("end") || vector["expect"].contains("violations");
}

const KindRegistration kData({"data", matches, run});

}  // namespace
}  // namespace vectors
