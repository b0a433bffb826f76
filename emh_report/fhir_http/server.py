"""Running the FHIR interface beside the gRPC service, in the same process."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from emh_report.catalog import Catalog
from emh_report.config import UNLOCKED, Security
from emh_report.http_server import Application, hosts, serving

if TYPE_CHECKING:
    from emh_report.metrics import Metrics
    from emh_report.store import Store


class Options(NamedTuple):
    """What an installation decides.

    ``tokens``: any of them opens the interface; without any it is open. ``address``: where it is found from outside,
    such as https://fhir.hospital.test, where a proxy stands before it. ``maps``: optional code maps that are licensed.
    ``security``: the certificate it shows, and the issuers whose tokens open it too. ``metrics``: where to count.
    """

    tokens: Sequence[str] = ()
    address: str = ""
    maps: frozenset[str] = frozenset()
    security: Security = UNLOCKED
    metrics: Metrics | None = None


DEFAULT = Options()


class Interface:
    """The application, made when it is first asked for anything, so that the service starts as quickly without it."""

    def __init__(self, catalog: Catalog, store: Store | None, names: Sequence[str], options: Options = DEFAULT) -> None:
        """Take what is served; ``names`` are the hosts that it answers to."""
        self._wanted = (catalog, store, names, options)
        self._lock = threading.Lock()

    @functools.cached_property
    def _made(self) -> Application:
        from emh_report.fhir_http.service import made

        return made(*self._wanted)

    def _ready(self) -> Application:
        with self._lock:
            return self._made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        application = await run_in_threadpool(self._ready)
        await application(scope, receive, send)


@contextlib.contextmanager
def running(catalog: Catalog, address: str, store: Store | None, options: Options = DEFAULT) -> Iterator[str]:
    """Serve while the block runs; gives the address that the paths of the releases are below.

    Raises ConnectionError where ``address`` cannot be listened on.
    """
    interface = Interface(catalog, store, hosts(address), options)
    with serving(interface, address, "emh-report FHIR", options.security, options.metrics) as place:
        yield f"{place}/fhir"
