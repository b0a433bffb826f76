"""Stored reports of a service, for both clients: the methods of a store, over the network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

import grpc

from emh_report.client import stored_calls as calls
from emh_report.client.errors import error_of, fault_of
from emh_report.client.requests import Metadata
from emh_report.client.stored_calls import Call
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.lifecycle import Actor
from emh_report.records import (
    Event,
    Migrate,
    Page,
    Preview,
    Query,
    Receipt,
    Release,
    ShownMigration,
    StoredReport,
    StoredVersion,
)
from emh_report.v1 import migration_pb2_grpc
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.v1 import stored_report_pb2_grpc as stubs
from emh_report.wire import stored_answers as answers

T = TypeVar("T")

EVERYTHING = Query()


class StoredReports:
    """What `Client.stored` is. A write without a request id gets one, so that a retry is the same request."""

    def __init__(
        self, channel: grpc.Channel, call: Callable[[Callable[..., Any], object], Any], metadata: Metadata = ()
    ) -> None:
        """Take the channel of a client, the way it calls, and what goes with a watch, which it does not call."""
        self._stub: Any = stubs.StoredReportServiceStub(channel)
        self._migration: Any = migration_pb2_grpc.MigrationServiceStub(channel)
        self._call = call
        self._metadata = metadata

    def _do(self, call: Call[T], stub: Any = None) -> T:  # noqa: ANN401 - the stub of another service
        return call.read(self._call(getattr(stub or self._stub, call.method), call.request))

    def create(self, draft: Draft, context: Context, actor: Actor, *, request_id: str = "") -> Receipt:
        """Store a new draft, whatever it says."""
        return self._do(calls.create(draft, context, actor, request_id))

    def get(self, report_id: str) -> StoredReport:
        """Return a report as it stands."""
        return self._do(calls.get(report_id))

    def version(self, report_id: str, version: int = 0) -> StoredVersion:
        """Return a released version; 0 is the newest one."""
        return self._do(calls.version(report_id, version))

    def list(self, query: Query = EVERYTHING, *, size: int = 0, token: str = "") -> Page:
        """Return one page of reports, newest first."""
        return self._do(calls.list_reports(query, size, token))

    def update_draft(
        self, report_id: str, draft: Draft, context: Context, actor: Actor, *, etag: str, request_id: str = ""
    ) -> Receipt:
        """Save a working copy. Raises OutdatedError where the report was changed since it was read."""
        return self._do(calls.update_draft(report_id, calls.Saved(draft, context, actor, etag, request_id)))

    def correct_context(
        self, report_id: str, context: Context, actor: Actor, *, etag: str, request_id: str = ""
    ) -> Receipt:
        """Save another context beside the same answers. Raises OutdatedError as `update_draft`."""
        return self._do(calls.correct_context(report_id, context, actor, etag, request_id))

    def preview_migration(self, report_id: str) -> ShownMigration:
        """Return what the working copy would be under the installed version of its template."""
        return self._do(calls.preview_migration(report_id), self._migration)

    def migrate(self, report_id: str, wanted: Migrate, *, request_id: str = "") -> Receipt:
        """Save the working copy as a preview of its migration showed it. Raises OutdatedError as `release`."""
        return self._do(calls.migrate(report_id, wanted, request_id), self._migration)

    def preview(self, report_id: str, wanted: Release) -> Preview:
        """Return what an action would release now."""
        return self._do(calls.preview(report_id, wanted))

    def release(self, report_id: str, wanted: Release, *, etag: str, request_id: str = "") -> Receipt:
        """Make the version that a preview showed. Raises OutdatedError where it would not be that."""
        return self._do(calls.release(report_id, wanted, etag, request_id))

    def watch(self, after: int = 0) -> Iterator[Event]:
        """Yield every change after number ``after``, as it is made; until closed."""
        try:
            for response in self._stub.WatchReports(pb.WatchReportsRequest(after=after), metadata=self._metadata):
                yield answers.read_event(response)
        except grpc.RpcError as error:
            raise error_of(fault_of(error)) from None


class AsyncStoredReports:
    """What `AsyncClient.stored` is: `StoredReports`, awaited."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        call: Callable[[Callable[..., Any], object], Awaitable[Any]],
        metadata: Metadata = (),
    ) -> None:
        """Take the channel of a client, the way it calls, and what goes with a watch, which it does not call."""
        self._stub: Any = stubs.StoredReportServiceStub(channel)
        self._migration: Any = migration_pb2_grpc.MigrationServiceStub(channel)
        self._call = call
        self._metadata = metadata

    async def _do(self, call: Call[T], stub: Any = None) -> T:  # noqa: ANN401 - the stub of another service
        return call.read(await self._call(getattr(stub or self._stub, call.method), call.request))

    async def create(self, draft: Draft, context: Context, actor: Actor, *, request_id: str = "") -> Receipt:
        """Store a new draft, whatever it says."""
        return await self._do(calls.create(draft, context, actor, request_id))

    async def get(self, report_id: str) -> StoredReport:
        """Return a report as it stands."""
        return await self._do(calls.get(report_id))

    async def version(self, report_id: str, version: int = 0) -> StoredVersion:
        """Return a released version; 0 is the newest one."""
        return await self._do(calls.version(report_id, version))

    async def list(self, query: Query = EVERYTHING, *, size: int = 0, token: str = "") -> Page:
        """Return one page of reports, newest first."""
        return await self._do(calls.list_reports(query, size, token))

    async def update_draft(
        self, report_id: str, draft: Draft, context: Context, actor: Actor, *, etag: str, request_id: str = ""
    ) -> Receipt:
        """Save a working copy. Raises OutdatedError where the report was changed since it was read."""
        return await self._do(calls.update_draft(report_id, calls.Saved(draft, context, actor, etag, request_id)))

    async def correct_context(
        self, report_id: str, context: Context, actor: Actor, *, etag: str, request_id: str = ""
    ) -> Receipt:
        """Save another context beside the same answers. Raises OutdatedError as `update_draft`."""
        return await self._do(calls.correct_context(report_id, context, actor, etag, request_id))

    async def preview_migration(self, report_id: str) -> ShownMigration:
        """Return what the working copy would be under the installed version of its template."""
        return await self._do(calls.preview_migration(report_id), self._migration)

    async def migrate(self, report_id: str, wanted: Migrate, *, request_id: str = "") -> Receipt:
        """Save the working copy as a preview of its migration showed it. Raises OutdatedError as `release`."""
        return await self._do(calls.migrate(report_id, wanted, request_id), self._migration)

    async def preview(self, report_id: str, wanted: Release) -> Preview:
        """Return what an action would release now."""
        return await self._do(calls.preview(report_id, wanted))

    async def release(self, report_id: str, wanted: Release, *, etag: str, request_id: str = "") -> Receipt:
        """Make the version that a preview showed. Raises OutdatedError where it would not be that."""
        return await self._do(calls.release(report_id, wanted, etag, request_id))

    async def watch(self, after: int = 0) -> AsyncIterator[Event]:
        """Yield every change after number ``after``, as it is made; until closed."""
        try:
            async for response in self._stub.WatchReports(pb.WatchReportsRequest(after=after), metadata=self._metadata):
                yield answers.read_event(response)
        except grpc.RpcError as error:
            raise error_of(fault_of(error)) from None
