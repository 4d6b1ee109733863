// Compares the result of a parser with the expectation of a case.
#pragma once

#include "results.h"

namespace vectors {

// The address fields of addresses.jsonl and commands.jsonl in `expect`. Throws Fault.
void match_path(const Json& expect, const Path& path);
// Checks that the command has no path.
void match_no_path(const Path& path);

// `verb` and its fields as in commands.jsonl. Throws Fault.
void match_command(const Json& expect, const Command& command);

// The result of a parser, or of a session, for a line.
struct Parsed {
  Parsed() = default;
  explicit Parsed(const Result& result)
      : error(result.error()),
        code(result.json().value("code", 0u)),
        command(error.empty() ? Command(result.json()) : Command()) {}
  Bytes error;        // its name, "": none
  unsigned code = 0;  // of the reply to an error
  Command command;
};

// The kind of an error of commands.jsonl; an error that has no kind there keeps its name, as all do in params.jsonl.
Bytes error_kind_of_command(const Bytes& error, std::string_view line);

// Checks that `error` is of the expected kind and `code` among the expected replies. Throws Fault.
void match_error(const Json& expect, const Bytes& kind, unsigned code);

}  // namespace vectors
