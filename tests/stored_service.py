"""A running service with a store of its own, for the tests of stored reports over gRPC."""

from __future__ import annotations

import atexit
import contextlib
import functools
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from emh_report.client import (
    Client,
)
from emh_report.grpc_server import running
from emh_report.keys import new_signing_key
from emh_report.lifecycle import Action, Actor
from emh_report.records import Receipt, Release
from emh_report.store import Store
from tests.case_files import catalog
from tests.store_reports import ATTENDING, WHY, added, fresh

KEY = new_signing_key()
"""What the service signs with."""


class Service(NamedTuple):
    """A running service, a client of it, and the store behind it."""

    client: Client
    store: Store
    address: str


@functools.cache
def service() -> Service:
    """Start the service once for all tests of this process."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    store = stack.enter_context(fresh(folder, signing_keys=[KEY]))
    address = stack.enter_context(running(catalog(), store=store))
    return Service(stack.enter_context(Client(address, timeout=60)), store, address)


def do(client: Client, report_id: str, action: Action, actor: Actor = ATTENDING) -> Receipt:
    """Do one thing with a report, as somebody at a form would."""
    report = client.stored.get(report_id)
    if action is Action.UPDATE:
        return client.stored.update_draft(report_id, added(report.draft), report.context, actor, etag=report.etag)
    if action is Action.CORRECT_CONTEXT:
        first = report.context.studies[0]
        other = replace(first, study_instance_uid=f"{first.study_instance_uid}.2")
        context = replace(report.context, studies=(first, other))
        return client.stored.correct_context(report_id, context, actor, etag=report.etag)
    wanted = Release(action, actor, "because" if action in WHY else "")
    shown = client.stored.preview(report_id, wanted)
    return client.stored.release(report_id, wanted._replace(seen=shown.seen), etag=shown.etag)
