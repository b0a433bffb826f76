"""Properties of terms: what is known of a term beyond its words. A name or a value that nobody reads is refused."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final, NamedTuple

from emh_report.errors import CatalogError
from emh_report.vocabulary import Vocabulary

URGENCIES: Final = ("cat-1", "cat-2", "cat-3")


class Property(NamedTuple):
    """What a property may say: one of ``values`` or a code of the vocabulary ``codes``; any words where both are empty.

    ``many``: it is a list of them; ``number``: a whole number, as text.
    """

    values: tuple[str, ...] = ()
    codes: str = ""
    many: bool = False
    number: bool = False


PROPERTIES: Final[Mapping[str, Property]] = {
    "text": Property(("required",)),
    "exclusive": Property(("true",)),
    "laterality": Property(("required", "optional", "not-applicable", "as-organ")),
    "laterality-note": Property(),
    "levels": Property(("required", "optional", "none")),
    "regions": Property(("C", "T", "L", "S"), "body-region", many=True),
    "region": Property(("C", "T", "L", "S")),
    "sex": Property(("female", "male")),
    "kind": Property(
        ("cause", "modifier", "drug", "physiologic", "finding", "symptom", "procedure-related", "outcome")
    ),
    "transfusion": Property(("dependent", "non-dependent")),
    "verification": Property(("confirmed", "provisional", "refuted")),
    "urgency": Property(URGENCIES),
    "urgency-escalated": Property(URGENCIES),
    "escalate-when": Property(),
    "caution": Property(("bleeding",)),
    "class": Property(),
    "sites": Property(many=True),
    "modalities": Property(codes="modality", many=True),
    "hybrid": Property(codes="modality", many=True),
    "parts": Property(codes="body-region", many=True),
    "tracers": Property(codes="tracer", many=True),
    "order": Property(number=True),
    "low": Property(number=True),
    "high": Property(number=True),
    "use": Property(("known-disease",)),
    "unit": Property(("min", "h", "d")),
}
"""The properties of every list; docs/template-author.md has those that the program acts on."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "site": ("laterality", "levels"),
    "cause": ("kind",),
    "vertebral-level": ("order",),
}
"""By vocabulary: without these lesions would be compared at another place, or a drug be sent as a disorder."""


def check_properties(vocabularies: Mapping[str, Vocabulary], files: Mapping[tuple[str, str], str]) -> None:
    """Raise CatalogError for a property that nobody knows, that says what nobody understands, or that is missing.

    ``files`` are those of the terms, by vocabulary and code.
    """
    for vocabulary in vocabularies.values():
        for code, term in vocabulary.terms.items():
            file, key = files[vocabulary.id, code], f"term.{code}.properties"
            for name, value in term.properties.items():
                wrong = _wrong(name, value, vocabularies)
                if wrong:
                    raise CatalogError(file, f"{key}.{name}", wrong)
            for name in NEEDED.get(vocabulary.id, ()):
                if name not in term.properties:
                    raise CatalogError(
                        file, f"{key}.{name}", f"this property is missing; {_accepted(PROPERTIES[name])}"
                    )


def _wrong(name: str, value: str | tuple[str, ...], vocabularies: Mapping[str, Vocabulary]) -> str:
    """Return the reason why a property is refused; nothing where it is right."""
    known = PROPERTIES.get(name)
    if known is None:
        near = difflib.get_close_matches(name, PROPERTIES, n=1) or sorted(PROPERTIES)
        return f"unknown property; known are {', '.join(near)}"
    if known.many == isinstance(value, str):
        return "a list of texts is needed" if known.many else "one text is needed"
    terms = vocabularies[known.codes].terms.keys() if known.codes in vocabularies else ()
    for one in (value,) if isinstance(value, str) else value:
        anything = not known.number and not known.values and not known.codes and one.strip()
        number = known.number and one.isascii() and one.isdigit()
        if not (anything or number or one in known.values or one in terms):
            return _accepted(known)
    return ""


def _accepted(known: Property) -> str:
    if known.number:
        return 'a whole number as text, such as "3", is needed'
    choices = [", ".join(known.values)] if known.values else []
    choices += [f"codes of the vocabulary {known.codes}"] if known.codes else []
    return f"one of {' or '.join(choices)} is needed" if choices else "words are needed"
