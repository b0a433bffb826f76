"""Rows of other people's software, each in an environment of its own under build/bench, and what each loses."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.peers import extraction, lhc_forms, messages
from benchmarks.peers.case import Case
from benchmarks.peers.process import Process
from benchmarks.peers.rows import Row
from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.export import questionnaire
from emh_report.export.narrative import narrate
from emh_report.export.questionnaire import Release
from tests.questionnaires import response_of, tables

ROOT: Final = Path(__file__).resolve().parents[2]
EXTRACT: Final = Path(__file__).with_name("extract.mjs")
NODE: Final = "@aehrc/sdc-template-extract@1.0.16"
PYTHON: Final = ("fpml==1.0.0", "highdicom==0.28.2", "hl7v2-fhir-bridge==0.1.0")
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")

Tell = Callable[[str], object]
FEW: Final = "context, lesions, levels, dates, report: {} Observations, {} bytes"
LHC: Final = "context, lesions, report: {} entries, {} bytes"
PEERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "fpml": ("fpml_row", "nothing: the mapping trusts the answers", FEW),
    "highdicom": (
        "sr_row",
        "cardinalities of TID 1500 and 1501",
        "all but the lesions: {} measurement groups, a DICOM SR of {} bytes",
    ),
    "hl7v2-fhir-bridge": (
        "hl7_row",
        "the message, and datatypes of its bundle (fhir.resources)",
        "every code and number: the report as text, {} entries, {} bytes",
    ),
}
"""Peers in Python: the module that runs them, what they check, and what they lose."""


def rows(stack: contextlib.ExitStack, build: Path, catalog: Catalog, case: Case, tell: Tell) -> Iterator[Row]:
    """Yield a row for each peer whose needs are on this machine; ``tell`` is told which are not."""
    template = catalog.plan(case.draft.template_id).template
    form = extraction.form(template, case.draft)
    if shutil.which("node") and shutil.which("npm"):
        command: Sequence[str | Path] = ["node", EXTRACT]
        yield _row(
            stack,
            "sdc-template-extract",
            Process(command, _node(build / "node"), form),
            "nothing: it trusts the form",
            FEW,
        )
        yield from _browser(stack, build, catalog, case, tell)
    else:
        tell("node and npm are not installed: without the rows of sdc-template-extract and LHC-Forms")
    report = pipeline.release(catalog, case.draft, case.context).report
    inputs = {
        "fpml": form,
        "highdicom": messages.lesions(template, case.draft),
        "hl7v2-fhir-bridge": messages.result(narrate(report)),
    }
    program = _python(build / "python")
    for name, (module, checks, loses) in PEERS.items():
        process = Process([program, "-m", f"benchmarks.peers.{module}"], ROOT, inputs[name])
        yield _row(stack, name, process, checks, loses)


def _row(stack: contextlib.ExitStack, name: str, process: Process, checks: str, loses: str) -> Row:
    stack.callback(process.close)
    return Row(name, process.batch, checks, loses.format(process.entries, process.bytes))


def _browser(stack: contextlib.ExitStack, build: Path, catalog: Catalog, case: Case, tell: Tell) -> Iterator[Row]:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        tell("Chromium is not installed: without the row of LHC-Forms")
        return
    template = catalog.plan(case.draft.template_id).template
    asked = {
        "program": program,
        "package": lhc_forms.unpacked(build),
        "form": questionnaire.to_bytes(template, tables(), Release.R4).decode(),
        "response": response_of(template, case.draft, case.context).decode(),
    }
    process = Process([sys.executable, "-m", "benchmarks.peers.lhc_row"], ROOT, asked)
    yield _row(stack, "LHC-Forms", process, "required, ranges and conditions in the form", LHC)


def _node(folder: Path) -> Path:
    if not (folder / "node_modules" / "@aehrc").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
        subprocess.run(["npm", "install", "--silent", "--no-progress", NODE], cwd=folder, check=True)  # noqa: S607
    return folder


def _python(folder: Path) -> Path:
    """Return the interpreter of an environment of the peers' own: their pins are not ours."""
    program = folder / "bin" / "python"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON]
        subprocess.run(install, check=True)
    return program
