"""The answers as the input of peers that are not made for forms: lesions for DICOM SR, lines of text for HL7 v2."""

from __future__ import annotations

from typing import Any

from emh_report.draft import Coded, Draft, Group, Measurement, Quantity
from emh_report.report import Narrative
from emh_report.template import Field, Role, Template

Json = dict[str, Any]

SCHEME = "99EMH"
FRAMES = (
    "MSH|^~\\&|RPT|HOSP|V2FHIR|BRIDGE|20240115120000||ORU^R01^ORU_R01|BENCH1|P|2.5.1",
    "PID|1||1^^^SYNTH_HOSP^MR||Test^Case||19700101|F",
    "PV1|1|O|RAD^CT1^01^SYNTH_HOSP||||||||||||||||V1^^^SYNTH_HOSP^VN",
    "ORC|RE|ORD1^SYNTH_HIS|FIL1^SYNTH_RIS||CM",
    "OBR|1|ORD1^SYNTH_HIS|FIL1^SYNTH_RIS|71250^CT^C4|||20240115101200-0500|||||||||||A1||||20240115120000-0500||CT|F",
)


def lesions(template: Template, draft: Draft) -> Json:
    """Return, for each lesion, its sites, the numbers measured and the other coded answers."""
    return {"lesions": [_lesion(template, group) for group in draft.groups if group.group_id == "finding"]}


def _lesion(template: Template, group: Group) -> Json:
    fields = template.groups[group.group_id].fields
    found: Json = {"uid": group.uid, "sites": [], "numbers": [], "codes": []}
    for field_id, value in group.items:
        asked = fields[field_id]
        name = {"value": field_id, "scheme": SCHEME, "meaning": asked.label}
        if isinstance(value, Coded):
            answer = {"value": value.code, "scheme": SCHEME, "meaning": _display(asked, value)}
            found["sites" if asked.role is Role.SITE else "codes"] += (
                [answer] if asked.role is Role.SITE else [{"name": name, "answer": answer}]
            )
        elif isinstance(value, Quantity | Measurement):
            numbers = [value.value] if isinstance(value, Quantity) else value.axes
            unit = {"value": value.unit, "scheme": "UCUM", "meaning": value.unit}
            found["numbers"] += [{"name": name, "number": float(number), "unit": unit} for number in numbers]
    return found


def _display(asked: Field, value: Coded) -> str:
    return asked.vocabulary.terms[value.code].display if asked.vocabulary else value.code


def result(narrative: Narrative) -> Json:
    """Return an ORU^R01 with the findings and the impression, one OBX a line."""
    told = {part.section.code: part.text for part in narrative.sections}
    lines = [("&GDT^Findings", line) for line in told.get("findings", "").splitlines() if line]
    lines += [("&IMP^Impression", line) for line in told.get("impression", "").splitlines() if line]
    observed = [f"OBX|{number}|TX|{what}|1|{_escaped(line)}||||||F" for number, (what, line) in enumerate(lines, 1)]
    return {"message": "\r".join([*FRAMES, *observed]) + "\r"}


def _escaped(text: str) -> str:
    for sign, name in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(sign, f"\\{name}\\")
    return text
