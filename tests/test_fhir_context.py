"""What bundles say of patient, orders, studies and people where a context lacks it or says it oddly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emh_report.context import Identifier, Order, Organization, Patient, Practitioner, Series, Study
from emh_report.export.fhir.kinds import Kind
from tests.fhir_json import nodes, resources
from tests.fhir_kinds import ALL, made, named
from tests.fhir_reports import context, lesion, release


BLANK = " \t"
NOBODY = Practitioner(Identifier(BLANK, BLANK), BLANK, (BLANK, BLANK))


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_white_space_only_never_leaves(kind: Kind) -> None:
    known = context()
    blank = replace(
        known,
        patient=Patient((*known.patient.identifiers, Identifier(BLANK, BLANK)), BLANK, (BLANK, "Eva"), BLANK),
        orders=(
            Order(Identifier(BLANK, "A-1"), Identifier(BLANK, BLANK), BLANK, BLANK),
            Order(Identifier("s", BLANK), description="CT"),
        ),
        studies=(Study("2.25.1", (BLANK, "CT"), BLANK, BLANK, BLANK, (Series("2.25.2", 0, BLANK, BLANK),)),),
        author=NOBODY,
        supervisor=NOBODY,
        organization=Organization(Identifier(BLANK, BLANK), BLANK),
    )
    bundle = made(release(lesion(), known=blank), kind)
    assert not [path for path, value in nodes(bundle) if isinstance(value, str) and not value.strip()]
    orders = [one for one in resources(bundle, "ServiceRequest") if one["intent"] == "order"]
    assert [one["value"] for order in orders for one in order["identifier"]] == ["A-1"]
