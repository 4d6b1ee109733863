// A call that the runner asks for, and what is common to the answers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo.h"
#include "support/guarded.h"
#include "support/json_text.h"

namespace testee {

using Json = nlohmann::json;
using support::GuardedBytes;
using support::JsonText;

// A promise of the library that is broken: the result is {"fault": its text}.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void require(bool holds, const char* why) {
  if (!holds) throw Fault(why);
}
inline void require(bool holds, const std::string& why) {
  if (!holds) throw Fault(why);
}

// The arguments of a call. One that is absent is the same as null.
class Call {
 public:
  // `octets`: the byte strings of the request.
  Call(const Json& arguments, const std::vector<std::string>& octets) : arguments_(arguments), octets_(octets) {}

  const Json* find(const char* name) const {
    const auto found = arguments_.find(name);
    return found == arguments_.end() || found->is_null() ? nullptr : &*found;
  }
  std::uint64_t number(const char* name, std::uint64_t otherwise = 0) const {
    const Json* value = find(name);
    return value == nullptr ? otherwise : value->get<std::uint64_t>();
  }
  std::uint32_t number32(const char* name, std::uint32_t otherwise = 0) const {
    return static_cast<std::uint32_t>(number(name, otherwise));
  }
  bool flag(const char* name) const {
    const Json* value = find(name);
    return value != nullptr && value->get<bool>();
  }
  std::string octets(const char* name) const { return octets_of(arguments_.at(name)); }

  static std::string octets_of(const Json& value) {
    return support::octets_of_text(value.get_ref<const std::string&>()).value();
  }
  // Adds a piece of input, which is a string or a part of the request's octets.
  void add_piece(const Json& piece, std::string& inbox) const {
    if (piece.is_string()) {
      inbox += octets_of(piece);
    } else {
      const std::size_t begin = piece.at(1), end = piece.at(2);
      inbox.append(octets_.at(piece.at(0)), begin, end - begin);
    }
  }

 private:
  const Json& arguments_;
  const std::vector<std::string>& octets_;
};

// A function for each call: it writes the fields of the result. Those of a session leave theirs in `sessions`.
struct Row {
  const char* name;
  void (*call)(const Call& call, JsonText& out);
};
extern const std::vector<Row> kSyntaxCalls, kServerCalls, kClientCalls;
// `close`, of the sessions of a role: false, there is none of that number.
bool close_server(std::uint64_t session);
bool close_client(std::uint64_t session);
// Sessions of both roles share their numbers.
std::uint64_t next_session();

// One place for all input, so that what somebody keeps of it shows other octets with the next call.
inline GuardedBytes& shown(std::string_view octets) {
  static GuardedBytes memory;
  memory.assign(octets);
  return memory;
}

// Memory that ends the program where it is released with another size than it was asked for with.
extern const ehlo_allocator kMemory;

void write_error(JsonText& out, std::int32_t error);
// The same, with the place of the error in `length` octets.
void write_error(JsonText& out, std::int32_t error, std::size_t at, std::size_t length);

// The octets of a span; nothing where it is absent. A fault where it lies outside of `base`.
std::optional<std::string_view> part(std::string_view base, ehlo_span span);
void write_path(JsonText& out, std::string_view base, const ehlo_path& path);
void write_param(JsonText& out, std::string_view base, const ehlo_param& param);
std::string enhanced_text(std::uint32_t packed);
std::uint32_t enhanced_of(const Json& text);  // "5.1.1"; null: the default
std::uint64_t extensions_of(const Json& keywords);
std::uint32_t verb_of(std::string_view name);
ehlo_reply_limits reply_limits_of(const Call& call);

// `call` writes into memory as the C API does, int64_t (void* out, size_t capacity): an error, or what it wrote.
struct Written {
  std::int32_t error = EHLO_OK;
  std::string octets;
};
template <class Write>
Written written(Write write) {
  const std::int64_t size = write(nullptr, 0);
  if (size < 0) return {static_cast<std::int32_t>(size), {}};
  Written result{EHLO_OK, std::string(static_cast<std::size_t>(size), '\0')};
  require(write(result.octets.data(), result.octets.size()) == size, "another length than it measured");
  return result;
}

}  // namespace testee
