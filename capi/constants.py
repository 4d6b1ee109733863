#!/usr/bin/env python3
"""Writes the constants of the headers for Python or Go.

GROUPS has the type of each constant: the first pattern that matches the beginning of its name decides. A constant that
no pattern matches is an error.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

sys.dont_write_bytecode = True

from expand import expand  # noqa: E402


class Group(NamedTuple):
    """A type of a binding. Words in `base`, beside the Python base class: "open": a number without a member becomes the
    first member; "bits": the enumerators are the places of bits, not their values; "none": the class has a NONE, for
    which the headers have no name."""

    pattern: str
    python: str = ""  # "": not for Python
    base: str = ""  # "": constants of the module
    go: str = ""
    prefix: str | None = None  # None: not for Go
    capitals: bool = False  # names are words of the protocol, which Go keeps in capitals

    def origin(self) -> str:
        return re.split(r"[(|]", self.pattern)[0] + "* of the C API."


GROUPS = [
    Group("EHLO_VERSION"),
    Group("EHLO_ENHANCED_"),
    Group("EHLO_(?=ABSENT$|OFF_|(?:VERB|PARAM)_OWN$)", "module", "", "", ""),
    Group("EHLO_(?=\\w+S_(?:MAX|MIN)$)", "Bound", "IntEnum", "", ""),
    Group("EHLO_E_|EHLO_(?=OK$)", "ErrorCode", "IntEnum", "Error int32", "Err"),
    Group("EHLO_FAULT_", "Fault", "IntEnum", "Fault uint8", "Fault"),
    Group("EHLO_EXT_", "Extension", "IntFlag bits none", "Extensions uint64", "Ext", True),
    Group("EHLO_VERB_", "Verb", "IntEnum open", "Verb uint32", "Verb", True),
    Group("EHLO_PARAM_OF_", "ParamOf", "IntFlag", "ParamOf uint8", "ParamOf", True),
    Group("EHLO_PARAM_", "ParamId", "IntEnum open", "ParamID uint16", "Param", True),
    Group("EHLO_BODY_", "BodyType", "IntEnum", "Body uint32", "Body", True),
    Group("EHLO_RET_", "Ret", "IntEnum", "Return uint32", "Return", True),
    Group("EHLO_NOTIFY_", "Notify", "IntFlag", "Notify uint32", "Notify", True),
    Group("EHLO_ARGUMENT_", "Argument", "IntEnum", "Argument uint8", "Argument"),
    Group("EHLO_FOLLOWS_", "Follows", "IntEnum", "Follows uint8", "Follows"),
    Group("EHLO_COMMAND_", "CommandFlag", "IntFlag", "CommandFlags uint32", "Command"),
    Group("EHLO_KIND_", "ValueKind", "IntEnum", "ValueKind uint8", "Kind"),
    Group("EHLO_VALUE_", "ValueNeed", "IntEnum", "ValueNeed uint8", "Value"),
    Group("EHLO_ROW_", "RowFlag", "IntFlag", "RowFlags uint8", "Row"),
    Group("EHLO_EXTENSION_", "ExtensionFlag", "IntFlag", "ExtensionFlags uint32", "Extension"),
    Group("EHLO_UNKNOWN_", "Unknown", "IntEnum", "Unknown uint32", "Unknown"),
    Group("EHLO_DOMAIN_", "DomainKind", "IntEnum", "DomainKind uint32", "Domain"),
    Group("EHLO_PATH_", "PathFlag", "IntFlag", "PathFlags uint32", "Path"),
    Group("EHLO_PROTOCOL_", "Protocol", "IntEnum", "Protocol uint32", ""),
    Group("EHLO_ENDING_", "Ending", "IntEnum", "Endings uint32", "Endings"),
    Group("EHLO_FLAG_", "Flag", "IntFlag", "Flags uint32", "Flag"),
    Group("EHLO_WANT_", "Want", "IntFlag", "Wants uint32", "Want"),
    Group("EHLO_TIMEOUT_", "TimeoutKind", "IntEnum", "TimeoutKind uint32", "Timeout"),
    Group("EHLO_FACT_", "Fact", "IntFlag", "Facts uint32", "Fact"),
    Group("EHLO_ASK_", "Ask", "IntFlag none", "Asks uint32", "Ask"),
    Group("EHLO_JUNK_", "Junk", "IntEnum", "Junk = uint32", "Junk"),
    Group("EHLO_VERDICT_", "Verdict", "IntEnum", "Verdict uint32", "Verdict"),
    Group("EHLO_SCOPE_", "Scope", "IntEnum", "Scope uint32", "Scope"),
    Group("EHLO_SEEN_", "Seen", "IntFlag", "Violations uint32", "Seen"),
    Group("EHLO_SERVER_EVENT_", "", "", "ServerEventType uint32", "ServerEvent"),
    Group("EHLO_CLIENT_EVENT_", "", "", "ClientEventType uint32", "ClientEvent"),
    Group("EHLO_SERVER_ANSWER_", "", "", "answerKind = uint32", "answer"),
    Group("EHLO_PARSE_FLAG_"),
    Group("EHLO_SERVER_FLAG_"),
    Group("EHLO_CLIENT_FLAG_"),
    Group("EHLO_ENVELOPE_FLAG_"),
]
DOCS = {  # for types without a comment in the headers
    "Bound": "Limits of the arrays that the low level takes.",
    "Verb": "The verb of a command.",
    "ParamId": "Parameters of MAIL and RCPT.",
    "ParamOf": "The commands that may have a parameter.",
    "BodyType": "What the content of a message needs (RFC 6152, RFC 3030).",
    "Ret": "How much of a message a notification returns (RFC 3461 4.3).",
    "Notify": "When the sender wants to be notified (RFC 3461 4.1).",
}
PYTHON_NAMES = {"7BIT": "SEVENBIT", "8BITMIME": "EIGHTBITMIME", "SERVER_EVENTS_MIN": "EVENTS_MIN"}
PLAIN_WORDS = {"NONE", "UNKNOWN", "DEFAULT"}  # names that are no words of the protocol
INITIALISMS = set(re.findall(r"\w+", "ASCII CR CRLF ESMTP HTTP ID LF LMTP NUL SMTP SMTPUTF8 TLS URI UTC UTF8"))
MIXED = {"IPV4": "IPv4", "IPV6": "IPv6"}
LIMITS = {"UINT32_MAX": 2**32 - 1, "UINT64_MAX": 2**64 - 1, "INT64_MAX": 2**63 - 1}

WIDTH = 120

ITEM = re.compile(
    r"/\*(?P<comment>.*?)\*/"
    r"|^\#define[ ](?P<macro>EHLO_\w+)[ ](?P<value>(?:(?!/\*)[^\n])*)"
    r"|\benum\b\s*\w*\s*(?P<open>\{)"
    r"|\b(?P<name>EHLO_\w+)\s*=(?P<number>[^,}/]*)"
    r"|(?P<close>\})",
    re.M | re.S | re.X,
)


class Constant:
    def __init__(self, full: str, value: int, enumeration: int, doc: str, above: str) -> None:
        self.full = full
        self.value = value
        self.enumeration = enumeration  # 0: a macro
        self.doc = doc  # the comment before its enumeration
        self.above = above  # the comment on lines of its own before it, which is also about the constants after it
        self.comment = ""
        self.name = ""  # without the beginning that its group matches


def value_of(text: str, known: dict[str, int]) -> int:
    plain = re.sub(r"\(u?int\d+_t\)|(\b(?:0[xX][0-9a-fA-F]+|\d+))[uUlL]+\b", r"\1", text)
    return int(eval(plain.strip(), {"__builtins__": {}}, {**LIMITS, **known}))


def constants_in(text: str) -> list[Constant]:
    found: list[Constant] = []
    known: dict[str, int] = {}
    end = 0  # of the previous constant
    above, above_end, is_inside, doc, enumerations = "", 0, False, "", 0
    for item in ITEM.finditer(text):
        name, value = item["macro"] or item["name"], item["value"] or item["number"] or ""
        if item["comment"]:
            if found and "\n" not in text[end : item.start()]:
                found[-1].comment = item["comment"]
            elif not item["comment"].startswith(" ----"):
                above, above_end = item["comment"], item.end()
            continue
        between = text[above_end : item.start()]
        if between.strip(" ,") not in ("\n", "\ntypedef"):
            above = ""
        if item["open"]:
            is_inside, doc, enumerations = True, above, enumerations + 1
        elif item["close"]:
            is_inside, doc = False, ""
        elif not value.startswith('"') and (item["macro"] or is_inside):
            known[name] = value_of(value, known)
            found.append(Constant(name, known[name], 0 if item["macro"] else enumerations, doc, above))
            end = item.end()
        above = ""
    for one, following in zip(found, [*found[1:], Constant("", 0, 0, "", "")]):
        if one.enumeration != following.enumeration or following.above:  # it is about this constant alone
            one.comment, one.above = f"{one.above}\n{one.comment}".strip(), ""
    return found


class Type:
    """A group, its constants and its comment in the headers."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.doc = ""
        self.constants: list[Constant] = []

    def add(self, constant: Constant, name: str) -> None:
        if constant.enumeration == 0:
            if not self.constants and "IntFlag" in self.group.base:  # the first of several bits
                self.doc = constant.above
            else:
                constant.comment = f"{constant.above}\n{constant.comment}".strip()
            constant.above = ""
        self.doc = self.doc or constant.doc
        constant.name = name
        self.constants.append(constant)

    def value(self, constant: Constant) -> str:
        return f"1 << {constant.value}" if "bits" in self.group.base and constant.enumeration else str(constant.value)


def grouped(constants: list[Constant], headers: list[Path]) -> list[Type]:
    types = [Type(group) for group in GROUPS]
    for constant in constants:
        for one in types:
            begin = re.match(one.group.pattern, constant.full)
            if begin:
                one.add(constant, constant.full[begin.end() :])
                break
        else:
            raise failed(constant.full, headers)
    for one in types:
        one.doc = one.doc or DOCS.get(one.group.python, "")
    return [one for one in types if one.constants]


def failed(name: str, headers: list[Path]) -> SystemExit:
    for folder in sorted({header.parent for header in headers}):
        for path in sorted([*folder.glob("*.h"), *folder.glob("*.def")]):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(rf"\b{name}\b", line):
                    return SystemExit(f"{path}:{number}: {name} is in no group of constants.py")
    return SystemExit(f"{headers[0]}: {name} is in no group of constants.py")


ITEM_OF_LIST = "  - "  # as gofmt writes it


def paragraphs(comment: str) -> list[tuple[str, str]]:
    """The paragraphs and the items of lists in a comment: how each begins, and its text."""
    found: list[tuple[str, str]] = []
    is_open = False
    for line in re.sub(r"^ *\*", "", comment, flags=re.M).splitlines():
        text, is_item = line.strip(), line.startswith(" - ")
        in_list = bool(found) and found[-1][0] == ITEM_OF_LIST
        if is_item or (text and (not is_open or (in_list and not line.startswith("   ")))):
            found.append((ITEM_OF_LIST, text[2:]) if is_item else ("", text))
        elif text:
            found[-1] = (found[-1][0], f"{found[-1][1]} {text}")
        is_open = bool(text)
    return found


class Writer:
    """What both languages share: names for those of the headers, also inside comments."""

    def __init__(self, types: list[Type]) -> None:
        self.types = types
        self.names: dict[str, str] = {}
        for one in types:
            self.name_all(one)

    def name_all(self, one: Type) -> None:
        raise NotImplementedError

    def text(self) -> str:
        raise NotImplementedError

    def words(self, comment: str) -> str:
        text = " ".join(re.sub(r"^ *\*", "", comment, flags=re.M).split())
        return re.sub(r"\bEHLO_\w+\*?", lambda name: self.names.get(name[0], name[0]), text)

    def lines(self, comment: str, mark: str, width: int = WIDTH) -> list[str]:
        width -= 3 * mark.count("\t")
        out: list[str] = []
        for begin, text in paragraphs(comment):
            if out and begin != ITEM_OF_LIST:
                out.append(mark.rstrip())
            follow = mark + " " * len(begin)
            out += textwrap.wrap(self.words(text), width, initial_indent=mark + begin, subsequent_indent=follow)
        return out


class Python(Writer):
    def name_all(self, one: Type) -> None:
        if one.group.python:
            self.names[one.group.pattern + "*"] = one.group.python
            for constant in one.constants:
                constant_name = PYTHON_NAMES.get(constant.name, constant.name)
                self.names[constant.full] = f"{one.group.python}.{constant_name}" if one.group.base else constant_name

    def text(self) -> str:
        out = [
            '''"""The numbers of the C API as enumerations. Written by capi/constants.py from the headers."""''',
            "",
            "from __future__ import annotations",
            "",
            "from enum import IntEnum, IntFlag",
            "from typing import Final",
            "",
        ]
        for one in self.types:
            if one.group.python and one.group.base:
                out += ["", *self.class_of(one)]
            elif one.group.python:
                for constant in one.constants:
                    line = f"{self.names[constant.full]}: Final[int] = {one.value(constant)}"
                    out += [*self.lines(constant.comment, "#: "), line]
                out.append("")
        params = {one.name for t in self.types if t.group.python == "ParamId" for one in t.constants if one.value}
        out += ["", "#: The words of parameters.", "WORDS: Final[dict[int, type[IntEnum] | type[IntFlag]]] = {"]
        for one in self.types:
            if (name := one.group.pattern[len("EHLO_") : -1]) in params:
                out.append(f"    ParamId.{name}: {one.group.python},")
        classes = [one.group.python for one in self.types if one.group.python and one.group.base]
        out += ["}", "", "__all__ = [", *(f'    "{name}",' for name in sorted(classes)), "]", ""]
        return "\n".join(out)

    def class_of(self, one: Type) -> list[str]:
        kind, *marks = one.group.base.split()
        out = [f"class {one.group.python}({kind}):"]
        doc = self.lines('"""' + one.doc.strip(), "", WIDTH - 7) if one.doc else [f'"""{one.group.origin()}']
        out += ["    " + line if line else "" for line in doc]
        out += ['    """', ""] if len(doc) > 1 else [out.pop() + '"""', ""]
        if "none" in marks:
            out.append("    NONE = 0")
        for constant in one.constants:
            line = f"    {self.names[constant.full].split('.')[1]} = {one.value(constant)}"
            comment = f"  #: {self.words(constant.comment)}" if constant.comment else ""
            if len(line + comment) > WIDTH:
                line, comment = "\n".join([*self.lines(constant.comment, "    #: "), line]), ""
            out += [*self.lines(constant.above, "    # "), line + comment]
        if "open" in marks:
            name = one.group.python
            out += ["", "    @classmethod", f"    def _missing_(cls, value: object) -> {name}:"]
            out.append(f"        return cls.{one.constants[0].name}")
        return [*out, ""]


def camel_case(word: str) -> str:
    return word if word in INITIALISMS else MIXED.get(word, word.capitalize())


class Go(Writer):
    def name_all(self, one: Type) -> None:
        if one.group.prefix is None:
            return
        self.names[one.group.pattern + "*"] = one.group.go.split()[0] if one.group.go else ""
        verbs = {
            c.full[len("EHLO_VERB_") :] for t in self.types for c in t.constants if c.full.startswith("EHLO_VERB_")
        }
        for constant in one.constants:
            if (one.group.capitals or constant.name in verbs) and constant.name not in PLAIN_WORDS:
                name = constant.name.replace("_", "")
            else:
                name = "".join(camel_case(word) for word in constant.name.split("_"))
            self.names[constant.full] = one.group.prefix + name
        self.names["EHLO_OK"] = "0"  # in Go success is nil, not an error

    def text(self) -> str:
        out = ["// Code generated by capi/constants.py from the headers; DO NOT EDIT.", "", "package ehlo"]
        for one in self.types:
            if one.group.prefix is not None:
                out += ["", *self.constants_of(one)]
        return "\n".join([*out, ""])

    def constants_of(self, one: Type) -> list[str]:
        out = []
        name = one.group.go.split(" ")[0]
        if name:
            out = [f"// {name} is {one.group.origin()}", *self.lines(one.doc, "// "), f"type {one.group.go}", ""]
            out[1:1] = ["//"] if one.doc else []
        out.append("const (")
        run: list[tuple[str, str]] = []  # adjacent constants, which gofmt aligns

        def end_run() -> None:
            width = max((len(left) for left, _ in run), default=0)
            out.extend(f"\t{left:{width}} {right}" for left, right in run)
            run.clear()

        for constant in one.constants:
            if constant.full == "EHLO_OK":
                continue
            if constant.above or constant.comment:
                end_run()
            if constant.above:
                out += [*([""] if out[-1] != "const (" else []), *self.lines(constant.above, "\t// "), ""]
            out += self.lines(constant.comment, "\t// ")
            run.append((self.names[constant.full], f"{name} = {one.value(constant)}".strip()))
        end_run()
        return [*out, ")"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the constants of the headers for Python or Go.")
    language = parser.add_mutually_exclusive_group(required=True)
    language.add_argument("--python", metavar="OUTPUT", type=Path, help="write a Python module")
    language.add_argument("--go", metavar="OUTPUT", type=Path, help="write a Go file")
    beside = Path(__file__).resolve().parent / "ehlo.h"
    parser.add_argument("headers", metavar="HEADER", nargs="*", type=Path, help="default: ehlo.h of this folder")
    given = parser.parse_args()
    headers = given.headers or [beside]
    types = grouped(constants_in(expand(*headers)), headers)
    text = (Python(types) if given.python else Go(types)).text()
    path = given.python or given.go
    # An equal file keeps its time, so that nothing is built again.
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
