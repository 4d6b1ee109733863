// Compares the result of a parser with the expectation of a case.
#include "match.h"

#include <algorithm>
#include <map>

#include "support/rows.h"

namespace vectors {
namespace {

void match_octets(const std::optional<Bytes>& expected, const std::optional<Bytes>& got, std::string_view what) {
  require(expected == got,
          Bytes(what) + " is " + printable_or_absent(got) + ", expected " + printable_or_absent(expected));
}

// The value of a field that may be null or missing.
std::optional<Bytes> octets_or_null(const Json& expect, const char* key) {
  if (!expect.contains(key) || expect[key].is_null()) return std::nullopt;
  return bytes_of(expect[key]);
}

bool has_non_ascii(std::string_view octets) {
  return std::any_of(octets.begin(), octets.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
}

std::uint32_t literal_kind(std::string_view literal) {
  if (literal.find(':') == literal.npos) return EHLO_DOMAIN_IPV4;
  return equals_caseless(literal.substr(0, 5), "IPv6:") ? EHLO_DOMAIN_IPV6 : EHLO_DOMAIN_GENERAL;
}

std::optional<Bytes> route_of(const Json& expect) {
  if (!expect.contains("route")) return std::nullopt;
  Bytes route;
  for (const Bytes& host : byte_list_of(expect["route"])) route += (route.empty() ? "@" : ",@") + host;
  return route;
}

// The parts of the path, put together, must give the path as it was sent.
Bytes assembled(const Path& path) {
  Bytes whole = "<";
  if (path.route) whole += *path.route + ":";
  return whole + path.address + ">";
}

const char* host_kind_name(std::uint32_t kind) {
  switch (kind) {
    case EHLO_DOMAIN_NAME: return "domain";
    case EHLO_DOMAIN_IPV4: return "ipv4";
    case EHLO_DOMAIN_IPV6: return "ipv6";
    default: return "none";
  }
}

void match_kind(const Command& command, std::uint32_t kind) {
  require(command.host_kind == kind, "the kind is " + std::to_string(command.host_kind));
}

void match_host(const Json& expect, const Command& command) {
  const Bytes host = bytes_of(expect.at("host"));
  match_octets(host, command.text, "host");
  const Bytes kind = host_kind_name(command.host_kind);
  require(expect.at("host_kind") == kind, "host_kind is " + kind);
  const bool literal = (command.flags & EHLO_FLAG_LITERAL) != 0;
  require(literal == (!host.empty() && host[0] == '['), "EHLO_FLAG_LITERAL is wrong");
}

void match_node(const Json& expect, const Command& command) {
  match_octets(bytes_of(expect.at("node")), command.text, "node");
  const Bytes option = octets_or_null(expect, "option").value_or("");
  require(option.size() <= 1, "bad case: no option");
  match_kind(command, option.empty() ? 0 : static_cast<unsigned char>(option[0]));
}

// No list is an empty list.
void match_domains(const Json& expect, const Command& command) {
  Bytes list;
  for (const Bytes& domain : byte_list_of(expect.at("domains"))) list += (list.empty() ? "" : ",") + domain;
  match_octets(list.empty() ? std::nullopt : std::optional(list), command.text, "domains");
}

void match_mechanism(const Json& expect, const Command& command) {
  require(command.text.has_value(), "no mechanism");
  match_octets(bytes_of(expect.at("mechanism")), upper(*command.text), "mechanism");
  match_octets(octets_or_null(expect, "initial"), command.response, "initial");
}

void match_words(const Json& expect, const Command& command) {
  match_octets(octets_or_null(expect, "arg"), command.text, "arg");
  const bool smtputf8 = (command.flags & EHLO_FLAG_SMTPUTF8) != 0;
  require(smtputf8 == expect.value("smtputf8", false), "smtputf8 is wrong");
}

void match_params(const Json& expect, const std::vector<Param>& params) {
  const Json expected = expect.value("params", Json::array());
  require(expected.size() == params.size(), std::to_string(params.size()) + " parameters");
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Json& pair = expected[i];
    require(pair.is_array() && pair.size() == 2, "bad case: a parameter is no pair");
    match_octets(bytes_of(pair[0]), upper(params[i].keyword), "a keyword");
    match_octets(pair[1].is_null() ? std::nullopt : std::optional(bytes_of(pair[1])), params[i].value, "a value");
  }
}

void match_attributes(const Json& expect, const std::vector<Param>& params) {
  const Json& expected = expect.at("attributes");
  require(expected.size() == params.size(), std::to_string(params.size()) + " attributes");
  for (std::size_t i = 0; i < params.size(); ++i) {
    match_octets(bytes_of(expected[i].at(0)), upper(params[i].keyword), "a name");
    match_octets(bytes_of(expected[i].at(1)), params[i].value, "a value");
    require(expected[i].size() == 2, "nothing says what an attribute means");
  }
}

// The text and the response of a command, by the kind of argument of its verb.
void match_text(const Json& expect, const Command& command, unsigned argument) {
  switch (argument) {
    case EHLO_ARGUMENT_HOST: return match_host(expect, command);
    case EHLO_ARGUMENT_NODE: return match_node(expect, command);
    case EHLO_ARGUMENT_DOMAINS: return match_domains(expect, command);
    case EHLO_ARGUMENT_MECHANISM: return match_mechanism(expect, command);
    case EHLO_ARGUMENT_TEXT: return match_words(expect, command);
    case EHLO_ARGUMENT_URI: return match_octets(bytes_of(expect.at("uri")), command.text, "uri");
    case EHLO_ARGUMENT_SIZE: return match_octets(bytes_of(expect.at("version")), command.text, "version");
    default: return match_octets(std::nullopt, command.text, "text");
  }
}

// The keys of an argument.
std::vector<std::string_view> keys_of(unsigned argument) {
  switch (argument) {
    case EHLO_ARGUMENT_HOST: return {"host", "host_kind"};
    case EHLO_ARGUMENT_NODE: return {"option", "node"};
    case EHLO_ARGUMENT_DOMAINS: return {"domains"};
    case EHLO_ARGUMENT_PATH:
    case EHLO_ARGUMENT_PATH_PARAMS: return {"null", "local", "local_value", "domain", "literal", "route", "params"};
    case EHLO_ARGUMENT_MECHANISM: return {"mechanism", "initial"};
    case EHLO_ARGUMENT_CHUNK: return {"size", "last"};
    case EHLO_ARGUMENT_SIZE: return {"size", "version"};
    case EHLO_ARGUMENT_URI: return {"uri", "last"};
    case EHLO_ARGUMENT_TEXT: return {"arg", "smtputf8"};
    case EHLO_ARGUMENT_ATTRIBUTES: return {"attributes"};
    default: return {};
  }
}

bool has_path(unsigned argument) { return argument == EHLO_ARGUMENT_PATH || argument == EHLO_ARGUMENT_PATH_PARAMS; }
bool has_kind(unsigned argument) { return argument == EHLO_ARGUMENT_HOST || argument == EHLO_ARGUMENT_NODE; }

}  // namespace

void match_path(const Json& expect, const Path& path) {
  const bool null = expect.value("null", false);
  require(null == ((path.flags & EHLO_PATH_NULL) != 0), null ? "the path is not null" : "the path is null");
  match_octets(octets_or_null(expect, "local").value_or(""), path.local, "local");

  const bool quoted = !path.local.empty() && path.local[0] == '"';
  require(quoted == ((path.flags & EHLO_PATH_QUOTED) != 0), "EHLO_PATH_QUOTED is wrong");
  require(quoted == expect.contains("local_value"), "local_value is for quoted local parts");
  if (quoted) match_octets(octets_or_null(expect, "local_value"), path.local_value, "local_value");

  const std::optional<Bytes> literal = octets_or_null(expect, "literal");
  const std::optional<Bytes> domain = octets_or_null(expect, "domain");
  require(!literal || !domain, "bad case: both domain and literal");
  match_octets(literal ? literal : domain, path.domain, literal ? "literal" : "domain");
  std::uint32_t kind = EHLO_DOMAIN_NONE;
  if (literal)
    kind = literal_kind(*literal);
  else if (domain)
    kind = EHLO_DOMAIN_NAME;
  require(path.domain_kind == kind, "the domain kind is " + std::to_string(path.domain_kind));
  const bool postmaster = !null && !literal && !domain;
  require(postmaster == ((path.flags & EHLO_PATH_POSTMASTER) != 0), "EHLO_PATH_POSTMASTER is wrong");

  match_octets(route_of(expect), path.route, "route");
  Bytes address = path.local;
  if (path.domain) address += kind == EHLO_DOMAIN_NAME ? "@" + *path.domain : "@[" + *path.domain + "]";
  match_octets(address, path.address, "address");
  match_octets(assembled(path), path.whole, "whole");
  const bool non_ascii = (path.flags & EHLO_PATH_NON_ASCII) != 0;
  require(non_ascii == has_non_ascii(*path.whole), "EHLO_PATH_NON_ASCII is wrong");
  if (expect.contains("needs_smtputf8"))
    require(expect["needs_smtputf8"] == non_ascii, non_ascii ? "needs SMTPUTF8" : "does not need SMTPUTF8");
}

void match_no_path(const Path& path) {
  const bool none = !path.whole && !path.route && !path.domain && path.local.empty() &&
                    path.domain_kind == EHLO_DOMAIN_NONE && path.flags == 0;
  require(none, "a path where there is none");
}

void match_command(const Json& expect, const Command& command) {
  const Bytes& verb = command.verb;
  require(expect.at("verb") == verb, "the verb is " + verb);
  const support::VerbRow* row = support::row_named(support::kVerbs, verb);
  require(row != nullptr, "no verb: " + verb);
  std::vector<std::string_view> keys = keys_of(row->argument);
  keys.push_back("verb");
  only_keys(expect, keys, "expect");

  if (has_path(row->argument))
    match_path(expect, command.path);
  else
    match_no_path(command.path);
  if (row->argument == EHLO_ARGUMENT_ATTRIBUTES)
    match_attributes(expect, command.params);
  else
    match_params(expect, command.params);
  if (!has_kind(row->argument)) match_kind(command, EHLO_DOMAIN_NONE);
  match_text(expect, command, row->argument);
  if (row->argument != EHLO_ARGUMENT_MECHANISM) match_octets(std::nullopt, command.response, "response");

  const std::uint64_t size = expect.value("size", std::uint64_t{0});
  require(command.size == size, "size is " + std::to_string(command.size));
  const bool last = (command.flags & EHLO_FLAG_LAST) != 0;
  require(last == expect.value("last", false), "last is wrong");
}

Bytes error_kind_of_command(const Bytes& error, std::string_view line) {
  const support::VerbRow* row = support::row_named(support::kVerbs, first_word(line));
  const bool chunk = row != nullptr && row->argument == EHLO_ARGUMENT_CHUNK;
  if (error == "size-overflow") return chunk ? "syntax" : "bad-parameter";
  static const std::map<Bytes, Bytes> kKinds = {
      {"line-too-long", "too-long"},
      {"bad-sender", "syntax"},
      {"bad-recipient", "syntax"},
      {"path-too-long", "syntax"},
      {"needs-smtputf8", "syntax"},
      {"bad-chunk", "syntax"},
      {"not-implemented", "unknown-command"},
      {"bad-base64", "bad-parameter"},
  };
  const auto kind = kKinds.find(error);
  return kind == kKinds.end() ? error : kind->second;
}

void match_error(const Json& expect, const Bytes& kind, unsigned code) {
  require(expect.contains("error"), "refused: " + kind);
  require(expect["error"] == kind, "the error is " + kind + ", expected " + expect["error"].dump());
  require(is_expected_code(expect.at("reply"), code), "the reply code is " + std::to_string(code));
}

}  // namespace vectors
