"""One run of all judges over all targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from conformance import house, models, official, second
from conformance.allowed import Sorted, read_allowed, sort
from conformance.findings import Finding, Target, kinds_of, read

Judge = Callable[[Target], list[Finding]]


class Verdict(NamedTuple):
    """What all judges said. ``seen`` counts the resources that each judged, by judge and kind."""

    seen: Counter[tuple[str, str]]
    found: Sorted

    @property
    def passed(self) -> bool:
        """No error, and no warning without a reason."""
        return not self.found.failing


@contextmanager
def judges(targets: Sequence[Target]) -> Iterator[Mapping[str, Judge]]:
    """Start the judges for ``targets``; a missing second judge is left out. Raises as official.running does."""
    with official.running() as validator:
        found: dict[str, Judge] = {
            official.JUDGE: validator.judge,
            models.JUDGE: models.judge,
            house.JUDGE: house.judge_with(validator),
        }
        if second.is_installed():
            found[second.JUDGE] = second.judge_with(validator.home, targets)
        yield found


def judge_all(targets: Sequence[Target], panel: Mapping[str, Judge]) -> Verdict:
    """Let every judge look at every target."""
    findings: list[Finding] = []
    seen: Counter[tuple[str, str]] = Counter()
    for target in targets:
        kinds = kinds_of(read(target.file))
        for name, judge in panel.items():
            if name == second.JUDGE and target.version != second.VERSION:
                continue
            findings += judge(target)
            seen.update((name, kind) for kind in kinds)
    return Verdict(seen, sort(findings, read_allowed()))
