// Calls without a session: each returns only the errors that its header names, writes nothing without enough room, and
// returns the same twice.
#pragma once

#include <string>
#include <vector>

#include "calls.h"
#include "exact_copy.h"
#include "options_block.h"
#include "support/counting_allocator.h"
#include "support/rows.h"

namespace support {

class SyntaxCalls {
 public:
  explicit SyntaxCalls(Calls& calls) : calls_(calls) {}

  void run() {
    while (calls_.more()) make_call();
  }

 private:
  void make_call() {
    switch (calls_.below(12)) {
      case 0: return check_names();
      case 1: return decode();
      case 2: return write_parameter();
      case 3: return write_command();
      case 4: return write_reply();
      case 5: return parse_command();
      case 6: return parse_path();
      case 7: return parse_params();
      case 8: return parse_reply();
      case 9: return parse_plain();
      case 10: return decode_content();
      default: return fill_envelope();
    }
  }

  void check_names() {
    const std::uint32_t number = calls_.number();
    const ehlo_error_info* const info = ehlo_error(-static_cast<std::int32_t>(number & 255));
    require(info != nullptr && info->name != nullptr && *info->name != '\0', "an error has a name");
    require(info->text != nullptr && *info->text != '\0', "an error has a text");
    require(ehlo_error_name(static_cast<std::int32_t>(number)) != nullptr, "an error has a name");
    require(*ehlo_verb_name(number) != '\0', "a verb has a name");
    require(*ehlo_server_event_name(number) != '\0' && *ehlo_client_event_name(number) != '\0', "an event has a name");
    const ExactCopy keyword(calls_.text());
    const std::uint64_t bit = ehlo_extension_bit(keyword.data(), keyword.size());
    require((bit & (bit - 1)) == 0 || bit == 0, "a keyword is one extension or none");
    require(*ehlo_extension_name(calls_.wide_number()) != '\0', "an extension has a name");
  }

  // `write` returns a number of octets or an error. It must write all of them or nothing.
  template <class Write>
  void sized(Write write, std::initializer_list<std::int32_t> named) {
    const std::int64_t size = write(nullptr, 0);
    if (size < 0) return require_named(static_cast<std::int32_t>(size), named);
    std::string room(static_cast<std::size_t>(size), '\x5A');
    const std::string untouched = room;
    if (size > 1) {
      const std::size_t capacity = calls_.octet() % room.size();
      require(write(room.data(), capacity) == size && room == untouched, "nothing is written where there is no room");
    }
    require(write(room.data(), room.size()) == size, "a measured size is the size");
    std::string roomy(room.size() + 8, '\x5A');
    require(write(roomy.data(), roomy.size()) == size, "more room changes nothing");
    require_same(std::string_view(roomy).substr(0, room.size()), room, "the same is written twice");
    require(roomy.substr(room.size()) == std::string(8, '\x5A'), "no more is written than was returned");
  }

  void decode() {
    const ExactCopy text(calls_.text());
    using Code = std::int64_t (*)(const void*, std::size_t, void*, std::size_t);
    static constexpr struct {
      Code code;
      std::int32_t error;
    } kCodes[] = {{ehlo_local_part_unquote, EHLO_E_SYNTAX},
                  {ehlo_local_part_quote, EHLO_E_ARGUMENT},
                  {ehlo_xtext_encode, EHLO_OK},
                  {ehlo_orcpt_decode, EHLO_E_SYNTAX},
                  {ehlo_base64_decode, EHLO_E_BAD_BASE64},
                  {ehlo_base64_encode, EHLO_OK}};
    const auto& one = kCodes[calls_.below(std::size(kCodes))];
    sized([&](char* out, std::size_t cap) { return one.code(text.data(), text.size(), out, cap); }, {one.error});
    const auto any_case = static_cast<std::int32_t>(calls_.below(2));
    sized([&](char* out, std::size_t cap) { return ehlo_xtext_decode(text.data(), text.size(), any_case, out, cap); },
          {EHLO_E_SYNTAX});
  }

  void write_parameter() {
    const ExactCopy text(calls_.text());
    const std::uint32_t id =
        calls_.one_in(4) ? calls_.number() : static_cast<std::uint32_t>(calls_.below(std::size(kParams) + 2));
    const auto number = static_cast<std::int64_t>(calls_.wide_number());
    const bool alone = calls_.one_in(2);
    sized(
        [&](char* out, std::size_t cap) {
          return alone ? ehlo_param_value_write(id, number, text.data(), text.size(), out, cap)
                       : ehlo_param_write(id, number, text.data(), text.size(), out, cap);
        },
        {EHLO_E_ARGUMENT});
  }

  void write_command() {
    const ExactCopy text(calls_.text()), params(calls_.text()), response(calls_.text());
    ehlo_command_text whole;
    ehlo_command_text_init(&whole, sizeof whole);
    whole.verb = calls_.one_in(8) ? calls_.number() : static_cast<std::uint32_t>(calls_.below(std::size(kVerbs) + 2));
    whole.flags = calls_.octet();
    whole.number = calls_.wide_number();
    whole.text = calls_.one_in(8) ? nullptr : text.data();
    whole.text_length = whole.text == nullptr ? 0 : text.size();
    whole.params = params.data();
    whole.params_length = calls_.one_in(2) ? params.size() : 0;
    whole.response = calls_.one_in(2) ? response.data() : nullptr;
    whole.response_length = response.size();
    OptionsBlock block(calls_, whole, ehlo_command_text_init);
    if (!block.good()) return require(ehlo_command_write(block.get(), nullptr, 0) == EHLO_E_ARGUMENT, "a bad size");
    sized([&](char* out, std::size_t cap) { return ehlo_command_write(block.get(), out, cap); },
          {EHLO_E_ARGUMENT, EHLO_E_SYNTAX, EHLO_E_NEEDS_SMTPUTF8});
  }

  void write_reply() {
    const ExactCopy text(calls_.text()), other(calls_.text()), third(calls_.text());
    const std::uint32_t code = calls_.one_in(4) ? calls_.number() : 200 + static_cast<std::uint32_t>(calls_.octet());
    const std::uint32_t subject = calls_.octet(), detail = calls_.number();
    const std::uint32_t enhanced = calls_.one_in(2) ? detail & 1 : EHLO_ENHANCED(code / 100, subject, detail);
    sized([&](char* out,
              std::size_t cap) { return ehlo_reply_write(code, enhanced, text.data(), text.size(), out, cap); },
          {EHLO_E_ARGUMENT});
    sized(
        [&](char* out, std::size_t cap) {
          return ehlo_hello_write(text.data(), text.size(), other.data(), other.size(), out, cap);
        },
        {EHLO_E_ARGUMENT});
    sized(
        [&](char* out, std::size_t cap) {
          return ehlo_auth_plain_write(text.data(), text.size(), other.data(), other.size(), third.data(), third.size(),
                                       out, cap);
        },
        {EHLO_E_ARGUMENT});
  }

  ehlo_parse_options draw_parse_options() {
    ehlo_parse_options options;
    ehlo_parse_options_init(&options, sizeof options);
    if (calls_.one_in(2)) options.extensions = calls_.wide_number() << 4;
    if (calls_.one_in(4)) options.protocol = calls_.number();
    if (calls_.one_in(4)) options.max_line_octets = calls_.number();
    if (calls_.one_in(4)) options.flags = calls_.number();
    return options;
  }

  std::string command_line() {
    static constexpr std::string_view kLines[] = {"MAIL FROM:<a@b.example> SIZE=1 RET=FULL",
                                                  "RCPT TO:<a@b>",
                                                  "DATA",
                                                  "RCPT TO:<a@b> NOTIFY=NEVER ORCPT=rfc822;a",
                                                  "BDAT 5 LAST",
                                                  "NOOP",
                                                  "AUTH PLAIN AGEAYg==",
                                                  "EHLO c",
                                                  "VRFY a SMTPUTF8"};
    std::string line(calls_.one_in(2) ? calls_.one_of(kLines) : calls_.raw());
    return calls_.one_in(8) ? line : line + "\r\n";
  }

  static constexpr std::initializer_list<std::int32_t> kOfLines = {EHLO_E_ARGUMENT,        EHLO_E_SPACE,
                                                                   EHLO_E_LINE_TOO_LONG,   EHLO_E_SYNTAX,
                                                                   EHLO_E_BAD_SENDER,      EHLO_E_BAD_RECIPIENT,
                                                                   EHLO_E_UNKNOWN_COMMAND, EHLO_E_NOT_IMPLEMENTED,
                                                                   EHLO_E_BAD_PARAMETER,   EHLO_E_UNKNOWN_PARAMETER,
                                                                   EHLO_E_SIZE_OVERFLOW,   EHLO_E_NEEDS_SMTPUTF8,
                                                                   EHLO_E_BAD_BASE64,      EHLO_E_BAD_CHUNK};

  void parse_command() {
    const ExactCopy line(command_line());
    const ehlo_parse_options options = draw_parse_options();
    OptionsBlock block(calls_, options, ehlo_parse_options_init);
    const bool none = calls_.one_in(4);
    std::vector<ehlo_param> params(calls_.below(40)), again(params.size());
    ehlo_command command{}, other{};
    std::size_t at = SIZE_MAX;
    const std::int32_t error = ehlo_command_parse(line.data(), line.size(), none ? nullptr : block.get(), &command,
                                                  params.data(), sizeof(ehlo_param), params.size(), &at);
    require_named(error, kOfLines);
    if (!none && !block.good()) return require(error == EHLO_E_ARGUMENT, "a bad size is reported");
    require(at <= line.size(), "an error is at a position of the line");
    ehlo_parse_options whole = block.whole(ehlo_parse_options_init);
    if (none) ehlo_parse_options_init(&whole, sizeof whole);
    require(ehlo_command_parse(line.data(), line.size(), &whole, &other, again.data(), sizeof(ehlo_param), again.size(),
                               nullptr) == error,
            "a line has the same error twice");
    if (error == EHLO_E_ARGUMENT) return;
    require(command.verb == other.verb && command.number == other.number && command.text.off == other.text.off &&
                command.path.whole.len == other.path.whole.len,
            "a line is read the same twice");
    require(error != EHLO_OK || command.param_count <= params.size(), "no more is filled than there is room");
  }

  void parse_path() {
    const ExactCopy text(calls_.one_in(2) ? '<' + std::string(calls_.text()) + '>' : std::string(calls_.text()));
    const auto forward = static_cast<std::int32_t>(calls_.below(2)), utf8 = static_cast<std::int32_t>(calls_.below(2));
    const std::uint32_t flags = calls_.number();
    ehlo_path path{};
    std::size_t at = SIZE_MAX;
    const std::int32_t error = ehlo_path_parse(text.data(), text.size(), forward, utf8, flags, &path, &at);
    require_named(error, {EHLO_E_SYNTAX, EHLO_E_NEEDS_SMTPUTF8});
    require(at <= text.size(), "an error is at a position of the path");
    require(ehlo_path_parse(text.data(), text.size(), forward, utf8, flags, &path, nullptr) == error, "twice the same");
  }

  void parse_params() {
    const ExactCopy text(calls_.text());
    const ehlo_parse_options options = draw_parse_options();
    OptionsBlock block(calls_, options, ehlo_parse_options_init);
    const std::uint32_t verb = calls_.one_in(4) ? calls_.number() : EHLO_VERB_MAIL + calls_.octet() % 2u;
    std::vector<ehlo_param> params(calls_.below(40));
    std::size_t count = SIZE_MAX, at = SIZE_MAX;
    const std::int32_t error = ehlo_params_parse(text.data(), text.size(), verb, block.get(), params.data(),
                                                 sizeof(ehlo_param), params.size(), &count, &at);
    require_named(error, kOfLines);
    require(count <= params.size() && at <= text.size(), "no more is filled than there is room");
    const bool right = (verb == EHLO_VERB_MAIL || verb == EHLO_VERB_RCPT) && block.good();
    require((error == EHLO_E_ARGUMENT) == !right, "MAIL and RCPT have parameters");
  }

  // Also with input that is not a reply.
  void parse_reply() {
    static constexpr std::string_view kReplies[] = {
        "250 ok\r\n", "250-mx\r\n250 SIZE 1\r\n", "250-mx\r\n250-AUTH PLAIN", "250",
        "\r\n",       "550 5.1.1 no\r\n250 x\r\n"};
    const ExactCopy input(calls_.one_in(2) ? calls_.one_of(kReplies) : calls_.raw());
    const ehlo_reply_limits limits{calls_.number(), calls_.number(), calls_.number()};
    const ehlo_reply_limits* const given = calls_.one_in(2) ? nullptr : &limits;
    ehlo_reply reply{};
    ehlo_hello hello{};
    std::size_t at = SIZE_MAX;
    const std::int32_t error = ehlo_reply_parse(input.data(), input.size(), given, &reply, &at);
    static constexpr std::initializer_list<std::int32_t> kNamed = {
        EHLO_E_INCOMPLETE, EHLO_E_MALFORMED_REPLY, EHLO_E_CODE_MISMATCH, EHLO_E_BARE_LF,
        EHLO_E_BARE_CR,    EHLO_E_REPLY_TOO_LONG,  EHLO_E_HELLO_REFUSED, EHLO_E_UNEXPECTED_CODE};
    require_named(error, kNamed);
    require(at <= input.size() && (error != EHLO_OK || reply.length <= input.size()), "a reply is in the input");
    require_named(ehlo_hello_parse(input.data(), input.size(), calls_.octet() & 1, given, &hello, nullptr), kNamed);
    ehlo_span text;
    ehlo_capability capability;
    std::size_t lines = 0;
    for (at = 0; ehlo_reply_line(input.data(), input.size(), &at, &text) == 1;) {
      require(std::uint64_t{text.off} + text.len <= input.size() && ++lines <= input.size(), "a line is in the input");
    }
    for (at = 0; ehlo_hello_next(input.data(), input.size(), &at, &capability) == 1;)
      require(std::uint64_t{capability.keyword.off} + capability.keyword.len <= input.size() && lines-- != 0,
              "a keyword is in the input");
    ehlo_hello_has_mechanism(input.data(), input.size(), "PLAIN", 5);
  }

  void parse_plain() {
    const ExactCopy message(calls_.raw());
    ehlo_span authzid, authcid, passwd;
    const std::int32_t error = ehlo_auth_plain_parse(message.data(), message.size(), &authzid, &authcid, &passwd);
    require_named(error, {EHLO_E_SYNTAX});
    if (error == EHLO_OK)
      require(authzid.len + authcid.len + passwd.len + 2 == message.size(), "PLAIN is three fields and two NULs");
  }

  // With less room than the header requires, nothing is consumed.
  void decode_content() {
    CountingAllocator memory = CountingAllocator::failing(calls_.one_in(8) ? 1 : 0);
    const std::uint32_t line = calls_.number();
    const std::uint64_t most = calls_.wide_number();
    ehlo_dot_decoder* const decoder = ehlo_dot_decoder_new(line, most, memory.get());
    require((decoder == nullptr) == memory.dry(), "a decoder or no memory");
    if (decoder == nullptr) return;
    std::string tail;
    std::int32_t done = 0;
    for (std::size_t pieces = calls_.below(8); pieces-- > 0 && done == 0;) {
      tail += calls_.one_in(4) ? "\r\n.\r\n" : calls_.one_in(2) ? "\r\n.." : calls_.text();
      const ExactCopy shown(tail);
      const std::uint32_t cap = static_cast<std::uint32_t>(calls_.below(9));
      std::vector<ehlo_span> spans(cap);
      std::uint32_t count = UINT32_MAX, violations = UINT32_MAX;
      const std::size_t used =
          ehlo_dot_decoder_feed(decoder, shown.data(), shown.size(), spans.data(), cap, &count, &violations, &done);
      require(used <= shown.size() && count <= cap && violations < 64, "no more is filled than there is room");
      for (std::uint32_t i = 0; i < count; ++i)
        require(spans[i].off == EHLO_OFF_CRLF || std::uint64_t{spans[i].off} + spans[i].len <= used,
                "a span is in what was consumed");
      tail.erase(0, used);
    }
    ehlo_dot_decoder_first(decoder, calls_.number());
    ehlo_dot_decoder_free(decoder);
  }

  void fill_envelope() {
    static constexpr ehlo_param_text kParams[] = {{"NOTIFY", 6, "NEVER", 5}, {"X-Y", 3, nullptr, 0},
                                                  {"RET", 3, "FULL", 4},     {"BODY", 4, "7BIT", 4},
                                                  {"A\r\n", 3, "1", 1},      {nullptr, 0, nullptr, 0}};
    CountingAllocator memory = CountingAllocator::failing(calls_.one_in(4) ? calls_.octet() : 0);
    const ExactCopy sender(calls_.text());
    ehlo_envelope_options whole;
    ehlo_envelope_options_init(&whole, sizeof whole);
    whole.sender = sender.data();
    whole.sender_length = calls_.one_in(2) ? sender.size() : 0;
    whole.params = kParams;
    whole.param_count = calls_.one_in(4) ? calls_.below(std::size(kParams) + 1) : 0;
    whole.size = calls_.wide_number();
    whole.body = calls_.one_in(4) ? calls_.number() : static_cast<std::uint32_t>(calls_.below(3));
    whole.flags = calls_.octet();
    OptionsBlock block(calls_, whole, ehlo_envelope_options_init);
    std::int32_t error = 1;
    ehlo_envelope* const envelope = ehlo_envelope_new(block.get(), memory.get(), &error);
    require((envelope == nullptr) == (error != EHLO_OK), "an envelope or an error");
    require_named(error, {EHLO_E_ARGUMENT, EHLO_E_MEMORY});
    require(block.good() || error == EHLO_E_ARGUMENT, "a bad size is reported");
    if (envelope == nullptr) return;
    for (std::size_t count = calls_.below(12); count-- > 0;) {
      const ExactCopy recipient(calls_.text());
      const std::uint32_t before = ehlo_envelope_count(envelope);
      const std::int32_t added = ehlo_envelope_add(envelope, recipient.data(), recipient.size(), kParams,
                                                   calls_.one_in(2) ? calls_.below(std::size(kParams) + 1) : 0);
      require_named(added, {EHLO_E_ARGUMENT, EHLO_E_MEMORY});
      require(added != EHLO_E_MEMORY || memory.dry(), "there is memory");
      require(ehlo_envelope_count(envelope) == before + (added == EHLO_OK ? 1 : 0),
              "a recipient that is refused is not in the envelope");
    }
    ehlo_envelope_free(envelope);
  }

  Calls& calls_;
};

}  // namespace support
