// The calls that parse without a session.
#pragma once

#include "match.h"
#include "play.h"
#include "testee.h"

namespace vectors {

// PARSE of tests/testee/README.md.
void write_parse_options(JsonText& call, const Config& config);

ResultPtr parse_command(Testee& testee, std::string_view line, const Config& config);

// Writes the limits of replies that a `config` sets.
void write_reply_limits(JsonText& call, const Json& config);
// The name that the vectors have for a reply error.
Bytes reply_error_name(const Bytes& error);

ResultPtr parse_hello(Testee& testee, const Bytes& octets, const Json& config);
// Throws Fault where no extension has this name: the expectation that it is not offered would always hold.
void require_known(Testee& testee, const Bytes& keyword);
// The keywords of a reply in upper case, each with its words.
Json capabilities_of(const Result& hello);

}  // namespace vectors
