// Command lines, parsed without a session.
#include "ehlo.h"
#include "worst/cases.h"

namespace worst {
namespace {

constexpr std::size_t kLine = 16384;

ehlo_parse_options options_of() {
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.extensions = EHLO_EXT_DEFAULT | EHLO_EXT_BIT(EHLO_EXT_AUTH) | EHLO_EXT_BIT(EHLO_EXT_VRFY);
  options.max_line_octets = 1 << 20;
  options.flags = EHLO_SERVER_FLAG_GENERAL_LITERALS;
  return options;
}

// `head`, then `piece` up to the size, then `tail`. The line must be parsed, with any result.
void add(Cases& cases, const char* name, double ceiling, std::string head, std::string piece, std::string tail) {
  cases.push_back({std::string("command: ") + name, kLine, ceiling, [=](std::size_t size) -> Work {
                     const std::string line = head + repeated(piece, size) + tail + "\r\n";
                     return [=, options = options_of()] {
                       ehlo_command command;
                       ehlo_param params[EHLO_PARAMS_MAX];
                       const int32_t said = ehlo_command_parse(line.data(), line.size(), &options, &command, params,
                                                               sizeof *params, EHLO_PARAMS_MAX, nullptr);
                       return said == EHLO_OK || said < EHLO_E_LINE_TOO_LONG ? line.size() : 0;
                     };
                   }});
}

}  // namespace

void add_commands(Cases& cases) {
  const std::string mail = "MAIL FROM:<a@b.example> ", rcpt = "RCPT TO:<a@b.example> ";
  add(cases, "long local part", 15, "MAIL FROM:<", "a", "@b.example>");
  add(cases, "local part of dots and letters", 15, "MAIL FROM:<a", ".a", "@b.example>");
  add(cases, "local part without an end", 15, "MAIL FROM:<", "a", "");
  add(cases, "quoted local part", 15, "MAIL FROM:<\"", "a", "\"@b.example>");
  add(cases, "quoted local part of escapes", 15, "MAIL FROM:<\"", "\\\"", "\"@b.example>");
  add(cases, "quoted local part without an end", 15, "MAIL FROM:<\"", "\\\"", "");
  add(cases, "UTF-8 local part", 15, "MAIL FROM:<", "\xc3\xa4", "@b.example> SMTPUTF8");
  add(cases, "UTF-8 local part, 4 octets each", 15, "MAIL FROM:<", "\xf0\x9f\x93\xa7", "@b.example> SMTPUTF8");
  add(cases, "UTF-8 without SMTPUTF8", 15, "MAIL FROM:<", "\xc3\xa4", "@b.example>");
  add(cases, "domain of labels", 15, "MAIL FROM:<a@b", ".b", ">");
  add(cases, "source route", 15, "RCPT TO:<@a.example", ",@a.example", ":a@b.example>");
  add(cases, "source route without an end", 15, "RCPT TO:<@a.example", ",@a.example", ">");
  add(cases, "address literal of a general tag", 15, "MAIL FROM:<a@[tag:", "a", "]>");
  add(cases, "unknown parameter, long value", 15, mail + "XPARAM=", "v", "");
  add(cases, "unknown parameters, many", 15, mail, "XPARAM=v ", "XPARAM=v");
  add(cases, "parameter with a long keyword", 15, mail, "K", "=v");
  add(cases, "SIZE of zeros", 15, mail + "SIZE=", "0", "1");
  add(cases, "ENVID of xtext", 15, mail + "ENVID=", "+41", "");
  add(cases, "ORCPT of xtext", 15, rcpt + "ORCPT=rfc822;", "+41", "@b.example");
  add(cases, "ORCPT of UTF-8 escapes", 15, rcpt + "ORCPT=utf-8;", "\\x{E4}", "@b.example");
  add(cases, "NOTIFY of words", 15, rcpt + "NOTIFY=SUCCESS", ",SUCCESS", "");
  add(cases, "AUTH= of xtext", 15, mail + "AUTH=", "+41", "@b.example");
  add(cases, "AUTH with a long response", 15, "AUTH PLAIN ", "QUJD", "");
  add(cases, "AUTH with a bad end", 15, "AUTH PLAIN ", "QUJD", "=");
  add(cases, "BDAT of zeros", 15, "BDAT ", "0", " LAST");
  add(cases, "EHLO with a long host", 15, "EHLO a", ".a", "");
  add(cases, "EHLO with a long literal", 15, "EHLO [tag:", "a", "]");
  add(cases, "NOOP with an argument", 15, "NOOP ", "a", "");
  add(cases, "NOOP with a control at the end", 15, "NOOP ", "a", "\x01");
  add(cases, "VRFY of UTF-8", 15, "VRFY ", "\xc3\xa4", " SMTPUTF8");
  add(cases, "long verb", 15, "", "J", "");
  add(cases, "spaces", 15, "NOOP", " ", "");
}

}  // namespace worst
