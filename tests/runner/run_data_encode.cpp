// data_encode.jsonl: content on its way out, in a client session behind its 354.
#include "cuts.h"
#include "kind.h"

namespace vectors {
namespace {

constexpr std::string_view kClientName = "client.example";
constexpr std::size_t kRoom = 4096;

void feed(Sender& sender, std::string_view octets) {
  std::vector<SenderEvent> events;
  require(sender.receive(octets, 16, events) == octets.size(), "a reply was not consumed");
  Bytes drained(kRoom, '\0');
  sender.output(drained.data(), drained.size());
}

void drain(Sender& sender) {
  Bytes drained(kRoom, '\0');
  sender.output(drained.data(), drained.size());
}

std::unique_ptr<Sender> sender_in_content(const Engine& engine, std::uint32_t endings) {
  SenderSetup setup;
  setup.endings = endings;
  auto sender = engine.sender(setup, kClientName);
  require(sender != nullptr, "no session");
  feed(*sender, "220 mx.example\r\n");
  require(sender->hello(EHLO_VERB_EHLO) == EHLO_OK, "EHLO");
  drain(*sender);
  feed(*sender, "250 mx.example\r\n");
  require(sender->mail("a@client.example", {}) == EHLO_OK, "MAIL");
  drain(*sender);
  feed(*sender, "250 ok\r\n");
  require(sender->rcpt("b@mx.example", {}) == EHLO_OK, "RCPT");
  drain(*sender);
  feed(*sender, "250 ok\r\n");
  require(sender->data() == EHLO_OK, "DATA");
  drain(*sender);
  feed(*sender, "354 go\r\n");
  return sender;
}

struct Encoded {
  Bytes wire;
  std::int32_t error = EHLO_OK;
};

Encoded encode(const Engine& engine, std::uint32_t endings, const std::vector<Bytes>& pieces, std::size_t room,
               bool copied) {
  const auto sender = sender_in_content(engine, endings);
  Encoded encoded;
  for (std::size_t i = 0; i <= pieces.size(); ++i) {
    const bool last = i == pieces.size();
    std::string_view rest = last ? std::string_view() : std::string_view(pieces[i]);
    do {
      std::size_t consumed = 0;
      encoded.error = sender->body(rest, last, room, copied, encoded.wire, consumed);
      if (encoded.error != EHLO_OK) return encoded;
      require(consumed <= rest.size(), "more was consumed than given");
      rest.remove_prefix(consumed);
      // With little room the end may need a call of its own.
    } while (!rest.empty() || (last && sender->outstanding() == 0));
  }
  require(sender->outstanding() == 1, "the result is not awaited");
  return encoded;
}

std::vector<Bytes> cut(const Bytes& content, const Pieces& pieces) {
  std::vector<Bytes> out;
  std::size_t at = 0;
  for (const std::size_t size : pieces) {
    out.push_back(content.substr(at, size));
    at += size;
  }
  return out;
}

void judge(const Engine& engine, const Json& expect, const std::vector<Bytes>& pieces, std::size_t room, bool copied) {
  const Encoded strict = encode(engine, EHLO_ENDING_REJECT, pieces, room, copied);
  if (expect.contains("wire")) {
    require(strict.error == EHLO_OK, Bytes("refused: ") + ehlo_error_name(strict.error));
    require(strict.wire == bytes_of(expect["wire"]), "the wire is " + printable(strict.wire));
  } else {
    require(ehlo_error_name(strict.error) == expect.at("error").get<std::string>(),
            Bytes("the error is ") + ehlo_error_name(strict.error));
  }
  const Bytes normalized = bytes_of(expect.contains("wire") ? expect["wire"] : expect.at("normalized"));
  const Encoded repaired = encode(engine, EHLO_ENDING_NORMALIZE, pieces, room, copied);
  require(repaired.error == EHLO_OK && repaired.wire == normalized, "repaired it is " + printable(repaired.wire));
}

void run(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"chunks", "expect"});
  const Json& expect = vector["expect"];
  only_keys(expect, {"wire", "error", "normalized"}, "expect");
  const std::vector<Bytes> given = byte_list_of(vector["chunks"]);
  Bytes content;
  for (const Bytes& chunk : given) content += chunk;
  const auto attempt = [&](const std::string& name, const std::vector<Bytes>& pieces, std::size_t room, bool copied) {
    try {
      judge(engine, expect, pieces, room, copied);
    } catch (const std::exception& fault) {
      throw Fault(name + (copied ? ", copied: " : ": ") + fault.what());
    }
  };
  for (const bool copied : {false, true}) {
    const std::size_t least = copied ? 64 : EHLO_SPANS_MIN;
    attempt("whole", {content}, kRoom, copied);
    attempt("whole, little room", {content}, least, copied);
    attempt("as given", given, kRoom, copied);
    attempt("one octet at a time", cut(content, in_pieces_of(1, content.size())), least, copied);
    for (const std::size_t position : cut_positions(content))
      attempt("split at " + std::to_string(position), cut(content, split_at(position, content.size())), kRoom, copied);
  }
}

bool matches(const Json& vector) {
  return vector.contains("chunks") && vector.contains("expect") &&
         (vector["expect"].contains("wire") || vector["expect"].contains("error"));
}

const KindRegistration kDataEncode({"data_encode", matches, run});

}  // namespace
}  // namespace vectors
