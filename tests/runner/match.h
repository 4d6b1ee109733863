// Comparing what a parser gave with what a case expects.
#pragma once

#include "engine.h"

namespace vectors {

// The address as a program handles it: without brackets and source route, "" for the null path.
Bytes address_of(const Path& path);

// The address fields of addresses.jsonl and commands.jsonl in `expect`. Throws Fault.
void match_path(const Json& expect, const Path& path, const Engine& engine);
// That `path` is none: the command has no path.
void match_no_path(const Path& path);

// `verb` and its fields as in commands.jsonl. Throws Fault.
void match_command(const Json& expect, const Command& command, const Engine& engine);

// The kind of an error of commands.jsonl and params.jsonl; an error that has no kind there keeps its name.
Bytes error_kind_of_command(std::int32_t error, std::string_view line, const Engine& engine);
Bytes error_kind_of_params(std::int32_t error, const Engine& engine);

// That `error` is of the expected kind and `code` among the expected replies. Throws Fault.
void match_error(const Json& expect, const Bytes& kind, unsigned code);

}  // namespace vectors
