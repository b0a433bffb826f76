"""The official HL7 validator, as one Java process for all files."""

from __future__ import annotations

import json
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Timer
from typing import Final

from conformance import cache, own_package, packages
from conformance.classpath import jars, program
from conformance.findings import Finding, Json, Severity, Target, kind_at, read
from conformance.repairs import SUFFIX, flattened, repaired

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
        self._turn = Lock()
        self._packages: dict[str, list[str]] = {}
        self.home = home

    def ask(self, request: Json) -> Json:
        """Return the answer to one request of Validate.java. Raises ValidatorError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ValidatorError("no pipes")
        with self._turn:
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

    def prepare(self, version: str, *, offline: bool) -> None:
        """Make sure that the packages are there, the repaired guides and the project's own code systems among them.

        Raises ValidatorError for one that EMH_FHIR_PACKAGES lacks. A guide that no server has is left out with a
        warning.
        """
        self._has(packages.CORE[version], required=True)
        flattened(packages.store(self.home) / packages.CORE[version])
        here = [name for name in packages.wanted(version, offline=offline) if self._has(name, required=offline)]
        self._packages[version] = [*here, own_package.install(packages.store(self.home), version)]
        if not offline:
            self._fetch_the_rest(version)

    def _fetch_the_rest(self, version: str) -> None:
        """Judge next to nothing: what the packages depend on is fetched then, and other judges find it in the cache."""
        file = self.home / "next-to-nothing.json"
        file.write_text('{"resourceType": "Parameters"}', encoding="utf-8")
        self.judge(Target(file, file.name, version))

    def use(self, version: str, names: Sequence[str]) -> None:
        """Judge files of a FHIR version with these packages, which are in its cache, and no others."""
        self._packages[version] = list(names)

    def _has(self, name: str, *, required: bool) -> bool:
        try:
            folder = Path(self.ask({"install": name.removesuffix(SUFFIX)})["folder"])
        except ValidatorError:
            if required:
                raise
            warnings.warn(f"no server has {name}: what claims its profiles fails", stacklevel=2)
            return False
        if name.endswith(SUFFIX):
            repaired(folder)
        return True


def _finding(name: str, content: Json, issue: Json) -> Finding:
    severity = SEVERITIES.get(issue["severity"], "information")
    path = issue.get("path", "")
    return Finding(JUDGE, name, kind_at(content, path), severity, path, issue["message"], issue.get("rule", ""))


@contextmanager
def running(versions: Iterable[str]) -> Iterator[Validator]:
    """Start the validator for FHIR ``versions``, and stop it.

    Raises MissingProgramError, CalledProcessError or ValidatorError.
    """
    wanted = sorted(set(versions))
    folder, libraries = packages.source(), jars()
    home = packages.home(folder, libraries)
    pipe = subprocess.PIPE
    log = cache.root() / f"validator{'-'.join(['', *wanted])}.log"
    with (
        # it remembers value sets that it did not find there, also for later runs with other packages
        tempfile.TemporaryDirectory() as scratch,
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            _command(home, libraries, Path(scratch), offline=folder is not None),
            stdin=pipe,
            stdout=pipe,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            validator = Validator(process, log, home)
            for version in wanted:
                validator.prepare(version, offline=folder is not None)
            yield validator
        finally:
            process.kill()


def _command(home: Path, libraries: Path, scratch: Path, *, offline: bool) -> list[str]:
    # hundreds of files are judged: collecting in the pauses leaves more of a processor than beside the work does
    machine = [program("java"), "-Xmx3g", "-XX:+UseParallelGC"]
    folders = [f"-Duser.home={home}", f"-Djava.io.tmpdir={scratch}", "-cp", f"{libraries}/*"]
    return [*machine, *folders, str(PROGRAM), *(["offline"] if offline else [])]
