"""Parsers and writers without a session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ehlo
from ehlo import ErrorCode, Extension, Verb

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
ATOM = st.text("abcdefghijklmnopqrstuvwxyz0123456789-!#$%&'*+/=?^_`{|}~", min_size=1, max_size=20)
NAME = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?){0,3}", fullmatch=True)


@given(st.binary(max_size=200))
def test_base64_comes_back_and_is_strict(octets: bytes) -> None:
    assert ehlo.decode_base64(ehlo.encode_base64(octets)) == octets
    try:
        decoded = ehlo.decode_base64(octets)
    except ehlo.ProtocolError as refusal:
        assert refusal.error == ErrorCode.BAD_BASE64
    else:
        assert ehlo.encode_base64(decoded) == octets


@given(st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=200))
def test_xtext_comes_back(text: str) -> None:
    try:
        coded = ehlo.encode_xtext(text)
    except ehlo.ArgumentError:
        return
    assert ehlo.decode_xtext(coded).decode() == text
    assert all(33 <= octet <= 126 for octet in coded)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_a_local_part_comes_back(text: str) -> None:
    assert ehlo.unquote_local_part(ehlo.quote_local_part(text)).decode() == text


FIELD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=50)


@given(FIELD, FIELD, st.one_of(st.just(""), FIELD))
def test_plain_comes_back(user: str, password: str, authzid: str) -> None:
    message = ehlo.write_plain(user, password, authzid)
    assert ehlo.parse_plain(message) == (authzid, user, password)
    assert ehlo.parse_plain(memoryview(bytearray(message))) == (authzid, user, password)


def test_plain_refuses_other_octets() -> None:
    with pytest.raises(ehlo.ArgumentError):
        ehlo.write_plain("a\0b", "c")
    with pytest.raises(ehlo.ArgumentError):
        ehlo.write_plain("", "c")
    for message in (b"", b"a\0b", b"\0\0x", b"\0a\0\xff"):
        with pytest.raises(ehlo.ProtocolError):
            ehlo.parse_plain(message)


@given(ATOM, NAME)
def test_a_mail_command_comes_back(local: str, domain: str) -> None:
    line = ehlo.write_command(
        Verb.MAIL, f"{local}@{domain}", params=[ehlo.param("SIZE", 5), ehlo.param("ENVID", "a b=c")]
    )
    command = ehlo.parse_command(line)
    assert command.path is not None
    assert command.path.address == f"{local}@{domain}"
    assert [(param.name, param.decoded) for param in command.params] == [("SIZE", 5), ("ENVID", "a b=c")]
    assert repr(command.params) == "[<Param SIZE=5>, <Param ENVID=a+20b+3Dc>]"


@given(st.binary(max_size=80))
def test_any_line_is_parsed_or_refused(line: bytes) -> None:
    for data in (line, line + b"\r\n", b"MAIL FROM:<" + line + b">\r\n", b"RCPT TO:<a@b> " + line + b"\r\n"):
        try:
            command = ehlo.parse_command(data)
        except ehlo.Error as refusal:
            # Without its CRLF it is no line: the program's mistake.
            assert isinstance(refusal, ehlo.ProtocolError) or not data.endswith(b"\r\n")
            assert refusal.offset is not None
            assert 0 <= refusal.offset <= len(data)
        else:
            repr(command)
            for param in command.params:
                assert param.decoded is None or param.decoded is not None


@given(st.binary(max_size=120))
def test_any_reply_is_parsed_or_refused(data: bytes) -> None:
    for octets in (data, b"250-" + data + b"\r\n250 x\r\n"):
        for parse in (ehlo.parse_reply, ehlo.parse_hello):
            try:
                repr(parse(octets))
            except ehlo.Error as refusal:
                assert refusal.offset is None or 0 <= refusal.offset <= len(octets)


@given(st.sampled_from([200, 250, 354, 421, 550, 599]), st.lists(TEXT, min_size=1, max_size=4))
def test_a_reply_comes_back(code: int, lines: list[str]) -> None:
    enhanced = f"{code // 100}.1.2" if code // 100 != 3 else None  # 3yz has none
    octets = ehlo.write_reply(code, "\n".join(lines), enhanced=enhanced)
    reply = ehlo.parse_reply(octets + b"rest")
    assert (reply.code, reply.enhanced, reply.length) == (code, enhanced, len(octets))
    texts = [line.decode().removeprefix(f"{enhanced} ").removeprefix(enhanced or "") for line in reply.lines]
    assert texts == lines


def test_a_size_goes_to_the_last_of_64_bits() -> None:
    for size in (2**63 - 1, 2**63, 2**64 - 1):
        command = ehlo.parse_command(b"MAIL FROM:<> SIZE=%d\r\n" % size)
        assert [(param.number, param.decoded) for param in command.params] == [(size, size)]


def test_a_reply_has_the_default_status_code_or_none() -> None:
    assert ehlo.write_reply(550, "no") == b"550 5.0.0 no\r\n"
    assert ehlo.write_reply(354, "go") == b"354 go\r\n"
    bare = ehlo.write_reply(550, "no", enhanced="")
    assert bare == b"550 no\r\n"
    assert ehlo.parse_reply(bare).enhanced is None


def test_writers_refuse_text_that_would_end_the_line() -> None:
    for write in (
        lambda: ehlo.write_command(Verb.MAIL, "a@b\r\nDATA"),
        lambda: ehlo.write_command(Verb.MAIL, "a@b", params=[("SIZE", "1\r\nDATA")]),
        lambda: ehlo.write_command(Verb.MAIL, "a@b", params=[("SIZE", "1 BODY=7BIT")]),
        lambda: ehlo.write_command(Verb.NOOP, "a\r\nb"),
        lambda: ehlo.write_command(Verb.EHLO, "a b"),
        lambda: ehlo.write_reply(250, "a\0"),
        lambda: ehlo.write_reply(199, "a"),
        lambda: ehlo.write_reply(250, "a", enhanced="5.1"),
        lambda: ehlo.write_reply(250, "a", enhanced="2.01.1"),
        lambda: ehlo.write_reply(250, "a", enhanced="0.0.1"),
        lambda: ehlo.write_hello("a b"),
        lambda: ehlo.write_hello("mx.example", ["SIZE\r\n500 x"]),
        lambda: ehlo.param("NOTIFY", "x"),
        lambda: ehlo.param("SIZE", -1),
        lambda: ehlo.param("SIZE", 2**64),
        lambda: ehlo.param("NOTIFY", 2**64 - 1),
        lambda: ehlo.param("BODY", 7),
        lambda: ehlo.param("SMTPUTF8", "x"),
    ):
        with pytest.raises((ehlo.ArgumentError, ehlo.ProtocolError)):
            write()


@pytest.mark.parametrize(
    ("keyword", "value", "sent"),
    [
        ("SIZE", 10, b"10"),
        ("SIZE", 2**63, b"9223372036854775808"),
        ("SIZE", 2**64 - 1, b"18446744073709551615"),
        ("BODY", ehlo.BodyType.BINARYMIME, b"BINARYMIME"),
        ("RET", ehlo.Ret.HDRS, b"HDRS"),
        ("NOTIFY", ehlo.Notify.NEVER, b"NEVER"),
        ("ENVID", "a b+", b"a+20b+2B"),
        ("AUTH", "<>", b"<>"),
        ("ORCPT", "rfc822;a b@c", b"rfc822;a+20b@c"),
        (ehlo.ParamId.SMTPUTF8, None, None),
        ("X-OWN", "v", "v"),
        ("X-OWN", 5, "5"),
    ],
)
def test_parameters_are_written_from_their_meaning(keyword: str, value: object, sent: object) -> None:
    assert ehlo.param(keyword, value)[1] == sent  # type: ignore[arg-type]


def test_a_hello_comes_back() -> None:
    reply = ehlo.write_hello("mx.example", ["SIZE 10", "auth plain LOGIN", "X-OWN a  b", "STARTTLS"])
    hello = ehlo.parse_hello(reply)
    assert hello.capabilities == [
        ("SIZE", ["10"]),
        ("AUTH", ["plain", "LOGIN"]),
        ("X-OWN", ["a", "b"]),
        ("STARTTLS", []),
    ]
    assert Extension.STARTTLS in hello.usable
    assert Extension.STARTTLS not in ehlo.parse_hello(reply, tls=True).usable
    assert ehlo.keyword_of(Extension.EIGHTBITMIME) == "8BITMIME"
    assert ehlo.extension_of("8bitmime") == Extension.EIGHTBITMIME


def test_paths_are_compared_by_what_was_sent() -> None:
    path = ehlo.parse_path(b"<@r.example:a@b.example>", forward=True)
    assert bytes(path.route or b"") == b"@r.example"
    assert path == ehlo.parse_path(bytearray(b"<@r.example:a@b.example>"), forward=True)
    assert path != ehlo.parse_path(b"<a@b.example>")
    assert (str(path), repr(path)) == ("a@b.example", "<Path 'a@b.example'>")
    assert bytes(path) == b"<@r.example:a@b.example>"
    match path:
        case ehlo.Path(address):
            assert address == "a@b.example"
    null = ehlo.parse_path(b"<>")
    assert null.is_null
    assert (bytes(null.local), null.domain, null.address) == (b"", None, "")
    with pytest.raises(ehlo.ProtocolError) as refusal:
        ehlo.parse_path("<\u00fc@b>".encode())
    assert refusal.value.error == ErrorCode.NEEDS_SMTPUTF8


def test_a_decoder_reports_nuls_and_the_false_end_that_they_hide() -> None:
    decoder = ehlo.DotDecoder()
    fed = decoder.feed(b"a\r\n\0.\r\n.\r\n")
    assert (fed.done, fed.violations) == (True, ehlo.Seen.NUL | ehlo.Seen.FALSE_END)
    assert (decoder.first(ehlo.Seen.NUL), decoder.first(ehlo.Seen.FALSE_END)) == (3, 4)
    with pytest.raises(ehlo.SpaceError):
        ehlo.DotDecoder().feed(b"a\r\n", room=2)


def test_a_path_above_a_limit_of_the_programs_own_is_refused() -> None:
    line = b"RCPT TO:<" + b"x" * 70 + b"@mx.example>\r\n"
    assert ehlo.parse_command(line).path is not None
    for local_part, path in ((64, 0), (0, 80)):
        with pytest.raises(ehlo.ProtocolError) as refusal:
            ehlo.parse_command(line, max_local_part=local_part, max_path=path)
        assert refusal.value.error == ehlo.ErrorCode.PATH_TOO_LONG
