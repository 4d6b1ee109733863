// What the vectors ask of an implementation. The vocabulary (numbers of verbs, events, errors, flags) is the one of
// the C API, which the C++ core mirrors; results are owned values, so that nothing depends on the input's memory.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "case.h"
#include "ehlo.h"
#include "sender.h"

namespace vectors {

struct Path {
  std::optional<Bytes> whole, route, domain;
  Bytes local;
  std::uint32_t domain_kind = EHLO_DOMAIN_NONE;
  std::uint32_t flags = 0;
};

struct Param {
  std::uint32_t id = EHLO_PARAM_UNKNOWN;
  Bytes keyword;
  std::optional<Bytes> value, detail;
  std::uint64_t number = 0;
};

struct Command {
  std::uint32_t verb = EHLO_VERB_UNKNOWN;
  std::uint32_t flags = 0;
  std::uint32_t host_kind = EHLO_DOMAIN_NONE;
  std::uint64_t size = 0;
  std::optional<Bytes> text, response;
  Path path;
  std::vector<Param> params;
};

struct Event {
  std::uint32_t type = EHLO_EVENT_NONE;
  std::uint32_t id = 0;
  std::uint32_t flags = 0;
  std::int32_t error = EHLO_OK;
  std::uint64_t number = 0;
  std::optional<Bytes> line, text, response;
  Path path;
  std::vector<Param> params;
  Bytes body;
  std::uint32_t index = 0, verb = EHLO_VERB_UNKNOWN, kind = 0, code = 0;
};

// What a parser takes for granted, and how a server is set up.
struct ServerSetup {
  std::uint32_t asks = EHLO_ASK_DEFAULT;
  std::uint32_t data_endings = EHLO_ENDING_REJECT;
  std::uint32_t max_data_line = 0;
  std::uint32_t recipient_window = 0;   // 0: the default
  std::uint32_t reply_text_octets = 0;  // 0: the default
  std::uint32_t event_cap = 64;
  std::uint32_t span_cap = 256;
};

inline constexpr std::string_view kHostname = "receiver.test";

class Server {
 public:
  virtual ~Server() = default;
  // Appends the events; every view is checked to lie inside of `shown`.
  virtual std::size_t receive(std::string_view shown, std::vector<Event>& events) = 0;
  virtual std::int32_t accept(std::uint32_t id) = 0;
  // No `enhanced`: the default of the code's class.
  virtual std::int32_t reply(std::uint32_t id, std::uint32_t code, const char* enhanced, std::string_view text) = 0;
  virtual std::int32_t challenge(std::uint32_t id, std::string_view octets) = 0;
  virtual std::size_t output(char* out, std::size_t capacity) = 0;
  virtual std::uint32_t wants() const = 0;
  virtual std::int32_t tls_started() = 0;
  virtual std::int32_t tls_failed() = 0;
  virtual void eof() = 0;
  virtual void timed_out() = 0;
  // How much input the session may ask the program to hold.
  virtual std::size_t max_line() const = 0;
};

class DotDecoder {
 public:
  virtual ~DotDecoder() = default;
  struct Fed {
    std::size_t consumed = 0;
    bool done = false;
    bool spans_full = false;
    std::uint32_t violations = 0;  // EHLO_SEEN_*
  };
  virtual Fed feed(std::string_view shown, std::uint32_t span_cap, Bytes& body) = 0;
  virtual std::uint64_t first(std::uint32_t violation) const = 0;
};

struct PlainMessage {
  Bytes authzid, authcid, passwd;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const char* name() const = 0;

  virtual Bytes error_name(std::int32_t error) const = 0;
  virtual unsigned error_code(std::int32_t error) const = 0;
  virtual Bytes event_name(std::uint32_t type) const = 0;
  virtual Bytes verb_name(std::uint32_t verb) const = 0;

  // Each gives EHLO_OK or an error; `line` has its CRLF, `path` its brackets.
  virtual std::int32_t parse_command(std::string_view line, const Config& config, Command& command) const = 0;
  virtual std::int32_t parse_path(std::string_view path, bool forward, bool smtputf8, Path& out) const = 0;
  virtual std::int32_t parse_params(std::string_view text, std::uint32_t verb, const Config& config,
                                    std::vector<Param>& params) const = 0;

  // Nothing where the text is not of that encoding.
  virtual std::optional<Bytes> unquote(std::string_view local_part) const = 0;
  virtual std::optional<Bytes> decode_xtext(std::string_view text, bool any_case) const = 0;
  virtual std::optional<Bytes> decode_orcpt(std::string_view value) const = 0;
  virtual std::optional<Bytes> decode_base64(std::string_view text) const = 0;
  virtual std::optional<PlainMessage> parse_plain(std::string_view message) const = 0;

  virtual std::unique_ptr<DotDecoder> dot_decoder(std::uint32_t max_line, std::uint64_t max_size) const = 0;
  virtual std::unique_ptr<Server> server(const Config& config, const ServerSetup& setup) const = 0;

  virtual std::int32_t parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply,
                                   std::size_t& at) const = 0;
  virtual std::int32_t parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits,
                                   ParsedHello& hello) const = 0;
  virtual bool has_mechanism(std::string_view reply, std::string_view mechanism) const = 0;
  // The value of the parameter, or nothing where there is none such.
  virtual std::optional<Bytes> write_param(std::uint32_t id, std::string_view text) const = 0;
  virtual std::optional<Bytes> write_plain(std::string_view user, std::string_view password) const = 0;
  // `hostname` is the name in EHLO.
  virtual std::unique_ptr<Sender> sender(const SenderSetup& setup, std::string_view hostname) const = 0;
};

std::unique_ptr<Engine> make_capi_engine();
std::unique_ptr<Engine> make_core_engine();

}  // namespace vectors
