"""The token of a search by identifier, as a reference states it: ``identifier=<system>|<value>``.

Of a token only the bar without a backslash separates (FHIR R4, 3.1.1.4.10, token); backslash, bar, comma and dollar
sign that belong to a text have a backslash (3.1.1.4.0.1, escaping). export/fhir/datatypes.py writes them.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from emh_report.context import Identifier

_TEXT: Final = r"((?:\\.|[^\\|,])*)"
_TOKEN: Final = re.compile(rf"(?:{_TEXT}\|)?{_TEXT}", re.DOTALL)
"""System, which may be left out, and value; a comma without a backslash would begin another token."""
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def token(search: str) -> Identifier | None:
    """Return the identifier that a search is for; None for any other search, and for one of several identifiers."""
    name, _, text = search.partition("=")
    halves = _TOKEN.fullmatch(unquote(text)) if name == "identifier" and "&" not in text else None
    if halves is None or not halves[2]:
        return None
    system, value = (_ESCAPED.sub(r"\1", half or "") for half in halves.groups())
    return Identifier(system, value)
