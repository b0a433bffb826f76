"""A method as the dispatcher needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.message import Message

Check = Callable[[], None]
"""Called between stages; it raises where the caller has gone or the deadline has passed."""


class Method(NamedTuple):
    """From a request message to a response message.

    ``streams``: it returns an iterator of responses, None among them where there is nothing to say yet. ``waits``: it
    waits for a disk or a database, or takes long however small the request, so it is never called in the event loop.
    ``is_slow``: whether that is so of one request.
    """

    request: type[Message]
    call: Callable[[Any, Check], Any]
    streams: bool = False
    waits: bool = False
    is_slow: Callable[[Any], bool] | None = None
