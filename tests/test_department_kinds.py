"""Questions of every kind in a department's own template, with one answer and with several, through every door."""

import json
from pathlib import Path

import pytest

from emh_report import pipeline, questionnaires
from emh_report.catalog import Catalog
from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Draft,
    Group,
    Image,
    Integer,
    Item,
    Levels,
    Measurement,
    Quantity,
    Text,
    Value,
)
from emh_report.export import Format, fhir, narrative
from emh_report.export.narrative.readback import read_back
from tests.fhir_reports import context
from tests.test_catalog import TEMPLATE, site

LENGTH = 'units = ["mm", "cm"]\n  range = ["1", "500"]'
ANSWERS: dict[str, tuple[str, list[Value]]] = {
    "boolean": ("", [Boolean(value=False)]),
    "coded": ('vocabulary = "margins"', [Coded("smooth"), Coded("lobulated")]),
    "date": ("", [Date("2024-01"), Date("2025")]),
    "datetime": ("", [DateTime("2024-01-01T10:00:00Z"), DateTime("2025-01-01T10:00:00Z")]),
    "image": ("", [Image(series_number=3, instance_number=12), Image(series_number=3, instance_number=14)]),
    "integer": ("", [Integer(3), Integer(5)]),
    "levels": ("", [Levels("T5", "T7", "from-c2"), Levels("T10", "T11", ""), Levels("L1", "L1", "")]),
    "measurement": (LENGTH, [Measurement(("4.20", "3"), "cm"), Measurement(("12",), "mm")]),
    "quantity": (LENGTH, [Quantity("4.20", "cm"), Quantity("12", "mm"), Quantity("12", "cm")]),
    "text": ("", [Text("first"), Text("second")]),
}
"""By kind: what the field needs beside it, and answers that are all taken where it repeats."""
CASES = [(kind, more) for kind in ANSWERS for more in (False, True) if kind != "boolean" or not more]
BUNDLES = [format_ for format_ in Format if format_.is_fhir and format_ is not Format.FHIR_R4_IMR]


def department(folder: Path, kind: str, *, repeats: bool) -> Catalog:
    """Return a catalog with one template of one question."""
    head = TEMPLATE[: TEMPLATE.index("  [[group.field]]")]
    extra = ANSWERS[kind][0]
    field = f'  [[group.field]]\n  id = "dept-x"\n  label = "Sign"\n  kind = "{kind}"\n  {extra}\n'
    return site(folder, {"dept-quick.toml": f"{head}{field}  repeats = {str(repeats).lower()}\n"})


def answered(*values: Value) -> Draft:
    """Return a draft with these answers."""
    return Draft("dept-quick", "1.0.0", (Group("quick", "quick", tuple(Item("dept-x", value) for value in values)),))


@pytest.mark.parametrize(("kind", "more"), CASES)
def test_every_answer_goes_through_every_door_and_comes_back(tmp_path: Path, kind: str, *, more: bool) -> None:
    catalog = department(tmp_path, kind, repeats=more)
    values = ANSWERS[kind][1]
    for given in [values] if more else [[value] for value in [*values, Absent.UNKNOWN]]:
        draft, known = answered(*given), context()
        report = pipeline.release(catalog, draft, known).report
        assert not report.unresolved
        assert read_back(report, narrative.narrate(report)) == []
        for format_ in BUNDLES:
            exported, _ = pipeline.export_report(catalog, draft, known, format_, create_patient=True)
            addresses = [entry["fullUrl"] for entry in json.loads(exported.content)["entry"]]
            assert len(addresses) == len(set(addresses))
            back = pipeline.import_report(catalog, exported.content)
            assert back.draft is not None, back.issues
            assert back.draft.groups == draft.groups
        assert fhir.transaction_json(report) == fhir.to_json(fhir.transaction(report))
        form = questionnaires.read_answers(catalog, questionnaires.response(catalog, draft, known))
        assert form.draft.groups == draft.groups
