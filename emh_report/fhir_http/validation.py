"""$validate: everything that is wrong with FHIR content, each mistake with its place. Nothing is kept."""

from __future__ import annotations

from emh_report.catalog import Catalog
from emh_report.fhir_http.definitions import HL7_OPERATION
from emh_report.fhir_http.inputs import Input, Inputs
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.served import Answer, Operation
from emh_report.intake import bundles
from emh_report.intake.outcome import operation_outcome
from emh_report.intake.terms import terms_of


class Validation:
    """Checks content as it is checked before anything is read from it (emh_report.intake)."""

    def __init__(self, catalog: Catalog, release: FhirRelease) -> None:
        """Take the codes that are known, and the release that content is held against."""
        self._catalog = catalog
        self._release = release

    def operation(self, type_: str) -> Operation:
        """Return the operation of one type of resource."""

        def validate(_: str, inputs: Inputs) -> Answer:
            content = inputs.part("resource")
            if content is None or content.get("resourceType") != type_:
                raise RefusedError(400, "invalid", f"a {type_} is needed here", expression="resource")
            issues = bundles.check(content, self._release.short, terms_of(self._catalog))
            return Answer(operation_outcome(issues), private=True)

        return Operation(
            "validate",
            f"{HL7_OPERATION}/Resource-validate",
            "Elements, values, codes, references, invariants and narratives, against no profile",
            validate,
            (Input("resource", "Resource", "What is checked; may also be the body itself"),),
            on_instance=False,
            posted=True,
        )
