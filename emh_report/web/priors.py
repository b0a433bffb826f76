"""Earlier reports at the form: side by side with this one, lesions paired by hand, and a follow-up begun from one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report import earlier
from emh_report.context import COMPLETE_STATUSES, Context, ReportIdentity, same_study
from emh_report.dates import is_before
from emh_report.draft import Draft, Group, Item, Text
from emh_report.errors import InputError
from emh_report.lifecycle import Action
from emh_report.phrases import phrase
from emh_report.priors import FOLLOW_UP, Course, Row, Series, draw, rows, series
from emh_report.priors.examined import Lesion
from emh_report.priors.series import name
from emh_report.priors.wording import limits
from emh_report.records import Compared, PriorReport
from emh_report.store import StoredReport
from emh_report.store.priors import shared
from emh_report.web import pages, reasons, respond
from emh_report.web.filing import Filed, Filing
from emh_report.web.guard import Guard
from emh_report.web.samples import Sample

KEPT: Final = "kept"
"""The pair stays as it was matched."""
APART: Final = "none"
"""The lesion is none of the earlier report."""
CHOSEN: Final = "lesion-"
"""Names of the choices start so; the uid of the lesion follows."""
SHOWN: Final = 10
DOUBTFUL: Final = "prior-"
"""Names of issues about an earlier report itself start so."""

HEAD: Final = (phrase("Lesion"), phrase("Before"), phrase("Now"), phrase("Change"), phrase("Matched by"))
"""What `Row` has, as the page says it."""

_BEGUN: Final = uuid.UUID("2f0c5a34-6d3f-5be1-8d1c-7f6a0e1b9c55")


class Offer(NamedTuple):
    """An earlier report that a follow-up may be begun from."""

    prior: PriorReport
    title: str


class View(NamedTuple):
    """What page and panel show: rows below their head, pictures with their words, limits, and the other report.

    ``doubts`` are about earlier reports themselves; ``contradictions`` are what this one states otherwise.
    """

    head: tuple[str, ...] = HEAD
    rows: tuple[Row, ...] = ()
    trends: tuple[tuple[Series, str], ...] = ()
    limits: str = ""
    against: str = ""
    doubts: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


class Choice(NamedTuple):
    """One lesion of this report, and those of the earlier one that it may be: uid and name."""

    uid: str
    name: str
    paired: str
    others: tuple[tuple[str, str], ...]


class Priors:
    """Handlers of earlier reports."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        return [
            Route("/report/{report}/course", guard.shown(self.shown), methods=["GET"]),
            Route("/report/{report}/course", guard.sent(self.paired), methods=["POST"]),
            Route("/report/{report}/course/panel", guard.shown(self.panel), methods=["GET"]),
            Route("/report/{report}/follow-up/{study}", guard.sent(self.begun), methods=["POST"]),
        ]

    def shown(self, request: Request) -> Response:
        """Show a report beside the earlier ones of its patient."""
        filed = self._filing.find(request.path_params["report"])
        compared = self._compared(filed.report)
        writes = filed.may(respond.person(request).actor, Action.UPDATE)
        return respond.page(
            request,
            "course.html.j2",
            report=filed.report,
            context=filed.report.context,
            title=filed.plan.template.title,
            compared=compared,
            choices=_choices(filed, compared.course) if writes and compared.course else (),
            view=_view(compared),
        )

    def panel(self, request: Request) -> Response:
        """Return the comparison for the side of the form; nothing where there is no earlier report."""
        compared = self._compared(self._filing.store.get(request.path_params["report"]))
        values = {"report_id": request.path_params["report"], "compared": compared, "view": _view(compared)}
        return HTMLResponse(
            pages.render(respond.language(request), "panel.html.j2", **values) if compared.priors else ""
        )

    def paired(self, request: Request) -> Response:
        """Keep which lesions somebody says are one, as Tracking UIDs of the working copy.

        A lesion that is none of the earlier ones gets a Tracking UID of its own.
        """
        filed = self._filing.find(request.path_params["report"])
        course = self._compared(filed.report).course
        if course is None:
            raise InputError([("priors", phrase("there is no earlier report to pair lesions with"))])
        said = request.state.said
        uids = dict(_uids(course, said))
        report = filed.report
        if uids:
            draft, actor = _tracked(report.draft, uids), respond.person(request).actor
            self._filing.store.update_draft(report.report_id, draft, report.context, actor, etag=said.get("etag", ""))
        return respond.see(request.url.path)

    def begun(self, request: Request) -> Response:
        """Begin the follow-up of a study from an earlier report, once; show it where there is one."""
        sample = self._filing.desk.sample(request.path_params["study"])
        plan = self._filing.desk.plan(FOLLOW_UP)
        live = self._filing.begun(sample, plan)
        if live:
            return respond.see(f"/report/{live}")
        person, prior = respond.person(request), request.path_params["report"]
        focus = self._filing.store.get(prior).context.focus  # whose lesions are taken over
        context = person.begins(replace(sample.context, report=ReportIdentity(), focus=focus))
        found = earlier.begin(self._filing.store, context, prior)
        asked = str(uuid.uuid5(_BEGUN, f"{sample.id} {len(self._filing.of_study(sample))}"))
        receipt = self._filing.store.create(found.follow_up.draft, context, person.actor, request_id=asked)
        return respond.see(f"/report/{receipt.report_id}")

    def _compared(self, report: StoredReport) -> Compared:
        """Compare what was signed; of a report that was not, its working copy."""
        draft, context = report.draft, report.context
        if report.status in COMPLETE_STATUSES:
            document = self._filing.store.version(report.report_id).document
            draft, context = document.draft, replace(document.context, patient=context.patient)
        if not any(one.system and one.value for one in context.patient.identifiers):
            return Compared((), None, ())
        return earlier.compare(self._filing.store, draft, context)


def offers(filing: Filing, context: Context) -> tuple[Offer, ...]:
    """Return the earlier reports that a study may be followed up from, the newest first."""
    if not any(one.system and one.value for one in context.patient.identifiers):
        return ()
    found = filing.store.priors(replace(context, report=ReportIdentity()), size=SHOWN).priors
    return tuple(Offer(prior, filing.title(prior.template_id)) for prior in found)


def studies(filing: Filing, report: StoredReport) -> tuple[Sample, ...]:
    """Return the studies of the same patient that a signed report may be followed up with."""
    if report.status not in COMPLETE_STATUSES:
        return ()
    plan = filing.desk.plan(FOLLOW_UP)
    return tuple(
        sample
        for sample in filing.desk.samples.values()
        if _follows(sample.context, report.context) and not filing.begun(sample, plan)
    )


def _follows(new: Context, signed: Context) -> bool:
    """Whether a study is another one of the same patient, and not an earlier one."""
    same = shared(new.patient, signed.patient) and not same_study(new, signed)
    return same and not is_before(new.exam_date, signed.exam_date)


def _view(compared: Compared) -> View:
    course = compared.course
    about = [issue for issue in compared.issues if issue.rule_id.startswith(DOUBTFUL)]
    doubts = tuple(dict.fromkeys(reasons.doubt(issue.message) for issue in about))
    if course is None:
        return View(doubts=doubts)
    names = {lesion.uid: f"{name(lesion)}: " for lesion in course.current.lesions}
    return View(
        rows=rows(course),
        trends=tuple((one, draw(one)) for one in series(course)),
        limits=limits(course.thresholds),
        against=course.prior.date or phrase("an unknown date"),
        doubts=doubts,
        contradictions=tuple(
            f"{names.get(issue.where.group_uid, '')}{issue.message}" for issue in compared.issues if issue not in about
        ),
    )


def _choices(filed: Filed, course: Course) -> Sequence[Choice]:
    """Return what may be paired by hand: lesions of templates that ask for a Tracking UID."""
    group = filed.plan.template.groups.get("finding")
    if group is None or "tracking-uid" not in group.fields:
        return ()
    paired = {change.current_uid: change.prior_uid for change in course.lesions if change.match}
    there = tuple((lesion.uid, name(lesion)) for lesion in course.prior.lesions if lesion.there)
    return [Choice(lesion.uid, name(lesion), paired.get(lesion.uid, ""), there) for lesion in course.current.lesions]


def _uids(course: Course, said: dict[str, str]) -> list[tuple[str, str]]:
    """Return the Tracking UIDs that the choices make, by the lesion of this report. Raises InputError."""
    priors = {lesion.uid: lesion for lesion in course.prior.lesions if lesion.there}
    found: list[tuple[str, str]] = []
    for lesion in course.current.lesions:
        chosen = said.get(f"{CHOSEN}{lesion.uid}", KEPT)
        if chosen == KEPT:
            continue
        if chosen != APART and chosen not in priors:
            raise InputError([(f"{CHOSEN}{lesion.uid}", phrase("no lesion of the earlier report"))])
        found.append((lesion.uid, lesion.own_uid if chosen == APART else _tracking(priors[chosen])))
    uids = [uid for _, uid in found]
    if len(set(uids)) < len(uids):
        raise InputError([("", phrase("one lesion of the earlier report was chosen twice"))])
    return found


def _tracking(lesion: Lesion) -> str:
    return lesion.tracking_uid or lesion.own_uid


def _tracked(draft: Draft, uids: dict[str, str]) -> Draft:
    """Return the draft with these Tracking UIDs; no other lesion keeps one of them."""
    taken = set(uids.values())

    def answered(group: Group) -> Group:
        kept = tuple(
            item
            for item in group.items
            if item.field_id != "tracking-uid"
            or not (group.uid in uids or (isinstance(item.value, Text) and item.value.value in taken))
        )
        added = (Item("tracking-uid", Text(uids[group.uid])),) if group.uid in uids else ()
        return group._replace(items=(*kept, *added))

    groups = tuple(answered(group) if group.group_id == "finding" else group for group in draft.groups)
    return draft._replace(groups=groups)
