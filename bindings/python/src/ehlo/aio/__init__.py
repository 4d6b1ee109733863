"""An asyncio server and client on top of the sessions."""

from .answers import Answer, Refuse, Reply
from .client import Client, connect
from .client_protocol import ClientError, Outcome, ServerReply
from .content import Aborted, Content
from .handler import Handler
from .outgoing import Body
from .sasl import Cancelled, Exchange
from .server import Server
from .session import Session
from .transaction import Transaction

__all__ = [
    "Aborted",
    "Answer",
    "Body",
    "Cancelled",
    "Client",
    "ClientError",
    "Content",
    "Exchange",
    "Handler",
    "Outcome",
    "Refuse",
    "Reply",
    "Server",
    "ServerReply",
    "Session",
    "Transaction",
    "connect",
]
