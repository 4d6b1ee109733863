// The answers of a testee (tests/testee/README.md), as values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "case.h"
#include "ehlo.h"  // the numbers of enumerators and bits; nothing of the library is called

namespace vectors {

// One result. Plays that get the same one share it, and the value that is read from it.
class Result {
 public:
  explicit Result(Json json) : json_(std::move(json)) {}
  const Json& json() const { return json_; }
  // "" where there is no error.
  Bytes error() const { return json_.value("error", ""); }

  // The result as a T, read from the Json once. One result is never read as two types.
  template <class T>
  const T& as() const {
    if (value_ == nullptr) value_ = std::make_shared<const T>(json_);
    return *static_cast<const T*>(value_.get());
  }

 private:
  Json json_;
  mutable std::shared_ptr<const void> value_;
};
using ResultPtr = std::shared_ptr<const Result>;

// The octets of a field; nothing where it is absent or null.
std::optional<Bytes> octets_in(const Json& object, const char* name);

struct Path {
  Path() = default;
  explicit Path(const Json& json);
  std::optional<Bytes> whole, route, domain, local_value;
  Bytes local, address;
  std::uint32_t domain_kind = EHLO_DOMAIN_NONE;
  std::uint32_t flags = 0;
};

struct Param {
  explicit Param(const Json& json);
  Bytes id;  // "": not known
  Bytes keyword;
  std::optional<Bytes> value, detail;
  Bytes number = "0";  // in digits: the kind of the value says whether it has a sign
  Json decoded;
};
std::vector<Param> params_in(const Json& object);

struct Command {
  Command() = default;
  explicit Command(const Json& json);
  Bytes verb;
  std::uint32_t flags = 0;
  std::uint32_t host_kind = EHLO_DOMAIN_NONE;
  std::uint64_t size = 0;
  std::optional<Bytes> text, response;
  Path path;
  std::vector<Param> params;
};

struct Event {
  explicit Event(const Json& json);
  Bytes type, error, verb;  // names; no error and no verb are ""
  std::uint32_t id = 0, flags = 0, index = 0, kind = 0, code = 0;
  std::uint64_t number = 0;
  std::optional<Bytes> line, text, response;
  Path path;
  std::vector<Param> params;
  Bytes body;
  std::string entry;  // all but the body and the id, as text
};

// The fields that turns of both roles have.
template <class OneEvent>
struct Turn {
  Bytes event_error, output;
  std::vector<std::shared_ptr<const OneEvent>> events;
  std::size_t pieces = 0, kept = 0, receives = 0;
  std::uint32_t wants = 0;
};

struct ServerTurn : Turn<Event> {
  explicit ServerTurn(const Json& json);
  std::vector<Bytes> answers;  // names of errors
  std::size_t left = 0;
};

struct ClientEvent {
  explicit ClientEvent(const Json& json);
  Bytes type, error, verb, enhanced;
  std::uint32_t code = 0, transaction = 0, index = 0, verdict = 0, scope = 0, flags = 0;
  std::uint64_t number = 0;
  std::optional<Bytes> reply, text;
};

struct ClientTurn : Turn<ClientEvent> {
  explicit ClientTurn(const Json& json);
  Bytes do_error, sent, hello_reply;
  std::uint32_t outstanding = 0, facts = 0;
};

}  // namespace vectors
