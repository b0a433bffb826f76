"""Earlier reports of a patient, out of a store: a report is compared with them, a follow-up begun from one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emh_report.context import Context, Focus
from emh_report.dates import is_before
from emh_report.draft import Draft, ReportMode
from emh_report.errors import InputError, NotFoundError
from emh_report.issues import Issue, Severity, Where
from emh_report.priors import FOLLOW_UP, Examined, Pair, contradictions, examine, follow, follow_up
from emh_report.records import Begun, Compared, PriorReport, StoredVersion

if TYPE_CHECKING:
    from emh_report.store import Store

MOST: Final = 20
"""So many earlier reports are compared with, where the caller names none: the newest."""

DIFFERS: Final = "prior-other-patient"
UNREAD: Final = "prior-not-read"
LATER: Final = "prior-later"
SUBJECT: Final = "prior-other-subject"


def compare(
    store: Store, draft: Draft, context: Context, report_ids: Sequence[str] = (), pairs: Sequence[Pair] = ()
) -> Compared:
    """Compare a report with those named, or with the newest that the store has of the patient.

    ``pairs`` are between the newest of them and this report. Raises InputError for reports that cannot be compared
    with, NotStoredError, and NotFoundError where the template of this report is not installed.
    """
    current = examine(store.catalog, draft, context)
    listed, more = _listed(store, context, report_ids)
    read = [(prior, _examined(store, version)) for prior, version in listed]
    priors = tuple(prior for prior, _ in read)
    doubts = tuple(issue for prior, examined in read for issue in _doubts(prior, examined, context))
    known = [one for _, one in read if one is not None and one.context.focus is context.focus]
    later = [one for one in known if is_before(current.date, one.date)]
    if later and report_ids:
        named = (f"prior_report_ids[{report_ids.index(one.report_id)}]" for one in later)
        raise InputError([(path, "its examination is later than that of this report") for path in named])
    if later:  # found by the study; the date that was answered may be another one
        known = [one for one in known if one not in later]
        doubts += (_later(current),)
    if not known:
        if pairs:
            raise InputError([("pairs", "there is no earlier report to pair lesions with")])
        return Compared(priors, None, doubts, more)
    course = follow(current, known, store.catalog.thresholds, pairs)
    return Compared(priors, course, (*doubts, *contradictions(course)), more)


def begin(
    store: Store,
    context: Context,
    report_id: str = "",
    template_id: str = "",
    mode: ReportMode = ReportMode.STANDALONE,
) -> Begun:
    """Begin a follow-up of an earlier report: the one that is named, or the newest about the same, patient or fetus.

    ``template_id`` is that of follow-ups where none is named. Raises InputError where there is no earlier report, or it
    is about the fetus and the new one about the patient or the reverse, since lesions of one would be taken over to the
    other; NotStoredError, and NotFoundError where a template is not installed.
    """
    plan = store.catalog.plan(template_id or FOLLOW_UP)
    if not report_id:
        report_id = _newest(store, context)
    prior, version = store.prior(report_id, context)
    document = version.document
    if document.context.focus is not context.focus:
        raise InputError([("context.focus", f"{ABOUT[document.context.focus]}; name a report about the same")])
    examined = examine(store.catalog, document.draft, document.context, report_id, version.version)
    return Begun(prior, follow_up(plan, examined, context, mode), tuple(_doubts(prior, examined, context)))


def _newest(store: Store, context: Context) -> str:
    """Return the newest earlier report about the same, patient or fetus; the newest of all where there is none."""
    names = [one.report_id for one in store.priors(context, size=MOST).priors]
    if not names:
        raise InputError([("prior_report_id", "there is no signed earlier report of this patient")])
    alike = (one for one in names if store.prior(one, context)[1].document.context.focus is context.focus)
    return next(alike, names[0])


def printed(store: Store, report_id: str, version: int = 0) -> bytes:
    """Return a released version as PDF with its course behind it, where there are earlier reports to compare it with.

    Raises what `Store.printed` does, and InputError as `compare`.
    """
    document = store.version(report_id, version).document
    context = replace(document.context, patient=store.get(report_id).context.patient)  # as merges left it
    return store.printed(report_id, version, compare(store, document.draft, context).course)


def _listed(
    store: Store, context: Context, report_ids: Sequence[str]
) -> tuple[list[tuple[PriorReport, StoredVersion]], bool]:
    """Return the earlier reports, each once, and whether there are more."""
    if not report_ids:
        page = store.priors(context, size=MOST)
        return [store.prior(one.report_id, context) for one in page.priors], bool(page.next_token)
    found = []
    for position, report_id in enumerate(report_ids):
        if report_id in report_ids[:position]:
            continue  # the course would have its measurements twice
        try:
            found.append(store.prior(report_id, context))
        except InputError as error:
            raise InputError([(f"prior_report_ids[{position}]", reason) for _, reason in error.violations]) from None
    return found, False


def _examined(store: Store, version: StoredVersion) -> Examined | None:
    document = version.document
    try:
        return examine(store.catalog, document.draft, document.context, version.report_id, version.version)
    except NotFoundError:
        return None


def _later(current: Examined) -> Issue:
    procedure = current.instance("procedure")
    where = procedure.where("exam-date") if procedure else Where("draft.groups", "procedure", "", "exam-date")
    return Issue(LATER, Severity.WARNING, where, DATED)


def _doubts(prior: PriorReport, examined: Examined | None, context: Context) -> Iterator[Issue]:
    for name in prior.patient_differs:
        yield Issue(DIFFERS, Severity.WARNING, Where(f"context.patient.{name}"), DIFFERENT)
    if examined is None:
        yield Issue(UNREAD, Severity.WARNING, Where("priors"), UNREADABLE)
    elif examined.context.focus is not context.focus:
        yield Issue(SUBJECT, Severity.WARNING, Where("context.focus"), ABOUT[examined.context.focus])


DATED: Final = (
    "a report that is on file is of a later date than this examination, and is not compared with: correct the date"
)
DIFFERENT: Final = (
    "an earlier report says otherwise about the patient with this identifier: make sure that it is the same person"
)
ABOUT: Final = {
    Focus.FETUS: "an earlier report is about the fetus, this one about the patient: no lesion of one is the other's",
    Focus.PATIENT: "an earlier report is about the patient, this one about the fetus: no lesion of one is the other's",
}
UNREADABLE: Final = "an earlier report is not compared with: the template it was made with is not installed"
