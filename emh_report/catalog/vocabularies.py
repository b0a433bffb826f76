"""Building vocabularies from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from emh_report.catalog.files import CodingFile, SystemsFile, TermFile, VocabularyFile
from emh_report.catalog.properties import check_properties
from emh_report.catalog.reading import load, read
from emh_report.catalog.source import Source
from emh_report.codes import Code, Coding
from emh_report.errors import CatalogError
from emh_report.own_codes import TAKEN
from emh_report.vocabulary import SystemInfo, Term, Vocabulary, concept_of, emitted

RESERVED = ("systems", "fixed")
"""Files in vocabulary/ that are not vocabularies: code systems, and codes that a profile fixes."""


def read_systems(source: Source) -> Mapping[str, SystemInfo]:
    """Return every code system of others by its alias."""
    systems, path = read(source, "vocabulary/systems", SystemsFile)
    _once(str(path), "system", [one.alias for one in systems.system])
    return {one.alias: SystemInfo(one.uri, one.title, one.version, one.notice) for one in systems.system}


def read_vocabularies(source: Source, maps: frozenset[str]) -> Mapping[str, Vocabulary]:
    """Return every vocabulary by id. ``maps`` are the code maps whose codes may be emitted."""
    systems = read_systems(source)
    names = [name for name in source.names("vocabulary") if name not in RESERVED]
    files: dict[tuple[str, str], str] = {}
    found = {name: _vocabulary(source, name, systems, maps, files) for name in names}
    check_properties(found, files)
    return MappingProxyType(found)


def _vocabulary(
    source: Source,
    name: str,
    systems: Mapping[str, SystemInfo],
    maps: frozenset[str],
    files: dict[tuple[str, str], str],
) -> Vocabulary:
    """Build one vocabulary, and note in ``files`` where each of its terms comes from."""
    terms: dict[str, Term] = {}
    head: VocabularyFile | None = None
    for path in source.versions(f"vocabulary/{name}"):
        head = load(path, VocabularyFile)
        if head.id != name:
            raise CatalogError(str(path), "id", f"must be the file's name, {name!r}")
        if name in TAKEN:
            raise CatalogError(str(path), "id", "a code system of the reports themselves has this id; choose another")
        if head.extends and not terms:
            raise CatalogError(str(path), "extends", "there is no list of this name to add to")
        if not head.extends:
            terms.clear()
        _once(str(path), "term", [term.code for term in head.term])
        terms |= {term.code: _term(str(path), head.id, term, systems, maps) for term in head.term}
        files |= {(name, term.code): str(path) for term in head.term}
    if head is None or not terms:
        raise CatalogError(f"vocabulary/{name}", "term", "a vocabulary needs at least one term")
    return Vocabulary(head.id, head.title, head.version, head.description, MappingProxyType(terms))


def _once(path: str, key: str, codes: Sequence[str]) -> None:
    """Raise CatalogError for a code that is there twice, of which one would be lost."""
    for code in codes:
        if codes.count(code) > 1:
            raise CatalogError(path, f"{key}.{code}", "this code is there twice")


def _term(
    path: str, vocabulary_id: str, term: TermFile, systems: Mapping[str, SystemInfo], maps: frozenset[str]
) -> Term:
    codings = tuple(_coding(path, term.code, coding, systems) for coding in term.coding)
    display = term.display
    phrase = term.phrase or _lower_first(display)
    return Term(
        vocabulary_id=vocabulary_id,
        code=term.code,
        display=display,
        phrase=phrase,
        bilateral=term.bilateral or f"{phrase} on both sides",
        sided=term.sided,
        definition=term.definition,
        group=term.group,
        synonyms=tuple(term.synonyms),
        properties={name: tuple(one) if isinstance(one, list) else one for name, one in term.properties.items()},
        codings=codings,
        concept=concept_of(vocabulary_id, term.code, display, emitted(codings, maps)),
        references=tuple(term.refs),
    )


def _lower_first(display: str) -> str:
    """Return ``display`` for use inside a sentence; an abbreviation or name in capitals stays as it is."""
    head = display.split(" ", 1)[0]
    return display if any(character.isupper() for character in head[1:]) else display[:1].lower() + display[1:]


def _coding(path: str, term: str, coding: CodingFile, systems: Mapping[str, SystemInfo]) -> Coding:
    if coding.system not in systems:
        raise CatalogError(path, f"term.{term}.coding.system", f"{coding.system!r} is not in systems.toml")
    code = Code(systems[coding.system].uri, coding.code, coding.display)
    return Coding(code, coding.match, coding.verified, coding.map, coding.source)
