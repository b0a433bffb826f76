"""Controlled vocabularies: closed lists of terms with synonyms and codes of standard systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emh_report.codes import CANONICAL, Code, Coding, Concept

CORE_MAP = "core"
"""The code map that needs no licence of the site: SNOMED CT Global Patient Set, RadLex, LOINC and others."""

OPTIONAL_MAPS = frozenset({"snomed-affiliate", "orphanet", "icd-10-who"})
"""Code maps that a site switches on when it holds the licence. Any other map is for concept maps only."""

Properties = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One term. ``code`` is its identity on the wire; ``concept`` is what exporters emit.

    ``phrase`` is its name inside a sentence, ``bilateral`` the same of both sides: "both orbits", ``sided`` of left or
    right where that is no adjective: "mediastinal shift to the {side}".
    """

    vocabulary_id: str
    code: str
    display: str
    phrase: str
    bilateral: str
    sided: str
    definition: str
    group: str
    synonyms: tuple[str, ...]
    properties: Properties
    codings: tuple[Coding, ...]
    concept: Concept
    references: tuple[str, ...]

    @property
    def needs_text(self) -> bool:
        """Whether an answer with this term must say more, as "other" does."""
        return self.properties.get("text") == "required"

    @property
    def stands_alone(self) -> bool:
        """Whether an answer with this term excludes every other, as "none" does (FHIR: optionExclusive)."""
        return self.properties.get("exclusive") == "true"


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """A code system of others: the vintage that was read, and the notice that goes with its content."""

    uri: str
    title: str
    version: str
    notice: str


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """A closed list of terms in order."""

    id: str
    title: str
    version: str
    description: str
    terms: Mapping[str, Term]

    @property
    def url(self) -> str:
        """Canonical URL of the code system that these terms form."""
        return code_system_url(self.id)


def code_system_url(vocabulary_id: str) -> str:
    """Return the canonical URL of the code system of a vocabulary."""
    return f"{CANONICAL}/CodeSystem/{vocabulary_id}"


def emitted(codings: tuple[Coding, ...], maps: frozenset[str]) -> tuple[Code, ...]:
    """Return the codes that may leave the house: verified, equivalent in meaning, of a map that is switched on."""
    return tuple(
        coding.code for coding in codings if coding.verified and coding.match == "equivalent" and coding.map in maps
    )


def concept_of(vocabulary_id: str, code: str, display: str, codes: tuple[Code, ...] = ()) -> Concept:
    """Return the concept of a term, in the project's own code system."""
    return Concept(code_system_url(vocabulary_id), code, display, codes)
