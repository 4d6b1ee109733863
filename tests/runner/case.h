// A case of a vectors file: its octets, codes and configuration, read strictly. A key that this runner does not know is
// a fault of the case: an expectation that is not checked would always hold.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vectors {

using Bytes = std::string;
using Json = nlohmann::json;

// The reason why a case fails. Thrown, since the rest of a run has no value after a fault.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* why) {
  if (!holds) throw Fault(why);
}
// This text is made in every call; in hot loops use the overload in which a function makes it.
inline void require(bool holds, const std::string& why) {
  if (!holds) throw Fault(why);
}
template <std::invocable Why>
void require(bool holds, Why why) {
  if (!holds) throw Fault(why());
}

// Octets as text of one line, for messages.
std::string printable(std::string_view octets, std::size_t most = 120);
std::string printable_or_absent(const std::optional<Bytes>& octets);

// The octets of a byte string: U+0000..U+00FF stand for one octet each; arrays are joined; {"repeat", "times"}.
Bytes bytes_of(const Json& value);
std::vector<Bytes> byte_list_of(const Json& value);

// Throws Fault where `object` has a key that is not in `keys`.
void only_keys(const Json& object, std::span<const std::string_view> keys, std::string_view where);
inline void only_keys(const Json& object, std::initializer_list<std::string_view> keys, std::string_view where) {
  only_keys(object, std::span(keys.begin(), keys.size()), where);
}

// Whether `code` is the number, or among the list of numbers, of an expectation.
bool is_expected_code(const Json& expected, unsigned code);

Bytes upper(std::string_view text);
bool equals_caseless(std::string_view a, std::string_view b);
// The first word of a command line in upper case; a line end counts as the end of the word.
Bytes first_word(std::string_view line);

// The `config` of a case. 0 stands for "not set" in the numbers.
struct Config {
  bool lmtp = false;
  std::vector<Bytes> extensions;  // keywords
  std::vector<Bytes> lines;       // of these, the EHLO lines that have more than their keyword
  std::vector<Bytes> auth;        // SASL mechanisms
  std::uint64_t size_limit = 0;
  std::uint64_t max_size = 0;
  std::uint32_t max_rcpt = 0;
  std::uint32_t max_line = 0;
  std::uint32_t max_auth_line = 0;
  bool tls = false;
  bool auth_requires_tls = false;
  bool require_tls = false;
  bool require_auth = false;

  bool offers(std::string_view keyword) const;
  // A server need not serve VRFY, EXPN and HELP; the vectors are for servers that do.
  std::vector<Bytes> extensions_and_free_ones() const;
};
// The configuration of `vector`, in which the `keys` may stand besides `protocol`, `extensions` and `tls`.
Config config_of(const Json& vector, std::initializer_list<std::string_view> keys);

}  // namespace vectors
