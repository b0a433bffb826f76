"""Narratives: XHTML of a few elements, nothing that runs or loads (R4 and R5 narrative, txt-1)."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from emh_report.export.fhir.urls import XHTML
from emh_report.intake.lists import listed

ELEMENTS: Final = frozenset(
    listed(
        "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em",
        "h1 h2 h3 h4 h5 h6 hr i img ",
        "li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var",
    )
)
ATTRIBUTES: Final = frozenset(
    listed(
        "abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing",
        "cellvalign char charoff charset ",
        "cite class colspan compact coords dir frame headers height href hreflang hspace",
        "id lang longdesc name nowrap rel ",
        "rev rowspan rules scope shape span src start style summary tabindex title",
        "type valign value vspace width xml:lang ",
        "xmlns",
    )
)
ADDRESSES: Final = ("#", "data:image/", "http:", "https:", "mailto:", "urn:")
"""What an address in a narrative starts with."""


class _Refused(Exception):  # noqa: N818 - ends the parser
    """Something that a narrative may not have."""


def fault(div: str) -> str:
    """Return what is wrong with the XHTML of a narrative; empty where nothing is."""
    parser = expat.ParserCreate(namespace_separator=None)
    state = {"depth": 0, "words": False}

    def start(name: str, attributes: dict[str, str]) -> None:
        if not state["depth"] and (name != "div" or attributes.get("xmlns") != XHTML):
            raise _Refused("a narrative is a div of XHTML")
        state["depth"] += 1
        if name not in ELEMENTS:
            raise _Refused("an element that a narrative may not have, such as script")
        for attribute, value in attributes.items():
            _attribute(attribute, value)
        state["words"] |= name == "img"

    def text(data: str) -> None:
        state["words"] |= bool(data.strip())

    def refuse(*_: object) -> None:
        raise _Refused("a narrative has no document type and no entities")

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(div, True)  # noqa: FBT003 - positional only
    except _Refused as error:
        return str(error)
    except expat.ExpatError:
        return "not well-formed XHTML"
    return "" if state["words"] else "a narrative without content"


def _attribute(name: str, value: str) -> None:
    if name not in ATTRIBUTES:
        raise _Refused("an attribute that a narrative may not have, such as onclick")
    if name in ("href", "src", "cite", "longdesc") and not value.strip().lower().startswith(ADDRESSES):
        raise _Refused("an address that a narrative may not have, such as javascript:")
    if name == "style" and ("url(" in value.lower() or "expression(" in value.lower()):
        raise _Refused("a style that loads something")
