"""Where the time of a request goes, by file of the package: numbers, and a picture beside an earlier state.

    .venv/bin/python -m benchmarks.profile                                    print
    .venv/bin/python -m benchmarks.profile --save before.json                 keep the numbers
    .venv/bin/python -m benchmarks.profile --before before.json --svg FILE    draw both

A timer of the processor interrupts the work every millisecond and notes the file of the package that is at work; what a
function in C does counts for the file that called it. Seconds are those of the processor; shares are what to read.
"""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from types import FrameType

import click

from benchmarks.peers.case import typical
from emh_report import pipeline
from emh_report.catalog import Catalog, load_catalog
from emh_report.export import Format, export, fhir

PACKAGE = str(Path(pipeline.__file__).parent) + "/"
TICK = 0.001
ROWS = 12
WIDTH, LABEL, ROW, HEAD = 900, 250, 34, 76
NOW, THEN = "#1f6f8b", "#c3cad2"

Found = Mapping[str, Mapping[str, float]]
"""Microseconds a report by step and file."""


def steps(catalog: Catalog) -> Mapping[str, Callable[[], object]]:
    """Return what is profiled, by name, on a CT report of three lesions."""
    case = typical(3)
    draft, context = case.draft, case.context
    report = pipeline.release(catalog, draft, context).report
    return {
        "answers to issues": lambda: pipeline.validate(catalog, draft, context),
        "report to FHIR, no narrative": lambda: fhir.transaction_json(report),
        "report to FHIR and narrative": lambda: export(report, Format.FHIR_R4_TRANSACTION),
    }


def profiled(call: Callable[[], object], seconds: float) -> Mapping[str, float]:
    """Return microseconds a call by file of the package, the most first."""
    found: Counter[str] = Counter()

    def note(_signal: int, frame: FrameType | None) -> None:
        while frame is not None and not frame.f_code.co_filename.startswith(PACKAGE):
            generated = frame.f_code.co_name == "choose"
            if generated:
                found["rules and conditions, generated"] += 1
                return
            frame = frame.f_back
        if frame is not None:
            found[frame.f_code.co_filename.removeprefix(PACKAGE).removesuffix(".py")] += 1

    for _ in range(100):
        call()
    before, calls = signal.signal(signal.SIGPROF, note), 0
    signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    started = time.process_time()
    while time.process_time() - started < seconds:
        call()
        calls += 1
    used = time.process_time() - started
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)
    return {name: used / calls * 1e6 * count / found.total() for name, count in found.most_common()}


def picture(name: str, now: Mapping[str, float], then: Mapping[str, float]) -> str:
    """Return bars of the files that take most, each below what it took before."""
    names = sorted({*now, *then}, key=lambda one: -max(now.get(one, 0), then.get(one, 0)))[:ROWS]
    top = max(max(now.get(one, 0), then.get(one, 0)) for one in names)
    scale, height = (WIDTH - LABEL - 80) / top, HEAD + ROW * len(names) + 12
    body = [
        _bars(HEAD + ROW * number, one, (then.get(one, 0), now.get(one, 0)), scale) for number, one in enumerate(names)
    ]
    total = f"{sum(now.values()):.0f} µs a report" + (f", before {sum(then.values()):.0f}" if then else "")
    size = f'viewBox="0 0 {WIDTH} {height}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="13">',
        f"<title>{escape(name)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{escape(name)}</text>',
        f'<text x="16" y="48" fill="#555">{escape(total)}; by file, {len(names)} that take most; grey: before</text>',
    ]
    return "\n".join([*head, *body, "</svg>\n"])


def _bars(y: int, name: str, values: tuple[float, float], scale: float) -> str:
    found = [f'<text x="{LABEL - 8}" y="{y + 18}" text-anchor="end">{escape(name)}</text>']
    for place, (value, colour) in enumerate(zip(values, (THEN, NOW), strict=True)):
        top = y + 13 * place
        found.append(f'<rect x="{LABEL}" y="{top}" width="{max(value * scale, 1):.1f}" height="12" fill="{colour}"/>')
        found.append(f'<text x="{LABEL + value * scale + 6:.1f}" y="{top + 10}" font-size="11">{value:.0f}</text>')
    return "".join(found)


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="So long is each step at work.")
@click.option("--save", type=click.Path(path_type=Path), help="Keep the numbers here.")
@click.option("--before", type=click.Path(path_type=Path, exists=True), help="Numbers kept earlier.")
@click.option("--svg", type=click.Path(path_type=Path, file_okay=False), help="Folder for a picture of each step.")
def main(seconds: float, save: Path | None, before: Path | None, svg: Path | None) -> None:
    """Profile every step, print where its time goes, and draw it beside an earlier state."""
    then: Found = json.loads(before.read_text(encoding="utf-8")) if before else {}
    found = {name: profiled(call, seconds) for name, call in steps(load_catalog()).items()}
    for number, (name, files) in enumerate(found.items(), start=1):
        print(f"\n{name}: {sum(files.values()):.0f} us")
        for file, each in list(files.items())[:ROWS]:
            print(f"{each:9.1f} us  {file}")
        if svg:
            content = picture(name, files, then.get(name, {}))
            (svg / f"profile-{number}.svg").write_text(content, encoding="utf-8")
    if save:
        save.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
