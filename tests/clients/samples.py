"""Messages that show how a receiver handles dots, line ends, long lines and octets above 127."""

# All header fields that a relay or a submission client would add if they were missing.
HEADER = (
    b"From: a@client.example\r\nTo: bob@mx.example\r\nSubject: sample\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n"
    b"Message-Id: <1@client.example>\r\n\r\n"
)

DOT_LINES = (b".", b"..", b"...", b".x", b"..x", b". ", b" .", b"x.", b"x..", b"", b".", b".", b"", b".")

# Sizes of segments, pages and read buffers, at which a decoder that looks only at one buffer fails.
BORDERS = (1448, 4096, 8192, 16384, 65536)


def dots_at_borders(shift):
    """A message in which short lines of dots surround every multiple of each border up to 128 KiB.

    `shift` moves them by that number of octets: in four shifts, lines of three and four octets have every alignment."""
    message = bytearray(HEADER)
    message += b"s" * shift + b"\r\n"
    marks = sorted({border * times for border in BORDERS for times in (1, 2, 3)})
    for mark in marks:
        # Doubled dots make the content longer when it is sent, so the dots begin well before the border.
        begin = mark - 300
        while len(message) < begin:
            room = min(72, begin - len(message))
            message += b"x" * max(room - 2, 1) + b"\r\n"
        count = 0
        while len(message) < mark + 60:
            message += (b".", b"..", b".y", b"")[count % 4] + b"\r\n"
            count += 1
    return bytes(message) + b".\r\n"


def all_octets():
    """Every octet except NUL, CR and LF, which other programs may change."""
    octets = bytes(octet for octet in range(1, 256) if octet not in (10, 13))
    return HEADER + b"\r\n".join(octets[at : at + 50] for at in range(0, len(octets), 50)) + b"\r\n"


def large(octets):
    """About this number of octets in numbered lines, so that a lost or doubled block is seen."""
    lines = []
    size = len(HEADER)
    while size < octets:
        number = len(lines)
        line = b"%010d %s\r\n" % (number, b"." * (number % 60))
        if number % 7 == 0:
            line = b"." + line
        lines.append(line)
        size += len(line)
    return HEADER + b"".join(lines)


SAMPLES = {
    "short": HEADER + b"hello\r\n",
    "no-body": HEADER[:-2],
    "blank-lines": HEADER + b"\r\n\r\nx\r\n\r\n\r\n",
    "dots": HEADER + b"".join(line + b"\r\n" for line in DOT_LINES) + b"end\r\n",
    "ends-with-dot-line": HEADER + b"text\r\n.\r\n",
    "ends-with-two-dots": HEADER + b"text\r\n..\r\n",
    "dots-only": HEADER + b".\r\n" * 500,
    "octets": all_octets(),
    "utf-8": HEADER + "Grüße, κόσμε, 世界, 😀\r\n".encode(),
    "line-of-998": HEADER + b"y" * 998 + b"\r\n" + b"." + b"z" * 997 + b"\r\n",
    "borders-0": dots_at_borders(0),
    "borders-1": dots_at_borders(1),
    "borders-2": dots_at_borders(2),
    "borders-3": dots_at_borders(3),
    "300-kib": large(300 * 1024),
}
