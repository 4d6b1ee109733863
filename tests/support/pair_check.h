// The property of a pair: what the server's program stored is what the client was given, once, and each recipient's
// outcome is what the server did.
#pragma once

#include "pair.h"

namespace support {

class PairCheck {
 public:
  PairCheck(const PairPlan& plan, Pair& pair) : plan_(plan), pair_(pair) {}

  void check() {
    const auto& sendings = pair_.client().sendings();
    const auto& fates = pair_.server().fates();
    require(plan_.fault != PairFault::none || pair_.faultless() || pair_.client().gave_up(),
            "no time runs out without a fault");
    require(fates.size() <= sendings.size(), "no MAIL comes that was not sent");
    require(!pair_.faultless() || fates.size() == sendings.size(), "without a fault every letter comes");
    static const Fate kNever{};
    for (std::size_t i = 0; i < sendings.size(); ++i) check_letter(i, i < fates.size() ? fates[i] : kNever);
  }

 private:
  void check_letter(std::size_t at, const Fate& fate) {
    const Sending& sending = pair_.client().sendings()[at];
    const Letter& letter = plan_.letters[sending.letter];
    where_ = "letter " + std::to_string(at) + ": ";
    if (!fate.stored.empty()) {
      check_envelope(sending, letter, fate);
      check_body(at, fate);
      require(fate.times <= 1, where_ + "a message is stored once");
    }
    std::size_t known = 0;
    const auto found = pair_.client().port().outcomes().find(sending.transaction);
    if (found == pair_.client().port().outcomes().end()) return;
    for (const auto& [index, event] : found->second) {
      const auto who = static_cast<std::uint32_t>(pair_.client().recipient_of(sending, index));
      where_ = "letter " + std::to_string(at) + ", recipient " + std::to_string(who) + ": ";
      check_outcome(c_of(event), fate, who);
      known += fate.stored.count(who);
    }
    require(known == fate.stored.size(), where_ + "what is stored is stored for recipients of the letter");
  }

  void check_outcome(const ehlo_client_event& outcome, const Fate& fate, std::uint32_t who) {
    const bool stored = fate.stored.count(who) != 0;
    const unsigned refusal = fate.refusal(who);
    require(outcome.verdict != EHLO_VERDICT_ACCEPTED || stored, where_ + "accepted, and the server does not have it");
    require(!stored || outcome.verdict == EHLO_VERDICT_ACCEPTED || outcome.verdict == EHLO_VERDICT_UNKNOWN,
            where_ + "stored, and the outcome says that it is not");
    require(outcome.verdict != EHLO_VERDICT_FAILED || refusal >= 500, where_ + "failed, and the server did not say so");
    require(outcome.code < 400 || outcome.code == 421 || outcome.code == refusal,
            where_ + "code " + std::to_string(outcome.code) + " is not the refusal " + std::to_string(refusal));
    require(outcome.verdict != EHLO_VERDICT_UNKNOWN || outcome.scope == EHLO_SCOPE_CONNECTION,
            where_ + "unknown by the link");
    if (!pair_.faultless()) return;
    require(outcome.verdict != EHLO_VERDICT_UNKNOWN, where_ + "unknown without a fault");
    require(stored == (outcome.verdict == EHLO_VERDICT_ACCEPTED), where_ + "accepted is what is stored");
    require(stored || refusal != 0 || outcome.error == EHLO_E_SHUTDOWN, where_ + "neither stored nor refused");
    if (refusal != 0) check_refusal(outcome, fate, who, refusal);
  }

  void check_refusal(const ehlo_client_event& outcome, const Fate& fate, std::uint32_t who, unsigned refusal) {
    require(outcome.code == refusal, where_ + "the code is that of the refusal");
    const auto rcpt = fate.recipients.find(who);
    const bool by_rcpt = fate.mail == 0 && rcpt != fate.recipients.end() && rcpt->second != 0;
    const bool later = refusal < 500 || (by_rcpt && refusal == 552);
    require(outcome.verdict == (later ? EHLO_VERDICT_RETRY : EHLO_VERDICT_FAILED),
            where_ + "the verdict follows the class");
    const bool lmtp = plan_.client.protocol == EHLO_PROTOCOL_LMTP;
    if (by_rcpt) require(outcome.scope == EHLO_SCOPE_RECIPIENT, where_ + "a refused RCPT is about the recipient");
    if (fate.mail != 0 || (!by_rcpt && !lmtp))
      require(outcome.scope == EHLO_SCOPE_MESSAGE, where_ + "a refused message is about the message");
  }

  std::vector<std::string> texts(const ParamPairs& params) const {
    std::vector<std::string> texts;
    for (const auto& [keyword, value] : params) texts.push_back(value.empty() ? keyword : keyword + "=" + value);
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  void check_envelope(const Sending& sending, const Letter& letter, const Fate& fate) {
    require(fate.sender == "<" + letter.sender + ">", where_ + "the sender is the one that was given");
    ParamPairs params = letter.params;
    static constexpr const char* kBodies[] = {"7BIT", "8BITMIME", "BINARYMIME"};
    bool utf8 = letter.smtputf8 || has_utf8(letter.sender);
    for (const Letter::Recipient& recipient : letter.recipients) utf8 |= has_utf8(recipient.address);
    if (letter.body != EHLO_BODY_7BIT) params.emplace_back("BODY", kBodies[letter.body]);
    if (letter.by_commands ? letter.smtputf8 : utf8) params.emplace_back("SMTPUTF8", "");
    if (!letter.by_commands && letter.size != 0 && sending.has_size)
      params.emplace_back("SIZE", std::to_string(letter.size));
    require(fate.params == texts(params), where_ + "the parameters of MAIL are those that were given");
    std::uint32_t before = 0;
    for (const auto& [index, accepted] : fate.accepted) {
      require(index < letter.recipients.size(), where_ + "a recipient is one of the letter");
      if (index >= letter.recipients.size()) return;
      const Letter::Recipient& recipient = letter.recipients[index];
      require(accepted.address == "<" + recipient.address + ">", where_ + "a recipient is the one that was given");
      require(accepted.params == texts(recipient.params), where_ + "the parameters of RCPT are those that were given");
      require(index >= before, where_ + "the recipients come in their order");
      before = index;
    }
  }

  static bool has_utf8(std::string_view text) {
    for (const char c : text)
      if (static_cast<unsigned char>(c) >= 0x80) return true;
    return false;
  }

  static std::string repaired(std::string_view content) {
    std::string out;
    for (std::size_t i = 0; i < content.size(); ++i) {
      const bool pair = content.substr(i, 2) == "\r\n";
      if (pair || content[i] == '\r' || content[i] == '\n')
        out += "\r\n";
      else
        out += content[i];
      i += pair;
    }
    return out;
  }

  void check_body(std::size_t at, const Fate& fate) {
    const Letter& letter = plan_.letters[pair_.client().sendings()[at].letter];
    require(pair_.client().content_sent(at) == letter.content,
            where_ + "a message is stored when all of it has been given");
    std::string expected = letter.content;
    if (!fate.by_chunks) {
      if (plan_.client.data_endings == EHLO_ENDING_NORMALIZE) expected = repaired(expected);
      if (!expected.empty() && !expected.ends_with("\r\n")) expected += "\r\n";
    }
    const bool text = letter.body != EHLO_BODY_BINARYMIME;
    if (text && plan_.server.data_endings == EHLO_ENDING_NORMALIZE) expected = repaired(expected);
    require(fate.body == expected, where_ + "the body is the one that was given");
  }

  const PairPlan& plan_;
  Pair& pair_;
  std::string where_;
};

}  // namespace support
