"""The project's own checks, for what no published judge fails on: its judge is called `house`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from conformance import codings, packages, references, requests, values
from conformance.definitions import Definitions
from conformance.findings import Finding, Target, kind_at, read
from conformance.official import Validator
from conformance.targets import IMR

JUDGE: Final = "house"


def judge_with(validator: Validator) -> Callable[[Target], list[Finding]]:
    """Return the judge; definitions and the UCUM tables are those of the ``validator``."""
    store = packages.store(validator.home)
    definitions = cache(lambda version: Definitions(store / packages.CORE[version]))
    wrong: dict[str, str] = {}
    asked: set[str] = set()

    def judge(target: Target) -> list[Finding]:
        content = read(target.file)
        problems = [
            *references.check(content, definitions(target.version)),
            *requests.check(content, once=IMR not in target.profiles),
            *codings.check(content),
            *values.check(content),
        ]
        used = values.units(content)
        if used - asked:
            wrong.update(validator.wrong_units(used - asked))
            asked.update(used)
        problems += [("Quantity", f"{unit!r} is not UCUM") for unit in sorted(used & wrong.keys())]
        return [
            Finding(JUDGE, target.name, kind_at(content, path), "error", path, message) for path, message in problems
        ]

    return judge
