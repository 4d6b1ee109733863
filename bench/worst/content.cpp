// Content: in the decoder, in a server session by DATA and BDAT, and from a client session.
#include <memory>

#include "sessions.h"
#include "worst/cases.h"

namespace worst {
namespace {

using bench::Client;
using bench::Server;

constexpr std::size_t kContent = 65536;
constexpr std::string_view kEnvelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

struct Content {
  const char* name;
  std::string piece;
  bool violates;  // the policy REJECT refuses it, in both roles
};

const std::vector<Content>& contents() {
  static const std::vector<Content> all = {
      {"dots", ".", false},
      {"CR", "\r", true},
      {"LF", "\n", true},
      {"NUL", std::string(1, '\0'), false},
      {"CR CR LF", "\r\r\n", true},
      {"empty lines", "\r\n", false},
      {"lines of dots", "..\r\n", false},
      {"false ends", "\n.\n", true},
      {"false ends of CR", "\r.\r", true},
  };
  return all;
}

void add_decoder(Cases& cases, const Content& content, double ceiling) {
  cases.push_back({std::string("decoder: ") + content.name, kContent, ceiling, [=](std::size_t size) -> Work {
                     return [wire = "x" + repeated(content.piece, size) + "\r\n.\r\n"] {
                       ehlo_dot_decoder* decoder = ehlo_dot_decoder_new(0, 0, nullptr);
                       ehlo_span spans[64];
                       std::size_t at = 0;
                       std::uint32_t count, violations;
                       std::int32_t done = 0;
                       while (done == 0) {
                         const std::size_t used = ehlo_dot_decoder_feed(decoder, wire.data() + at, wire.size() - at,
                                                                        spans, 64, &count, &violations, &done);
                         if (used == 0 && done == 0) break;
                         at += used;
                       }
                       ehlo_dot_decoder_free(decoder);
                       return done != 0 && at == wire.size() ? at : 0;
                     };
                   }});
}

struct Policy {
  const char* name;
  std::uint32_t endings;
};

void add_data(Cases& cases, const Content& content, Policy policy, std::size_t cut, double ceiling) {
  const std::string name = std::string("DATA, ") + policy.name + (cut == 1 ? ", an octet a call: " : ": ");
  cases.push_back({name + content.name, cut == 1 ? kContent / 4 : kContent, ceiling, [=](std::size_t size) -> Work {
                     auto server = std::make_shared<Server>([=](ehlo_server_options& options) {
                       options.data_endings = policy.endings;
                       options.asks = EHLO_ASK_MESSAGE;
                     });
                     // A refused message has no ask: its reply shows that it has ended.
                     server->answer = [](ehlo_server* session, const ehlo_server_event& event) {
                       if (event.id != 0) ehlo_server_accept(session, event.id);
                     };
                     const std::string wire = "x" + repeated(content.piece, size) + "\r\n.\r\n";
                     return [=] {
                       server->show(kEnvelope, bench::kRead);
                       server->show("DATA\r\n", bench::kRead);
                       const std::uint64_t before = server->written();
                       server->show(wire, cut);
                       return server->written() != before ? wire.size() : 0;
                     };
                   }});
}

// Pipelined chunks of a given size.
void add_chunks(Cases& cases, const char* name, std::size_t octets, std::size_t cut, double ceiling) {
  cases.push_back({name, kContent, ceiling, [=](std::size_t size) -> Work {
                     auto server = std::make_shared<Server>();
                     const std::string chunk = "BDAT " + std::to_string(octets) + "\r\n" + std::string(octets, 'x');
                     const std::string wire = std::string(kEnvelope) + repeated(chunk, size) + "BDAT 0 LAST\r\n";
                     return [=] {
                       const std::uint64_t before = server->messages();
                       server->show(wire, cut);
                       return server->messages() == before + 1 ? wire.size() : 0;
                     };
                   }});
}

constexpr std::string_view kReplies = "250 ok\r\n250 ok\r\n354 go on\r\n";

ehlo_envelope* new_envelope() {
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = "a@b.example";
  options.sender_length = 11;
  ehlo_envelope* envelope = ehlo_envelope_new(&options, nullptr, nullptr);
  ehlo_envelope_add(envelope, "c@d.example", 11, nullptr, 0);
  return envelope;
}

// All of the content, by a buffer of `capacity` octets.
bool send_body(ehlo_client* session, const std::string& content, std::size_t capacity) {
  std::string out(capacity, '\0');
  std::size_t at = 0;
  while ((ehlo_client_wants(session) & EHLO_WANT_BODY) != 0) {
    std::size_t written = 0, consumed = 0;
    if (ehlo_client_body_copy(session, content.data() + at, content.size() - at, 1, out.data(), capacity, &written,
                              &consumed) != EHLO_OK)
      return false;
    at += consumed;
  }
  return at == content.size();
}

void add_body(Cases& cases, const Content& content, std::size_t capacity, double ceiling) {
  const std::string name = "body sent, " + std::to_string(capacity) + " octets of room: ";
  cases.push_back({name + content.name, kContent, ceiling, [=](std::size_t size) -> Work {
                     auto client = std::make_shared<Client>(
                         [](ehlo_client_options& options) { options.data_endings = EHLO_ENDING_NORMALIZE; });
                     client->show("250-mx.example\r\n250 PIPELINING\r\n", bench::kRead);
                     const std::shared_ptr<ehlo_envelope> envelope(new_envelope(), ehlo_envelope_free);
                     return [=, text = repeated(content.piece, size)] {
                       if (ehlo_client_transact(client->session(), envelope.get()) != EHLO_OK) return std::size_t{0};
                       client->take_output();
                       client->show(kReplies, bench::kRead);
                       const std::uint64_t before = client->outcomes();
                       if (!send_body(client->session(), text, capacity)) return std::size_t{0};
                       client->show("250 ok\r\n", bench::kRead);
                       return client->outcomes() == before + 1 ? text.size() : 0;
                     };
                   }});
}

}  // namespace

void add_content(Cases& cases) {
  for (const Content& content : contents()) add_decoder(cases, content, 60);
  constexpr Policy kReject = {"reject", EHLO_ENDING_REJECT}, kNormalize = {"normalise", EHLO_ENDING_NORMALIZE},
                   kAccept = {"accept", EHLO_ENDING_ACCEPT};
  for (const Policy policy : {kReject, kNormalize, kAccept})
    for (const Content& content : contents()) add_data(cases, content, policy, bench::kRead, 80);
  for (const Content& content : contents()) add_data(cases, content, kNormalize, 1, 500);
  add_chunks(cases, "BDAT of 1 octet", 1, bench::kRead, 80);
  add_chunks(cases, "BDAT of 1 octet, an octet a call", 1, 1, 250);
  add_chunks(cases, "BDAT of nothing", 0, bench::kRead, 80);
  for (const Content& content : contents()) add_body(cases, content, 65536, 100);
  for (const Content& content : contents()) add_body(cases, content, 64, 150);
}

}  // namespace worst
