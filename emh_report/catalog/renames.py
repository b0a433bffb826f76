"""What older versions of a template called its groups, questions and answers: checked against what is there now."""

from __future__ import annotations

from collections.abc import Container, Mapping

from emh_report.catalog.files import RenamedFile, TemplateFile
from emh_report.errors import CatalogError
from emh_report.template import Field, GroupDefinition, Renamed


def read_renamed(file: str, shape: TemplateFile, groups: Mapping[str, GroupDefinition]) -> Renamed:
    """Return the renames of a template.

    Raises CatalogError where one is of nothing, of something that is still there, or to something that is not.
    """
    fields = {field_id: field for group in groups.values() for field_id, field in group.fields.items()}
    of_groups: dict[str, str] = {}
    of_fields: dict[str, str] = {}
    of_answers: dict[tuple[str, str], str] = {}
    for position, renamed in enumerate(shape.renamed):
        key = f"renamed[{position}]"
        match (renamed.group, renamed.field, renamed.answer):
            case (group, "", "") if group:
                _check(file, f"{key}.group", group, renamed.to, groups)
                of_groups[group] = renamed.to
            case ("", field, "") if field:
                _check(file, f"{key}.field", field, renamed.to, fields)
                of_fields[field] = renamed.to
            case ("", field, answer) if field and answer:
                _check(file, f"{key}.answer", answer, renamed.to, _terms(file, key, renamed, fields))
                of_answers[field, answer] = renamed.to
            case _:
                raise CatalogError(file, key, "names a group, or a field, or a field and its answer")
    if len(of_groups) + len(of_fields) + len(of_answers) < len(shape.renamed):
        raise CatalogError(file, "renamed", "the same is renamed twice")
    return Renamed(of_groups, of_fields, of_answers)


def _terms(file: str, key: str, renamed: RenamedFile, fields: Mapping[str, Field]) -> Container[str]:
    field = fields.get(renamed.field)
    if field is None or field.vocabulary is None:
        raise CatalogError(file, f"{key}.field", f"{renamed.field!r} is not a coded field of the template")
    return field.vocabulary.terms


def _check(file: str, key: str, old: str, new: str, known: Container[str]) -> None:
    if old in known:
        raise CatalogError(file, key, f"{old!r} is still there, so it cannot have another name")
    if new not in known:
        raise CatalogError(file, key, f"{new!r} is not there to be its new name")
