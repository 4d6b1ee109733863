// Reading the cases of a vectors file.
#include "case.h"

#include <algorithm>

#include "support/json_text.h"
#include "support/properties.h"

namespace vectors {
namespace {

// Far above every case: a wrong digit in "times" must not use up the memory of the machine.
constexpr std::size_t kMostOctets = 64u << 20;

std::uint64_t number_of(const Json& value, std::string_view what) {
  require(value.is_number_unsigned(), "bad case: no number in " + std::string(what));
  return value.get<std::uint64_t>();
}

std::uint32_t small_number_of(const Json& value, std::string_view what) {
  const std::uint64_t number = number_of(value, what);
  require(number < UINT32_MAX, "bad case: too large a number in " + std::string(what));
  return static_cast<std::uint32_t>(number);
}

bool flag_of(const Json& value, std::string_view what) {
  require(value.is_boolean(), "bad case: no boolean in " + std::string(what));
  return value.get<bool>();
}

void set(Config& config, const std::string& key, const Json& value) {
  if (key == "protocol") {
    require(value == "smtp" || value == "lmtp", "bad case: protocol " + value.dump());
    config.lmtp = value == "lmtp";
  } else if (key == "extensions") {
    config.extensions.clear();
    for (const Bytes& line : byte_list_of(value)) {
      const Bytes keyword = line.substr(0, line.find(' '));
      config.extensions.push_back(keyword);
      if (keyword.size() != line.size()) config.lines.push_back(line);
    }
  } else if (key == "auth") {
    config.auth = byte_list_of(value);
  } else if (key == "size_limit") {
    config.size_limit = number_of(value, key);
  } else if (key == "max_size") {
    config.max_size = number_of(value, key);
  } else if (key == "max_rcpt") {
    config.max_rcpt = small_number_of(value, key);
  } else if (key == "max_line") {
    config.max_line = small_number_of(value, key);
  } else if (key == "max_auth_line") {
    config.max_auth_line = small_number_of(value, key);
  } else if (key == "tls") {
    config.tls = flag_of(value, key);
  } else if (key == "auth_requires_tls") {
    config.auth_requires_tls = flag_of(value, key);
  } else if (key == "require_tls") {
    config.require_tls = flag_of(value, key);
  } else if (key == "require_auth") {
    config.require_auth = flag_of(value, key);
  }
}

}  // namespace

std::string printable(std::string_view octets, std::size_t most) {
  const std::string text = '"' + support::printable(octets.substr(0, most)) + '"';
  return octets.size() <= most ? text : text + "... (" + std::to_string(octets.size()) + " octets)";
}

std::string printable_or_absent(const std::optional<Bytes>& octets) { return octets ? printable(*octets) : "(absent)"; }

Bytes bytes_of(const Json& value) {
  if (value.is_string()) {
    const auto octets = support::octets_of_text(value.get_ref<const std::string&>());
    require(octets.has_value(), "bad case: a character above U+00FF in a byte string");
    return *octets;
  }
  Bytes octets;
  if (value.is_array()) {
    for (const Json& part : value) octets += bytes_of(part);
    return octets;
  }
  require(value.is_object() && value.contains("repeat") && value.contains("times"), "bad case: no byte string");
  only_keys(value, {"repeat", "times"}, "a part");
  const Bytes unit = bytes_of(value["repeat"]);
  const std::uint64_t times = number_of(value["times"], "times");
  require(unit.empty() || times <= kMostOctets / unit.size(), "bad case: too many octets");
  for (std::uint64_t i = 0; i < times; ++i) octets += unit;
  return octets;
}

std::vector<Bytes> byte_list_of(const Json& value) {
  require(value.is_array(), "bad case: no list of byte strings");
  std::vector<Bytes> list;
  for (const Json& item : value) list.push_back(bytes_of(item));
  return list;
}

void only_keys(const Json& object, std::span<const std::string_view> keys, std::string_view where) {
  require(object.is_object(), "bad case: no object: " + std::string(where));
  for (const auto& [key, value] : object.items())
    require(std::find(keys.begin(), keys.end(), key) != keys.end(),
            "bad case: \"" + key + "\" is not known in " + std::string(where));
}

bool is_expected_code(const Json& expected, unsigned code) {
  if (!expected.is_array()) return number_of(expected, "a reply code") == code;
  return std::any_of(expected.begin(), expected.end(), [code](const Json& one) { return is_expected_code(one, code); });
}

Bytes upper(std::string_view text) {
  Bytes out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

bool equals_caseless(std::string_view a, std::string_view b) { return upper(a) == upper(b); }

Bytes first_word(std::string_view line) { return upper(line.substr(0, line.find_first_of(" \t\r\n"))); }

bool Config::offers(std::string_view keyword) const {
  return std::find(extensions.begin(), extensions.end(), keyword) != extensions.end();
}

std::vector<Bytes> Config::extensions_and_free_ones() const {
  std::vector<Bytes> all = extensions;
  for (const char* keyword : {"VRFY", "EXPN", "HELP"})
    if (!offers(keyword)) all.emplace_back(keyword);
  return all;
}

Config config_of(const Json& vector, std::initializer_list<std::string_view> keys) {
  Config config;
  config.extensions = {"PIPELINING",          "SIZE",     "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME",
                       "ENHANCEDSTATUSCODES", "STARTTLS", "AUTH"};
  config.auth = {"PLAIN", "LOGIN"};
  if (!vector.contains("config")) return config;
  const Json& object = vector["config"];
  require(object.is_object(), "bad case: config is no object");
  for (const auto& [key, value] : object.items()) {
    const bool common = key == "protocol" || key == "extensions" || key == "tls";
    require(common || std::find(keys.begin(), keys.end(), key) != keys.end(),
            "bad case: \"" + key + "\" is not known in config");
    set(config, key, value);
  }
  return config;
}

}  // namespace vectors
