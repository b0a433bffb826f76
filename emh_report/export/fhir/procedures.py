"""The examination itself, and the earlier ones it is compared with."""

from __future__ import annotations

from typing import Final

from emh_report.context import Identifier, is_uid
from emh_report.draft import DateTime
from emh_report.export.fhir.answers import choices, text
from emh_report.export.fhir.datatypes import Json, identifier, term_concept
from emh_report.export.fhir.observations import add_root, base_of, group_concept
from emh_report.export.fhir.sources import STUDY_UID
from emh_report.export.fhir.urls import DICOM_UID
from emh_report.export.fhir.values import members
from emh_report.export.fhir.writer import Writer
from emh_report.report import ReportGroup

BODY_REGION: Final = "body-region"
PRIOR_STUDY: Final = "prior-study-uid"


def procedure(writer: Writer, group: ReportGroup) -> None:
    """Add the examination as a Procedure, and its technique as Observations that are part of it."""
    report = writer.report
    dated = next((item for item in group.items if isinstance(item.value, DateTime)), None)
    regions = choices(group, BODY_REGION)
    taken = {BODY_REGION} if regions else set()
    # Not answered: the study began then, which is no answer, and a period of which only the start is known.
    performed: Json = {"performedPeriod": {"start": report.context.exam_date}} if report.context.exam_date else {}
    if dated is not None and isinstance(dated.value, DateTime):
        performed = {"performedDateTime": dated.value.value}
        taken.add(dated.field.id)
    body: Json = {
        "status": writer.state("completed"),
        "code": term_concept(report.study_type),
        "subject": writer.subject,
        "basedOn": writer.orders,
        **performed,
        "bodySite": regions,
    }
    filled: Json = {name: value for name, value in body.items() if value}
    reference = writer.add(
        "Procedure", writer.name(group.uid, "", "procedure"), filled, writer.instance(group.definition.id, group.uid)
    )
    writer.groups[group.uid] = reference
    writer.place(group.definition.section, reference)
    base = writer.acquired_with({"partOf": [reference]})
    found = members(writer, group, base, frozenset(taken))
    if found.references or found.note:
        add_root(writer, group, base, found, group_concept(group.definition))


def comparison(writer: Writer, group: ReportGroup) -> None:
    """Add what is known of an earlier examination; its study, where a UID is known, as far as that goes."""
    base = base_of(writer, group)
    uid = text(group, PRIOR_STUDY)
    if is_uid(uid):
        study = _prior_study(writer, Identifier(DICOM_UID, f"urn:oid:{uid}"))
        writer.place(group.definition.section, study)
        base = {**base, "derivedFrom": [study]}
    add_root(writer, group, base, members(writer, group, base), group_concept(group.definition))


def _prior_study(writer: Writer, known: Identifier) -> Json:
    """Return the reference to an earlier study: by identifier only, since the receiver knows more about it than we.

    A document has to carry it; nobody told its status.
    """
    number = identifier(known, STUDY_UID)
    if not writer.kind.document:
        return {"type": "ImagingStudy", "identifier": number}
    return writer.add_known(
        "ImagingStudy", known, {"identifier": [number], "status": "unknown", "subject": writer.subject}
    )
