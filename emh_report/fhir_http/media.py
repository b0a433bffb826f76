"""Which media types a request may name: FHIR JSON of the release asked, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease

FHIR_JSON: Final = "application/fhir+json"
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = frozenset({FHIR_JSON, "application/json"})
ANY: Final = frozenset({"*/*", "application/*"})
SHORT: Final = "json"
"""What ``_format`` may say instead of a media type."""


class Media(NamedTuple):
    """One media type or range: its name in lower case, the FHIR version it states, and whether it is wanted at all."""

    name: str
    fhir_version: str
    wanted: bool


def ranges(header: str) -> Iterator[Media]:
    """Yield the media ranges of an Accept or Content-Type header."""
    for part in header.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        given = dict(piece.lower().partition("=")[::2] for piece in parameters)
        weight = given.get("q", "1").strip()
        version = given.get("fhirversion", "").strip('"')
        if name:
            yield Media(name.lower(), version, wanted=weight.strip("0.") != "")


def check_accept(accept: str, format_: str, release: FhirRelease) -> None:
    """Raise RefusedError (406) unless FHIR JSON of ``release`` is wanted. ``format_`` goes before the header."""
    # a plus that was not escaped in an address arrives as a space
    asked = FHIR_JSON if format_ == SHORT else format_.replace("fhir json", "fhir+json")
    listed = [one for one in ranges(asked or accept or FHIR_JSON) if one.fhir_version in ("", release.short)]
    named = [one for one in listed if one.name in JSON]
    # what is named goes before a range that has it, too (RFC 9110, section 12.5.1)
    if any(one.wanted for one in named or [one for one in listed if one.name in ANY and not format_]):
        return
    raise RefusedError(406, "not-supported", f"answers are {release.media_type} only; XML and Turtle are not made")


def check_content_type(header: str, release: FhirRelease, accepted: frozenset[str] = JSON) -> str:
    """Return the media type of a body. Raises RefusedError (415) for one that is not ``accepted``."""
    found = next(ranges(header), Media("", "", wanted=True))
    if found.name not in accepted or found.fhir_version not in ("", release.short):
        names = ", ".join(sorted(accepted))
        raise RefusedError(415, "not-supported", f"a body of FHIR {release.name} is needed: {names}")
    return found.name
