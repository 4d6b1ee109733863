// The client session: EHLO replies, replies with any cuts, many recipients.
#include <memory>

#include "sessions.h"
#include "support/own_rows.h"
#include "worst/cases.h"

namespace worst {
namespace {

using bench::Client;
using bench::kRead;
using Envelope = std::shared_ptr<ehlo_envelope>;

const std::string kRecipient = "c@d.example";

Envelope envelope_of(std::size_t recipients, const ehlo_param_text* param = nullptr) {
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = "a@b.example";
  options.sender_length = 11;
  Envelope envelope(ehlo_envelope_new(&options, nullptr, nullptr), ehlo_envelope_free);
  for (std::size_t i = 0; i < recipients; ++i)
    ehlo_envelope_add(envelope.get(), kRecipient.data(), kRecipient.size(), param, param != nullptr ? 1 : 0);
  return envelope;
}

std::shared_ptr<Client> client_of(std::uint32_t protocol, std::string_view hello, const ehlo_rows* rows = nullptr) {
  auto client = std::make_shared<Client>([=](ehlo_client_options& options) {
    options.rows = rows;
    options.protocol = protocol;
    options.max_recipients = 65536;
    options.replies = {1 << 20, 1 << 20, 1 << 20};
  });
  client->show(hello, kRead);
  return client;
}

std::string hello_of(std::string_view line, std::size_t size) {
  return "250-mx.example\r\n" + repeated("250-" + std::string(line) + "\r\n", size) + "250 PIPELINING\r\n";
}

// An EHLO reply in which `last` follows all others except PIPELINING.
std::string hello_ending(std::string_view last, std::size_t size) {
  const std::string hello = hello_of("XKEYWORD", size - 64);
  return hello.substr(0, hello.rfind("250 ")) + "250-" + std::string(last) + "\r\n250 PIPELINING\r\n";
}

void add_hello(Cases& cases, const char* name, double ceiling, std::size_t cut, std::string line) {
  cases.push_back({std::string("client: EHLO reply, ") + name, 16384, ceiling, [=](std::size_t size) -> Work {
                     const std::string reply = hello_of(line, size);
                     auto client = client_of(EHLO_PROTOCOL_SMTP, reply);
                     return [=] {
                       const std::uint64_t before = client->ready();
                       client->hello();
                       client->show(reply, cut);
                       return client->ready() == before + 1 ? reply.size() : 0;
                     };
                   }});
}

// A transaction: MAIL, all RCPT and DATA are sent, then their replies, the content, and one result or one for each
// recipient. The octets are those of both directions, without the content.
std::size_t submit(Client& client, const Envelope& envelope, std::uint32_t results, std::size_t cut) {
  const std::uint32_t recipients = ehlo_envelope_count(envelope.get());
  const std::uint64_t written = client.written(), outcomes = client.outcomes();
  if (ehlo_client_transact(client.session(), envelope.get()) != EHLO_OK) return 0;
  client.take_output();
  std::string replies;
  for (std::uint32_t i = 0; i < recipients + 1; ++i) replies += "250 ok\r\n";
  client.show(replies + "354 go on\r\n", cut);
  std::size_t consumed = 0, octets = 0;
  char out[64];
  if (ehlo_client_body_copy(client.session(), "x\r\n", 3, 1, out, sizeof out, &octets, &consumed) != EHLO_OK) return 0;
  std::string result;
  for (std::uint32_t i = 0; i < results; ++i) result += "250 ok\r\n";
  client.show(result, cut);
  return client.outcomes() == outcomes + recipients ? client.written() - written + replies.size() + result.size() : 0;
}

void add_recipients(Cases& cases, const char* name, double ceiling, std::uint32_t protocol, std::size_t cut) {
  cases.push_back({std::string("client: N recipients, ") + name, 16384, ceiling, [=](std::size_t count) -> Work {
                     auto client = client_of(protocol, "250-mx.example\r\n250 PIPELINING\r\n");
                     const Envelope envelope = envelope_of(count);
                     const auto results = static_cast<std::uint32_t>(protocol == EHLO_PROTOCOL_LMTP ? count : 1);
                     return [=] { return submit(*client, envelope, results, cut); };
                   }});
}

// Looks up the last keyword of a long EHLO reply, or one that is missing. The octets of the reply count too.
void add_lookups(Cases& cases, const char* name, double ceiling, bool offered) {
  cases.push_back({std::string("client: ") + name, 16384, ceiling, [=](std::size_t size) -> Work {
                     const std::string reply = hello_ending(offered ? "XPARAM" : "XLASTS", size);
                     auto client = client_of(EHLO_PROTOCOL_SMTP, reply);
                     return [=]() -> std::size_t {
                       client->hello();
                       client->show(reply, kRead);
                       std::size_t found = 0;
                       for (std::size_t i = 0; i < size / 16; ++i)
                         found += ehlo_client_offers(client->session(), "XPARAM", 6, nullptr) == (offered ? 1 : 0);
                       return found == size / 16 ? reply.size() : 0;
                     };
                   }});
}

// Each recipient has a parameter of an extension of the program, which is the last one in a long EHLO reply.
void add_parameters(Cases& cases, const char* name, double ceiling, bool offered) {
  static constexpr ehlo_extension_row kExtension = support::own_extension("XPARAM");
  static constexpr ehlo_param_row kParam = support::own_param("XVALUE", "XPARAM", EHLO_PARAM_OF_RCPT);
  static constexpr ehlo_rows kRows = support::rows_of(&kExtension, 1, &kParam, 1, nullptr, 0);
  cases.push_back({std::string("client: ") + name, 16384, ceiling, [=](std::size_t size) -> Work {
                     const std::string reply = hello_ending(offered ? "XPARAM" : "XLASTS", size);
                     auto client = client_of(EHLO_PROTOCOL_SMTP, reply, &kRows);
                     const ehlo_param_text param = {"XVALUE", 6, "v", 1};
                     const Envelope envelope = envelope_of(size / 16, &param);
                     return [=]() -> std::size_t {
                       client->hello();
                       client->show(reply, kRead);
                       if (offered) {
                         const std::size_t octets = submit(*client, envelope, 1, kRead);
                         return octets == 0 ? 0 : octets + reply.size();
                       }
                       const bool refused =
                           ehlo_client_transact(client->session(), envelope.get()) == EHLO_E_NOT_OFFERED;
                       return refused ? reply.size() : 0;
                     };
                   }});
}

// A reply to one command: one long line, or many lines.
void add_reply(Cases& cases, const char* name, double ceiling, std::size_t cut, std::string_view line) {
  cases.push_back({std::string("client: reply, ") + name, 16384, ceiling, [=](std::size_t size) -> Work {
                     auto client = client_of(EHLO_PROTOCOL_SMTP, "250 mx.example\r\n");
                     const std::string reply =
                         line.empty() ? "250 " + std::string(size, 'a') + "\r\n" : repeated(line, size) + "250 ok\r\n";
                     return [=]() -> std::size_t {
                       if (ehlo_client_command(client->session(), "NOOP", 4, "", 0, 0) != EHLO_OK) return 0;
                       client->take_output();
                       client->show(reply, cut);
                       return ehlo_client_outstanding(client->session()) == 0 ? reply.size() : 0;
                     };
                   }});
}

Work envelope_built(std::size_t recipients) {
  return [=] {
    const Envelope envelope = envelope_of(recipients);
    return ehlo_envelope_count(envelope.get()) == recipients ? recipients * kRecipient.size() : 0;
  };
}

}  // namespace

void add_client(Cases& cases) {
  add_hello(cases, "unknown keywords", 25, kRead, "XKEYWORD");
  add_hello(cases, "unknown keywords, an octet a call", 250, 1, "XKEYWORD");
  add_hello(cases, "AUTH lines", 25, kRead, "AUTH PLAIN LOGIN");
  add_hello(cases, "no keywords", 25, kRead, "-");
  add_reply(cases, "one line", 2, kRead, "");
  add_reply(cases, "one line, an octet a call", 250, 1, "");
  add_reply(cases, "empty lines", 10, kRead, "250-\r\n");
  add_reply(cases, "empty lines, an octet a call", 250, 1, "250-\r\n");
  cases.push_back({"client: envelope of N recipients", 16384, 50, envelope_built});
  add_recipients(cases, "DATA", 25, EHLO_PROTOCOL_SMTP, kRead);
  add_recipients(cases, "DATA, an octet a call", 250, EHLO_PROTOCOL_SMTP, 1);
  add_recipients(cases, "LMTP", 50, EHLO_PROTOCOL_LMTP, kRead);
  add_parameters(cases, "a parameter each, an EHLO reply of N octets", 50, true);
  add_parameters(cases, "a parameter not announced, EHLO reply of N", 25, false);
  add_lookups(cases, "keywords looked up, an EHLO reply of N octets", 50, true);
  add_lookups(cases, "keywords not announced, an EHLO reply of N octets", 50, false);
}

}  // namespace worst
