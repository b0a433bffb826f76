"""An HTTP server as a guest of this process: uvicorn in a thread, on one address or on both loopbacks."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from emh_report.certificates import Certificates
from emh_report.config import UNLOCKED, Security

if TYPE_CHECKING:
    from emh_report.metrics import Metrics

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "::1")
"""Names that the machine has for itself."""

GRACE_SECONDS: Final = 5
Application = Callable[..., Any]
"""An ASGI application."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is a guest of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def hosts(address: str) -> list[str]:
    """Return the names that a server at ``address`` answers to: those of this machine, and the one it listens on."""
    return list(dict.fromkeys((*LOCAL, address.rpartition(":")[0].strip("[]"))))


@contextlib.contextmanager
def serving(
    application: Application,
    address: str,
    name: str,
    security: Security = UNLOCKED,
    metrics: Metrics | None = None,
) -> Iterator[str]:
    """Serve ``application`` while the block runs; gives its address. ``name`` is that of the thread and of the door.

    With the certificate of ``security`` it speaks HTTPS and nothing else; requests are counted in ``metrics``.

    Raises ConnectionError where ``address`` cannot be listened on, and SettingError and OSError for files of the
    certificate.
    """
    context = Certificates(security, name).context() if security.certificate else None
    host, _, port = address.rpartition(":")
    listening = listen(host, int(port))
    config = uvicorn.Config(
        metrics.metered(application) if metrics else application,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_context_factory=(lambda *_: context) if context else None,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=(listening,), name=name, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"{'https' if security.certificate else 'http'}://{host}:{listening[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(GRACE_SECONDS + 1)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets: for localhost both loopbacks, where there are two. Raises ConnectionError."""
    name = host.strip("[]")
    found: list[socket.socket] = []
    try:
        families = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise ConnectionError(f"cannot listen on {host}:{port}: no such host") from None
    for family, kind, protocol, _, place in sorted(families):
        one = socket.socket(family, kind, protocol)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            chosen = found[0].getsockname()[1] if found else port
            one.bind((place[0], chosen, *place[2:]))
            one.listen(128)
        except OSError as error:
            one.close()
            if family == socket.AF_INET6 and found:  # a machine without IPv6, or with the port taken there only
                continue
            for other in found:
                other.close()
            raise ConnectionError(f"cannot listen on {host}:{port}: {error.strerror}") from None
        found.append(one)
    return found
