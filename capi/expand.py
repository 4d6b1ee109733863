"""The headers as one text, for programs that read them without a compiler: constants.py, and the declarations for cffi.

expand() does only what these headers need of a preprocessor: includes from the same folder, conditions on names, and
the rows of `.def` files. It keeps comments, and the `#define` lines of values.
"""

from __future__ import annotations

import re
from pathlib import Path

TEXT = r'"(?:[^"\\]|\\.)*"'
NESTED = rf"\((?:[^()\"]|{TEXT}|\((?:[^()\"]|{TEXT})*\))*\)"
ARGUMENT = re.compile(rf"(?:[^,()\"]|{TEXT}|{NESTED})+")
TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/)"
    r"|^[ \t]*#[ \t]*(?P<word>\w+)(?P<rest>(?:/\*.*?\*/|\\\n|[^\n])*)"
    rf"|\b(?P<row>EHLO_\w+_ROW)\s*\((?P<arguments>(?:[^()\"]|{TEXT}|{NESTED})*)\)",
    re.M | re.S,
)


class Expander:
    def __init__(self) -> None:
        self.macros: dict[str, tuple[list[str], str]] = {}
        self.conditions: list[bool] = []
        self.pieces: list[str] = []

    def add(self, text: str) -> None:
        if all(self.conditions):
            self.pieces.append(text)

    def read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        at = 0
        for token in TOKEN.finditer(text):
            self.add(text[at : token.start()])
            at = token.end()
            if token["comment"]:
                self.add(token[0])
            elif token["row"]:
                self.row(token["row"], token["arguments"])
            else:
                self.directive(path, token["word"], token["rest"].replace("\\\n", " ").strip())
        self.add(text[at:])

    def directive(self, path: Path, word: str, rest: str) -> None:
        if word in ("ifdef", "ifndef"):
            self.conditions.append((rest.split()[0] in self.macros) == (word == "ifdef"))
        elif word == "if":
            self.conditions.append(False)
        elif word == "else":
            self.conditions[-1] = not self.conditions[-1]
        elif word == "endif":
            self.conditions.pop()
        elif not all(self.conditions):
            return
        elif word == "undef":
            self.macros.pop(rest.split()[0], None)
        elif word == "include" and rest.startswith('"'):
            self.read(path.parent / rest.split('"')[1])
        elif word == "define":
            self.define(rest)

    def define(self, rest: str) -> None:
        parts = re.match(r"(\w+)(?:\(([^)]*)\))?\s*(.*)", rest, re.S)
        assert parts is not None, rest
        name, parameters, body = parts.groups()
        self.macros[name] = ([] if parameters is None else [p.strip() for p in parameters.split(",")], body)
        if parameters is None and body:
            self.add(f"#define {name} {body}")

    def row(self, name: str, arguments: str) -> None:
        parameters, body = self.macros.get(name, ([], ""))
        given = [argument.strip() for argument in ARGUMENT.findall(arguments)]
        values = dict(zip(parameters, given))
        body = re.sub(r"\w+", lambda word: values.get(word[0], word[0]), body)
        self.add(re.sub(r"\s*##\s*", "", body))


def expand(*headers: Path) -> str:
    """The text of the headers and of the headers that they include, each once, in an order that C accepts."""
    expander = Expander()
    for header in headers:
        expander.read(header)
    return "".join(expander.pieces)
