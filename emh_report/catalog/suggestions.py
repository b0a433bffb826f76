"""Reading templates/suggestions.toml. A site's own file of that name takes its place."""

from __future__ import annotations

from collections.abc import Collection

from emh_report.catalog.files import SuggestionsFile
from emh_report.catalog.reading import read
from emh_report.catalog.source import Source
from emh_report.errors import CatalogError
from emh_report.suggestions import Suggestion, Suggestions


def read_suggestions(source: Source, templates: Collection[str]) -> Suggestions:
    """Return which of ``templates`` fits which study. Raises CatalogError for one that is not installed."""
    shape, path = read(source, "suggestions", SuggestionsFile)
    named = [("otherwise", shape.otherwise)]
    named += [(f"suggestion[{number}].template", row.template) for number, row in enumerate(shape.suggestion)]
    for key, name in named:
        if name not in templates:
            raise CatalogError(str(path), key, f"no such template; installed are {', '.join(sorted(templates))}")
    rows = []
    for number, row in enumerate(shape.suggestion):
        if not set(row.needs) <= set(row.modalities):
            raise CatalogError(str(path), f"suggestion[{number}].needs", "needs only what is among modalities")
        words = frozenset(word.lower() for word in row.words)
        rows.append(Suggestion(row.template, frozenset(row.modalities), frozenset(row.needs), words))
    return Suggestions(tuple(rows), frozenset(shape.accompanying), shape.otherwise)
