"""A stored version on paper: what was signed, whether its signature holds, and the signed bytes attached.

The paper never says anything else than the stored document. Where templates or software have changed so that the
narrative would read otherwise today, the text that the signer saw is printed as it was stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.errors import InvalidReportError, NotAsSignedError
from emh_report.export import Format, export
from emh_report.export.pdf import Attached, Sheet, fhir_bundle, make, patient_line, sheet, version_line
from emh_report.keys import SigningKey
from emh_report.priors import Course, fragment
from emh_report.records import StoredVersion
from emh_report.report import Report
from emh_report.restated import restated
from emh_report.signing import MEDIA_TYPE, SignatureError, verify

DOCUMENT: Final = "report.json"
SIGNATURE: Final = f"{DOCUMENT}.jws"
TRIAL: Final = "signed with a key for trying out: it proves nothing to others"


class Seal(NamedTuple):
    """What is said of a signature: in short on every page, and in a sentence; ``doubt`` is for the first page."""

    short: str
    words: str
    doubt: str = ""


def printed(
    catalog: Catalog, version: StoredVersion, keys: Sequence[SigningKey], course: Course | None = None
) -> bytes:
    """Return a stored version as PDF; signatures are checked with ``keys``.

    ``course`` is printed behind everything else, where it says that it is not part of the signed text. Raises
    MissingExtraError and LimitError as export.pdf.make.
    """
    seal = _seal(version, keys)
    report = as_signed(catalog, version)
    page = _of_report(report, version) if report else _of_text(version)
    document = "Signed document" if version.signature else "Document"
    lines = [("Electronic signature", seal.words), (document, f"SHA-256 {version.sha256}; attached")]
    if version.document.reason:
        lines.append(("Reason", version.document.reason))
    doubts = (seal.doubt,) if seal.doubt else ()
    behind = fragment(course) if course else ""
    return make(page._replace(signed=seal.short, signature=tuple(lines), banners=doubts, behind=behind))


def _seal(version: StoredVersion, keys: Sequence[SigningKey]) -> Seal:
    if not version.signature:
        return Seal("Not signed electronically", "none; this state is released without one")
    try:
        signed = verify(version.content, version.signature, keys)
    except SignatureError as error:
        return Seal("SIGNATURE NOT CONFIRMED", f"not confirmed: {error}", f"SIGNATURE NOT CONFIRMED: {error}")
    if signed.trial:
        return Seal("Signed with a key for trying out", f"{TRIAL}; key {signed.key_id}")
    return Seal("Electronically signed", f"holds (ES256, JWS), key {signed.key_id}")


def as_signed(catalog: Catalog, version: StoredVersion) -> Report | None:
    """Return the report where its narrative reads today as the signer saw it."""
    try:
        return restated(catalog, version).report
    except (InvalidReportError, NotAsSignedError):
        return None


def _of_report(report: Report, version: StoredVersion) -> Sheet:
    from emh_report.export import narrative

    bundle = export(report, Format.FHIR_R4_TRANSACTION).content
    return sheet(report, narrative.narrate(report).html, (fhir_bundle(bundle), *_signed_files(version)))


def _of_text(version: StoredVersion) -> Sheet:
    """Return the sheet of a version that is printed as the text that was stored."""
    context, (title, _, rest) = version.document.context, version.document.narrative.partition("\n")
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>{escape(title)}</title></head>'
        f'<body><h1>{escape(title)}</h1><div class="verbatim">{escape(rest.strip())}</div></body></html>'
    )
    lines = (patient_line(context), version_line(context))
    return Sheet(html, *lines, issued=version.issued, attachments=_signed_files(version))


def _signed_files(version: StoredVersion) -> tuple[Attached, ...]:
    """Return the stored bytes and their signature, so that the paper can be checked without the store."""
    files = [Attached(DOCUMENT, "application/json", version.content, "The document that was signed", "Source")]
    if version.signature:
        signature = version.signature.encode()
        files.append(Attached(SIGNATURE, MEDIA_TYPE, signature, f"Detached signature of {DOCUMENT}", "Supplement"))
    return tuple(files)
