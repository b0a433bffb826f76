"""Codes that this installation knows: whether a code exists in its system, and whether a display is its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.codes import Code, Concept
from emh_report.export.fhir import fixed
from emh_report.intake.lists import listed
from emh_report.own_codes import GROUPS, OBSERVABLES

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


Key = tuple[str, str]
"""System and code."""


class Terms(NamedTuple):
    """Displays by system and code, and the systems of which every code is known.

    ``meanings``: codes of our own by the code of a standard system that stands for them.
    """

    displays: Mapping[Key, frozenset[str]]
    whole: frozenset[str]
    meanings: Mapping[Key, frozenset[Key]]

    def contradicting(self, codings: Sequence[Key]) -> tuple[int, int] | None:
        """Return the positions of a code and of one of our own beside it that say two things; None where none do.

        A code that no term or question of that system is sent with may say anything, so it contradicts nothing.
        """
        for own, (system, code) in enumerate(codings):
            if system not in self.whole:
                continue
            for other, key in enumerate(codings):
                meant = {means for name, means in self.meanings.get(key, ()) if name == system}
                if (key[0] == system and key[1] != code) or (meant and code not in meant):
                    return other, own
        return None

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
    whole = {vocabulary.url for vocabulary in catalog.vocabularies.values()} | {OBSERVABLES, GROUPS}
    meanings: dict[Key, set[Key]] = {}
    for concept in _concepts(catalog):
        for code in concept.codes:
            meanings.setdefault((code.system, code.code), set()).add((concept.system, concept.code))
    return Terms(
        {key: frozenset(words) for key, words in found.items()},
        frozenset(whole),
        {key: frozenset(own) for key, own in meanings.items()},
    )


def _concepts(catalog: Catalog) -> Iterator[Concept]:
    """Yield every term and every question."""
    for vocabulary in catalog.vocabularies.values():
        yield from (term.concept for term in vocabulary.terms.values())
    for plan in catalog.plans.values():
        for group in plan.template.groups.values():
            yield from (field.concept for field in group.fields.values())


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
