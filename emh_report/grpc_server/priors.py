"""The methods of the service for earlier reports: each from a request message to a response message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emh_report import earlier
from emh_report.grpc_server.method import Check, Method
from emh_report.grpc_server.stored import check_rest
from emh_report.priors import Pair
from emh_report.v1 import prior_pb2 as pb
from emh_report.wire import guard, priors
from emh_report.wire.context import read_context
from emh_report.wire.draft import MODES
from emh_report.wire.request import read_request

if TYPE_CHECKING:
    from emh_report.store import Store


class PriorMethods:
    """All methods over one store. Every one of them may wait for the disk."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    @property
    def table(self) -> dict[str, Method]:
        """Method → what to call."""
        return {
            "ListPriors": Method(pb.ListPriorsRequest, self.list_priors, waits=True),
            "PrefillFollowUp": Method(pb.PrefillFollowUpRequest, self.prefill_follow_up, waits=True),
            "CompareReports": Method(pb.CompareReportsRequest, self.compare_reports, waits=True),
        }

    def list_priors(self, request: pb.ListPriorsRequest, _: Check) -> pb.ListPriorsResponse:
        """One page of earlier reports."""
        guard.check(request)
        context = read_context(request.context, guard.Texts())
        page = self._store.priors(context, size=request.page_size, token=request.page_token)
        found = [priors.write_prior(prior) for prior in page.priors]
        return pb.ListPriorsResponse(priors=found, next_page_token=page.next_token)

    def prefill_follow_up(self, request: pb.PrefillFollowUpRequest, check: Check) -> pb.PrefillFollowUpResponse:
        """The draft of a follow-up."""
        guard.check(request)
        context = read_context(request.context, guard.Texts())
        check()
        mode = MODES[request.mode]
        begun = earlier.begin(self._store, context, request.prior_report_id, request.template_id, mode)
        return priors.write_begun(begun)

    def compare_reports(self, request: pb.CompareReportsRequest, check: Check) -> pb.CompareReportsResponse:
        """A report beside earlier ones."""
        draft, context = read_request(request)
        check_rest(request)
        pairs = [Pair(pair.prior_uid, pair.current_uid) for pair in request.pairs]
        check()
        compared = earlier.compare(self._store, draft, context, list(request.prior_report_ids), pairs)
        check()
        return priors.write_compared(compared)
