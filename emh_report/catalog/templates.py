"""Building templates from their files: fragments joined, every reference checked, everything compiled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from emh_report.catalog.conditions import Shape, build_condition, context_shapes
from emh_report.catalog.files import (
    ConditionFile,
    FieldFile,
    FragmentFile,
    GroupHeader,
    TemplateFile,
    TemplateGroupFile,
    UnitsFile,
)
from emh_report.catalog.questions import check_order, check_wording
from emh_report.catalog.reading import read
from emh_report.catalog.renames import read_renamed
from emh_report.catalog.source import Source
from emh_report.conditions import Condition
from emh_report.decimals import Unit
from emh_report.errors import CatalogError
from emh_report.template import Bounds, Field, GroupDefinition, Kind, Role, Says, Template
from emh_report.vocabulary import Term, Vocabulary, concept_of

OBSERVABLE = "observable"
ANY_STUDY = "imaging-study"
"""Term of the vocabulary study-type that is true of every report."""
REMARK = FieldFile(id="remark", label="Remark", kind="text", role="remark", help="Anything the questions do not ask.")
"""Every group ends with room for free text, so no template author can forget it."""


def read_units(source: Source) -> Mapping[str, Unit]:
    """Return the units of templates/units.toml by UCUM code."""
    units, path = read(source, "units", UnitsFile)
    codes = [unit.code for unit in units.unit]
    for code in codes:
        if codes.count(code) > 1:
            raise CatalogError(str(path), f"unit.{code}", "this unit is there twice")
    return {unit.code: Unit(unit.code, unit.display, unit.dimension, Decimal(unit.factor)) for unit in units.unit}


class TemplateBuilder:
    """Builds templates; knows the vocabularies, units and fragments they draw on."""

    def __init__(self, source: Source, vocabularies: Mapping[str, Vocabulary]) -> None:
        """Read what templates share."""
        self.source = source
        self.vocabularies = vocabularies
        self.units = read_units(source)
        names = source.names("fragments")
        self.fragments = {name: read(source, f"fragments/{name}", FragmentFile)[0] for name in names}
        self.seen: dict[str, tuple[str, str]] = {}
        self.built: dict[tuple[str, str], str] = {}

    def build(self, name: str) -> Template:
        """Build one template. Raises CatalogError naming file, key and reason."""
        shape, path = read(self.source, name, TemplateFile)
        file = str(path)
        if name not in (shape.id, f"{shape.id}@{shape.version}"):
            raise CatalogError(file, "id", f"must be the file's name, {path.stem!r}")
        other = self.built.setdefault((shape.id, shape.version), path.name)
        if other != path.name:
            raise CatalogError(file, "version", f"{other} has this version too")
        drafts = [self._join(file, position, group) for position, group in enumerate(shape.group)]
        groups = self._groups(file, shape, drafts)
        if len(set(shape.sections)) < len(shape.sections):
            raise CatalogError(file, "sections", "a section is there twice")
        sections = [self._code(file, "sections", "section", code) for code in shape.sections]
        for group in groups.values():
            if group.section not in shape.sections:
                raise CatalogError(file, f"group.{group.id}.section", f"{group.section!r} is not in sections")
        return Template(
            id=shape.id,
            title=shape.title,
            version=shape.version,
            description=shape.description,
            language=shape.language,
            modalities=tuple(self._code(file, "modalities", "modality", code).code for code in shape.modalities),
            body_regions=tuple(self._code(file, "body_regions", "body-region", c).code for c in shape.body_regions),
            study_types=tuple(self._code(file, "study_types", "study-type", code) for code in shape.study_types),
            any_study=self._code(file, "study_types", "study-type", ANY_STUDY),
            sections=tuple(sections),
            groups=groups,
            content_hash=self._hash(shape, drafts),
            renamed=read_renamed(file, shape, groups),
        )

    def _code(self, file: str, key: str, vocabulary: str, code: str) -> Term:
        term = self._vocabulary(file, key, vocabulary).terms.get(code)
        if term is None:
            raise CatalogError(file, key, f"{code!r} is not in the vocabulary {vocabulary}")
        return term

    def _vocabulary(self, file: str, key: str, vocabulary: str) -> Vocabulary:
        if vocabulary not in self.vocabularies:
            raise CatalogError(file, key, f"no such vocabulary: {vocabulary!r}")
        return self.vocabularies[vocabulary]

    def _join(self, file: str, position: int, group: TemplateGroupFile) -> tuple[GroupHeader, list[FieldFile]]:
        """Return head and fields of one group: fragments in order, then own fields, then the remark."""
        key = f"group[{position}]"
        for name in group.use:
            if name not in self.fragments:
                raise CatalogError(file, f"{key}.use", f"no such fragment: {name!r}")
        used = [self.fragments[name] for name in group.use]
        own = group.model_dump(exclude_none=True, include=set(GroupHeader.model_fields))
        heads = [fragment.group for fragment in used if fragment.group]
        if len(heads) > 1:
            raise CatalogError(file, f"{key}.use", f"two groups in one: {heads[0].id!r} and {heads[1].id!r}")
        inherited = heads[0].model_dump() if heads else {}
        if not {"id", "title", "section"} <= {**inherited, **own}.keys():
            raise CatalogError(file, key, "needs id, title and section, or a fragment that has them")
        head = GroupHeader.model_validate({**inherited, **own})
        fields = [field for fragment in used for field in fragment.field] + group.field
        return head, [*_adjusted(file, key, group, fields), REMARK]

    def _groups(
        self, file: str, shape: TemplateFile, drafts: list[tuple[GroupHeader, list[FieldFile]]]
    ) -> Mapping[str, GroupDefinition]:
        shapes: dict[tuple[str, str], Shape] = context_shapes(self.vocabularies)
        built: dict[str, dict[str, Field]] = {}
        for head, fields in drafts:
            if head.id in built:
                raise CatalogError(file, f"group.{head.id}", "this group is there twice")
            built[head.id] = {}
            for field in fields:
                key = f"group.{head.id}.field.{field.id}"
                if field.id in built[head.id]:
                    raise CatalogError(file, key, "this field is there twice")
                made = self._field(file, key, field)
                built[head.id][field.id] = made
                shapes[head.id, field.id] = (made.kind, made.vocabulary)
        conditions = _Conditions(file, shapes)
        groups = {
            head.id: self._group(file, head, group, conditions.add(head.id, fields, built[head.id]))
            for (head, fields), group in zip(drafts, shape.group, strict=True)
        }
        check_order(file, groups)
        return groups

    def _group(
        self, file: str, head: GroupHeader, group: TemplateGroupFile, fields: Mapping[str, Field]
    ) -> GroupDefinition:
        key = f"group.{head.id}"
        if head.at_least > 1 and not head.repeats:
            raise CatalogError(file, f"{key}.at_least", "several entries are needed and only one is allowed")
        if head.key and (head.key not in fields or fields[head.key].kind is not Kind.CODED):
            raise CatalogError(file, f"{key}.key", f"{head.key!r} is not a coded field of the group")
        if group.required_keys and not head.key:
            raise CatalogError(file, f"{key}.required_keys", "the group has no key")
        vocabulary = fields[head.key].vocabulary if head.key else None
        for code in group.required_keys:
            if vocabulary is None or code not in vocabulary.terms:
                raise CatalogError(file, f"{key}.required_keys", f"{code!r} is not in the vocabulary of the key")
        return GroupDefinition(
            id=head.id,
            title=head.title,
            section=head.section,
            repeats=head.repeats,
            role=_role(file, key, head.role),
            key=head.key or "",
            required_keys=tuple(group.required_keys),
            at_least=head.at_least,
            fields=fields,
        )

    def _field(self, file: str, key: str, field: FieldFile) -> Field:
        vocabulary = self._vocabulary(file, f"{key}.vocabulary", field.vocabulary) if field.vocabulary else None
        if (vocabulary is not None) != (field.kind == "coded"):
            raise CatalogError(file, f"{key}.vocabulary", "needed for coded fields, and for them only")
        if bool(field.units) != (field.kind in ("quantity", "measurement")):
            raise CatalogError(file, f"{key}.units", "needed for quantity and measurement, and for them only")
        check_wording(file, key, field, vocabulary)
        if field.repeats and field.kind == "boolean":
            raise CatalogError(file, f"{key}.repeats", "a yes/no question has one answer")
        self._same_everywhere(file, key, field)
        observable = self.vocabularies.get(OBSERVABLE)
        term = observable.terms.get(field.id) if observable else None
        concept = term.concept if term else concept_of(OBSERVABLE, field.id, field.label)
        says = Says(**field.says.model_dump()) if field.says else Says()
        return Field(
            id=field.id,
            label=field.label,
            kind=Kind(field.kind),
            role=_role(file, key, field.role),
            concept=concept,
            repeats=field.repeats,
            required=field.required,
            vocabulary=vocabulary,
            units=self._units(file, f"{key}.units", field.units) if field.units else None,
            bounds=self._bounds(file, f"{key}.range", field),
            help=field.help,
            phrase=field.phrase,
            says=says,
            references=tuple(field.refs),
        )

    def _same_everywhere(self, file: str, key: str, field: FieldFile) -> None:
        """Field ids are global: one id, one meaning, in every template (exports and rules rely on it)."""
        identity = json.dumps([field.kind, field.role, field.vocabulary, field.units, field.repeats])
        first_file, first = self.seen.setdefault(field.id, (file, identity))
        if first != identity:
            raise CatalogError(file, key, f"means something else in {Path(first_file).name}: {first}")

    def _units(self, file: str, key: str, codes: list[str]) -> Mapping[str, Unit]:
        for code in codes:
            if code not in self.units:
                raise CatalogError(file, key, f"{code!r} is not in units.toml")
        units = {code: self.units[code] for code in codes}
        if len({unit.dimension for unit in units.values()}) > 1:
            raise CatalogError(file, key, "units of one field have one dimension")
        return units

    def _bounds(self, file: str, key: str, field: FieldFile) -> Bounds | None:
        if field.range is None:
            return None
        low, high = (Decimal(text) for text in field.range)
        if low > high or field.kind not in ("quantity", "integer", "measurement"):
            raise CatalogError(file, key, "a range is lowest and highest value of a number")
        unit = self.units[field.units[0]].display if field.units and field.units[0] in self.units else ""
        return Bounds(low, high, f"{field.range[0]} to {field.range[1]} {unit}".strip())

    def _hash(self, shape: TemplateFile, drafts: list[tuple[GroupHeader, list[FieldFile]]]) -> str:
        """SHA-256 over head, groups, fields and the terms they draw on, as canonical JSON."""
        names = sorted({field.vocabulary for _, fields in drafts for field in fields if field.vocabulary})
        content = {
            "template": shape.model_dump(exclude={"group", "renamed"}),
            "groups": [
                {"head": head.model_dump(), "fields": [field.model_dump() for field in fields]}
                for head, fields in drafts
            ],
            "required_keys": [group.required_keys for group in shape.group],
            "vocabularies": {
                name: [(term.code, term.display) for term in self.vocabularies[name].terms.values()]
                for name in names
                if name in self.vocabularies
            },
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


class _Conditions:
    """Adds ``when`` and ``required_when`` to fields, once all fields of the template are known."""

    def __init__(self, file: str, shapes: Mapping[tuple[str, str], Shape]) -> None:
        self.file = file
        self.shapes = shapes

    def add(self, group_id: str, files: Iterable[FieldFile], fields: Mapping[str, Field]) -> Mapping[str, Field]:
        return {file.id: self._with(group_id, file, fields[file.id]) for file in files}

    def _with(self, group_id: str, file: FieldFile, field: Field) -> Field:
        if file.when is None and file.required_when is None:
            return field
        key = f"group.{group_id}.field.{file.id}"

        def find(group: str, name: str) -> Shape | None:
            return self.shapes.get((group, name))

        def build(name: str, table: ConditionFile | None) -> Condition | None:
            return build_condition(self.file, f"{key}.{name}", table, group_id, find, nest=False) if table else None

        return replace(field, when=build("when", file.when), required_when=build("required_when", file.required_when))


def _role(file: str, key: str, role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise CatalogError(file, f"{key}.role", f"{role!r} is not one of {', '.join(Role)}") from None


def _adjusted(file: str, key: str, group: TemplateGroupFile, fields: list[FieldFile]) -> list[FieldFile]:
    """Apply the template's own choice of what is required, optional or left out."""
    known = {field.id for field in fields}
    chosen = [*group.required, *group.optional, *group.omit]
    for field_id in chosen:
        if chosen.count(field_id) > 1:
            raise CatalogError(file, key, f"{field_id!r} is in two of required, optional and omit, or twice in one")
    for name in ("required", "optional", "omit"):
        for field_id in getattr(group, name):
            if field_id not in known:
                raise CatalogError(file, f"{key}.{name}", f"no such field: {field_id!r}")
    changes: dict[str, dict[str, object]] = {field_id: {"required": True} for field_id in group.required}
    changes |= {field_id: {"required": False, "required_when": None} for field_id in group.optional}
    return [
        field.model_copy(update=changes[field.id]) if field.id in changes else field
        for field in fields
        if field.id not in group.omit
    ]
