"""How long $expand with a filter takes: over each vocabulary, over all of them one after the other, and over HTTP.

    python -m benchmarks.expand

"made" is the expansion as a resource; "written" is that as bytes. Least of many rounds.
"""

from __future__ import annotations

import functools
import http.client
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final
from urllib.parse import urlsplit

from emh_report.catalog import load_catalog
from emh_report.export.fhir import to_json
from emh_report.fhir_http.code_systems import CodeSystems
from emh_report.fhir_http.inputs import Inputs
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.releases import RELEASES
from emh_report.fhir_http.server import running
from emh_report.fhir_http.value_sets import ValueSets

ROUNDS: Final = 100
TYPED: Final = ("post med", "thal", "s", "xyz")
KILO: Final = 1000


def least(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least time of a call in milliseconds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best * KILO


def main() -> None:
    """Print a row for each text that is typed."""
    catalog = load_catalog()
    library = Library(catalog, RELEASES["R4"])
    sets = ValueSets(library, CodeSystems(library))
    names = sorted(catalog.vocabularies)
    codes = sum(len(sets.members(library.get("ValueSet", name)["url"])) for name in names)
    print(f"{len(names)} vocabularies, {codes} codes")
    print("typed      slowest one     all, made    all, written    site over HTTP")
    with running(catalog, "127.0.0.1:0", None) as base:
        for typed in TYPED:
            times = [*measured(sets, names, Inputs({"filter": [typed]})), least(asked(base, typed))]
            print(f"{typed:10} {times[0]:8.2f} ms {times[1]:9.2f} ms {times[2]:12.2f} ms {times[3]:14.2f} ms")


def measured(sets: ValueSets, names: Sequence[str], inputs: Inputs) -> tuple[float, float, float]:
    """Return the times of the slowest vocabulary, of all of them, and of all of them written as bytes."""
    slowest = max(least(functools.partial(sets.expand, name, inputs)) for name in names)
    made = least(lambda: [sets.expand(name, inputs) for name in names])
    return slowest, made, least(lambda: [to_json(sets.expand(name, inputs).resource) for name in names])


def asked(base: str, typed: str) -> Callable[[], object]:
    """Return a request over a connection that stays open."""
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.netloc)
    path = f"{parts.path}/R4/ValueSet/site/$expand?filter={typed.replace(' ', '%20')}"

    def ask() -> object:
        connection.request("GET", path)
        with closing(connection.getresponse()) as response:
            return response.read()

    return ask


if __name__ == "__main__":
    main()
