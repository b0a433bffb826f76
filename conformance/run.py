"""One run of all judges over all targets."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from conformance import generated, house, models, official, second, targets
from conformance.allowed import Sorted, read_allowed, sort
from conformance.findings import Finding, Target, kinds_of, read

Judge = Callable[[Target], list[Finding]]


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
    """Start the judges for ``judged``; a missing second judge is left out. Raises as official.running does."""
    with official.running(target.version for target in judged) as validator:
        found: dict[str, Judge] = {
            official.JUDGE: validator.judge,
            models.JUDGE: models.judge,
            house.JUDGE: house.judge_with(validator),
        }
        if second.is_installed():
            found[second.JUDGE] = second.judge_with(validator.home, judged)
        yield found


def judge_all(judged: Sequence[Target], panel: Mapping[str, Judge]) -> Verdict:
    """Let every judge look at every target; the validator is a process of its own, so the others work beside it."""
    with ThreadPoolExecutor(2) as pool:
        opinions = list(pool.map(lambda one: _opinion(one[0], one[1], judged), panel.items()))
    seen: Counter[tuple[str, str]] = Counter()
    for opinion in opinions:
        seen.update((opinion.judge, kind) for kind in opinion.kinds)
    findings = [finding for opinion in opinions for finding in opinion.findings]
    return Verdict(seen, sort(findings, read_allowed()), {one.judge: one.seconds for one in opinions})


class _Opinion(NamedTuple):
    judge: str
    findings: list[Finding]
    kinds: list[str]
    seconds: float


def _opinion(name: str, judge: Judge, judged: Sequence[Target]) -> _Opinion:
    start = time.monotonic()
    looked_at = [one for one in judged if name != second.JUDGE or second.can_judge(one)]
    findings = [finding for target in looked_at for finding in judge(target)]
    kinds = [kind for target in looked_at for kind in kinds_of(read(target.file))]
    return _Opinion(name, findings, kinds, time.monotonic() - start)
