// data_encode.jsonl: content that a client session sends, after the 354.
#include <array>

#include "cuts.h"
#include "kind.h"
#include "play.h"

namespace vectors {
namespace {

constexpr std::size_t kRoom = 4096;

// A way to give the content.
struct Way {
  std::string name;
  std::vector<Bytes> pieces;
  std::size_t room = kRoom;
  bool copied = false;
};

// All calls of a session are sent in one request: none depends on the result of another.
class Encoding : public Play {
 public:
  Encoding(const Way& way, std::uint32_t endings)
      : Play(way.name + (way.copied ? ", copied" : "")), way_(way), endings_(endings) {}

  void ask(Request& request) override {
    if (is_over_) return;
    if (session_ != 0) return dialogue(request);
    JsonText& call = request.call("client");
    call.field("hostname", "client.example");
    call.field("flags", EHLO_CLIENT_FLAG_PLAINTEXT_AUTH);
    call.number("data_endings", endings_);
  }

  void take(std::span<const ResultPtr> results) override {
    if (takes_session(*results[0])) return;
    is_over_ = true;
    for (const ResultPtr& result : results.first(kDialogue)) {
      const ClientTurn& turn = result->as<ClientTurn>();
      require(turn.do_error.empty() && turn.kept == 0, "the session does not get as far as its content");
    }
    for (const ResultPtr& result : results.subspan(kDialogue)) {
      const ClientTurn& turn = result->as<ClientTurn>();
      wire_ += turn.sent;
      error_ = turn.do_error;
      if (!error_.empty()) return;
    }
    require(results.back()->as<ClientTurn>().outstanding == 1, "the result is not awaited");
  }

  const Bytes& wire() const { return wire_; }
  const Bytes& error() const { return error_; }

 private:
  static constexpr std::size_t kDialogue = 9;

  JsonText& turn(Request& request, std::string_view reply, const char* what) const {
    JsonText& call = request.call("client_turn");
    call.field("session", session_);
    call.field("output", kRoom);
    if (!reply.empty()) call.list("pieces", std::array{reply});
    if (what == nullptr) return call;
    call.open("do", '[');
    call.octets(what);
    return call;
  }

  void dialogue(Request& request) const {
    turn(request, "220 mx.example\r\n", nullptr);
    JsonText& hello = turn(request, "", "hello");
    hello.octets("EHLO");
    hello.close(']');
    turn(request, "250 mx.example\r\n", nullptr);
    for (const auto& [what, address] : {std::pair{"mail", "a@client.example"}, {"rcpt", "b@mx.example"}}) {
      JsonText& call = turn(request, "", what);
      call.octets(address);
      call.open('[');
      call.close(']');
      call.close(']');
      turn(request, "250 ok\r\n", nullptr);
    }
    turn(request, "", "data").close(']');
    turn(request, "354 go\r\n", nullptr);
    for (std::size_t i = 0; i <= way_.pieces.size(); ++i) {
      const bool last = i == way_.pieces.size();
      JsonText& call = turn(request, "", "body");
      call.octets(last ? std::string_view() : std::string_view(way_.pieces[i]));
      call.word(last ? "true" : "false");
      call.number(way_.room);
      call.word(way_.copied ? "true" : "false");
      call.close(']');
    }
  }

  const Way& way_;
  std::uint32_t endings_;
  bool is_over_ = false;
  Bytes wire_, error_;
};

std::vector<Bytes> cut(const Bytes& content, const Pieces& pieces) {
  std::vector<Bytes> out;
  std::size_t at = 0;
  for (const std::size_t size : pieces) {
    out.push_back(content.substr(at, size));
    at += size;
  }
  return out;
}

std::vector<Way> ways_of(const Bytes& content, const std::vector<Bytes>& given) {
  std::vector<Way> ways;
  for (const bool copied : {false, true}) {
    const std::size_t least = copied ? 64 : EHLO_SPANS_MIN;
    ways.push_back({"whole", {content}, kRoom, copied});
    ways.push_back({"whole, little room", {content}, least, copied});
    ways.push_back({"as given", given, kRoom, copied});
    ways.push_back({"one octet at a time", cut(content, in_pieces_of(1, content.size())), least, copied});
    for (const std::size_t at : cut_positions(content))
      ways.push_back({"split at " + std::to_string(at), cut(content, split_at(at, content.size())), kRoom, copied});
  }
  return ways;
}

void compare(const Json& expect, const Encoding& strict, const Encoding& repaired) {
  if (expect.contains("wire")) {
    require(strict.error().empty(), "refused: " + strict.error());
    require(strict.wire() == bytes_of(expect["wire"]), "the wire is " + printable(strict.wire()));
  } else {
    require(strict.error() == expect.at("error").get<std::string>(), "the error is " + strict.error());
  }
  const Bytes normalized = bytes_of(expect.contains("wire") ? expect["wire"] : expect.at("normalized"));
  require(repaired.error().empty() && repaired.wire() == normalized, "repaired it is " + printable(repaired.wire()));
}

void run(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"chunks", "expect"});
  const Json& expect = vector.at("expect");
  only_keys(expect, {"wire", "error", "normalized"}, "expect");
  const std::vector<Bytes> given = byte_list_of(vector.at("chunks"));
  Bytes content;
  for (const Bytes& chunk : given) content += chunk;
  const std::vector<Way> ways = ways_of(content, given);
  Plays plays;
  for (const Way& way : ways)
    for (const std::uint32_t endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE})
      plays.push_back(std::make_unique<Encoding>(way, endings));
  play_all(testee, plays, content.size());
  for (std::size_t i = 0; i < plays.size(); i += 2)
    in_play(plays[i]->name(), [&] {
      compare(expect, static_cast<const Encoding&>(*plays[i]), static_cast<const Encoding&>(*plays[i + 1]));
    });
}

const KindRegistration kDataEncode("data_encode", run);

}  // namespace
}  // namespace vectors
