"""Every code system of the project with all its codes: vocabularies, questions, groups, rules, and statements.

Templates are none: their codes are names with a version each, so that no one version of a code system has them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from emh_report import own_codes
from emh_report.catalog import Catalog
from emh_report.codes import Code
from emh_report.own_codes import PHRASE, SEARCH_WORD, WORDING
from emh_report.template import Field, Kind
from emh_report.values import MAX_AXES
from emh_report.vocabulary import Term, Vocabulary

OBSERVABLE = "observable"


class Entry(NamedTuple):
    """One code: what it means, other words with what they are for, and its properties."""

    code: str
    display: str
    definition: str = ""
    words: tuple[tuple[Code, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


class OwnSystem(NamedTuple):
    """One code system. ``version`` is that of its vocabulary; the others share one."""

    id: str
    version: str
    title: str
    description: str
    entries: tuple[Entry, ...]


def own_systems(catalog: Catalog, version: str) -> tuple[OwnSystem, ...]:
    """Return every code system, sorted by id."""
    made = [
        *(_vocabulary(one) for one in catalog.vocabularies.values() if one.id != OBSERVABLE),
        *(
            OwnSystem(id_, version, title, description, tuple(entries))
            for id_, title, description, entries in _derived(catalog)
        ),
    ]
    return tuple(sorted(made))


def _derived(catalog: Catalog) -> Iterator[tuple[str, str, str, Iterable[Entry]]]:
    fields = list(_fields(catalog))
    known = catalog.vocabularies[OBSERVABLE].terms if OBSERVABLE in catalog.vocabularies else {}
    questions = _questions(fields, known)
    yield OBSERVABLE, "Questions", "What an answer is about: the questions of all report templates.", questions
    yield "observable-part", "Parts of answers", "Parts of an answer that has several.", _parts(fields)
    yield "group", "Groups of questions", "What the answers of a group are about together.", _groups(catalog)
    yield "rule", "Consistency rules", "Rules that recognise critical findings or warn.", _rules(catalog)
    for id_, title, description, codes in FIXED:
        yield id_, title, description, (Entry(one.code, one.display) for one in codes)


FIXED = (
    (
        "absent-reason",
        "Reasons for an absent answer",
        "Reasons for which HL7 has no code: looked at, but cannot be judged.",
        own_codes.ABSENT_REASONS,
    ),
    (
        "statement",
        "Statements about a report",
        "What is said about a report itself, not about the patient.",
        own_codes.REPORT_STATEMENTS,
    ),
    ("report-mode", "Modes of a report", "How a report relates to other reports.", own_codes.REPORT_MODES),
    ("designation-use", "Uses of designations", "What the other words for a code are for.", own_codes.DESIGNATION_USES),
)


def _vocabulary(known: Vocabulary) -> OwnSystem:
    entries = tuple(map(_term, known.terms.values()))
    return OwnSystem(known.id, known.version, known.title, known.description, entries)


def _term(term: Term) -> Entry:
    words = [(SEARCH_WORD, word) for word in term.synonyms]
    if term.phrase != term.display:
        words.append((PHRASE, term.phrase))
    properties = [("group", term.group)] if term.group else []
    for name, value in term.properties.items():
        properties += [(name, one) for one in ((value,) if isinstance(value, str) else value)]
    properties += [("reference", one) for one in term.references]
    return Entry(term.code, term.display, term.definition, tuple(words), tuple(properties))


def _fields(catalog: Catalog) -> Iterator[Field]:
    """Yield the questions of every installed version of every template, sorted by template."""
    for _, plan in sorted(catalog.plans.items()):
        for group in plan.template.groups.values():
            yield from group.fields.values()


def _questions(fields: list[Field], known: Mapping[str, Term]) -> list[Entry]:
    """Return one entry for each question; its display is that of its concept, its other wordings stand beside it."""
    displays = {code: term.display for code, term in known.items()}
    displays |= {field.concept.code: field.concept.display for field in fields}
    wordings: dict[str, dict[str, None]] = {code: {} for code in displays}
    for field in fields:
        if field.label != displays[field.concept.code]:
            wordings[field.concept.code][field.label] = None
    return [
        _worded(code, display, wordings[code])._replace(definition=known[code].definition if code in known else "")
        for code, display in sorted(displays.items())
    ]


def _worded(code: str, display: str, wordings: Iterable[str]) -> Entry:
    return Entry(code, display, words=tuple((WORDING, words) for words in wordings))


def _parts(fields: list[Field]) -> list[Entry]:
    """Return the parts of every question that may have several, and those of the address of an image."""
    found: dict[str, dict[str, None]] = {}
    for field in fields:
        for part, label in _parts_of(field):
            found.setdefault(f"{field.concept.code}.{part}", {})[f"{field.label}, {label}"] = None
    named = [_worded(code, *_first(wordings)) for code, wordings in sorted(found.items())]
    return [*(Entry(one.code, one.display) for one in own_codes.IMAGE_PARTS), *named]


def _first(words: Iterable[str]) -> tuple[str, list[str]]:
    first, *others = words
    return first, others


def _parts_of(field: Field) -> Iterable[tuple[str, str]]:
    if field.kind is Kind.MEASUREMENT:
        return [(f"axis-{number}", f"axis {number}") for number in range(1, MAX_AXES + 1)]
    return own_codes.LEVEL_PARTS if field.kind is Kind.LEVELS else ()


def _groups(catalog: Catalog) -> list[Entry]:
    found: dict[str, dict[str, None]] = {}
    for _, plan in sorted(catalog.plans.items()):
        for group in plan.template.groups.values():
            found.setdefault(group.id, {})[group.title] = None
    return [_worded(code, *_first(titles)) for code, titles in sorted(found.items())]


def _rules(catalog: Catalog) -> list[Entry]:
    return [Entry(rule.id, rule.title, rule.message) for rule in sorted(catalog.rules, key=lambda one: one.id)]
