"""Earlier reports over the network: found, compared with, begun from; and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from emh_report import earlier
from emh_report.client import AsyncClient, InvalidInputError, NotInstalledError, UnknownReportError
from emh_report.context import Context
from emh_report.draft import Coded, Draft, Group, Item
from emh_report.priors import Pair
from emh_report.v1 import prior_pb2 as pb
from emh_report.wire.context import write_context
from emh_report.wire.request import write_request
from tests.service import read_refusal
from tests.store_reports import new_id
from tests.stored_service import service
from tests.test_store_priors import new, on, patient, signed

C = grpc.StatusCode


def stated(draft: Draft, status: str) -> Draft:
    """Return a follow-up whose first lesion is there, and has changed so."""
    answers = (Item("presence", Coded("present")), Item("change-status", Coded(status)))
    first = next(group for group in draft.groups if group.group_id == "finding")
    groups = tuple(
        group._replace(items=(*group.items, *answers)) if group is first else group for group in draft.groups
    )
    return draft._replace(groups=groups)


def test_a_follow_up_goes_its_way_over_the_network() -> None:
    client, store, _ = service()
    who = patient(new_id())
    first = signed(store, "2023-01-04", who)
    page = client.priors.list(new(who))
    assert page == store.priors(new(who))
    assert [one.report_id for one in page.priors] == [first]
    begun = client.priors.follow_up(new(who))
    assert begun == earlier.begin(store, new(who))
    compared = client.priors.compare(stated(begun.follow_up.draft, "new"), new(who))
    assert (compared.compared_report_id, compared.more_priors) == (first, False)
    assert [(one.prior_uid, one.current_uid, one.confidence, one.before.text) for one in compared.lesions] == [
        ("lesion-1", "lesion-1", "high", "31 × 24 mm"), ("lesion-2", "lesion-2", "high", "22 mm")
    ]  # fmt: skip
    assert {one.basis for one in compared.lesions} == {pb.MATCH_BASIS_TRACKING_UID}
    assert [(one.rule_id, one.field_id) for one in compared.issues] == [("S16-prior-new", "change-status")]
    assert {one.borrowed_from for one in compared.thresholds} == {"RECIST 1.1", "IWG-MRT/ELN 2013"}


def test_sizes_and_courses_are_exact() -> None:
    client, store, _ = service()
    who = patient(new_id())
    ids = [signed(store, day, who) for day in ("2022-01-04", "2023-01-04")]
    compared = client.priors.compare(*on("2024-03-12", who), ids)
    first = compared.lesions[0]
    assert (first.status, first.before.value, first.now.value, first.difference, first.percent) == (
        "stable", "31", "31", "0", "0.0"
    )  # fmt: skip
    assert (compared.overall.sum_now, compared.overall.counted, compared.overall.sum_status) == ("53", 2, "stable")
    assert [(one.title, one.unit, len(one.lines)) for one in compared.trends] == [
        ("Adrenal, left", "mm", 3), ("Paraspinal, lumbar, right, L1–L2", "mm", 3), ("Spleen", "mm", 3)
    ]  # fmt: skip
    assert all(one.svg.startswith("<svg ") for one in compared.trends)
    assert (compared.spleen_length.now.text, compared.spleen_volume.reason) == ("164 mm", "not-measured-before")


def test_a_person_rematches_over_the_network() -> None:
    client, store, _ = service()
    who = patient(new_id())
    signed(store, "2023-01-04", who)
    pairs = [Pair("lesion-1", "lesion-2"), Pair("lesion-2", "")]
    compared = client.priors.compare(*on("2024-03-12", who), (), pairs)
    assert [(one.prior_uid, one.current_uid, one.basis, one.confidence) for one in compared.lesions] == [
        ("", "lesion-1", pb.MATCH_BASIS_UNSPECIFIED, ""),
        ("lesion-1", "lesion-2", pb.MATCH_BASIS_CHOSEN, "confirmed"),
        ("lesion-2", "", pb.MATCH_BASIS_UNSPECIFIED, ""),
    ]


def test_candidates_are_offered_over_the_network() -> None:
    client, store, _ = service()
    who = patient(new_id())
    signed(store, "2023-01-04", who)
    twin = Group("finding", "twin", (Item("presence", Coded("present")), Item("site", Coded("adrenal"))))
    draft, context = on("2024-03-12", who)
    compared = client.priors.compare(draft._replace(groups=(*draft.groups, twin)), context)
    offered = [(one.current_uid, [c.doubt for c in one.candidates]) for one in compared.lesions if one.candidates]
    assert ("twin", [pb.MATCH_DOUBT_PLACE_INCOMPLETE]) in offered
    assert next(one for one in compared.lesions if one.current_uid == "lesion-1").reason == "ambiguous"


def test_the_asynchronous_client_says_the_same() -> None:
    client, store, address = service()
    who = patient(new_id())
    signed(store, "2023-01-04", who)

    async def asked() -> tuple[Any, ...]:
        async with AsyncClient(address, timeout=60) as waiting:
            listed, begun = await waiting.priors.list(new(who)), await waiting.priors.follow_up(new(who))
            return listed, begun, await waiting.priors.compare(*on("2024-03-12", who))

    listed, begun, compared = asyncio.run(asked())
    assert (listed, begun) == (client.priors.list(new(who)), client.priors.follow_up(new(who)))
    assert compared == client.priors.compare(*on("2024-03-12", who))


def bad_requests(store_id: str, other_id: str, context: Context) -> Iterator[tuple[str, Message, C, str, str]]:
    """Yield requests that must be refused, with status, reason and what the message says."""
    about = write_context(context)
    both = write_request(*on("2024-03-12", context.patient))
    invalid = (C.INVALID_ARGUMENT, "INVALID_INPUT")
    nobody = write_context(Context())
    yield "ListPriors", pb.ListPriorsRequest(), *invalid, "context.patient.identifiers"
    yield "ListPriors", pb.ListPriorsRequest(context=about, page_size=-1), *invalid, "page_size"
    yield "ListPriors", pb.ListPriorsRequest(context=about, page_token="Mi4w"), *invalid, "page_token"  # noqa: S106
    yield "PrefillFollowUp", pb.PrefillFollowUpRequest(context=nobody), *invalid, "context.patient.identifiers"
    wrong: dict[str, Any] = {"context": about, "prior_report_id": other_id}
    yield "PrefillFollowUp", pb.PrefillFollowUpRequest(**wrong), *invalid, "another patient"
    missing: dict[str, Any] = {"context": about, "prior_report_id": new_id()}
    yield "PrefillFollowUp", pb.PrefillFollowUpRequest(**missing), C.NOT_FOUND, "NOT_STORED", "no such report"
    template = pb.PrefillFollowUpRequest(context=about, template_id="emh-followu")
    yield "PrefillFollowUp", template, C.NOT_FOUND, "NOT_INSTALLED", "emh-followup"
    yield "PrefillFollowUp", pb.PrefillFollowUpRequest.FromString(b"\x20\x09"), *invalid, "ReportMode"
    yield "CompareReports", pb.CompareReportsRequest(context=about), *invalid, "a draft is needed"
    compare: dict[str, Any] = {"draft": both.draft, "context": both.context}
    others = pb.CompareReportsRequest(**compare, prior_report_ids=[store_id, other_id])
    yield "CompareReports", others, *invalid, "prior_report_ids[1]"
    pairs = pb.CompareReportsRequest(**compare, pairs=[pb.LesionPair(prior_uid="nope", current_uid="lesion-1")])
    yield "CompareReports", pairs, *invalid, "pairs[0].prior_uid"
    many = pb.CompareReportsRequest(**compare, prior_report_ids=["x"] * 21)
    yield "CompareReports", many, C.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED", "at most 20"
    crowd = pb.CompareReportsRequest(**compare, pairs=[pb.LesionPair(prior_uid="x")] * 2_001)
    yield "CompareReports", crowd, C.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED", "at most 2000"
    long = pb.CompareReportsRequest(**compare, prior_report_ids=["x" * 300])
    yield "CompareReports", long, C.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED", "at most 256"
    unsafe = pb.CompareReportsRequest(**compare, pairs=[pb.LesionPair(prior_uid="\x00")])
    yield "CompareReports", unsafe, *invalid, "control characters"


def test_bad_requests_get_the_right_status() -> None:
    _, store, address = service()
    who = patient(new_id())
    own, other = signed(store, "2023-01-04", who), signed(store, "2023-01-04", patient(new_id()))
    with grpc.insecure_channel(address) as channel:
        for method, request, code, reason, words in bad_requests(own, other, new(who)):
            call: Any = channel.unary_unary(f"/emh_report.v1.PriorService/{method}")
            with pytest.raises(grpc.RpcError) as caught:
                call(request.SerializeToString(), timeout=30)
            found, fault = read_refusal(caught.value)
            assert (found, fault.reason) == (code, reason), request
            assert words in str(caught.value), request
            assert "Course" not in str(caught.value)


def test_the_client_raises_what_it_raises_elsewhere() -> None:
    client, store, _ = service()
    who = patient(new_id())
    signed(store, "2023-01-04", who)
    with pytest.raises(UnknownReportError):
        client.priors.follow_up(new(who), new_id())
    with pytest.raises(NotInstalledError):
        client.priors.follow_up(new(who), template_id="emh-none")
    with pytest.raises(InvalidInputError):
        client.priors.list(Context())
