#!/usr/bin/env python3
"""Writes, beside itself, structs.go: the structs of the headers as Go has them; calls.go: the calls that Go has one for
one (calls.py); escape.go: what is known of all calls; and the options of the testee.

capi/constants.py has the names. A field whose comment says what its numbers are (EHLO_VERB_*) has that type, and the
bits of options are fields of their own.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CAPI = HERE.parent.parent / "capi"
sys.path.insert(0, str(CAPI))
sys.dont_write_bytecode = True

import constants  # noqa: E402
from calls import calls  # noqa: E402
from expand import expand  # noqa: E402

# Filled by the library: all fields of the header, of their size.
IN_PLACE = re.findall(r"\w+", "span range path param timeout command reply server_event server_answer client_event")
OPTIONS = ["reply_limits", "server_options", "client_options"]
COPIED = [*OPTIONS, "keyword_line", "rows", "verb_row", "param_row", "extension_row"]
OWN_NAMES = {"error": "Err", "server_answer": "answer", "command": "CommandLine"}
OF_NAMES = {
    "error": "Error",
    "extensions": "Extensions",
    "command_asks": "[]Verb",
    "unknown_verbs": "Unknown",
    "enhanced": "Enhanced",
    "yes_enhanced, no_enhanced": "Enhanced",
}

STRUCT = re.compile(r"(?:/\*((?:(?!\*/).)*)\*/\n)?typedef struct (ehlo_\w+) \{\n(.*?)\n\} \2;", re.S)
PART = re.compile(r"/\*(?P<comment>.*?)\*/|(?P<type>\w[\w ]*?[ *]+)(?P<names>\w+(?:, \w+)*);", re.S)
BITS = re.compile(r"EHLO_(?:SERVER|CLIENT)_FLAG_(?=\*)")
SAID_BY_TYPE = re.compile(r"^\s*(\w+\*|ehlo_rc|EHLO_EXT_BIT\(x\)|\w+\* bits of \S+)\s*(;|\n|$)|EHLO_VERB_BIT\(x\) of ")
# What the headers say of C alone, and what it is in Go.
IN_GO = {
    r'NULL or ""|"" or NULL': '""',
    r" Each array has the size of its.*?there are none\.| Of a row that is larger.*?looked at\.| \(ehlo_rows\.h\)": "",
    r"\behlo_reply_line\b": "ReplyLines",
    r"\behlo_command_write\b": "AppendCommand",
    r"\behlo_param_unsigned\b": "Param.Unsigned",
    r"\behlo_server_refuse_message\b": "ServerBatch.RefuseMessage",
    r"\behlo_(server|client)_output\b": "Advance",
}
OF_COPIES_ALONE = re.compile("struct_size|reserved|.*_(count|size)")


def in_go(comment: str, null: str) -> str:
    text = " ".join(re.sub(r"^ *\*", "", comment, flags=re.M).split())
    for pattern, go in IN_GO.items():
        text = re.sub(pattern, go, text)
    return text.replace("NULL", null)


class Field(NamedTuple):
    type: str
    names: str
    docs: list[str]

    @property
    def doc(self) -> str:
        return "\n".join(self.docs)


def fields_of(body: str) -> list[Field]:
    fields: list[Field] = []
    above, end = "", 0
    for part in PART.finditer(body):
        if part["names"]:
            fields.append(Field(part["type"].replace("const ", "").replace("_t ", "").strip(), part["names"], [above]))
            above, end = "", part.end()
        elif fields and "\n" not in body[end : part.start()]:
            fields[-1].docs.append(part["comment"])
        else:
            above = part["comment"]
    return fields


def go_name(name: str) -> str:
    return OWN_NAMES.get(name) or "".join(constants.camel_case(word.upper()) for word in name.split("_"))


NAMES = {f"ehlo_{name}": go_name(name) for name in IN_PLACE + COPIED}


class Structs:
    def __init__(self, text: str) -> None:
        types = constants.grouped(constants.constants_in(text), [CAPI / "ehlo.h"])
        self.constants = {one.group.pattern: one.constants for one in types}
        self.types = {one.group.pattern: one.group.go.replace("= ", "").split() for one in types if one.group.go}
        self.go = constants.Go(types)
        self.go.names.update(EHLO_ENHANCED="EnhancedCode", EHLO_ENHANCED_NONE="EnhancedNone")
        self.structs = {c_name: (doc, fields_of(body)) for doc, c_name, body in STRUCT.findall(text)}

    def type_of(self, field: Field, is_copied: bool) -> str:
        if field.type.endswith("*"):
            pointed = field.type.rstrip("* ")
            many = "[]" if NAMES.get(pointed) != "Rows" else "*"
            return "string" if pointed == "char" else many + NAMES[pointed]
        if field.names in OF_NAMES:
            return OF_NAMES[field.names]
        prefix = re.search(r"\b(EHLO_(?!EXT_)\w+_)\*|^\s*(EHLO_FLAG_)", field.doc)
        name, size = self.types[prefix[1] or prefix[2]] if prefix else ("", "")
        return name if name and (is_copied or size == field.type) else NAMES.get(field.type, field.type)

    def struct(self, c_name: str, go_type: str) -> list[str]:
        doc, fields = self.structs[c_name]
        is_copied = c_name[len("ehlo_") :] in COPIED
        doc = re.sub(r"Fill with ehlo_\w+_init, then change what you need\.", "", doc)
        doc = in_go(doc, "nil")
        names = {name: go_name(name) for field in fields for name in field.names.split(", ")}
        out = [f"// {go_type} is {c_name} of the C API.", *(["//"] if doc else []), *self.go.lines(doc, "// ")]
        out.append(f"type {go_type} struct {{")
        run: list[tuple[str, str]] = []  # of fields without a comment between, which gofmt aligns

        def end_run() -> None:
            width = max((len(left) for left, _ in run), default=0)
            out.extend(f"\t{left:{width}} {right}" for left, right in run)
            run.clear()

        def add(name: str, kind: str, text: str) -> None:
            text = in_go(SAID_BY_TYPE.sub("", text), '""' if kind == "string" else "nil")
            text = re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda word: names.get(word[0], word[0]), text)
            if text.strip():
                end_run()
                out.extend(self.go.lines(text, "\t// "))
            run.append((name, kind))

        flags: dict[str, int] = {}
        for field in fields:
            bits = BITS.search(field.doc)
            for one in self.constants[bits[0]] if bits else []:
                flags[go_name(one.name)] = one.value
                add(go_name(one.name), "bool", f"{one.above}\n{one.comment}")
            if not bits and (not is_copied or not OF_COPIES_ALONE.fullmatch(field.names)):
                name = ", ".join(names[name] for name in field.names.split(", "))
                add(name, self.type_of(field, is_copied), field.doc)
        end_run()
        out += ["}", ""]
        if not is_copied:
            out += [f"var _ = [1]struct{{}}{{}}[unsafe.Sizeof({go_type}{{}})-C.sizeof_{c_name}]", ""]
        if flags:
            out.append(f"func (o *{go_type}) flags() C.uint32_t {{")
            out += ["\treturn " + " |\n\t\t".join(f"flag(o.{name}, {value})" for name, value in flags.items()), "}", ""]
        return out


def structs(made: Structs) -> str:
    out = ["package ehlo", "", '// #include "shim.h"', 'import "C"', "", 'import "unsafe"', ""]
    for c_name, go_type in NAMES.items():
        out += made.struct(c_name, go_type)
    return "\n".join(out)


def escapes() -> str:
    sources = [path.read_text(encoding="utf-8") for path in HERE.glob("*.go") if path.name != "escape.go"]
    out = ["//go:build go1.24", "", "package ehlo", "", "// No call of the library keeps a pointer or calls back.", ""]
    for call in sorted(set(re.findall(r"\bC\.(ehlo_\w+)\(", "\n".join(sources)))):
        out += [f"// #cgo noescape {call}", f"// #cgo nocallback {call}"]
    return "\n".join([*out, 'import "C"', ""])


def testee_options(made: Structs) -> str:
    numbers: dict[str, str] = {}
    flags = []
    for role in ("server", "client"):
        for field in made.structs[f"ehlo_{role}_options"][1]:
            is_number = field.type.startswith("uint") and not BITS.search(field.doc) and field.names != "extensions"
            if is_number and not OF_COPIES_ALONE.fullmatch(field.names):
                kind = made.type_of(field, True).replace("[]Verb", "verbs")
                numbers |= {name: kind if kind[0].islower() else f"ehlo.{kind}" for name in field.names.split(", ")}
        names = {one.value: go_name(one.name) for one in made.constants[f"EHLO_{role.upper()}_FLAG_"]}
        in_order = ", ".join(f'"{names.get(1 << bit, "")}"' for bit in range(max(names).bit_length()))
        flags.append(f"var {role}Flags = []string{{{in_order}}}")
    names_width, types_width = max(len(go_name(name)) for name in numbers), max(map(len, numbers.values())) + 1
    out = ["package main", "", 'import ehlo "github.com/libehlo/libehlo/bindings/go"', ""]
    out += ["// The option of each flag, from the lowest bit on.", *flags, ""]
    out += ["// numbers are the options that are numbers in C; nil: the default.", "type numbers struct {"]
    for name, kind in numbers.items():
        out.append(f'\t{go_name(name):{names_width}} {"*" + kind:{types_width}} `json:"{name}"`')
    return "\n".join([*out, "}", ""])


def main() -> None:
    constants.INITIALISMS.add("HELO")
    headers = expand(CAPI / "ehlo.h")
    made = Structs(headers)
    write("structs.go", structs(made))
    write("calls.go", calls(headers, made.go.lines))
    write("escape.go", escapes())
    write("cmd/ehlo-testee/options.go", testee_options(made))


def write(name: str, text: str) -> None:
    path = HERE / name
    text = "// Code generated by generate.py from the headers; DO NOT EDIT.\n\n" + text
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
