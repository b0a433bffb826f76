"""The bundle as objects of fhir.resources: exact in memory, apart from what exports, and loaded only there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from emh_report.errors import MissingExtraError
from emh_report.export import fhir
from emh_report.export.fhir.resources import as_resource
from tests.drawing import draws
from tests.fhir_random import random_report
from tests.fhir_reports import complete, lesion, narrative, release


def decimals(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON or models
    """Yield every decimal with its digits, in order."""
    if isinstance(value, Decimal):
        yield str(value)
    elif isinstance(value, BaseModel):
        yield from decimals([getattr(value, name) for name in type(value).model_fields])
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from decimals(part)


def test_decimals_keep_their_digits_as_objects_but_not_in_the_json_of_the_library() -> None:
    bundle = fhir.transaction(release(lesion()))
    made = as_resource(bundle)
    assert isinstance(made, Bundle)
    assert "4.20" in list(decimals(made))
    # What docs/fhir.md warns of. When this fails the library has been mended: say so there.
    assert '"value":4.2,' in made.model_dump_json()
    assert b'"value":4.20,' in fhir.to_json(bundle)


@draws(15)
@given(st.integers(0, 2**32))
def test_any_bundle_is_the_same_as_objects_and_is_left_as_it_was(seed: int) -> None:
    bundle = fhir.transaction(random_report(seed), narrative())
    sent = fhir.to_json(bundle)
    made = as_resource(bundle)
    assert fhir.to_json(bundle) == sent
    assert list(decimals(made)) == list(decimals(bundle))
    assert json.loads(made.model_dump_json(), parse_float=Decimal) == json.loads(sent, parse_float=Decimal)


def test_objects_can_be_changed_without_changing_what_is_sent() -> None:
    bundle = fhir.transaction(complete())
    sent = fhir.to_json(bundle)
    made = as_resource(bundle)
    for entry in made.entry or []:
        entry.fullUrl = None
        code: Any = getattr(entry.resource, "code", None)
        if code is not None and code.coding:
            code.coding.clear()
    assert fhir.to_json(bundle) == sent == fhir.to_json(fhir.transaction(complete()))


def test_what_is_no_bundle_is_refused() -> None:
    with pytest.raises(ValidationError):
        as_resource({"resourceType": "Bundle", "type": "transaction", "entry": [{"surprise": True}]})


def test_without_the_library_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fhir.resources.R4B.bundle", None)
    with pytest.raises(MissingExtraError, match=r"FHIR.*fhir\.resources"):
        as_resource({})


EXPORTS = """
import sys
from emh_report import demo, export_report, load_catalog, Format
import emh_report.grpc_server
from emh_report.grpc_server.run import EXPORTERS
export_report(load_catalog(), *demo.read_case(), Format.FHIR_R4_TRANSACTION)
sys.exit([name for name in sys.modules if name.partition(".")[0] in ("fhir", "fhir_core")] or None)
"""


def test_serving_and_exporting_do_not_load_the_library() -> None:
    done = subprocess.run([sys.executable, "-c", EXPORTS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
