"""What a preliminary report still lacks: required questions without an answer, and answers that were not accepted."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from emh_report.codes import Code, Concept
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import CACHED, Json, clean, coded, coding, concept
from emh_report.export.fhir.writer import Writer
from emh_report.own_codes import STATEMENTS
from emh_report.report import Report, Unresolved
from emh_report.template import Field, Template

SECTION: Final = "incomplete"
INCOMPLETE: Final = Concept(STATEMENTS, "incomplete", "Report is incomplete")
CODE: Final = concept(INCOMPLETE)
MISSING: Final = Code(STATEMENTS, "missing-answer", "Required question without an answer")
NOT_ACCEPTED: Final = Code(STATEMENTS, "answer-not-accepted", "Answer that was not accepted, as typed")

UNASKED: Final = [coding(MISSING)]
NOT_YET: Final = coded(fixed.TEMPORARILY_UNKNOWN, text="Not answered yet")
EMPTY: Final[Json] = {"dataAbsentReason": coded(fixed.UNKNOWN, text="Empty")}


def incomplete(writer: Writer) -> None:
    """Add one Observation with a component for everything that is missing or was not accepted."""
    report = writer.report
    components = [writer.kept(_missing(report.template, *issue.where[1:], issue.message)) for issue in report.missing]
    components += [_as_typed(report, lost) for lost in report.unresolved]
    if not components:
        return
    content: Json = {"component": components}
    writer.result(SECTION, writer.observe(writer.name("", SECTION), writer.stated, CODE, content))


def words(report: Report) -> str:
    """Return the sentence that warns of what is missing; empty when nothing is."""
    missing, lost = len(report.missing), len(report.unresolved)
    parts = [f"{missing} required answer(s) missing"] if missing else []
    parts += [f"{lost} answer(s) not accepted and kept as typed"] if lost else []
    return f"INCOMPLETE REPORT: {', '.join(parts)}." if parts else ""


def _label(template: Template, group_id: str, uid: str, label: str) -> str:
    group = template.groups.get(group_id)
    where = group.title if group else group_id
    if uid and group and group.repeats:
        where = f"{where} ({uid})"
    return f"{where}: {label}" if where and label else where or label


@lru_cache(CACHED)
def _missing(template: Template, group_id: str, uid: str, field_id: str, message: str) -> Json:
    """Return a question without an answer; ``message`` stands for it where it is not one of the template."""
    group = template.groups.get(group_id)
    field = group.fields.get(field_id) if group else None
    text = _label(template, group_id, uid, field.label if field else message)
    return {"code": {"coding": _asked(field) if field else UNASKED, "text": text}, "dataAbsentReason": NOT_YET}


def _asked(field: Field) -> list[Json]:
    """Return the codes of what is missing: the question, then that its answer is."""
    return [coding(Code(field.concept.system, field.concept.code, field.concept.display)), *UNASKED]


def _as_typed(report: Report, lost: Unresolved) -> Json:
    text = _label(report.template, lost.where.group_id, lost.where.group_uid, lost.label)
    typed: Json = {"valueString": clean(lost.as_typed)} if lost.as_typed.strip() else {}
    return {"code": coded(NOT_ACCEPTED, text=clean(text)), **(typed or EMPTY)}
