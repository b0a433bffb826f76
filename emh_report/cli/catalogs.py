"""emh-report templates, emh-report vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from emh_report.catalog import Catalog
from emh_report.cli.exits import reported
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load
from emh_report.cli.output import print_json, table
from emh_report.cli.questions import print_template
from emh_report.template import Template


@click.command()
@click.argument("template_id", required=False)
@click.option("--dictionary", is_flag=True, help="Print what the columns of export-all --as lesions mean.")
@json_option
@catalog_options
def templates(
    template_id: str | None, *, dictionary: bool, as_json: bool, site: tuple[Path, ...], maps: tuple[str, ...]
) -> None:
    """List the report templates, or show one with its questions."""
    with reported(as_json=as_json):
        catalog = load(site, maps)
        if dictionary:
            _print_dictionary(
                [catalog.plan(template_id).template] if template_id else catalog.templates, as_json=as_json
            )
            return
        if template_id is None:
            _list_templates(catalog, as_json=as_json)
            return
        template = catalog.plan(template_id).template
        if as_json:
            from emh_report.wire.catalog import write_template
            from emh_report.wire.json_form import json_form

            print_json(json_form(write_template(template)))
        else:
            print_template(template)


def _print_dictionary(wanted: Sequence[Template], *, as_json: bool) -> None:
    from emh_report.export import lesions

    if as_json:
        print_json([column._asdict() for column in lesions.columns(wanted)])
    else:
        click.echo(lesions.dictionary(wanted), nl=False)


def _list_templates(catalog: Catalog, *, as_json: bool) -> None:
    if as_json:
        from emh_report.wire.catalog import write_template_summary
        from emh_report.wire.json_form import json_form

        print_json([json_form(write_template_summary(template)) for template in catalog.templates])
        return
    rows = [(t.id, t.version, "/".join(t.modalities) or "any", t.title) for t in catalog.templates]
    table(("TEMPLATE", "VERSION", "MODALITY", "TITLE"), rows)


@click.command()
@click.argument("vocabulary_id", required=False)
@click.option("--search", metavar="TEXT", help="Find terms by code, display or synonym; British or American.")
@json_option
@catalog_options
def vocabulary(
    vocabulary_id: str | None,
    search: str | None,
    *,
    as_json: bool,
    site: tuple[Path, ...],
    maps: tuple[str, ...],
) -> None:
    """List the vocabularies, show one with its terms, or search for terms."""
    with reported(as_json=as_json):
        catalog = load(site, maps)
        if vocabulary_id is not None:
            catalog.vocabulary(vocabulary_id)
        if search is not None:
            _search(catalog, search, vocabulary_id or "", as_json=as_json)
        elif vocabulary_id is None:
            _list_vocabularies(catalog, as_json=as_json)
        else:
            _show_vocabulary(catalog, vocabulary_id, as_json=as_json)


def _search(catalog: Catalog, text: str, vocabulary_id: str, *, as_json: bool) -> None:
    from emh_report.search import SearchIndex

    matches = SearchIndex(catalog.vocabularies).search(text, vocabulary_id)
    if as_json:
        from emh_report.wire.catalog import write_match
        from emh_report.wire.json_form import json_form

        print_json([json_form(write_match(match)) for match in matches])
        return
    rows = [(m.term.vocabulary_id, m.term.code, m.term.display, m.matched) for m in matches]
    table(("VOCABULARY", "CODE", "DISPLAY", "FOUND BY"), rows)


def _list_vocabularies(catalog: Catalog, *, as_json: bool) -> None:
    found = [vocabulary for _, vocabulary in sorted(catalog.vocabularies.items())]
    if as_json:
        from emh_report.wire.catalog import write_vocabulary_summary
        from emh_report.wire.json_form import json_form

        print_json([json_form(write_vocabulary_summary(one)) for one in found])
        return
    rows = [(one.id, one.version, str(len(one.terms)), one.title) for one in found]
    table(("VOCABULARY", "VERSION", "TERMS", "TITLE"), rows)


def _show_vocabulary(catalog: Catalog, vocabulary_id: str, *, as_json: bool) -> None:
    found = catalog.vocabulary(vocabulary_id)
    if as_json:
        from emh_report.wire.catalog import write_vocabulary
        from emh_report.wire.json_form import json_form

        print_json(json_form(write_vocabulary(found)))
        return
    rows = [(term.code, term.display, ", ".join(term.synonyms)) for term in found.terms.values()]
    table(("CODE", "DISPLAY", "SYNONYMS"), rows)
