// The calls that parse without a session.
#include "parse_calls.h"

namespace vectors {

void write_parse_options(JsonText& call, const Config& config) {
  call.list("extensions", config.extensions_and_free_ones());
  call.flag("lmtp", config.lmtp);
  call.flag("tls", config.tls);
  call.field("max_line", config.max_line);
}

ResultPtr parse_command(Testee& testee, std::string_view line, const Config& config) {
  Request request;
  JsonText& call = request.call("parse_command");
  call.field("line", line);
  write_parse_options(call, config);
  return testee.ask_one(request);
}

void write_reply_limits(JsonText& call, const Json& config) {
  for (const char* name : {"max_reply_line", "max_reply_lines", "max_reply_size"})
    call.field(name, config.value(name, std::uint64_t{0}));
}

Bytes reply_error_name(const Bytes& error) { return error == "hello-refused" ? "ehlo-refused" : error; }

ResultPtr parse_hello(Testee& testee, const Bytes& octets, const Json& config) {
  Request request;
  JsonText& call = request.call("parse_hello");
  call.field("octets", octets);
  call.flag("tls", config.value("tls", false));
  write_reply_limits(call, config);
  return testee.ask_one(request);
}

void require_known(Testee& testee, const Bytes& keyword) {
  const ResultPtr hello = parse_hello(testee, "250-a\r\n250 " + keyword + "\r\n", Json::object());
  const std::vector<Bytes> offered = byte_list_of(hello->json().value("offered", Json::array()));
  require(offered == std::vector{keyword}, "bad case: \"" + keyword + "\" is no known extension");
}

Json capabilities_of(const Result& hello) {
  Json capabilities = hello.json().value("capabilities", Json::array());
  for (Json& one : capabilities) one.at(0) = upper(one[0].get<std::string>());
  return capabilities;
}

}  // namespace vectors
