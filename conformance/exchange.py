"""A transaction goes to a receiver twice, and everything is looked for and read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple
from urllib.parse import quote, unquote
from xml.etree.ElementTree import canonicalize

from conformance.findings import Json
from conformance.receivers import Receiver
from conformance.walk import elements, entries, resource_of

BY_SERVER: Final = frozenset({"id", "meta"})
"""Elements that belong to the server; of meta, tags are ours."""
CREATED, FOUND = "201", "200"
_SEARCH: Final = re.compile(r"([A-Za-z]+)\?identifier=(.+)%7C(.+)")


class Exchange(NamedTuple):
    """What a receiver did. ``statuses``: of the entries, by sending. ``changed``: ids that differ the second time."""

    receiver: str
    entries: int
    statuses: tuple[Mapping[str, int], ...]
    changed: tuple[str, ...]
    new_versions: int
    searches: Mapping[str, int]
    different: tuple[str, ...]
    digits_lost: tuple[str, ...]


def exchange(receiver: Receiver, bundle: Json) -> Exchange:
    """Send ``bundle`` twice. Raises RuntimeError where it is refused."""
    first = _send(receiver, bundle)
    places = _places(bundle, first)
    before = _read(receiver, places)
    second = _send(receiver, bundle)
    again = _places(bundle, second)
    read = _read(receiver, places)
    # a server may keep a search as it is, or put what it finds in its place
    found = {search: _found(receiver, search) for search in looked_up(bundle)}
    different, lost = _compare(bundle, read, places | found)
    return Exchange(
        receiver.name,
        len(entries(bundle)),
        tuple(Counter(_status(entry) for entry in entries(answer)) for answer in (first, second)),
        tuple(url for url, place in places.items() if again[url] != place),
        sum(_version(one) != _version(before[url]) for url, one in read.items()),
        {name: _count(receiver, search) for name, search in searches(receiver, bundle).items()},
        tuple(different),
        tuple(lost),
    )


def _places(bundle: Json, answer: Json) -> dict[str, str]:
    """Return Type/id on the server by fullUrl."""
    return {one["fullUrl"]: _place(other) for one, other in zip(entries(bundle), entries(answer), strict=True)}


def _read(receiver: Receiver, places: Mapping[str, str]) -> dict[str, Json]:
    return {url: receiver.call("GET", f"/{place}").body for url, place in places.items()}


def _version(resource: Json) -> str:
    return str(resource.get("meta", {}).get("versionId", ""))


def _send(receiver: Receiver, bundle: Json) -> Json:
    answer = receiver.call("POST", "", bundle)
    refused = [entry for entry in entries(answer.body) if _status(entry) not in {CREATED, FOUND}]
    if answer.status != int(FOUND) or refused or len(entries(answer.body)) != len(entries(bundle)):
        raise RuntimeError(f"{receiver.name} answers {answer.status}: {(refused or [answer.body])[:3]}")
    return answer.body


def _status(entry: Json) -> str:
    return str(entry.get("response", {}).get("status", ""))[:3]


def _place(entry: Json) -> str:
    """Return Type/id of the resource that an entry of an answer is about."""
    location = str(entry.get("response", {}).get("location", "")).partition("/_history")[0]
    if location:
        return "/".join(location.split("/")[-2:])
    resource = resource_of(entry)
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def searches(receiver: Receiver, bundle: Json) -> Mapping[str, str]:
    """Return the searches that must find the report, or its order."""
    report = next(one for one in map(resource_of, entries(bundle)) if one["resourceType"] == "DiagnosticReport")
    order = next(one for one in map(resource_of, entries(bundle)) if one["resourceType"] == "ServiceRequest")
    category = report["category"][-1]["coding"][0]
    return {
        "number": f"/DiagnosticReport?identifier={_token(report['identifier'][0])}",
        "accession": f"/ServiceRequest?identifier={_token(order['identifier'][0])}",
        "category": f"/DiagnosticReport?category={_token({'system': category['system'], 'value': category['code']})}",
        "patient": f"/DiagnosticReport?patient=Patient/{_patient(receiver)}",
    }


def looked_up(bundle: Json) -> Mapping[str, Json]:
    """Return what a bundle expects to be there: by search, a resource that it finds."""
    said = {str(one.value.get("reference", "")) for one in elements(bundle) if isinstance(one.value, Mapping)}
    found = {search: match for search in sorted(said) if (match := _SEARCH.fullmatch(search))}
    return {
        search: {"resourceType": type_, "identifier": [{"system": unquote(system), "value": unquote(value)}]}
        for search, (type_, system, value) in ((search, match.groups()) for search, match in found.items())
    }


def _found(receiver: Receiver, search: str) -> str:
    """Return Type/id of the one resource that a search finds. Raises RuntimeError where it finds none, or several."""
    found = [resource_of(entry) for entry in entries(receiver.call("GET", f"/{search}").body)]
    if len(found) != 1:
        raise RuntimeError(f"{receiver.name} finds {len(found)} by {search.partition('?')[0]}")
    return f"{found[0]['resourceType']}/{found[0]['id']}"


def _patient(receiver: Receiver) -> str:
    """Return the id of the one patient of the receiver. Raises RuntimeError where there are more."""
    found = [resource_of(entry)["id"] for entry in entries(receiver.call("GET", "/Patient").body)]
    if len(found) != 1:
        raise RuntimeError(f"{receiver.name} has {len(found)} patients")
    return str(found[0])


def _token(identifier: Json) -> str:
    return f"{quote(identifier['system'], safe='')}%7C{quote(identifier['value'], safe='')}"


def _count(receiver: Receiver, search: str) -> int:
    return len(entries(receiver.call("GET", search).body))


def _compare(bundle: Json, read: Mapping[str, Json], places: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the paths at which what is read differs from what was sent, and those with fewer digits only."""
    different, lost = [], []
    for entry in entries(bundle):
        sent, found = (dict(_values(one, places)) for one in (resource_of(entry), read[entry["fullUrl"]]))
        for path in sorted(sent.keys() | found.keys()):
            one, other = sent.get(path), found.get(path)
            if one != other:
                different.append(f"{path}: {one!r} is read as {other!r}")
            elif isinstance(one, int | Decimal) and str(one) != str(other):
                lost.append(f"{path}: {one} is read as {other}")
    return different, lost


def _values(resource: Json, places: Mapping[str, str]) -> Iterator[tuple[str, Json]]:
    """Yield each value of a resource with its path; references as the server numbers them."""
    tags = resource.get("meta", {}).get("tag", [])
    own = {name: value for name, value in resource.items() if name not in BY_SERVER} | {"tag": tags}
    for element in elements(own):
        value = element.value
        if isinstance(value, dict | list):
            continue
        if element.where.endswith(".reference"):
            value = places.get(str(value), value)
        if element.where.endswith(".div"):
            value = canonicalize(str(value))  # the order of attributes says nothing
        yield element.where, value
