"""What FHIR R4 4.0.1 allows in primitive values: sizes, digits, and the form of ids, URIs, codes and dates.

Written down from the regular expressions of the page on datatypes (hl7.org/fhir/R4/datatypes.html).
"""

from __future__ import annotations

import re
from typing import Any, Final

from tests.fhir_json import Json, nodes

STRING: Final = 1024 * 1024
INTEGER: Final = 2**31 - 1
DIGITS: Final = 18

_YEAR = "([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_TIME = r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|[1-2][0-9]|3[0-1])"

FORMS: Final = {
    "id": r"[A-Za-z0-9\-\.]{1,64}",
    "uri": r"\S+",
    "code": r"[^\s]+(\s[^\s]+)*",
    "decimal": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?",
    "date": f"{_YEAR}(-{_MONTH}(-{_DAY})?)?",
    "dateTime": f"{_YEAR}(-{_MONTH}(-{_DAY}({_TIME})?)?)?",
    "instant": f"{_YEAR}-{_MONTH}-{_DAY}{_TIME}",
    "oid-or-uuid": r"urn:(oid:[0-2](\.(0|[1-9][0-9]*))+|uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})",
}

TYPES: Final = {
    **dict.fromkeys(("id", "uid"), "id"),
    **dict.fromkeys(("system", "url", "reference"), "uri"),
    **dict.fromkeys(("code", "status", "intent", "mode", "use", "language", "contentType", "gender", "method"), "code"),
    **dict.fromkeys(("valueDateTime", "effectiveDateTime", "performedDateTime", "started", "sent"), "dateTime"),
    **dict.fromkeys(("authoredOn", "date", "creation", "time", "start"), "dateTime"),
    **dict.fromkeys(("issued", "timestamp"), "instant"),
    "birthDate": "date",
    "fullUrl": "oid-or-uuid",
}
"""Type of an element by its name, where the name says it; any other text is a string."""

LARGE: Final = {"div", "data"}
"""Elements whose types have no limit: xhtml and base64Binary."""


def check_limits(bundle: Json) -> None:
    """Check every primitive value of a bundle. Decimals are expected as the text that stands in the JSON."""
    for path, value in nodes(bundle):
        name = path.rpartition(".")[2]
        if isinstance(value, str):
            _check_text(path, name, value)
        elif isinstance(value, int) and not isinstance(value, bool):
            assert abs(value) <= INTEGER or path.endswith("valueQuantity.value"), f"{path}: no R4 integer"
            assert value >= 0 or name not in ("size", "number"), f"{path}: no R4 unsignedInt"


def _check_text(path: str, name: str, value: str) -> None:
    if path.endswith("valueQuantity.value"):
        assert _is("decimal", value), f"{path}: no R4 decimal"
        assert sum(character.isdigit() for character in value) <= DIGITS, f"{path}: too many digits"
        return
    kind = TYPES.get(name)
    if kind is not None:
        assert _is(kind, value), f"{path}: no R4 {kind}"
    assert name in LARGE or len(value) <= STRING, f"{path}: more than an R4 string holds"
    assert value.strip(), f"{path}: nothing but white space"
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", value), f"{path}: control characters"


def _is(kind: str, value: str) -> Any:  # noqa: ANN401 - a match or None
    return re.fullmatch(FORMS[kind], value, re.ASCII)
