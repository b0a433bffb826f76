"""Reading templates/macros.toml. A site's own file of that name takes its place."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from emh_report.catalog.files import MacroFile, MacrosFile
from emh_report.catalog.reading import read
from emh_report.catalog.source import Source
from emh_report.errors import CatalogError
from emh_report.macros import Macro
from emh_report.template import Kind, Template


def read_macros(source: Source, templates: Sequence[Template]) -> tuple[Macro, ...]:
    """Return the texts, in the order of the file.

    Raises CatalogError for one that is there twice, that says nothing, or that is for no text question of a template.
    """
    shape, path = read(source, "macros", MacrosFile)
    every = [field for template in templates for group in template.groups.values() for field in group.fields.values()]
    known = sorted({field.id for field in every if field.kind is Kind.TEXT})
    for number, macro in enumerate(shape.macro):
        wrong = _wrong(macro, shape.macro[:number], known)
        if wrong:
            key, reason = wrong
            raise CatalogError(str(path), f"macro.{number}.{key}", reason)
    return tuple(Macro(one.id, one.abbreviation, one.label, tuple(one.fields), one.text) for one in shape.macro)


def _wrong(macro: MacroFile, before: Sequence[MacroFile], known: Sequence[str]) -> tuple[str, str] | None:
    """Return key and reason of the first mistake."""
    if macro.id in {one.id for one in before}:
        return "id", f"{macro.id} is there twice"
    if macro.abbreviation in {one.abbreviation for one in before}:
        return "abbreviation", f"{macro.abbreviation} is there twice"
    if not macro.text.strip():
        return "text", "a text is needed"
    unknown = next((field for field in macro.fields if field not in known), None)
    if unknown is None:
        return None if macro.fields else ("fields", "ids of text questions are needed")
    near = difflib.get_close_matches(unknown, known, n=3) or known
    return "fields", f"{unknown} is no text question of a template; near are {', '.join(near)}"
