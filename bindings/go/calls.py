"""The calls of the C API that Go has one for one: the methods of sessions, and what writes text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

PROTOTYPE = re.compile(r"EHLO_API (?:const )?(\w+[ *]+)(ehlo_\w+)\(([^)]*)\);")


def docs(text: str) -> dict[str, str]:
    entries = (" ".join(entry.split()).partition(": ") for entry in re.split(r"\n(?=\w)", text.strip()))
    return {c_name: doc for c_name, _, doc in entries}


# By the C name: the doc, whose first word is the name in Go. The role stands before what one role has alone, or has
# with another doc.
METHODS = docs(r"""
wants: Wants says what the session waits for.
facts: Facts of the session.
timeout: Timeout says what is waited for now, and how long at most.
server_protocol_name: ProtocolName is the protocol of the "with" clause of a trace field (RFC 3848): "ESMTPSA".
server_tls_started: TLSStarted reports that the handshake, which WantTLS asked for, has succeeded: input is what TLS
    decrypts from now on.
client_tls_started: TLSStarted reports that the handshake has succeeded: say hello again.
tls_failed: TLSFailed reports that the handshake has failed: the session ends.
server_eof: EOF reports that the peer has closed or the transport has failed. The events of it come with the next
    advance.
client_eof: EOF reports that the server has closed. What was read before counts: it is acted on by the advance that
    uses up the input.
server_timed_out: TimedOut reports that the time of Timeout has passed: 421 and the end.
client_timed_out: TimedOut reports that the time of Timeout has passed.
server_shutdown: Shutdown ends the session with 421 as soon as the replies before it are decided; text "" stands for a
    default, with its status code.
release: Release ends an idle session without closing its connection, which goes on with a session of the other role
    (TURN, ATRN). ErrState: it is not idle.
client_open: Open waits for the greeting and says hello, EHLO first and HELO where that is refused: ends with a READY
    event. To be called again after TLSStarted.
client_transaction: Transaction is the number of the transaction that Transact or Mail began last.
client_lacks: Lacks gives the extensions for whose absence the last call gave ErrNotOffered; 0: a parameter or
    mechanism that no known extension brings.
client_hello: Hello sends VerbEHLO, VerbHELO or VerbLHLO with our name.
client_starttls: StartTLS sends STARTTLS; a TLS event asks for the handshake.
client_mail: Mail sends MAIL with the sender (without brackets, "" is the null reverse-path).
client_rcpt: Rcpt sends RCPT with the recipient, without brackets.
client_data: Data sends DATA.
client_rset: Rset sends RSET.
client_quit: Quit sends QUIT.
client_command: Command sends a verb that needs nothing of the session: of the program's rows, of the library's (VRFY,
    EXPN, HELP and the like), or of no row. What may stand behind it, and when, its row says. FlagSMTPUTF8: the
    argument of VRFY or EXPN may be UTF-8 (RFC 6531 3.7.4.2). ErrArgument: not such a verb, or not an argument of it.
client_auth: Auth begins a SASL exchange; `response` is the initial response in raw octets, nil for none; one of no
    octets is sent as "=".
client_auth_respond: Respond answers the open challenge with raw octets; CancelAuth gives the exchange up.
client_auth_cancel: CancelAuth gives the open exchange up with "*".
client_abort_data: AbortData sends the lone dot after a 354 without an accepted recipient (RFC 2920 3.1).
client_abort: Abort gives up: the session ends with ErrShutdown, nothing more is sent, the connection is to be closed.
client_outstanding: Outstanding is how many replies are awaited.
client_extensions: Extensions are those that the server announced last and that may be used now.
""")
WRITERS = docs(r"""
param_write: AppendParam appends "KEYWORD=value" from its meaning, as the kind of its row has it: `number` of numbers,
    words and dates (SIZE from 2^63 on: int64(size)), else `text`, decoded (ORCPT: "type;address"). ErrArgument: there
    is no such value.
param_value_write: AppendParamValue appends the value alone.
local_part_unquote: AppendUnquoted appends the meaning of a local part as sent: quotes and backslashes removed (RFC
    5321 4.1.2).
local_part_quote: AppendQuoted appends a local part as it is to be sent, in quotes where it needs them.
xtext_decode: AppendXtextDecoded appends what the xtext says (RFC 3461 4); `anyCase`: hexadecimal digits in lower case
    too (RFC 4954 5).
xtext_encode: AppendXtext appends the text as xtext.
orcpt_decode: AppendORCPTDecoded appends the address of an ORCPT value behind its "type;" (RFC 3461 4.2, RFC 6533 3).
base64_decode: AppendBase64Decoded appends what the base64 says, read strictly as RFC 4954 4 asks.
base64_encode: AppendBase64 appends the octets in base64.
auth_plain_write: AppendPlain appends the message of SASL PLAIN in raw octets (RFC 4616). ErrArgument: a NUL in a
    field, or an empty authcid or passwd.
reply_write: AppendReply appends a reply; `enhanced` 0 for the default of the code, EnhancedNone for none; "\n" in the
    text begins a line, and long lines are folded at 512 octets.
hello_write: AppendHello appends a 250 reply to EHLO: the domain and a line for each line of `lines`, which are
    separated by "\n", each a keyword with its parameters.
""")
# Numbers that have a type of their own, by their name; others keep that of C.
TYPES = {"id": "ParamID", "verb": "Verb", "flags": "Flags", "enhanced": "Enhanced", "code": "int"}
RESULTS = {"wants": "Wants", "facts": "Facts", "extensions": "Extensions", "lacks": "Extensions", "outstanding": "int"}


def arguments(prototype: str) -> Iterator[tuple[str, str, str]]:
    """Of each argument in Go its name, its type, and how it is given to C."""
    for kind, name in re.findall(r"(?:const )?(\w+[ *]+)(\w+)(?:, size_t \w*(?:length|count))?", prototype):
        kind = kind.strip()
        if kind == "ehlo_param_text*":
            yield name, "...ParamText", "list, count"
            continue
        if kind in ("void*", "char*"):
            view, go = ("bytesOf", "[]byte") if kind == "void*" else ("chars", "string")
            yield name, go, f"{view}({name}), C.size_t(len({name}))"
        elif kind == "int32_t":
            name = re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)
            yield name, "bool", f"truth({name})"
        else:
            yield name, TYPES.get(name, kind.removesuffix("_t")), f"C.{kind}({name})"


def method(role: str, c_name: str, result: str, rest: str, doc: str) -> list[str]:
    own = role[0]
    given = list(arguments(rest))
    call = f"C.ehlo_{role}_{c_name}({', '.join([f'{own}.c', *(c for _, _, c in given)])})"
    takes = ", ".join(f"{name} {go}" for name, go, _ in given)
    head = f"func ({own} *{role.capitalize()}) {doc.split()[0]}({takes})"
    if result == "void":
        return [f"{head} {{ {own}.with(func() {{ {call} }}) }}"]
    if result == "int32_t":
        pinned = ["var pin pins", "defer pin.Unpin()", "list, count := pin.params(params)"]
        pins = [f"\t{line}" for line in pinned if "...ParamText" in takes]
        body = [f"\treturn {own}.call(func() C.int32_t {{", f"\t\treturn {call}", "\t})"]
        return [f"{head} error {{", *pins, *body, "}"]
    go = RESULTS.get(c_name) or {"char*": "string", "ehlo_timeout": "Timeout"}.get(result, result.removesuffix("_t"))
    made = {"char*": "C.GoString", "ehlo_timeout": "timeoutOf"}.get(result, go)
    return [f"{head} {go} {{", f"\treturn asked(&{own}.object, func() {go} {{ return {made}({call}) }})", "}"]


def writer(c_name: str, given: list[tuple[str, str, str]], doc: str) -> list[str]:
    takes = ", ".join(f"{name} {go}" for name, go, _ in given)
    return [
        f"func {doc.split()[0]}(dst []byte, {takes}) ([]byte, error) {{",
        "\treturn into(dst, func(out unsafe.Pointer, capacity C.size_t) C.int64_t {",
        f"\t\treturn C.ehlo_{c_name}({', '.join(c for _, _, c in given)}, out, capacity)",
        "\t})",
        "}",
    ]


def calls(headers: str, lines_of: Callable[[str, str], list[str]]) -> str:
    """`lines_of` gives the lines of a comment."""
    out = ["package ehlo", "", '// #include "shim.h"', 'import "C"', "", 'import "unsafe"', ""]
    for result, name, takes in PROTOTYPE.findall(headers):
        takes = " ".join(takes.split())
        session = re.match(r"ehlo_(server|client)_(\w+)", name)
        if session:
            role, c_name = session.groups()
            doc = METHODS.get(f"{role}_{c_name}") or METHODS.get(c_name)
            lines = method(role, c_name, result.strip(), takes.partition(", ")[2], doc) if doc else []
        else:
            doc = WRITERS.get(name.removeprefix("ehlo_"))
            inputs = takes.removesuffix(", void* out, size_t capacity")
            lines = writer(name.removeprefix("ehlo_"), list(arguments(inputs)), doc) if doc else []
        if doc:
            out += [*lines_of(doc, "// "), *lines, ""]
    return "\n".join(out)
