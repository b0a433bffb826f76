"""A service that stops: streams that wait for more end at once, and nothing is logged as a defect."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from emh_report.grpc_server.server import Server
from emh_report.store import Store
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.wire.statuses import DETAILS_KEY
from tests.case_files import catalog
from tests.store_reports import ATTENDING, complete, fresh

GRACE = 10.0


async def watched(store: Store) -> tuple[int, grpc.aio.AioRpcError, float]:
    """Watch while the server stops: the change told first, how the stream ended, and how long stopping took."""
    server = Server(catalog(), store=store)
    (address, *_) = await server.start("127.0.0.1:0")
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            ask: Any = channel.unary_stream("/emh_report.v1.StoredReportService/WatchReports")
            call = ask(pb.WatchReportsRequest().SerializeToString(), timeout=2 * GRACE)
            first = pb.WatchReportsResponse.FromString(await call.read()).seq
            start = time.monotonic()
            stopping = asyncio.create_task(server.stop(GRACE))
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await call.read()
            await stopping
    finally:
        await server.stop(0)
    return first, raised.value, time.monotonic() - start


def test_a_watch_ends_at_once_when_the_service_stops(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), fresh(tmp_path) as store:
        store.create(*complete(), ATTENDING)
        told, error, took = asyncio.run(watched(store))
    assert told == 1
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert took < GRACE / 3
    details = dict(error.trailing_metadata() or ())[DETAILS_KEY]
    assert "STOPPING" in str(details)
    assert not [one for one in caplog.records if one.exc_info or one.levelno >= logging.ERROR]
