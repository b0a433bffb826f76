"""One template with its questions, as people read it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from emh_report.cli.output import table
from emh_report.cli.wording import alternatives, in_words
from emh_report.template import Field, GroupDefinition, Template

INDENT = "    "
HEAD = (f"{INDENT}FIELD", "KIND", "NEEDED", "CODES OR UNITS", "QUESTION")


def print_template(template: Template) -> None:
    """Print head, sections, groups and questions of a template in their order."""
    click.secho(f"{template.title} ({template.id} {template.version})", bold=True)
    click.echo(template.description)
    click.echo(f"content hash {template.content_hash}")
    for section in template.sections:
        click.echo()
        click.secho(section.display.upper(), bold=True)
        for group in template.groups.values():
            if group.section == section.code:
                _print_group(template, group)
    click.echo("\n*: several answers may be given")


def _print_group(template: Template, group: GroupDefinition) -> None:
    click.echo(f"  {group.title} ({', '.join(_facts(group))})")
    fields = group.fields.values()
    table(HEAD, [_row(field) for field in fields], [list(_conditions(field, template, group)) for field in fields])


def _facts(group: GroupDefinition) -> Iterator[str]:
    yield group.id
    if group.repeats:
        yield "may be repeated"
    if group.at_least:
        yield f"at least {group.at_least} needed"
    vocabulary = group.fields[group.key].vocabulary if group.key else None
    if vocabulary and group.required_keys:
        yield f"needed for {alternatives([vocabulary.terms[key].phrase for key in group.required_keys], ' and ')}"


def _row(field: Field) -> tuple[str, ...]:
    kind = f"{field.kind} *" if field.repeats else field.kind.value
    source = field.vocabulary.id if field.vocabulary else " ".join(field.units or ())
    return f"{INDENT}{field.id}", kind, "required" if field.required else "", source, field.label


def _conditions(field: Field, template: Template, group: GroupDefinition) -> Iterator[str]:
    if field.when:
        yield f"asked only if {in_words(field.when, template, group)}"
    if field.required_when and not field.required:
        yield f"required if {in_words(field.required_when, template, group)}"
