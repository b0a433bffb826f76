"""Earlier reports on the wire and in the domain. Numbers are text, so that decimals stay as they are."""

from __future__ import annotations

from typing import Final

from emh_report.priors import (
    Basis,
    Candidate,
    Carried,
    Difference,
    Doubt,
    FollowUp,
    LesionChange,
    Offered,
    OverallChange,
    Size,
    SpleenChange,
    draw,
    series,
)
from emh_report.records import Begun, Compared, PriorPage, PriorReport
from emh_report.thresholds import Thresholds
from emh_report.v1 import prior_pb2 as pb
from emh_report.wire.context import STATUSES
from emh_report.wire.draft import write_draft
from emh_report.wire.request import draft_from_proto
from emh_report.wire.stored import STATUS_NUMBERS
from emh_report.wire.verdict import write_issue

BASES: Final = {
    Basis.CHOSEN: pb.MATCH_BASIS_CHOSEN,
    Basis.TRACKING_UID: pb.MATCH_BASIS_TRACKING_UID,
    Basis.TRACKING_ID: pb.MATCH_BASIS_TRACKING_ID,
    Basis.SAME_PLACE: pb.MATCH_BASIS_SAME_PLACE,
    Basis.OVERLAPPING_LEVELS: pb.MATCH_BASIS_OVERLAPPING_LEVELS,
}
DOUBTS: Final = {
    Doubt.SEVERAL_FIT: pb.MATCH_DOUBT_SEVERAL_FIT,
    Doubt.PLACE_INCOMPLETE: pb.MATCH_DOUBT_PLACE_INCOMPLETE,
    Doubt.PLACE_DIFFERS: pb.MATCH_DOUBT_PLACE_DIFFERS,
    Doubt.TRACKED_APART: pb.MATCH_DOUBT_TRACKED_APART,
}


def write_prior(prior: PriorReport) -> pb.PriorReport:
    """Return an earlier report as a message."""
    return pb.PriorReport(**{**prior._asdict(), "status": STATUS_NUMBERS[prior.status]})


def read_prior(message: pb.PriorReport) -> PriorReport:
    """Return an earlier report that a server sent."""
    return PriorReport(
        report_id=message.report_id,
        version=message.version,
        status=STATUSES[message.status],
        exam_date=message.exam_date,
        template_id=message.template_id,
        studies=tuple(message.studies),
        accessions=tuple(message.accessions),
        patient_differs=tuple(message.patient_differs),
    )


def read_prior_page(message: pb.ListPriorsResponse) -> PriorPage:
    """Return a page that a server sent."""
    return PriorPage(tuple(read_prior(prior) for prior in message.priors), message.next_page_token)


def write_begun(begun: Begun) -> pb.PrefillFollowUpResponse:
    """Return a follow-up that was begun."""
    made = begun.follow_up
    return pb.PrefillFollowUpResponse(
        draft=write_draft(made.draft),
        prior=write_prior(begun.prior),
        carried=[pb.TakenOverAnswer(**carried._asdict()) for carried in made.carried],
        offered=[pb.OfferedMeasurement(**offered._asdict()) for offered in made.offered],
        left_out=[pb.TakenOverAnswer(**left._asdict()) for left in made.left],
        issues=[write_issue(issue) for issue in begun.issues],
    )


def read_follow_up(message: pb.PrefillFollowUpResponse) -> FollowUp:
    """Return a follow-up that a server sent."""
    return FollowUp(
        draft=draft_from_proto(message.draft),
        carried=tuple(_read_carried(carried) for carried in message.carried),
        offered=tuple(Offered(one.group_uid, one.field_id, one.text) for one in message.offered),
        left=tuple(_read_carried(carried) for carried in message.left_out),
    )


def _read_carried(message: pb.TakenOverAnswer) -> Carried:
    return Carried(message.group_uid, message.field_id, message.prior_group_uid, message.prior_field_id)


def write_compared(compared: Compared) -> pb.CompareReportsResponse:
    """Return a comparison as the response of its method."""
    response = pb.CompareReportsResponse(
        priors=[write_prior(prior) for prior in compared.priors],
        more_priors=compared.more,
        issues=[write_issue(issue) for issue in compared.issues],
    )
    course = compared.course
    if course is None:
        return response
    response.compared_report_id = course.prior.report_id
    response.lesions.extend(_write_change(change) for change in course.lesions)
    response.overall.CopyFrom(_write_overall(course.overall))
    response.spleen_volume.CopyFrom(_write_spleen(course.spleen_volume))
    response.spleen_length.CopyFrom(_write_spleen(course.spleen_length))
    response.trends.extend(
        pb.Trend(
            group_uid=one.uid,
            title=one.title,
            quantity=one.quantity,
            unit=one.unit,
            svg=draw(one),
            lines=one.lines,
        )
        for one in series(course)
    )
    response.thresholds.extend(_write_thresholds(course.thresholds))
    return response


def _write_change(change: LesionChange) -> pb.LesionChange:
    match = change.match
    return pb.LesionChange(
        prior_uid=change.prior_uid,
        current_uid=change.current_uid,
        status=change.status,
        reason=change.why.value,
        basis=BASES[match.basis] if match else pb.MATCH_BASIS_UNSPECIFIED,
        confidence=match.confidence if match else "",
        candidates=[_write_candidate(candidate) for candidate in change.candidates],
        before=_write_size(change.before),
        now=_write_size(change.now),
        smallest=_write_size(change.smallest),
        **_difference(change.difference),
    )


def _write_candidate(candidate: Candidate) -> pb.MatchCandidate:
    doubt = DOUBTS[candidate.doubt]
    return pb.MatchCandidate(prior_uid=candidate.prior_uid, current_uid=candidate.current_uid, doubt=doubt)


def _write_size(size: Size | None) -> pb.ComparedSize | None:
    return pb.ComparedSize(text=size.text, value=format(size.number, "f")) if size else None


def _difference(difference: Difference | None) -> dict[str, str]:
    if difference is None:
        return {}
    return {"difference": format(difference.by, "f"), "percent": format(difference.percent, "f")}


def _write_overall(overall: OverallChange) -> pb.OverallChange:
    written = pb.OverallChange(status=overall.status, reason=overall.why.value, counted=overall.counted)
    if overall.sum_status:
        written.sum_status = overall.sum_status
        for name in ("sum_before", "sum_smallest", "sum_now", "percent"):
            setattr(written, name, format(getattr(overall, name), "f"))
    return written


def _write_spleen(change: SpleenChange) -> pb.SpleenChange:
    return pb.SpleenChange(
        before=_write_size(change.before),
        now=_write_size(change.now),
        reason=change.why.value,
        reaches_limit=bool(change.reaches),
        **_difference(change.difference),
    )


def _write_thresholds(thresholds: Thresholds) -> list[pb.ChangeThreshold]:
    return [
        pb.ChangeThreshold(
            id=name,
            percent=format(limit.percent, "f"),
            by=format(limit.by, "f"),
            unit=limit.unit,
            borrowed_from=limit.borrowed_from,
            note=limit.note,
        )
        for name, limit in thresholds._asdict().items()
    ]
