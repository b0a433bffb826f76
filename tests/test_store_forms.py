"""Databases of earlier forms: brought to the form of today, with all that was in them."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from emh_report.context import Identifier
from emh_report.deliveries import Peer, Versions
from emh_report.program import NOBODY
from emh_report.records import VersionQuery
from emh_report.store import Query, Store, migrations, open_store
from emh_report.store.engine import connect, reading
from emh_report.store.tables import METADATA
from tests.case_files import catalog
from tests.program import RIS, called_by
from tests.store_reports import added, complete, created, saved, signed

EHR = Peer("ehr", "fhir", "fhir-r4-transaction", Versions.SIGNED, "https://fhir.hospital.test")
BACK = {
    "0006": (),
    "0005": ("ALTER TABLE audit DROP COLUMN on_behalf_of",),
    "0004": ("DROP INDEX ix_audit_changes", "ALTER TABLE audit DROP COLUMN found"),
    "0003": ("ALTER TABLE audit DROP COLUMN program",),
    "0002": (
        *(f"DROP INDEX ix_reports_{name}" for name in ("communication_pending", "edited", "vague", "exam_date_number")),
        "ALTER TABLE reports DROP COLUMN edited",
        "CREATE INDEX ix_reports_exam_date ON reports (exam_date)",
    ),
    "0001": ("DROP TABLE outbox",),
}
"""What a database did not have yet before the form after this one, newest first."""


def go_back(url: str, form: str) -> None:
    """Make a database one of an earlier form."""
    engine = connect(url)
    with engine.begin() as connection:
        for before, statements in BACK.items():
            for statement in statements if before >= form else ():
                connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = :form"), {"form": form})
    engine.dispose()


def test_migrations_make_what_the_tables_say(store: Store) -> None:
    with reading(store.ledger.engine) as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_a_store_gets_the_newest_form(store: Store) -> None:
    folder = Path(migrations.__file__).parent
    with reading(store.ledger.engine) as connection:
        assert MigrationContext.configure(connection).get_current_revision() == migrations.HEAD
    assert ScriptDirectory(folder).get_current_head() == migrations.HEAD


def test_a_store_of_the_first_form_is_brought_up_to_date(store_url: str) -> None:
    with open_store(store_url, catalog()) as store:
        released, edited, draft = signed(store), signed(store), created(store, *complete())
        saved(store, edited, added(store.get(edited).draft))
        before = store.verify()
    go_back(store_url, "0001")
    with open_store(store_url, catalog(), peers=[EHR]) as store:
        assert store.verify(before.end) == before
        listed = store.list(Query(examined_from="2024-03-12")).reports
        assert [one.report_id for one in listed] == [draft, edited, released]
        nobody = VersionQuery(patients=(Identifier("", "nobody"),))
        found, _ = store.find_versions(nobody, size=10)
        assert [one.report_id for one in found] == [edited], "what was edited since its release may be of anybody"
        assert store.deliveries.backfill("ehr") == 2
        with called_by(RIS):
            created(store, *complete())
        assert [entry.program for entry in store.audit()] == [NOBODY] * before.links + [RIS]
        after = store.verify(before.end)
        assert (after.damages, after.links) == ((), before.links + 1)
