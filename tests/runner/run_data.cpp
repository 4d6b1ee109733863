// data.jsonl: content after 354, through the decoder alone and through whole sessions.
#include <algorithm>

#include "kind.h"
#include "reply_reader.h"
#include "server_play.h"

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

struct Violation {
  std::string_view name, error;
};
// A false end and a NUL are reported too, but the vectors have no kind for them.
constexpr Violation kViolations[] = {
    {"bare-lf", "bare-lf"},
    {"bare-cr", "bare-cr"},
    {"line-too-long", "data-line-too-long"},
    {"too-large", "message-too-large"},
};

std::string joined(const std::vector<Bytes>& words) {
  std::string text;
  for (const Bytes& word : words) text += (text.empty() ? "" : " ") + word;
  return text.empty() ? "none" : text;
}

// The position of the first bare CR or LF, found by a simple loop; nothing for the violations of limits.
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
  if (place ? at == *place : at != 0 && at < wire.size()) return;
  throw Fault(Bytes(violation) + " is reported at " + std::to_string(at) +
              (place ? ", it is at " + std::to_string(*place) : ""));
}

// In the order of their positions; at the same position in the order of the case.
std::vector<Bytes> violations_of(const Json& reported, const DataCase& data) {
  struct Found {
    std::uint64_t at;
    std::ptrdiff_t rank;
    Bytes name;
  };
  std::vector<Found> found;
  for (const Json& one : reported) {
    for (const auto& [name, error] : kViolations) {
      if (one.at(0) != error) continue;
      const auto at = one.at(1).get<std::uint64_t>();
      require_place(name, data.wire, at);
      found.push_back({at, std::ranges::find(data.violations, name) - data.violations.begin(), Bytes(name)});
    }
  }
  std::ranges::sort(found, [](const Found& a, const Found& b) { return a.at != b.at ? a.at < b.at : a.rank < b.rank; });
  std::vector<Bytes> names;
  for (const Found& one : found) names.push_back(one.name);
  return names;
}

// The decoder alone, in one call.
class Decoding : public Play {
 public:
  Decoding(std::string name, const DataCase& data, Pieces pieces, std::uint32_t spans)
      : Play(std::move(name)), data_(data), pieces_(std::move(pieces)), spans_(spans) {}

  void ask(Request& request) override {
    if (is_over_) return;
    JsonText& call = request.call("decode_data");
    call.field("spans", spans_);
    call.field("max_line", data_.config.max_line);
    call.field("max_size", data_.config.max_size);
    request.pieces(data_.wire, 0, pieces_);
  }

  void take(std::span<const ResultPtr> results) override {
    is_over_ = true;
    require(results[0]->error().empty(), "the decoder gives the error " + results[0]->error());
    const Json& result = results[0]->json();
    const bool done = result.value("done", false);
    require(done == data_.end, done ? "the end is found" : "the end is not found");
    require(done || result.value("receives", std::size_t{0}) >= pieces_.size(), "the testee has not shown each piece");
    const std::vector<Bytes> violations = violations_of(result.value("violations", Json::array()), data_);
    require(violations == data_.violations, "the violations are " + joined(violations));
    if (!data_.end) return;
    const Bytes body = octets_in(result, "body").value_or(""), rest = octets_in(result, "rest").value_or("");
    if (body != data_.body) throw Fault("the body is " + printable(body));
    if (rest != data_.rest) throw Fault("the rest is " + printable(rest));
  }

 private:
  const DataCase& data_;
  Pieces pieces_;
  std::uint32_t spans_;
  bool is_over_ = false;
};

void decode(const DataCase& data, Testee& testee) {
  Plays plays;
  const std::size_t size = data.wire.size();
  const auto add = [&](std::string name, Pieces pieces, std::uint32_t spans) {
    plays.push_back(std::make_unique<Decoding>(std::move(name), data, std::move(pieces), spans));
  };
  // A line needs two spans at most, and the decoder room for three.
  add("whole", {size}, 256);
  add("whole, few spans", {size}, EHLO_SPANS_MIN);
  add("one octet at a time", in_pieces_of(1, size), EHLO_SPANS_MIN);
  add("as given", data.pieces, 256);
  for (const std::size_t position : cut_positions(data.wire))
    add("split at " + std::to_string(position), split_at(position, size), 64);
  play_all(testee, plays, size);
}

// The dialogue up to the 354 reply.
constexpr std::string_view kOpening[] = {"", "EHLO client.example\r\n", "MAIL FROM:<a@client.example>\r\n",
                                         "RCPT TO:<bob@mx.example>\r\n", "DATA\r\n"};

std::vector<Action> opening() {
  std::vector<Action> actions;
  for (const std::string_view line : kOpening) actions.push_back(send_whole(Bytes(line)));
  return actions;
}

void check_opening(const ServerPlay& play) {
  Bytes all;
  for (std::size_t i = 0; i < std::size(kOpening); ++i) all += play.results()[i].replies;
  const std::vector<Reply> replies = read_replies(all);
  require(replies.size() == 5 && replies[4].code == 354, "the session does not get as far as DATA");
}

struct Outcome {
  std::vector<Bytes> violations;
  bool false_end = false;
  std::size_t messages_asked = 0;
};

Outcome outcome_of(const ServerPlay& play, const DataCase& data) {
  Outcome outcome;
  for (const auto& event : play.log().events()) {
    if (event->type == "message") ++outcome.messages_asked;
    if (event->type != "violation") continue;
    if (event->error == "false-end") outcome.false_end = true;
    for (const auto& [name, error] : kViolations) {
      if (event->error != error) continue;
      require_place(name, data.wire, event->number);
      outcome.violations.emplace_back(name);
    }
  }
  return outcome;
}

bool has(const std::vector<Bytes>& list, std::string_view word) { return std::ranges::find(list, word) != list.end(); }

// Octet by octet: the reply must come with the last octet of the end of data, and not before.
void compare_session(const DataCase& data, const ServerPlay& play, bool reject) {
  check_opening(play);
  const auto& results = play.results();
  if (results.size() == std::size(kOpening) + 2)
    require(results[std::size(kOpening)].replies.empty(), "a reply before the end of data");
  const std::vector<Reply> replies = read_replies(results.size() > std::size(kOpening) ? results.back().replies : "");
  const Outcome outcome = outcome_of(play, data);
  require(outcome.violations == data.violations, "the violations are " + joined(outcome.violations));
  require(replies.size() == (data.end ? 1u : 0u), std::to_string(replies.size()) + " replies to the content");
  if (!data.end) return require(outcome.messages_asked == 0, "MESSAGE without an end of data");

  const bool endings = has(data.violations, "bare-lf") || has(data.violations, "bare-cr");
  const bool limits = has(data.violations, "line-too-long") || has(data.violations, "too-large");
  const bool refused = limits || outcome.false_end || (reject && endings);
  require(outcome.messages_asked == (refused ? 0u : 1u),
          refused ? "MESSAGE for content that is to be refused" : "no MESSAGE");
  const unsigned code = replies[0].code;
  require(refused ? code >= 500 : code == 250, "the reply to the content is " + std::to_string(code));
  require(play.messages().size() == (refused ? 0u : 1u), "another number of messages");
  if (!refused) require(play.messages()[0].body == data.body, "the body is " + printable(play.messages()[0].body));
}

void run_in_session(const DataCase& data, Testee& testee, std::uint32_t endings) {
  ServerCase setup{data.config, App(), endings, data.config.max_line};
  setup.config.max_line = 0;
  setup.config.size_limit = data.config.max_size;

  std::vector<Action> to_the_end = opening();
  const std::size_t content = data.wire.size() - data.rest.size();
  if (content > 1) to_the_end.push_back(send(data.wire.substr(0, content - 1)));
  if (content > 0) to_the_end.push_back(send(data.wire.substr(content - 1, 1)));
  Plays plays;
  Plan slow = one_octet_at_a_time();
  slow.name = "up to the end";
  plays.push_back(std::make_unique<ServerPlay>(setup, slow, to_the_end));

  std::vector<Action> actions = opening(), as_given = actions;
  actions.push_back(send(data.wire));
  as_given.push_back(send(data.wire));
  as_given.back().pieces = data.pieces;
  std::ranges::move(server_plays(setup, plans_with_splits(cut_positions(data.wire)), actions),
                    std::back_inserter(plays));
  Plan given = whole();
  given.name = "as given";
  plays.push_back(std::make_unique<ServerPlay>(setup, given, as_given));
  play_all(testee, plays, data.wire.size());

  in_play(plays[0]->name(), [&] { compare_session(data, server_play(plays, 0), endings == EHLO_ENDING_REJECT); });
  const ServerPlay& plain = server_play(plays, 1);
  check_opening(plain);
  for (std::size_t i = 2; i < plays.size(); ++i) {
    in_play(plays[i]->name(), [&] {
      const ServerPlay& play = server_play(plays, i);
      require_same_log(plain, play);
      for (std::size_t action = 0; action < plain.results().size(); ++action) {
        const Bytes& replies = play.results()[action].replies;
        if (replies != plain.results()[action].replies) throw Fault("the replies are " + printable(replies));
      }
    });
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
    require(std::ranges::any_of(kViolations, [&](const Violation& v) { return v.name == name; }),
            "bad case: no violation " + printable(name));
  return data;
}

void run(const Json& vector, Testee& testee) {
  const DataCase data = case_of(vector);
  decode(data, testee);
  in_play("in a session that accepts", [&] { run_in_session(data, testee, EHLO_ENDING_ACCEPT); });
  in_play("in a session that rejects", [&] { run_in_session(data, testee, EHLO_ENDING_REJECT); });
}

const KindRegistration kData("data", run);

}  // namespace
}  // namespace vectors
