"""Running the form beside the gRPC service."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from emh_report.config import UNLOCKED, Security
from emh_report.http_server import hosts, serving
from emh_report.sources import Board
from emh_report.store import Store
from emh_report.web.app import application
from emh_report.web.desk import Desk
from emh_report.web.filing import Filing
from emh_report.web.people import Staff
from emh_report.web.samples import Sample
from emh_report.web.session import Door

if TYPE_CHECKING:
    from emh_report.metrics import Metrics


@contextlib.contextmanager
def running(  # noqa: PLR0913 - one parameter for each choice
    store: Store,
    address: str,
    studies: Mapping[str, Sample],
    people: Staff,
    board: Board | None = None,
    *,
    security: Security = UNLOCKED,
    metrics: Metrics | None = None,
) -> Iterator[str]:
    """Serve the form of ``studies`` over ``store`` for ``people`` while the block runs; gives its address.

    ``board`` has the studies of PACS and RIS; ``security`` the certificate it shows; requests are counted in
    ``metrics``.

    Raises ConnectionError where ``address`` cannot be listened on.
    """
    filing = Filing(Desk(store.catalog, studies, board), store)
    door = Door(people.people, store.secret("form sessions"), people.header, people.seconds)
    answers_to = [*hosts(address), *people.hosts]
    made = application(filing, door, answers_to, people.origins, people.language)
    with serving(made, address, "emh-report form", security, metrics) as page:
        yield page
