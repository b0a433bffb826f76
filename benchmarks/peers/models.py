"""fhir.resources, the FHIR library of Python: the same bundle through its models. It checks no answer."""

from __future__ import annotations

from typing import Any

from emh_report.export.fhir import as_resource


def validated(bundle: dict[str, Any]) -> bytes:
    """Return the JSON of a bundle that went through model_validate."""
    return as_resource(bundle).model_dump_json().encode()


def constructed(bundle: dict[str, Any]) -> bytes:
    """Return the JSON of a bundle put together from the constructor of every resource."""
    from fhir.resources.R4B import get_fhir_model_class
    from fhir.resources.R4B.bundle import Bundle, BundleEntry

    entries = [
        BundleEntry(
            fullUrl=entry["fullUrl"],
            resource=get_fhir_model_class(entry["resource"]["resourceType"])(**entry["resource"]),
            request=entry["request"],
        )
        for entry in bundle["entry"]
    ]
    rest = {name: value for name, value in bundle.items() if name not in ("entry", "resourceType")}
    return Bundle(**rest, entry=entries).model_dump_json().encode()
