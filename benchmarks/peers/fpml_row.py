"""FHIRPath mapping language (PyPI fpml): one Observation for each question that was answered once.

python -m benchmarks.peers.fpml_row
"""

from __future__ import annotations

import json
from typing import Any

from fpml import resolve_template

from benchmarks.peers.loop import Call, Json, serve


def _observation(item: Json) -> Json:
    """Return the template of an Observation whose value is taken out of the response."""
    answer = f"QuestionnaireResponse.item.where(linkId = '{item['linkId']}').answer.value"
    ((kind, value),) = item["answer"][0].items()
    filled: Any = f"{{{{ {answer} }}}}"
    if isinstance(value, dict):
        filled = {name: f"{{{{ {answer}.{name} }}}}" for name in value}
    named = {"valueCoding": "valueCodeableConcept", "valueDecimal": "valueQuantity"}.get(kind, kind)
    filled = {"coding": [filled]} if kind == "valueCoding" else {"value": filled} if kind == "valueDecimal" else filled
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": item["linkId"]}, named: filled}
    return {"request": {"method": "POST", "url": "Observation"}, "resource": observation}


def prepare(case: Json) -> Call:
    """Return the mapping of the response of ``case``."""
    response = case["response"]
    template = {"resourceType": "Bundle", "type": "transaction", "entry": list(map(_observation, response["item"]))}

    def call() -> tuple[bytes, int]:
        bundle = resolve_template(response, template)
        return json.dumps(bundle).encode(), len(bundle["entry"])

    return call


if __name__ == "__main__":
    serve(prepare)
