"""The report on paper: the narrative as a tagged PDF/A-3 with its data attached. Bytes in, bytes out.

The same input gives the same bytes on the same installation (fonts and WeasyPrint are part of it). Nothing is fetched
from anywhere. Conformance to PDF/A-3a is what the file declares; no judge of it runs here (docs/adr/0032).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from emh_report import limits
from emh_report.errors import LimitError
from emh_report.export.pdf.engine import written
from emh_report.export.pdf.glyphs import spelled
from emh_report.export.pdf.sheet import (
    Attached,
    Sheet,
    fhir_bundle,
    laid_out,
    patient_line,
    sheet,
    version_line,
)

__all__ = ["MEDIA_TYPE", "Attached", "Sheet", "fhir_bundle", "make", "patient_line", "sheet", "version_line"]

MEDIA_TYPE: Final = "application/pdf"


def make(printed: Sheet) -> bytes:
    """Return a sheet as PDF.

    A character that no font of the installation has is printed as its code point ("[U+4F1F]"), and the first page says
    so: nothing vanishes. Raises MissingExtraError where WeasyPrint or its libraries are not installed, and LimitError
    for a text that is too long to be laid out in reasonable time.
    """
    if len(printed.html) > limits.PRINTED:
        reason = f"the report has {len(printed.html)} characters as HTML, a PDF may have {limits.PRINTED}: use HTML"
        raise LimitError([("", reason)])
    content, missing = _written(printed, ())
    if missing:
        content, _ = _written(printed, missing)
    return content


def _written(printed: Sheet, missing: Collection[str]) -> tuple[bytes, frozenset[str]]:
    return written(spelled(laid_out(printed, missing), missing), printed.attachments, printed.issued)
