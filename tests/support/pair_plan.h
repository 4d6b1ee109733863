// What a client and a server session are made to do with one another: their options, the letters, the network, the
// fault, all of it drawn from choices.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "choices.h"
#include "ehlo_client.h"
#include "own_rows.h"

namespace support {

using ParamPairs = std::vector<std::pair<std::string, std::string>>;

struct Letter {
  struct Recipient {
    std::string address;  // holds "r<index>.t<letter>."
    ParamPairs params;
  };
  std::string sender;
  ParamPairs params;
  std::vector<Recipient> recipients;
  std::string content;
  std::uint64_t size = 0;
  std::uint32_t body = EHLO_BODY_7BIT;
  bool smtputf8 = false;
  bool by_commands = false;  // mail, rcpt, data or bdat instead of submit
};

enum class PairFault {
  none,
  cut_up,    // the connection breaks, client to server
  cut_down,  // server to client
  lost_up,   // octets vanish and nobody notices
  lost_down,
  stall,     // the server's program never answers an ask
  shutdown,  // the server's program ends the session
  goodbye,   // and answers with 421
  abort      // the client's program gives up
};
inline constexpr std::size_t kPairFaults = 9;

struct PairPlan {
  ehlo_server_options server;
  ehlo_client_options client;
  std::vector<Letter> letters;
  PairFault fault = PairFault::none;
  std::size_t fault_at = 0;  // octets, asks or rounds
  bool tls = false, auth = false;
  bool early = false;    // the next letter is submitted once the content of the one before has been given
  bool copied = false;   // body_copy
  bool drained = false;  // all events are taken before anything else is done
  bool refuses_ehlo = false;
  std::size_t refusals = 0;  // one answer in so many; 0: none
  std::size_t piece = 1400;  // octets that arrive together, at most
  std::size_t output = 4096;
  std::size_t delay = 0;         // of the network, at most, in seconds
  std::size_t answer_delay = 0;  // of the server's program
  std::size_t caution = 1;       // one turn in so many is left out
};

// What a dialogue with us could be broken with.
inline std::string random_content(Choices& choices, bool clean) {
  static constexpr std::string_view kClean[] = {
      ".",
      "..",
      "\r\n",
      "\r\n.\r\n",
      ".\r\n",
      "\r\n..\r\n",
      "a",
      "Subject: x\r\n\r\n",
      "\r\nMAIL FROM:<x@c.test>\r\n",
      "\r\nRSET\r\nQUIT\r\n",
      "line\r\n",
      "\r\nBDAT 5 LAST\r\n",
      "\r\n.\r\nDATA\r\n",
      "the quick brown fox jumps over the lazy dog and over the next one and so on until the line is long\r\n"};
  static constexpr std::string_view kDirty[] = {"\r", "\n", "\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\r\n.\r\r\n"};
  static constexpr std::string_view kOctets[] = {std::string_view("\0", 1), "\xFF", "\xC3\xBC", "\x7F", "\x1A"};
  std::string content;
  for (std::size_t parts = choices.below(choices.one_in(8) ? 120 : 8); parts > 0; --parts) {
    if (!clean && choices.one_in(4))
      content += kDirty[choices.below(std::size(kDirty))];
    else if (choices.one_in(6))
      content += kOctets[choices.below(std::size(kOctets))];
    else
      content += kClean[choices.below(std::size(kClean))];
  }
  return content;
}

class PairPlanner {
 public:
  explicit PairPlanner(Choices& choices) : choices_(choices) {}

  PairPlan draw() {
    plan_server();
    plan_client();
    plan_network();
    const std::size_t letters = choices_.between(1, 4);
    for (std::size_t i = 0; i < letters; ++i) plan_.letters.push_back(letter(i));
    if (choices_.one_in(2)) plan_fault();
    return plan_;
  }

 private:
  static constexpr ehlo_extension_row kExtensions[] = {own_extension("XOFFER")};
  static constexpr ehlo_param_row kParams[] = {
      own_param("XOFFER", "XOFFER", kOfBoth, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, 0, 40)};
  static constexpr ehlo_verb_row kVerbs[] = {own_verb("TURN")};
  static constexpr ehlo_rows kRows = rows_of(kExtensions, 1, kParams, 1, kVerbs, 1);

  void plan_server() {
    ehlo_server_options& o = plan_.server;
    ehlo_server_options_init(&o, sizeof o);
    o.hostname = "mx.test";
    o.protocol = choices_.one_in(3) ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
    o.extensions = EHLO_EXT_DEFAULT;
    for (const std::uint32_t extension :
         {EHLO_EXT_PIPELINING, EHLO_EXT_SIZE, EHLO_EXT_8BITMIME, EHLO_EXT_DSN, EHLO_EXT_CHUNKING, EHLO_EXT_BINARYMIME,
          EHLO_EXT_SMTPUTF8, EHLO_EXT_ENHANCEDSTATUSCODES})
      if (choices_.one_in(5)) o.extensions &= ~EHLO_EXT_BIT(extension);
    // Not without what they need (RFC 3030 3, RFC 6531 3.1).
    if (!(o.extensions & EHLO_EXT_BIT(EHLO_EXT_CHUNKING))) o.extensions &= ~EHLO_EXT_BIT(EHLO_EXT_BINARYMIME);
    if (!(o.extensions & EHLO_EXT_BIT(EHLO_EXT_8BITMIME))) o.extensions &= ~EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8);
    plan_.tls = choices_.one_in(6);
    plan_.auth = choices_.one_in(6);
    if (plan_.tls || choices_.one_in(8)) o.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
    if (plan_.auth || choices_.one_in(8)) {
      o.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
      o.mechanisms = "PLAIN";
    }
    o.flags |= EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
    if (o.extensions & EHLO_EXT_BIT(EHLO_EXT_STARTTLS) && choices_.one_in(3)) o.flags |= EHLO_SERVER_FLAG_REQUIRE_TLS;
    if (o.mechanisms != nullptr && choices_.one_in(3)) o.flags |= EHLO_SERVER_FLAG_REQUIRE_AUTH;
    o.rows = &kRows;
    o.asks = EHLO_ASK_DEFAULT | EHLO_ASK_HELLO;
    for (const std::uint32_t ask :
         {EHLO_ASK_GREETING, EHLO_ASK_DATA, EHLO_ASK_CHUNK, EHLO_ASK_STARTTLS, EHLO_ASK_RSET, EHLO_ASK_QUIT})
      if (choices_.one_in(2)) o.asks |= ask;
    if (choices_.one_in(2)) o.command_asks = EHLO_VERB_BIT(EHLO_VERB_NOOP);
    if (choices_.one_in(6)) o.asks &= ~static_cast<std::uint32_t>(EHLO_ASK_MAIL | EHLO_ASK_RCPT);
    if (choices_.one_in(5)) o.max_message_octets = 20 + choices_.below(400);
    if (choices_.one_in(6)) o.max_recipients = static_cast<std::uint32_t>(choices_.between(1, 4));
    o.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
    o.recipient_window = static_cast<std::uint32_t>(choices_.between(1, 16));
    o.reply_queue = static_cast<std::uint32_t>(choices_.between(4, 20));
    o.max_errors = 0;
    plan_.refusals = choices_.one_in(3) ? 0 : choices_.between(3, 20);
    plan_.refuses_ehlo = choices_.one_in(20);
  }

  void plan_client() {
    ehlo_client_options& o = plan_.client;
    ehlo_client_options_init(&o, sizeof o);
    o.hostname = "c.test";
    o.protocol = plan_.server.protocol;
    o.flags |= EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;
    o.rows = &kRows;
    if (choices_.one_in(4)) o.flags |= EHLO_CLIENT_FLAG_NO_PIPELINING;
    if (choices_.one_in(2)) o.flags |= EHLO_CLIENT_FLAG_CHUNKING;
    if (plan_.tls && choices_.one_in(3)) o.flags |= EHLO_CLIENT_FLAG_REQUIRE_TLS;
    o.data_endings = static_cast<std::uint32_t>(choices_.below(3));
    plan_.server.data_endings = choices_.one_in(2) ? o.data_endings : static_cast<std::uint32_t>(choices_.below(3));
    o.command_octets = choices_.one_in(2) ? 2048 : 4096;
    plan_.early = choices_.one_in(2);
    plan_.copied = choices_.one_in(2);
    plan_.drained = choices_.one_in(2);
  }

  void plan_network() {
    plan_.piece = choices_.one_in(3) ? choices_.between(1, 4) : choices_.between(1, 1400);
    plan_.output = choices_.one_in(3) ? choices_.between(1, 4) : choices_.between(1, 2048);
    if (choices_.one_in(2)) plan_.delay = choices_.between(1, 5);
    if (choices_.one_in(2)) plan_.answer_delay = choices_.between(1, 20);
    plan_.caution = choices_.between(1, 4);
  }

  void plan_fault() {
    plan_.fault = static_cast<PairFault>(choices_.below(kPairFaults));
    plan_.fault_at = choices_.below(plan_.fault >= PairFault::stall ? 40 : 1500);
  }

  Letter letter(std::size_t number) {
    Letter letter;
    const std::string tag = ".t" + std::to_string(number) + ".";
    const bool utf8 = choices_.one_in(6);
    letter.smtputf8 = utf8 && choices_.one_in(2);
    if (!choices_.one_in(5)) letter.sender = (utf8 && choices_.one_in(2) ? "s\xC3\xBC" : "s") + tag + "x@c.test";
    mail_params(letter);
    const std::size_t recipients = choices_.one_in(12) ? choices_.between(30, 90) : choices_.between(1, 6);
    for (std::size_t i = 0; i < recipients; ++i) {
      static constexpr std::pair<std::string_view, std::string_view> kAround[] = {{"", "x@mx.test"},
                                                                                  {"", "x@[192.0.2.1]"},
                                                                                  {"\"a b ", "x\"@mx.test"},
                                                                                  {"\"\\\"", "x\"@mx.test"},
                                                                                  {"+", "=@d.test"}};
      const auto& around = kAround[choices_.below(std::size(kAround))];
      const std::string name = "r" + std::to_string(i) + tag;
      letter.recipients.push_back({std::string(around.first) + name + std::string(around.second), rcpt_params()});
      if (utf8 && choices_.one_in(3)) letter.recipients.back().address = "\xC3\xBC-" + name + "x@mx.test";
    }
    letter.body = static_cast<std::uint32_t>(choices_.below(choices_.one_in(3) ? 3 : 1));
    const bool clean = plan_.client.data_endings == EHLO_ENDING_REJECT && !choices_.one_in(12);
    letter.content = random_content(choices_, clean && letter.body != EHLO_BODY_BINARYMIME);
    if (choices_.one_in(2)) letter.size = letter.content.size();
    letter.by_commands = choices_.one_in(5);
    return letter;
  }

  void mail_params(Letter& letter) {
    if (choices_.one_in(8)) letter.params.emplace_back("RET", choices_.one_in(2) ? "FULL" : "HDRS");
    if (choices_.one_in(8)) letter.params.emplace_back("ENVID", "Q+2Bq" + std::to_string(choices_.below(1000)));
    if (choices_.one_in(12)) letter.params.emplace_back("XOFFER", "1");
  }
  ParamPairs rcpt_params() {
    ParamPairs params;
    if (choices_.one_in(12)) params.emplace_back("NOTIFY", choices_.one_in(2) ? "NEVER" : "SUCCESS,FAILURE");
    if (choices_.one_in(12)) params.emplace_back("ORCPT", "rfc822;a+2Bb@c.test");
    if (choices_.one_in(16)) params.emplace_back("XOFFER", "");
    return params;
  }

  Choices& choices_;
  PairPlan plan_{};
};

}  // namespace support
