"""WeasyPrint's one door: HTML to PDF/A-3a, without network, files, clock or logs of what is printed."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from emh_report.errors import MissingExtraError
from emh_report.export.pdf.sheet import Attached

VARIANT: Final = "pdf/a-3a"
UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Date of files within a report that has no date of release: a format that needs one, and no clock is read."""
LIBRARIES: Final = "Pango and HarfBuzz (Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"

_ONE = threading.Lock()
"""Pages are laid out one report at a time: fonts are shared, and a second one would not be faster."""


def written(html: str, attachments: Sequence[Attached], issued: str) -> tuple[bytes, frozenset[str]]:
    """Return the PDF, and the characters that no font has. Raises MissingExtraError."""
    weasyprint = _weasyprint()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    moment = _moment(issued)

    files = [
        weasyprint.Attachment(
            string=one.content,
            name=one.name,
            description=one.description,
            relationship=one.relationship,
            created=moment,
            modified=moment,
        )
        for one in sorted(attachments)
    ]
    media = {one.name: one.media_type for one in attachments}
    digest = hashlib.sha256(b"\0".join([html.encode(), *(one.content for one in sorted(attachments))]))
    with _ONE:
        document = weasyprint.HTML(string=html, url_fetcher=nothing).render()
        content: bytes = document.write_pdf(
            pdf_variant=VARIANT,
            pdf_identifier=digest.hexdigest()[:32].encode(),
            attachments=files,
            finisher=lambda _, pdf: _finish(pdf, media),
        )
        missing = frozenset(chr(point) for font in document.fonts.values() for point in font.missing)
    return content, missing


def _weasyprint() -> Any:  # noqa: ANN401 - a module without types
    """Return the library. Its log repeats what it prints, so nobody is given it."""
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).propagate = False
    try:
        import weasyprint
        from weasyprint.text import ffi
    except ImportError as error:
        raise MissingExtraError("a report as PDF", "emh_report[pdf]") from error
    except OSError as error:  # the package is there, and a library that it loads is not
        raise MissingExtraError("a report as PDF", "emh_report[pdf]", LIBRARIES) from error
    if ffi.harfbuzz_subset is None:  # fontTools, in its place, writes the time: each file would differ
        raise MissingExtraError("a report as PDF", "emh_report[pdf]", LIBRARIES)
    return weasyprint


def _moment(issued: str) -> datetime:
    try:
        return datetime.fromisoformat(issued).astimezone(UTC)
    except ValueError:
        return UNDATED


def _finish(pdf: Any, media: dict[str, str]) -> None:  # noqa: ANN401 - of a library without types
    """State what the library leaves open: the media types of files, each file once, the title in the window."""
    pdf.catalog["ViewerPreferences"] = type(pdf.catalog)({"DisplayDocTitle": "true"})
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = type(pdf.catalog["AF"])(dict.fromkeys(pdf.catalog["AF"]))
    for one in pdf.objects:
        if isinstance(one, dict) and one.get("Type") == "/Filespec":
            stream = pdf.objects[int(one["EF"]["F"].split()[0])]
            stream.extra["Subtype"] = "/" + media[one["UF"].string].replace("/", "#2f")
