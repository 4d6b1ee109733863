"""A server on aiosmtpd that drops messages: aiosmtpd_sink.py --listen HOST:PORT.

It prints "listening on HOST:PORT" when it is ready. All settings are the defaults of aiosmtpd."""

import argparse
import asyncio

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP


async def serve(host: str, port: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), host, port)
    address = server.sockets[0].getsockname()
    print(f"listening on {address[0]}:{address[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:0", help="HOST:PORT")
    host, _, port = parser.parse_args().listen.rpartition(":")
    asyncio.run(serve(host, int(port)))


main()
