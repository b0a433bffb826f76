"""Bundles of what was found, and of the versions of one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from emh_report.fhir_http.outcomes import outcome
from emh_report.fhir_http.served import Answer, Matches
from emh_report.intake.content import Json


def searchset(base: str, found: Matches, remarks: Iterable[str], links: Json, *, complete: bool) -> Json:
    """Return matches as a Bundle. It states how many there are where it has them all."""
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if found.total is not None:
        bundle["total"] = found.total
    elif complete:
        bundle["total"] = len(found.answers)
    bundle["link"] = [{"relation": name, "url": url} for name, url in links.items() if url]
    entries = [
        {"fullUrl": _url(base, one), "resource": one, "search": {"mode": mode}}
        for mode, resources in (("match", [one.resource for one in found.answers]), ("include", found.included))
        for one in resources
    ]
    entries += [
        {"resource": outcome("warning", "informational", words), "search": {"mode": "outcome"}} for words in remarks
    ]
    return {**bundle, "entry": entries} if entries else bundle


def history(base: str, answers: Sequence[Answer]) -> Json:
    """Return the versions of one resource, newest first."""
    entries = []
    for one in answers:
        url = f"{one.resource['resourceType']}/{one.resource['id']}"
        first = one.version == "1"
        response = {"status": "201" if first else "200", "etag": etag(one.version), "lastModified": one.updated}
        request = {"method": "PUT", "url": url}
        entries.append({"fullUrl": f"{base}/{url}", "resource": one.resource, "request": request, "response": response})
    return {"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries}


def etag(version: str) -> str:
    """Return the ETag of a version."""
    return f'W/"{version}"'


def address(base: str, type_: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return the URL of a search."""
    return f"{base}/{type_}?{urlencode(pairs)}" if pairs else f"{base}/{type_}"


def _url(base: str, resource: Json) -> str:
    return f"{base}/{resource['resourceType']}/{resource['id']}"
