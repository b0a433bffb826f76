"""The option of metrics, and what of the service is watched and counted beside the rest."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from emh_report.cli.options import check_address
from emh_report.config import METRICS_FOLDER, OFF, Settings

if TYPE_CHECKING:
    from emh_report.metrics import Metrics
    from emh_report.store import Store

metrics_option = click.option(
    "--metrics",
    default="",
    metavar="HOST:PORT|off",
    callback=check_address,
    help="Where Prometheus reads what the service counts. [env: EMH_METRICS; default: nowhere]",
)


class Ends(NamedTuple):
    """When the certificate ends, and the first of the authorities of callers; empty where there is none."""

    certificate_ends: str = ""
    client_ca_ends: str = ""


def _when(ends: datetime | None) -> str:
    return f"{ends:%Y-%m-%dT%H:%M:%SZ}" if ends else ""


@contextlib.contextmanager
def counting(chosen: Settings, store: Store | None, workers: int) -> Iterator[tuple[Metrics | None, str, Ends]]:
    """Watch certificates and serve metrics while the block runs, where there are any.

    Gives where to count, the address, and when certificates end; nothing for what there is not. Raises ConnectionError
    where the address cannot be listened on.
    """
    from emh_report.expiry import watched

    with contextlib.ExitStack() as stack:
        expiry = stack.enter_context(watched(chosen.security))
        ends = Ends(_when(expiry.ends), _when(expiry.authority and expiry.authority.ends)) if expiry else Ends()
        if chosen.metrics in ("", OFF):
            yield None, "", ends
            return
        if workers > 1:
            os.environ[METRICS_FOLDER] = stack.enter_context(tempfile.TemporaryDirectory(prefix="emh-report-metrics-"))
        from emh_report.http_server import serving
        from emh_report.metrics import Metrics  # only here: it reads the variable

        def deliveries() -> Iterable[tuple[str, str, int]]:
            peers = store.deliveries.peers() if store is not None else ()
            return [(one.name, state.value, number) for one in peers for state, number in one.counts.items()]

        metrics = Metrics()
        shown = metrics.application(deliveries, expiry.timestamps if expiry else dict)
        place = stack.enter_context(serving(shown, chosen.metrics, "emh-report metrics", chosen.security))
        yield metrics, place, ends
