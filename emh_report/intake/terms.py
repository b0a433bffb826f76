"""Codes that this installation knows: whether a code exists in its system, and whether a display is its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.codes import Code
from emh_report.export.fhir import fixed
from emh_report.export.fhir.urls import GROUPS
from emh_report.intake.lists import listed
from emh_report.intake.questions import OBSERVABLE

SNOMED: Final = "http://snomed.info/sct"

_THO: Final = "http://terminology.hl7.org/CodeSystem/"
COMPLETE: Final[Mapping[str, frozenset[str]]] = {
    f"{_THO}observation-category": frozenset(
        listed("social-history vital-signs imaging laboratory procedure survey exam therapy activity symptom")
    ),
    f"{_THO}condition-category": frozenset(
        listed("problem-list-item encounter-diagnosis diagnostic-report-impression")
    ),
    f"{_THO}condition-ver-status": frozenset(
        listed("unconfirmed provisional differential confirmed refuted entered-in-error")
    ),
    f"{_THO}condition-clinical": frozenset(listed("active recurrence relapse inactive remission resolved unknown")),
    f"{_THO}data-absent-reason": frozenset(
        listed(
            "unknown asked-unknown temp-unknown not-asked asked-declined masked not-applicable",
            "unsupported as-text error",
            "not-a-number negative-infinity positive-infinity not-performed not-permitted",
        )
    ),
    f"{_THO}list-empty-reason": frozenset(listed("nilknown notasked withheld unavailable notstarted closed")),
}
"""All codes of small systems that HL7 publishes with FHIR (R4 4.0.1, R5 5.0.0, hl7.terminology 7.3.0)."""


class Terms(NamedTuple):
    """Displays by system and code, and the systems of which every code is known."""

    displays: Mapping[tuple[str, str], frozenset[str]]
    whole: frozenset[str]

    def fault(self, system: str, code: str, display: str) -> tuple[str, str]:
        """Return the element that is wrong with a Coding (code or display) and why; empty where nothing is."""
        if code not in COMPLETE.get(system, (code,)):
            return "code", "not a code of its system"
        known = self.displays.get((system, code))
        if known is None:
            missing = system in self.whole or (system == SNOMED and not is_sctid(code))
            return ("code", "not a code of its system") if missing else ("", "")
        if display and known and display not in known:
            return "display", "the display does not belong to the code"
        return "", ""


@lru_cache(4)
def terms_of(catalog: Catalog) -> Terms:
    """Return every code that the catalog and the exporters know."""
    found: dict[tuple[str, str], set[str]] = {}
    for code in _codes(catalog):
        found.setdefault((code.system, code.code), set()).update([code.display] if code.display else [])
    whole = {vocabulary.url for vocabulary in catalog.vocabularies.values()} | {OBSERVABLE, GROUPS}
    return Terms({key: frozenset(words) for key, words in found.items()}, frozenset(whole))


def _codes(catalog: Catalog) -> Iterator[Code]:
    yield from fixed.FIXED.values()
    for vocabulary in catalog.vocabularies.values():
        for term in vocabulary.terms.values():
            yield Code(vocabulary.url, term.code, term.concept.display)
            yield from term.concept.codes
    for plan in catalog.plans.values():
        for group in plan.template.groups.values():
            yield Code(GROUPS, group.id, group.title)
            for field in group.fields.values():
                yield Code(field.concept.system, field.concept.code, field.concept.display)
                yield from field.concept.codes


_TIMES: Final = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_SHIFT: Final = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)
"""Multiplication and permutation of Verhoeff's check digit (SNOMED CT Technical Implementation Guide, Appendix B)."""


def is_sctid(code: str) -> bool:
    """Whether a code has the form of a SNOMED CT identifier: 6 to 18 digits, the last one checks the others."""
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 18 and code[0] != "0"):  # noqa: PLR2004 - as above
        return False
    check = 0
    for position, digit in enumerate(reversed(code)):
        check = int(_TIMES[check][int(_SHIFT[position % 8][int(digit)])])
    return check == 0
