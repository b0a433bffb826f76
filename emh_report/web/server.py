"""Running the form beside the gRPC service: uvicorn in a thread of the same process."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Final

import uvicorn

from emh_report.store import Store
from emh_report.web.app import application
from emh_report.web.desk import Desk
from emh_report.web.filing import Filing
from emh_report.web.people import Staff
from emh_report.web.samples import Sample
from emh_report.web.session import Door

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "::1")
GRACE_SECONDS: Final = 5


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is a guest of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


@contextlib.contextmanager
def running(store: Store, address: str, studies: Mapping[str, Sample], people: Staff) -> Iterator[str]:
    """Serve the form of ``studies`` over ``store`` for ``people`` while the block runs; gives its address.

    Raises ConnectionError where ``address`` cannot be listened on.
    """
    host, _, port = address.rpartition(":")
    listening = _listen(host, int(port))
    hosts = dict.fromkeys((*LOCAL, host.strip("[]"), *people.hosts))
    filing = Filing(Desk(store.catalog, studies), store)
    door = Door(people.people, store.secret("form sessions"), people.header, people.seconds)
    config = uvicorn.Config(
        application(filing, door, hosts),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=(listening,), name="emh-report form", daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://{host}:{listening[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(GRACE_SECONDS + 1)


def _listen(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets: for localhost both loopbacks, where there are two."""
    name = host.strip("[]")
    found: list[socket.socket] = []
    families = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, place in sorted(families):
        one = socket.socket(family, kind, protocol)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            chosen = found[0].getsockname()[1] if found else port
            one.bind((place[0], chosen, *place[2:]))
            one.listen(128)
        except OSError:
            one.close()
            if family == socket.AF_INET6 and found:  # a machine without IPv6, or with the port taken there only
                continue
            for other in found:
                other.close()
            raise ConnectionError(f"cannot listen on {host}:{port}: is the port taken?") from None
        found.append(one)
    return found
