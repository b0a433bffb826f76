"""The signed reports of a patient that came before a new one.

A patient is who has the same identifier of the same system now: merges and corrections change the context of a report,
not its signed bytes. A number alone, without its system, finds nobody. Another report of the same study is none: a
lesion compared with itself would be called stable.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, exists, select, tuple_

from emh_report import limits
from emh_report.context import COMPLETE_STATUSES, Context, Patient, ReportStatus, Sex, accessions, same_study
from emh_report.dates import is_partial_date, same_date
from emh_report.errors import InputError
from emh_report.records import PriorPage, PriorReport, StoredReport, StoredVersion
from emh_report.store import index, rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import digest
from emh_report.store.tables import REPORT_KEYS, REPORTS
from emh_report.store.tokens import Place, place_of, token_of

SIGNED: Final = tuple(sorted(status.value for status in COMPLETE_STATUSES))
_LAST: Final = "-12-31"
_DAY: Final = len("YYYY-MM-DD")


def list_priors(ledger: Ledger, context: Context, size: int, token: str) -> PriorPage:
    """Return one page. Raises InputError for a size or token that cannot be taken, or a patient without identifier."""
    if size < 0:
        raise InputError([("page_size", "must not be negative")])
    size = min(size or limits.PAGE, limits.MAX_PAGE)
    studied = sorted(study.study_instance_uid for study in context.studies)
    query = ("priors", context.patient.identifiers, context.report.identifier, index.exam_day(context), studied)
    wanted = _select(ledger, context)
    with reading(ledger.engine) as connection:
        if token:
            before = place_of(ledger, query, token)
            wanted = wanted.where(tuple_(REPORTS.c.exam_date, REPORTS.c.number) < (before.day, before.number))
        ordered = wanted.order_by(REPORTS.c.exam_date.desc(), REPORTS.c.number.desc())
        found = connection.execute(ordered.limit(size + 1)).all()
    page = found[:size]
    next_token = token_of(ledger, query, Place(page[-1].number, page[-1].exam_date)) if len(found) > size else ""
    return PriorPage(tuple(_prior(ledger, row, context.patient) for row in page), next_token)


def find_prior(ledger: Ledger, report_id: str, context: Context) -> tuple[PriorReport, StoredVersion]:
    """Return the newest version of a report. Raises NotStoredError, InputError where it is none of this patient."""
    with reading(ledger.engine) as connection:
        report = rows.find_report(connection, ledger.sealer, report_id).report
        _check(report, context)
        version = rows.find_version(connection, ledger.sealer, report_id)
    orders = (order.accession.value for order in report.context.orders)
    found = PriorReport(
        report_id=report_id,
        version=version.version,
        status=version.status,
        exam_date=index.exam_day(report.context),
        template_id=version.document.draft.template_id,
        studies=tuple(study.study_instance_uid for study in report.context.studies),
        accessions=tuple(one for one in dict.fromkeys(orders) if one),
        patient_differs=differs(context.patient, report.context.patient),
    )
    return found, version


def _check(report: StoredReport, context: Context) -> None:
    """Refuse a report that is not signed, that of the context itself or of its study, and that of somebody else."""
    if report.status not in COMPLETE_STATUSES:
        raise InputError(
            [("prior_report_id", f"only a signed report is an earlier one; this is {report.status.value}")]
        )
    own = context.report.identifier
    if own.value and own == report.context.report.identifier:
        raise InputError([("prior_report_id", "this is the report itself, not an earlier one")])
    if not shared(context.patient, report.context.patient):
        raise InputError(
            [("prior_report_id", "this is a report of another patient, or none that can be known as theirs")]
        )
    if same_study(context, report.context):
        raise InputError([("prior_report_id", "this is a report of the same study, not of an earlier one")])


def shared(one: Patient, other: Patient) -> bool:
    """Whether two contexts are of one patient: an identifier of the same system, with the same value."""
    known = ({(i.system, i.value) for i in patient.identifiers if i.system and i.value} for patient in (one, other))
    return not next(known).isdisjoint(next(known))


def _select(ledger: Ledger, context: Context) -> Select[Any]:
    columns = [column for column in REPORTS.c if column.name != "working_copy"]
    wanted = select(*columns).where(
        REPORTS.c.status.in_(SIGNED), _same_patient(ledger, context.patient), ~_same_study(ledger, context)
    )
    own = context.report.identifier
    if own.system or own.value:
        wanted = wanted.where(REPORTS.c.identifier != digest(ledger.secrets.finding, "report", own.system, own.value))
    day = index.exam_day(context)
    if day and not is_partial_date(day):
        raise InputError([("context.studies", "the study did not start on a day that exists")])
    if day:
        end = day + _LAST[len(day) - _DAY :] if len(day) < _DAY else day
        wanted = wanted.where(REPORTS.c.exam_date <= end)
    return wanted


def _same_patient(ledger: Ledger, patient: Patient) -> ColumnElement[bool]:
    keys = [
        index.key(ledger.secrets.finding, index.PATIENT, one.system, one.value)
        for one in patient.identifiers
        if one.system and one.value
    ]
    if not keys:
        reason = "an identifier with system and value is needed: a number alone may be that of somebody else"
        raise InputError([("context.patient.identifiers", reason)])
    return _found_by(index.PATIENT, keys)


def _same_study(ledger: Ledger, context: Context) -> ColumnElement[bool]:
    """Say in SQL what `emh_report.context.same_study` says; a signed report has a study with its UID."""
    secret = ledger.secrets.finding
    studied = [index.key(secret, index.STUDY, study.study_instance_uid) for study in context.studies]
    numbers = [index.key(secret, index.ACCESSION, "", number) for number in accessions(context)]
    return _found_by(index.STUDY, studied) if studied else _found_by(index.ACCESSION, numbers)


def _found_by(kind: str, keys: Collection[str]) -> ColumnElement[bool]:
    table = REPORT_KEYS.alias()
    return exists().where(table.c.kind == kind, table.c.key.in_(keys), table.c.number == REPORTS.c.number)


def _prior(ledger: Ledger, row: Row[Any], patient: Patient) -> PriorReport:
    summary = index.read_summary(ledger.sealer.open(row.summary, rows.place(row.report_id, "summary")))
    return PriorReport(
        report_id=row.report_id,
        version=row.version,
        status=ReportStatus(row.status),
        exam_date=row.exam_date,
        template_id=summary["template_id"],
        studies=summary["studies"],
        accessions=summary["accessions"],
        patient_differs=differs(patient, summary["patient"]),
    )


def differs(one: Patient, other: Patient) -> tuple[str, ...]:
    """Return what two contexts say differently about a patient; what one of them does not know is no difference.

    A year or month of birth is none against a day in it.
    """
    born = not same_date(one.birth_date, other.birth_date)
    sexes = {one.sex, other.sex} - {Sex.UNKNOWN}
    return tuple(name for name, found in (("birth_date", born), ("sex", len(sexes) > 1)) if found)
