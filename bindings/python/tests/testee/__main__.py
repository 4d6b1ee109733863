"""Answers the runner of the vectors: a request on a line of the input, its response on a line of the output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import ehlo
from ehlo import ErrorCode, Extension, Seen, Verb

from . import forms, sessions
from .forms import Json, as_sent, octets, parse, require, shown

Call = dict[str, Json]


def parse_options(call: Call) -> dict[str, Any]:
    options: dict[str, Any] = {"tls": bool(call.get("tls"))}
    if call.get("extensions") is not None:
        options["extensions"] = forms.extensions_of(*call["extensions"])
    if call.get("lmtp"):
        options["protocol"] = ehlo.Protocol.LMTP
    return options


def parse_command(call: Call) -> Json:
    options = {**parse_options(call), "max_line": call.get("max_line") or 0}
    return parse(octets(call["line"]), lambda line: forms.command_form(ehlo.parse_command(line, **options)))


def parse_path(call: Call) -> Json:
    options = {name: bool(call.get(name)) for name in ("forward", "smtputf8")}
    return parse(octets(call["path"]), lambda path: forms.path_form(ehlo.parse_path(path, **options)))


def parse_params(call: Call) -> Json:
    verb, options = Verb[call["verb"]], parse_options(call)
    given = octets(call["params"])
    return {"params": parse(given, lambda text: forms.params_form(ehlo.parse_params(text, verb, **options)))}


def parse_reply(call: Call) -> Json:
    limits = sessions.reply_limits(call)
    reply = parse(octets(call["octets"]), lambda text: ehlo.parse_reply(text, limits=limits))
    return {**reply._asdict(), "lines": [shown(line) for line in reply.lines]}


def parse_hello(call: Call) -> Json:
    tls, limits = bool(call.get("tls")), sessions.reply_limits(call)
    hello = parse(octets(call["octets"]), lambda text: ehlo.parse_hello(text, tls=tls, limits=limits))
    require(bool(hello.mechanisms) == (Extension.AUTH in hello.usable), "AUTH is usable or not")
    return {
        "domain": as_sent(hello.domain),
        "capabilities": [[as_sent(keyword), [*map(as_sent, words)]] for keyword, words in hello.capabilities],
        "size_limit": hello.size_limit,
        "offered": forms.keywords_of(hello.offered),
        "usable": forms.keywords_of(hello.usable),
        "mechanisms": [*map(as_sent, hello.mechanisms)],
    }


def decode_base64(call: Call) -> Json:
    return {"octets": shown(forms.lend(octets(call["text"]), ehlo.decode_base64))}


def write_plain(call: Call) -> Json:
    user, password = (octets(call[name]).decode() for name in ("user", "password"))
    message = ehlo.write_plain(user, password)
    require(forms.lend(message, ehlo.parse_plain) == ("", user, password), "parse_plain reads something else")
    text = ehlo.encode_base64(message)
    require(ehlo.decode_base64(text) == message, "decode_base64 gives something else than was encoded")
    return {"text": shown(text)}


def parse_plain(call: Call) -> Json:
    plain = forms.lend(octets(call["octets"]), ehlo.parse_plain)
    return {name: as_sent(text) for name, text in plain._asdict().items()}


def write_param(call: Call) -> Json:
    _, value = ehlo.param(call["keyword"], octets(call["text"]))
    return {"value": value if isinstance(value, str) else shown(value)}


_OTHERWISE = {"LONG_LINE": "DATA_LINE_TOO_LONG", "TOO_LARGE": "MESSAGE_TOO_LARGE"}
VIOLATIONS = {seen: ErrorCode[_OTHERWISE.get(name, name)] for name, seen in Seen.__members__.items()}


def decode_data(call: Call) -> Json:
    decoder = ehlo.DotDecoder(max_line_octets=call.get("max_line") or 0, max_octets=call.get("max_size") or 0)
    room, kept, body, seen, done, receives = call["spans"], b"", b"", Seen(0), False, 0

    def feed(content: Any) -> tuple[bytes, ehlo.Decoded]:
        fed = decoder.feed(content, room=room)
        return b"".join(fed.views), fed

    for piece in call["pieces"]:
        kept, more = kept + piece, True
        while more and not done:
            octets_of_it, (consumed, views, seen, done) = forms.lend(kept, feed)
            receives += 1
            require(len(octets_of_it) <= consumed <= len(kept) and len(views) <= room, "the decoder overshoots")
            require(consumed or len(views) < room, "no octet is consumed, and the pieces ran out")
            kept, body, more = kept[consumed:], body + octets_of_it, consumed > 0
        require(done or len(kept) <= 3, "more than three octets are not consumed")
    places = {bit: decoder.first(bit) for bit in VIOLATIONS}
    require(all((bit in seen) == (at is not None) for bit, at in places.items()), f"other violations than {seen!r}")
    violations = [[forms.error_name(VIOLATIONS[bit]), at] for bit, at in places.items() if at is not None]
    result = {"body": shown(body), "rest": shown(kept), "done": done, "violations": violations}
    return {**result, "receives": receives}


FUNCTIONS: tuple[Callable[[Call], Json], ...] = (
    *(parse_command, parse_path, parse_params, parse_reply, parse_hello, decode_base64, write_plain, parse_plain),
    *(write_param, decode_data, sessions.server, sessions.client, sessions.turn, sessions.close),
)
CALLS = {function.__name__: function for function in FUNCTIONS}
CALLS["client_turn"] = sessions.turn


def result_of(call: Call, shared: Sequence[bytes] = ()) -> Json:
    """`shared`: the octets of the request, which pieces may be cut out of."""
    if call["call"] not in CALLS:
        return {"unknown": True}
    try:
        if call.get("pieces"):
            pieces = [octets(p) if isinstance(p, str) else shared[p[0]][p[1] : p[2]] for p in call["pieces"]]
            call = {**call, "pieces": pieces}
        return CALLS[call["call"]](call)
    except forms.Fault as fault:
        return {"fault": str(fault)}
    except ehlo.Error as error:
        return {"error": error.name, "at": error.offset, "code": error.code or None}
    except Exception as problem:
        return {"fault": f"{type(problem).__name__}: {problem}"}


def response_to(request: dict[str, Json]) -> str:
    """Results that are equal are written once: most cuts of a case differ in nothing."""
    shared = [*map(octets, request.get("octets") or ())]
    written: dict[str, int] = {}
    results: list[str] = []
    for call in request["calls"]:
        result = json.dumps(result_of(call, shared), separators=(",", ":"))
        first = written.setdefault(result, len(results))
        results.append(result if first == len(results) else f'{{"same":{first}}}')
    return f'{{"results":[{",".join(results)}]}}\n'


if __name__ == "__main__":
    for line in sys.stdin.buffer:
        sys.stdout.write(response_to(json.loads(line)))
        sys.stdout.flush()
