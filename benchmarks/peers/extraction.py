"""The answers as a form for extraction by template (HL7 SDC): a Questionnaire with templates, and its response.

One Observation template for each question that was answered, which is what this kind of extraction is made for.
Its bundle is much smaller than ours: no context, no lesions, no report.
"""

from __future__ import annotations

from typing import Any

from emh_report.draft import Coded, Draft, Measurement, Quantity, Text
from emh_report.export.fhir.datatypes import field_concept
from emh_report.template import Field, Template

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"

Json = dict[str, Any]


def form(template: Template, draft: Draft) -> Json:
    """Return a Questionnaire with its templates, and the answers as its response."""
    contained, items, answers = [], [], []
    for group in draft.groups:
        fields = template.groups[group.group_id].fields
        for number, (field_id, value) in enumerate(group.items):
            link, name = f"{group.uid}.{field_id}.{number}", f"o-{group.uid}-{number}"
            answer, filled = _answer(fields[field_id], value)
            if not answer:
                continue
            what = field_concept(fields[field_id])
            contained.append({"resourceType": "Observation", "id": name, "status": "final", "code": what, **filled})
            items.append({"linkId": link, "type": "choice", "text": link, "extension": [_use(name)]})
            answers.append({"linkId": link, "answer": [answer]})
    questionnaire = {
        "resourceType": "Questionnaire",
        "status": "active",
        "url": "urn:bench",
        "contained": contained,
        "item": items,
    }
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "urn:bench"}
    return {"questionnaire": questionnaire, "response": {**response, "item": answers}}


def _use(name: str) -> Json:
    template = {"url": "template", "valueReference": {"reference": f"#{name}"}}
    return {"url": f"{SDC}-templateExtract", "extension": [template]}


def _from(expression: str) -> Json:
    return {"extension": [{"url": f"{SDC}-templateExtractValue", "valueString": expression}]}


def _answer(field: Field, value: object) -> tuple[Json, Json]:
    """Return an answer of a QuestionnaireResponse, and the value of its template; empty for other kinds of answers."""
    if isinstance(value, Coded) and field.vocabulary:
        coding = {
            "system": field.vocabulary.url,
            "code": value.code,
            "display": field.vocabulary.terms[value.code].display,
        }
        parts = {f"_{part}": _from(f"answer.value.{part}") for part in coding}
        return {"valueCoding": coding}, {"valueCodeableConcept": {"coding": [parts]}}
    if isinstance(value, Quantity | Measurement):
        number = value.value if isinstance(value, Quantity) else value.axes[0]
        return {"valueDecimal": float(number)}, {"valueQuantity": {"_value": _from("answer.value"), "unit": value.unit}}
    if isinstance(value, Text):
        return {"valueString": value.value}, {"_valueString": _from("answer.value")}
    return {}, {}
