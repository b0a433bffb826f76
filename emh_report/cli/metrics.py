"""The option of metrics, and how they are served beside the rest."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

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


@contextlib.contextmanager
def counting(chosen: Settings, store: Store | None, workers: int) -> Iterator[tuple[Metrics | None, str]]:
    """Serve metrics while the block runs; gives where to count and the address, nothing where nobody wants them.

    Raises ConnectionError where the address cannot be listened on.
    """
    if chosen.metrics in ("", OFF):
        yield None, ""
        return
    with contextlib.ExitStack() as stack:
        if workers > 1:
            os.environ[METRICS_FOLDER] = stack.enter_context(tempfile.TemporaryDirectory(prefix="emh-report-metrics-"))
        from emh_report.http_server import serving
        from emh_report.metrics import Metrics  # only here: it reads the variable

        def deliveries() -> Iterable[tuple[str, str, int]]:
            peers = store.deliveries.peers() if store is not None else ()
            return [(one.name, state.value, number) for one in peers for state, number in one.counts.items()]

        metrics = Metrics()
        shown = metrics.application(deliveries)
        yield metrics, stack.enter_context(serving(shown, chosen.metrics, "emh-report metrics", chosen.security))
