"""The official HL7 validator, as one Java process for all files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Final

from conformance import cache, own_package, packages
from conformance.classpath import jars, program
from conformance.findings import Finding, Json, Severity, Target, kind_at, read
from conformance.repairs import SUFFIX, repaired

JUDGE: Final = "hl7"
ANSWER_WITHIN_S: Final = 600
"""The first file of a FHIR version waits for its packages: 20 seconds on an idle machine, minutes on a busy one."""

SEVERITIES: Final[dict[str, Severity]] = {"fatal": "error", "error": "error", "warning": "warning"}
PROGRAM: Final = Path(__file__).with_name("Validate.java")


class ValidatorError(RuntimeError):
    """The validator could not judge: it, a package or a file is missing or broken."""


class Validator:
    """A running validator."""

    def __init__(self, process: subprocess.Popen[str], log: Path, home: Path) -> None:
        """Take a started process; use running()."""
        self._process = process
        self._log = log
        self._packages: dict[str, list[str]] = {}
        self.home = home

    def ask(self, request: Json) -> Json:
        """Return the answer to one request of Validate.java. Raises ValidatorError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ValidatorError("no pipes")
        watch = Timer(ANSWER_WITHIN_S, self._process.kill)
        watch.start()
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        answer = json.loads(line) if line else {"failure": "the validator stopped"}
        if "failure" in answer:
            raise ValidatorError(f"{answer['failure']}; its log is {self._log}")
        return answer

    def judge(self, target: Target) -> list[Finding]:
        """Return what the validator says about one file."""
        engine = {"version": target.version, "packages": self._packages[target.version]}
        request = {"engine": engine, "file": str(target.file), "profiles": target.profiles}
        context = {"context": str(target.context)} if target.context else {}
        content = read(target.file)
        return [_finding(target.name, content, issue) for issue in self.ask({**request, **context})["issues"]]

    def wrong_units(self, codes: Iterable[str]) -> dict[str, str]:
        """Return what is wrong with each code that is not UCUM."""
        found: dict[str, str] = self.ask({"units": sorted(codes)})["units"]
        return found

    def prepare(self) -> None:
        """Make sure that the packages are there, the repaired guides and the project's own code systems among them."""
        for version, names in packages.ENGINES.items():
            for name in names:
                folder = Path(self.ask({"install": name.removesuffix(SUFFIX)})["folder"])
                if name.endswith(SUFFIX):
                    repaired(folder)
            own = own_package.install(packages.store(self.home), version)
            self._packages[version] = [*names, own]


def _finding(name: str, content: Json, issue: Json) -> Finding:
    severity = SEVERITIES.get(issue["severity"], "information")
    path = issue.get("path", "")
    return Finding(JUDGE, name, kind_at(content, path), severity, path, issue["message"], issue.get("rule", ""))


@contextmanager
def running() -> Iterator[Validator]:
    """Start the validator, and stop it. Raises MissingProgramError, CalledProcessError or ValidatorError."""
    folder = packages.source()
    home, libraries = packages.home(folder), jars()
    command = [program("java"), "-Xmx3g", "-XX:TieredStopAtLevel=1", f"-Duser.home={home}", "-cp", f"{libraries}/*"]
    command += [str(PROGRAM), *(["offline"] if folder else [])]
    log = cache.root() / "validator.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - the program that PATH names
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ}
        )
        try:
            validator = Validator(process, log, home)
            validator.prepare()
            yield validator
        finally:
            process.kill()
            process.wait()
