"""emh-report reports migrate: a working copy of an older template version under the one installed now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from emh_report.cli.output import print_json, table
from emh_report.cli.storing import note, operator, with_store
from emh_report.context import Identifier, Practitioner
from emh_report.lifecycle import Actor, Rank
from emh_report.program import ON_BEHALF_OF
from emh_report.reads import Read, ReadAction

if TYPE_CHECKING:
    from emh_report.migration import Carried
    from emh_report.records import ShownMigration
    from emh_report.store import Store


@click.command()
@click.argument("report_id")
@click.option("--apply", "apply_for", default="", metavar="SYSTEM|VALUE", help="Do it, as the attending so identified.")
@with_store
def migrate(store: Store, *, report_id: str, apply_for: str, as_json: bool) -> None:
    """Show a working copy under the installed version of its template: what is kept, moved, or becomes a remark.

    Nothing is changed without --apply. No answer is dropped: one that the template no longer takes is written into a
    remark. Where that is not possible the migration is refused.
    """
    shown = store.preview_migration(report_id)
    note(store, Read(ReadAction.READ, report_id))
    if as_json:
        print_json(_data(shown, applied=bool(apply_for)))
    else:
        _print(shown)
    if apply_for:
        from emh_report.records import Migrate

        system, bar, value = apply_for.rpartition("|")
        if not bar:
            raise click.UsageError("--apply: system and value of an identifier, separated by |")
        actor = Actor(Practitioner(Identifier(system, value)), Rank.ATTENDING)
        ON_BEHALF_OF.set(operator().person.identifier)  # who gives the command; the attending is whom that person names
        store.migrate(report_id, Migrate(actor, shown.etag, shown.migration.to_hash))
    if not as_json and shown.migration.needed:
        click.echo("saved" if apply_for else "nothing was changed; do it with --apply 'SYSTEM|VALUE'")


def _data(shown: ShownMigration, *, applied: bool) -> dict[str, object]:
    found = shown.migration
    names = ("template_id", "from_version", "to_version", "to_hash", "needed")
    answers = [one._asdict() for one in found.carried]
    return {**{name: getattr(found, name) for name in names}, "applied": applied, "answers": answers}


def _print(shown: ShownMigration) -> None:
    found = shown.migration
    if not found.needed:
        click.echo(f"{found.template_id} {found.to_version}: nothing to migrate")
        return
    counts = Counter(one.fate.value for one in found.carried)
    words = ", ".join(f"{counts[fate]} {text}" for fate, text in _WORDS.items())
    click.echo(f"{found.template_id} {found.from_version} → {found.to_version}: {words}")
    rows = [_row(one) for one in found.carried if one.fate.value != "kept"]
    if rows:
        table(("FATE", "ANSWER", "FROM", "TO", "WHY"), rows)


_WORDS = {"kept": "kept", "moved": "moved", "to-remark": "to a remark"}


def _row(one: Carried) -> tuple[str, ...]:
    place = f"{one.group_id} {one.group_uid}".rstrip()
    answer = f"{place}: {one.field_id or '(no answers)'}"
    return (one.fate.value, answer, one.path.removeprefix("draft."), one.to_path.removeprefix("draft."), one.reason)
