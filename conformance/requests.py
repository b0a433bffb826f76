"""Entries of a bundle: what each asks of a server, and that each is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from conformance.findings import Json
from conformance.references import Problem
from conformance.walk import entries, resource_of

WITH_REQUESTS: Final = frozenset({"transaction", "batch", "history"})


def check(bundle: Json, *, once: bool) -> Iterator[Problem]:
    """Yield entries with the same fullUrl, and requests that do not fit the resource or the type of bundle.

    ``once``: whether sending the bundle a second time must change nothing.
    """
    if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
        return
    urls = Counter(str(entry.get("fullUrl", "")) for entry in entries(bundle))
    for index, entry in enumerate(entries(bundle)):
        path = f"Bundle.entry[{index}]"
        url = str(entry.get("fullUrl", ""))
        if not url:
            yield path, "an entry without fullUrl cannot be referred to"
        elif urls[url] > 1:
            yield path, f"fullUrl {url!r} is given {urls[url]} times"
        yield from ((f"{path}.request", message) for message in _request(bundle, entry, once=once))
    targets = Counter(_target(entry) for entry in entries(bundle) if once and "request" in entry)
    yield from (("Bundle", f"{target!r} is asked for {times} times") for target, times in targets.items() if times > 1)


def _request(bundle: Json, entry: Json, *, once: bool) -> Iterator[str]:
    request = entry.get("request")
    if bundle.get("type") not in WITH_REQUESTS:
        if request is not None:
            yield f"a {bundle.get('type')} has no requests"
        return
    if not isinstance(request, Mapping):
        yield f"an entry of a {bundle.get('type')} needs a request"
        return
    type_ = resource_of(entry).get("resourceType")
    asked = str(request.get("url", "")).partition("?")[0].partition("/")[0]
    if type_ and asked != type_:
        yield f"asks for a {asked} with a {type_}"
    if once and request.get("method") == "POST" and not request.get("ifNoneExist"):
        yield "POST without ifNoneExist creates a copy each time it is sent"
    if request.get("method") == "PUT" and not {"?", "/"} & set(str(request.get("url", ""))):
        yield "PUT names neither an id nor an identifier"


def _target(entry: Json) -> str:
    request = entry["request"] if isinstance(entry["request"], Mapping) else {}
    search = request.get("ifNoneExist")
    return f"{request.get('method')} {request.get('url')}" + (f" if none has {search}" if search else "")
