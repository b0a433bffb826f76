"""Templates, vocabularies and search results as messages. They are served, never read back into the domain."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from emh_report.conditions import Clause, Condition
from emh_report.search import Match
from emh_report.template import Field, GroupDefinition, Kind, Template
from emh_report.v1 import template_pb2, vocabulary_pb2
from emh_report.vocabulary import Term, Vocabulary

KINDS: Final[Mapping[Kind, template_pb2.FieldKind.ValueType]] = {
    Kind.CODED: template_pb2.FIELD_KIND_CODED,
    Kind.QUANTITY: template_pb2.FIELD_KIND_QUANTITY,
    Kind.INTEGER: template_pb2.FIELD_KIND_INTEGER,
    Kind.BOOLEAN: template_pb2.FIELD_KIND_BOOLEAN,
    Kind.DATE: template_pb2.FIELD_KIND_DATE,
    Kind.DATE_TIME: template_pb2.FIELD_KIND_DATE_TIME,
    Kind.TEXT: template_pb2.FIELD_KIND_TEXT,
    Kind.LEVELS: template_pb2.FIELD_KIND_LEVELS,
    Kind.MEASUREMENT: template_pb2.FIELD_KIND_MEASUREMENT,
    Kind.IMAGE: template_pb2.FIELD_KIND_IMAGE,
}
BEHAVIORS: Final[Mapping[str, template_pb2.ConditionBehavior.ValueType]] = {
    "all": template_pb2.CONDITION_BEHAVIOR_ALL,
    "any": template_pb2.CONDITION_BEHAVIOR_ANY,
}


def write_template_summary(template: Template) -> template_pb2.TemplateSummary:
    """Return one line of a template list."""
    return template_pb2.TemplateSummary(
        id=template.id,
        title=template.title,
        version=template.version,
        content_hash=template.content_hash,
        description=template.description,
        modalities=template.modalities,
    )


def write_template(template: Template) -> template_pb2.Template:
    """Return a template with everything a form needs, sections and groups in their order."""
    groups = template.groups.values()
    return template_pb2.Template(
        summary=write_template_summary(template),
        language=template.language,
        body_regions=template.body_regions,
        sections=[
            template_pb2.Section(
                id=section.code,
                title=section.display,
                groups=[_write_group(group) for group in groups if group.section == section.code],
            )
            for section in template.sections
        ],
    )


def _write_group(group: GroupDefinition) -> template_pb2.GroupDefinition:
    return template_pb2.GroupDefinition(
        id=group.id,
        title=group.title,
        repeats=group.repeats,
        key=group.key,
        required_keys=group.required_keys,
        fields=[_write_field(field) for field in group.fields.values()],
        at_least=group.at_least,
    )


def _write_field(field: Field) -> template_pb2.FieldDefinition:
    return template_pb2.FieldDefinition(
        id=field.id,
        label=field.label,
        kind=KINDS[field.kind],
        role=field.role.value,
        vocabulary=field.vocabulary.id if field.vocabulary else "",
        repeats=field.repeats,
        required=field.required,
        units=tuple(field.units or ()),
        minimum=f"{field.bounds.low:f}" if field.bounds else "",
        maximum=f"{field.bounds.high:f}" if field.bounds else "",
        when=_write_condition(field.when),
        required_when=_write_condition(field.required_when),
        help=field.help,
    )


def _write_condition(condition: Condition | None) -> template_pb2.Condition | None:
    """Return the condition of a field. Those of fields are flat: the catalog refuses others."""
    if condition is None:
        return None
    clauses = [_write_clause(part) for part in condition.parts if isinstance(part, Clause)]
    return template_pb2.Condition(behavior=BEHAVIORS[condition.behavior], clauses=clauses)


def _write_clause(clause: Clause) -> template_pb2.Clause:
    field = f"{clause.group}.{clause.field}" if clause.group else clause.field
    answers = [_answer_text(answer) for answer in clause.answers]
    return template_pb2.Clause(field=field, operator=clause.operator, answers=answers)


def _answer_text(answer: str | bool | Decimal) -> str:  # noqa: FBT001 - an answer, not an option
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return f"{answer:f}" if isinstance(answer, Decimal) else answer


def write_vocabulary_summary(vocabulary: Vocabulary) -> vocabulary_pb2.VocabularySummary:
    """Return one line of a vocabulary list."""
    return vocabulary_pb2.VocabularySummary(
        id=vocabulary.id,
        title=vocabulary.title,
        version=vocabulary.version,
        description=vocabulary.description,
        term_count=len(vocabulary.terms),
    )


def write_vocabulary(vocabulary: Vocabulary) -> vocabulary_pb2.Vocabulary:
    """Return a vocabulary with its terms in order."""
    terms = [write_term(term) for term in vocabulary.terms.values()]
    return vocabulary_pb2.Vocabulary(summary=write_vocabulary_summary(vocabulary), terms=terms)


def write_term(term: Term) -> vocabulary_pb2.Term:
    """Return a term with the codes that may leave the house, and no others."""
    return vocabulary_pb2.Term(
        code=term.code,
        display=term.display,
        definition=term.definition,
        group=term.group,
        synonyms=term.synonyms,
        codings=[
            vocabulary_pb2.Coding(system=code.system, code=code.code, display=code.display)
            for code in term.concept.codes
        ],
        properties={
            name: value if isinstance(value, str) else ",".join(value) for name, value in term.properties.items()
        },
    )


def write_match(match: Match) -> vocabulary_pb2.TermMatch:
    """Return a search result."""
    return vocabulary_pb2.TermMatch(
        vocabulary_id=match.term.vocabulary_id, term=write_term(match.term), matched=match.matched
    )
