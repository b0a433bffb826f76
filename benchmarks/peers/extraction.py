"""The reference implementation of extraction by template (HL7 SDC), @aehrc/sdc-template-extract, in a Node process.

The same answers as a QuestionnaireResponse; one Observation template for each question that was answered once, which
is what this kind of extraction is made for. Its bundle is much smaller than ours: no context, no lesions, no report.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from emh_report.draft import Coded, Draft, Measurement, Quantity, Text
from emh_report.export.fhir.datatypes import field_concept
from emh_report.template import Field, Template

PACKAGE = "@aehrc/sdc-template-extract@1.0.16"
SCRIPT = Path(__file__).with_name("extract.mjs")
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"

Json = dict[str, Any]


class Extraction:
    """The Node process. Raises RuntimeError where it gives no bundle."""

    def __init__(self, folder: Path, template: Template, draft: Draft) -> None:
        if not (folder / "node_modules" / "@aehrc").is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
            subprocess.run(["npm", "install", "--silent", "--no-progress", PACKAGE], cwd=folder, check=True)  # noqa: S607
        self._process = subprocess.Popen(
            ["node", SCRIPT],  # noqa: S607
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send(json.dumps(_form(template, draft), default=str))
        answer = self._ask(1)
        self.bytes, self.entries = int(answer["bytes"]), int(answer["entries"])

    def batch(self, calls: int) -> float:
        """Do so many extractions; returns the seconds they took in Node."""
        return float(self._ask(calls)["seconds"])

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def _send(self, line: str) -> None:
        if self._process.stdin is None:
            raise RuntimeError("no process")
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _ask(self, calls: int) -> Json:
        self._send(str(calls))
        answer: Json = json.loads((self._process.stdout or SCRIPT.open(encoding="utf-8")).readline() or "{}")
        if "seconds" not in answer:
            raise RuntimeError(answer.get("error", "the Node process ended"))
        return answer


def _form(template: Template, draft: Draft) -> Json:
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
    form = {
        "resourceType": "Questionnaire",
        "status": "active",
        "url": "urn:bench",
        "contained": contained,
        "item": items,
    }
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "urn:bench"}
    return {"questionnaire": form, "response": {**response, "item": answers}}


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
