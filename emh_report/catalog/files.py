"""The shape of the TOML files in templates/. Anything else in them is refused.

Strings in these files are data of a template author; errors name file and key (CatalogError).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from emh_report.catalog.texts import (
    DecimalText,
    GroupId,
    Kebab,
    Modality,
    Operator,
    OptionalWords,
    Sided,
    TermCode,
    Uri,
    Version,
    Word,
    Words,
)


class File(BaseModel):
    """Base of every shape: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class CodingFile(File):
    """A code of a standard system, and how it relates to the term."""

    system: Kebab
    code: Words
    display: OptionalWords = ""
    match: Literal["equivalent", "broader", "narrower", "related"] = "equivalent"
    verified: bool
    map: Literal["core", "snomed-affiliate", "orphanet", "icd-10-who", "reference"] = "core"
    source: Words


class TermFile(File):
    """One term of a vocabulary."""

    code: TermCode
    display: Words
    phrase: OptionalWords = ""
    bilateral: OptionalWords = ""
    sided: Sided = ""
    definition: OptionalWords = ""
    group: OptionalWords = ""
    synonyms: list[Words] = []
    properties: dict[str, str | list[str]] = {}
    refs: list[Words] = []
    evidence: Literal["", "V", "U"] = ""
    coding: list[CodingFile] = []


class VocabularyFile(File):
    """templates/vocabulary/<id>.toml. ``extends`` in a site's own folder adds to ours instead of replacing it."""

    id: Kebab
    title: Words
    version: Version
    description: OptionalWords = ""
    extends: bool = False
    term: list[TermFile]


class SystemFile(File):
    """One code system."""

    alias: Kebab
    uri: Uri
    title: Words
    version: str = ""
    notice: str = ""


class SystemsFile(File):
    """templates/vocabulary/systems.toml."""

    system: list[SystemFile]


class UnitFile(File):
    """One UCUM unit; ``factor`` is its size in the reference unit of ``dimension``."""

    code: Words
    display: OptionalWords
    dimension: Kebab
    factor: Annotated[str, StringConstraints(pattern=r"^\d*[1-9]\d*(\.\d+)?$|^0\.\d*[1-9]\d*$")]


class UnitsFile(File):
    """templates/units.toml."""

    unit: list[UnitFile]


class ThresholdFile(File):
    """One limit of change. ``borrowed_from`` names the criteria it was made for."""

    percent: DecimalText = "0"
    by: DecimalText = "0"
    unit: OptionalWords = ""
    borrowed_from: Words
    refs: list[Words] = []
    note: str = ""


class ThresholdsFile(File):
    """templates/thresholds.toml."""

    increase: ThresholdFile
    decrease: ThresholdFile
    node: ThresholdFile
    spleen: ThresholdFile


class MacroFile(File):
    """One text of a department."""

    id: Kebab
    abbreviation: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=20)]
    label: Annotated[Words, StringConstraints(max_length=80)]
    fields: list[Kebab]
    text: Annotated[str, StringConstraints(max_length=2000)]


class MacrosFile(File):
    """templates/macros.toml."""

    macro: list[MacroFile] = []


class SuggestionFile(File):
    """One row of suggestions."""

    template: Kebab
    modalities: Annotated[list[Modality], Field(min_length=1)]
    needs: list[Modality] = []
    words: list[Word] = []


class SuggestionsFile(File):
    """templates/suggestions.toml."""

    accompanying: list[Modality]
    otherwise: Kebab
    suggestion: list[SuggestionFile]


class ClauseFile(File):
    """One comparison; a list of answers means any of them."""

    field: str
    operator: Operator
    answer: str | bool | int | list[str]


class ConditionFile(File):
    """Exactly one of ``all`` and ``any``. Only rules may nest."""

    all: list[ClauseFile | ConditionFile] | None = None
    any: list[ClauseFile | ConditionFile] | None = None


class SaysFile(File):
    """Whole clauses for a yes/no question. ``quiet``: a no needs no words."""

    true: OptionalWords = ""
    false: OptionalWords = ""
    unknown: OptionalWords = ""
    quiet: bool = False


class FieldFile(File):
    """One question."""

    id: Kebab
    label: Words
    kind: Literal[
        "coded", "quantity", "integer", "boolean", "date", "datetime", "text", "levels", "measurement", "image"
    ]
    role: str = "other"
    vocabulary: Kebab | None = None
    repeats: bool = False
    required: bool = False
    when: ConditionFile | None = None
    required_when: ConditionFile | None = None
    units: list[str] = []
    range: Annotated[list[DecimalText], Field(min_length=2, max_length=2)] | None = None
    help: OptionalWords = ""
    phrase: OptionalWords = ""
    says: SaysFile | None = None
    refs: list[Words] = []


class GroupHeader(File):
    """Head of a group in a fragment."""

    id: GroupId
    title: Words
    section: Kebab
    repeats: bool = False
    role: str = "other"
    key: Kebab | None = None
    at_least: Annotated[int, Field(ge=0, le=10)] = 0


class FragmentFile(File):
    """templates/fragments/<name>.toml: fields that templates share, with or without a group head."""

    group: GroupHeader | None = None
    field: list[FieldFile]


class TemplateGroupFile(File):
    """One group of a template: fragments, adjustments, own fields."""

    use: list[Kebab] = []
    id: GroupId | None = None
    title: Words | None = None
    section: Kebab | None = None
    repeats: bool | None = None
    role: str | None = None
    key: Kebab | None = None
    at_least: Annotated[int, Field(ge=0, le=10)] | None = None
    required: list[Kebab] = []
    optional: list[Kebab] = []
    omit: list[Kebab] = []
    required_keys: list[str] = []
    field: list[FieldFile] = []


class RenamedFile(File):
    """What an older version of the template called a group, a question, or an answer of a question."""

    group: Kebab = ""
    field: Kebab = ""
    answer: TermCode = ""
    to: TermCode


class TemplateFile(File):
    """templates/<id>.toml."""

    id: Kebab
    title: Words
    version: Version
    description: Words
    language: Literal["en"] = "en"
    modalities: list[str] = []
    study_types: list[Kebab]
    body_regions: list[Kebab] = []
    sections: list[Kebab]
    group: Annotated[list[TemplateGroupFile], Field(min_length=1)]
    renamed: list[RenamedFile] = []


class RuleFile(File):
    """One clinical consistency rule."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", max_length=40)]
    severity: Literal["error", "warning", "information"]
    scope: Kebab = "report"
    title: Words
    message: Words
    field: str = ""
    when: ConditionFile | None = None
    predicate: str = ""
    params: dict[str, str | list[str]] = {}
    reads: list[str] = []
    on_unknown: Literal["silent", "ask"]
    urgency: Literal["", "cat-1", "cat-2", "cat-3"] = ""
    lowers_urgency: bool = False
    overridable: bool | None = None
    disabled: bool = False
    refs: list[Words] = []
    evidence: Literal["", "V", "U"] = ""
    note: str = ""


class RulesFile(File):
    """templates/rules/<name>.toml."""

    rule: list[RuleFile]
