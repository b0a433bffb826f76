"""Earlier reports of a service, for both clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import grpc

from emh_report.client.stored_calls import Call
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.priors import Pair
from emh_report.records import Begun, PriorPage
from emh_report.v1 import prior_pb2 as pb
from emh_report.v1 import prior_pb2_grpc as stubs
from emh_report.wire import priors as wire
from emh_report.wire.context import write_context
from emh_report.wire.request import write_request
from emh_report.wire.verdict import read_issue

T = TypeVar("T")


def _list(context: Context, size: int, token: str) -> Call[PriorPage]:
    request = pb.ListPriorsRequest(context=write_context(context), page_size=size, page_token=token)
    return Call("ListPriors", request, wire.read_prior_page)


def _follow_up(context: Context, report_id: str, template_id: str) -> Call[Begun]:
    request = pb.PrefillFollowUpRequest(
        context=write_context(context), prior_report_id=report_id, template_id=template_id
    )
    return Call("PrefillFollowUp", request, _begun)


def _begun(response: pb.PrefillFollowUpResponse) -> Begun:
    issues = tuple(read_issue(issue) for issue in response.issues)
    return Begun(wire.read_prior(response.prior), wire.read_follow_up(response), issues)


def _compare(
    draft: Draft, context: Context, report_ids: Sequence[str], pairs: Sequence[Pair]
) -> Call[pb.CompareReportsResponse]:
    both = write_request(draft, context)
    request = pb.CompareReportsRequest(
        draft=both.draft,
        context=both.context,
        prior_report_ids=report_ids,
        pairs=[pb.LesionPair(prior_uid=pair.prior_uid, current_uid=pair.current_uid) for pair in pairs],
    )
    return Call("CompareReports", request, lambda response: response)


class Priors:
    """What `Client.priors` is. Nothing is written."""

    def __init__(self, channel: grpc.Channel, call: Callable[[Callable[..., Any], object], Any]) -> None:
        """Take the channel of a client and the way it calls."""
        self._stub: Any = stubs.PriorServiceStub(channel)
        self._call = call

    def _do(self, call: Call[T]) -> T:
        return call.read(self._call(getattr(self._stub, call.method), call.request))

    def list(self, context: Context, *, size: int = 0, token: str = "") -> PriorPage:
        """Return one page of signed earlier reports of the patient, the newest examination first."""
        return self._do(_list(context, size, token))

    def follow_up(self, context: Context, report_id: str = "", *, template_id: str = "") -> Begun:
        """Begin a follow-up of the report that is named, or of the newest of the patient."""
        return self._do(_follow_up(context, report_id, template_id))

    def compare(
        self, draft: Draft, context: Context, report_ids: Sequence[str] = (), pairs: Sequence[Pair] = ()
    ) -> pb.CompareReportsResponse:
        """Compare a report with those named, or with the newest of the patient; ``pairs`` win over what is matched."""
        return self._do(_compare(draft, context, report_ids, pairs))


class AsyncPriors:
    """What `AsyncClient.priors` is: `Priors`, awaited."""

    def __init__(self, channel: grpc.aio.Channel, call: Callable[[Callable[..., Any], object], Awaitable[Any]]) -> None:
        """Take the channel of a client and the way it calls."""
        self._stub: Any = stubs.PriorServiceStub(channel)
        self._call = call

    async def _do(self, call: Call[T]) -> T:
        return call.read(await self._call(getattr(self._stub, call.method), call.request))

    async def list(self, context: Context, *, size: int = 0, token: str = "") -> PriorPage:
        """Return one page of signed earlier reports of the patient, the newest examination first."""
        return await self._do(_list(context, size, token))

    async def follow_up(self, context: Context, report_id: str = "", *, template_id: str = "") -> Begun:
        """Begin a follow-up of the report that is named, or of the newest of the patient."""
        return await self._do(_follow_up(context, report_id, template_id))

    async def compare(
        self, draft: Draft, context: Context, report_ids: Sequence[str] = (), pairs: Sequence[Pair] = ()
    ) -> pb.CompareReportsResponse:
        """Compare a report with those named, or with the newest of the patient; ``pairs`` win over what is matched."""
        return await self._do(_compare(draft, context, report_ids, pairs))
