// Replies and EHLO replies, read and written without a session.
#include "ehlo.h"
#include "worst/cases.h"

namespace worst {
namespace {

constexpr std::size_t kReply = 16384;
constexpr ehlo_reply_limits kLimits = {1 << 20, 1 << 20, 1 << 20};

std::string reply_of(std::string_view line, std::size_t size) {
  return repeated("250-" + std::string(line) + "\r\n", size) + "250 OK\r\n";
}

void add_reply(Cases& cases, const char* name, double ceiling, std::string_view line) {
  cases.push_back({std::string("reply: ") + name, kReply, ceiling, [=](std::size_t size) -> Work {
                     return [reply = reply_of(line, size)] {
                       ehlo_reply read;
                       return ehlo_reply_parse(reply.data(), reply.size(), &kLimits, &read, nullptr) == EHLO_OK
                                  ? reply.size()
                                  : 0;
                     };
                   }});
}

// Parses the reply, iterates over its lines, and looks for a mechanism that it does not have.
std::size_t read_hello(const std::string& reply) {
  ehlo_hello hello;
  if (ehlo_hello_parse(reply.data(), reply.size(), 1, &kLimits, &hello, nullptr) != EHLO_OK) return 0;
  ehlo_capability capability;
  std::size_t at = 0;
  while (ehlo_hello_next(reply.data(), reply.size(), &at, &capability) != 0) {
  }
  return ehlo_hello_has_mechanism(reply.data(), reply.size(), "NONE", 4) == 0 ? reply.size() : 0;
}

void add_hello(Cases& cases, const char* name, double ceiling, std::string_view line) {
  cases.push_back({std::string("EHLO reply: ") + name, kReply, ceiling, [=](std::size_t size) -> Work {
                     return [reply = "250-mx.example\r\n" + reply_of(line, size)] { return read_hello(reply); };
                   }});
}

void add_written(Cases& cases, const char* name, double ceiling, std::string_view piece) {
  cases.push_back({std::string("reply written: ") + name, kReply * 4, ceiling, [=](std::size_t size) -> Work {
                     return [text = repeated(piece, size), out = std::string(size * 16, '\0')]() mutable {
                       const int64_t octets = ehlo_reply_write(250, EHLO_ENHANCED(2, 0, 0), text.data(), text.size(),
                                                               out.data(), out.size());
                       return octets > 0 ? text.size() : 0;
                     };
                   }});
}

}  // namespace

void add_replies(Cases& cases) {
  add_reply(cases, "empty lines", 6, "");
  add_reply(cases, "enhanced codes", 6, "2.1.5 OK");
  add_reply(cases, "enhanced codes of differing meaning", 6, "2.123.456");
  cases.push_back({"reply: one long line", kReply, 2, [](std::size_t size) -> Work {
                     return [reply = "250 " + repeated("a", size) + "\r\n"] {
                       ehlo_reply read;
                       return ehlo_reply_parse(reply.data(), reply.size(), &kLimits, &read, nullptr) == EHLO_OK
                                  ? reply.size()
                                  : 0;
                     };
                   }});
  add_hello(cases, "unknown keywords", 40, "XKEYWORD");
  add_hello(cases, "keywords of one letter", 40, "X");
  add_hello(cases, "lines that are no keyword", 40, "-");
  add_hello(cases, "AUTH lines", 40, "AUTH PLAIN LOGIN");
  add_hello(cases, "AUTH lines of one letter", 40, "AUTH A");
  add_hello(cases, "SIZE lines", 40, "SIZE 1000");
  cases.push_back({"EHLO reply: one AUTH line", kReply, 6, [](std::size_t size) -> Work {
                     return [reply = "250-mx.example\r\n250 AUTH" + repeated(" A", size) + "\r\n"] {
                       return read_hello(reply);
                     };
                   }});
  cases.push_back({"EHLO reply: one keyword, spaces", kReply, 6, [](std::size_t size) -> Work {
                     return [reply = "250-mx.example\r\n250 SIZE" + repeated(" ", size) + "1\r\n"] {
                       return read_hello(reply);
                     };
                   }});
  add_written(cases, "one line to fold, no spaces", 40, "a");
  add_written(cases, "one line to fold, spaces", 40, " ");
  add_written(cases, "one line to fold, words", 40, "a ");
  add_written(cases, "one line to fold, UTF-8", 40, "\xf0\x9f\x93\xa7");
  add_written(cases, "empty lines", 120, "\n");
  cases.push_back({"EHLO reply written", kReply, 30, [](std::size_t size) -> Work {
                     return [lines = repeated("X\n", size - 1) + "X", out = std::string(size * 8, '\0')]() mutable {
                       const int64_t octets =
                           ehlo_hello_write("mx.example", 10, lines.data(), lines.size(), out.data(), out.size());
                       return octets > 0 ? lines.size() : 0;
                     };
                   }});
}

}  // namespace worst
