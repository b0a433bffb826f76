"""One run of all judges over all targets."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from conformance import generated, house, models, official, second, targets
from conformance.allowed import Sorted, read_allowed, sort
from conformance.findings import Finding, Target, kinds_of, read

Judge = Callable[[Target], list[Finding]]

AT_A_TIME: Final = 2
"""Judges at work at the same time: a machine of CI has two cores."""


class Verdict(NamedTuple):
    """What all judges said, and how long each took. ``seen`` counts the resources that each judged, by kind."""

    seen: Counter[tuple[str, str]]
    found: Sorted
    seconds: Mapping[str, float]

    @property
    def passed(self) -> bool:
        """No error, and no warning without a reason."""
        return not self.found.failing


def everything(folder: Path) -> list[Target]:
    """Return all targets, by FHIR version; outputs that no file holds are written to ``folder``."""
    return sorted([*targets.golden(), *generated.write(folder)], key=lambda target: target.version)


@contextmanager
def judges(judged: Sequence[Target]) -> Iterator[Mapping[str, Judge]]:
    """Start the judges for ``judged``; a missing second judge is left out. Raises as official.running does.

    The validator keeps one FHIR version at a time, so each version has a process of its own.
    """
    versions = sorted({target.version for target in judged})
    with ExitStack() as started:
        validators = {version: started.enter_context(official.running([version])) for version in versions}
        one = validators[versions[0]]
        found: dict[str, Judge] = {
            official.JUDGE: lambda target: validators[target.version].judge(target),
            models.JUDGE: models.judge,
            house.JUDGE: house.judge_with(one),
        }
        if second.is_installed():
            found[second.JUDGE] = second.judge_with(one.home, judged)
        yield found


def judge_all(judged: Sequence[Target], panel: Mapping[str, Judge]) -> Verdict:
    """Let every judge look at every target; the validators are processes of their own, so two work at a time."""
    shares = [(name, judge, share) for name, judge in panel.items() for share in _shares(name, judged)]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        opinions = list(pool.map(lambda one: _opinion(*one), shares))
    seen: Counter[tuple[str, str]] = Counter()
    seconds: Counter[str] = Counter()
    for opinion in opinions:
        seen.update((opinion.judge, kind) for kind in opinion.kinds)
        seconds[opinion.judge] += round(opinion.seconds)
    findings = [finding for opinion in opinions for finding in opinion.findings]
    return Verdict(seen, sort(findings, read_allowed()), seconds)


def _shares(name: str, judged: Sequence[Target]) -> list[list[Target]]:
    """Return what a judge looks at one after the other: the official one has a process for each FHIR version."""
    if name == second.JUDGE:
        return [[target for target in judged if second.can_judge(target)]]
    if name != official.JUDGE:
        return [list(judged)]
    return [list(share) for _, share in groupby(judged, key=lambda target: target.version)]


class _Opinion(NamedTuple):
    judge: str
    findings: list[Finding]
    kinds: list[str]
    seconds: float


def _opinion(name: str, judge: Judge, share: Sequence[Target]) -> _Opinion:
    start = time.monotonic()
    findings = [finding for target in share for finding in judge(target)]
    kinds = [kind for target in share for kind in kinds_of(read(target.file))]
    return _Opinion(name, findings, kinds, time.monotonic() - start)
