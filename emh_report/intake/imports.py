"""The use cases of the way in: FHIR content becomes the draft and context of a report, or issues that say why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.errors import InputError
from emh_report.intake import bundles
from emh_report.intake.added import added
from emh_report.intake.agreement import agreement
from emh_report.intake.caveats import caveats
from emh_report.intake.conflicts import conflicts
from emh_report.intake.content import Json, read_json
from emh_report.intake.context import read_context
from emh_report.intake.derived import derived
from emh_report.intake.draft import read_draft
from emh_report.intake.faults import error
from emh_report.intake.gathering import gather
from emh_report.intake.leftovers import alone
from emh_report.intake.links import links
from emh_report.intake.listing import listing
from emh_report.intake.terms import terms_of
from emh_report.intake.versions import VERSIONS
from emh_report.intake.view import view
from emh_report.intake.voided import standing
from emh_report.issues import Issue, Severity, Where

NAMES: Final = {"4.0": "R4", "5.0": "R5"}
"""FHIR versions that are read."""

NO_ANSWERS: Final = "no answers are in it, as in an IHE IMR transaction; import the transaction or the document"

LOOKS: Final = (conflicts, caveats, standing, added, derived, agreement, links, listing, alone)
"""What is looked for in a bundle once its answers were read."""

OLDER: Final = frozenset(
    {
        ("Composition", "class"),
        ("DiagnosticReport", "codedDiagnosis"),
        ("DiagnosticReport", "image"),
        ("ImagingStudy", "uid"),
        ("MedicationStatement", "taken"),
        ("Observation", "context"),
        ("Observation", "related"),
        ("Patient", "animal"),
        ("Procedure", "notDone"),
    }
)
"""Elements of DSTU2 and STU3 that R4 and R5 do not have."""


class Imported(NamedTuple):
    """What became of FHIR content. Without a draft and a context the issues say why."""

    draft: Draft | None
    context: Context | None
    issues: tuple[Issue, ...] = ()


def import_report(catalog: Catalog, content: bytes, fhir_version: str = "") -> Imported:
    """Return draft and context of a bundle that this program exported, or every reason why they cannot be had.

    ``fhir_version``: "4.0" or "5.0"; empty: found out. Issues of severity warning say what of the bundle the draft does
    not carry. Never raises for what is wrong with the FHIR content; raises LimitError and InputError for content that
    cannot be read at all, and MissingExtraError where fhir.resources is not installed.
    """
    bundle = _read(content, fhir_version)
    version, issues = _checked(catalog, bundle, fhir_version)
    if not issues and bundle["resourceType"] != "Bundle":
        issues = [error("fhir-not-a-report", bundle["resourceType"], "a Bundle is needed")]
    if issues:
        return Imported(None, None, tuple(issues))
    found = view(bundle, VERSIONS[version])
    draft, issues = read_draft(found, catalog)
    looks = LOOKS if found.instances else (conflicts,)
    issues = [*(one for look in looks for one in look(found)), *issues]
    if draft is not None and not found.instances:
        issues.append(error("fhir-not-a-report", "Bundle.entry", NO_ANSWERS))
    if draft is None or any(issue.severity is Severity.ERROR for issue in issues):
        return Imported(None, None, tuple(issues))
    context = read_context(found)
    return Imported(draft, context, (*issues, *_version_unknown(context)))


def import_context(catalog: Catalog, content: bytes, fhir_version: str = "") -> Imported:
    """Return the context that resources of RIS and PACS make: patient, orders, studies, people, organization.

    ``content`` is a bundle or a single resource; number and state of the report are not in it. Raises what
    `import_report` raises.
    """
    resource = _read(content, fhir_version)
    version, issues = _checked(catalog, resource, fhir_version)
    if issues:
        return Imported(None, None, tuple(issues))
    if resource["resourceType"] != "Bundle":
        resource = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}
    context, issues = gather(view(resource, VERSIONS[version]))
    return Imported(None, context, tuple(issues))


def _read(content: bytes, fhir_version: str) -> Json:
    if fhir_version and fhir_version not in NAMES:
        raise InputError([("fhir_version", f"not a version of FHIR that is read: {', '.join(NAMES)}")])
    return read_json(content)


def _checked(catalog: Catalog, content: Json, stated: str) -> tuple[str, list[Issue]]:
    """Return the FHIR version of content and what is wrong with it."""
    terms = terms_of(catalog)
    version = stated or "4.0"
    issues = bundles.check(content, version, terms)
    if not issues:
        return version, issues
    other = next(one for one in NAMES if one != version)
    others = bundles.check(content, other, terms)
    if stated and not others:
        message = f"this is FHIR {NAMES[other]}, not {NAMES[version]} as stated"
        return version, [error("fhir-version", "", message, tuple(NAMES))]
    if not stated and len(others) < len(issues):
        version, issues = other, others
    return version, [*_older(content), *issues]


def _older(content: Json) -> Iterator[Issue]:
    entries = content.get("entry", ()) if isinstance(content, dict) else ()
    inner = [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    for resource in (content, *inner):
        type_ = resource.get("resourceType") if isinstance(resource, dict) else None
        if isinstance(type_, str) and any((type_, name) in OLDER for name in resource):
            yield error("fhir-version", "", "this looks like FHIR STU3 or older; R4 and R5 are read", tuple(NAMES))
            return


def _version_unknown(context: Context) -> Iterator[Issue]:
    if context.report.version < 1:
        message = "the bundle does not say which version of the report it is; state it before the report is released"
        yield Issue("report-version-unknown", Severity.WARNING, Where("Bundle.identifier"), message)
