"""The repository itself: what is tracked, what the wheel carries, what an import costs, how long files may be."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import generate_proto
from tests.conftest import ROOT

# Written in pieces: this file is tracked too.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "repo1.mav" + "en", "proxy.go" + "lang"]
MACHINE_PATH = re.compile(rb"(?<![A-Za-z0-9_.-])/(?:work|root|home|Users|tmp|opt/wheels)/[A-Za-z0-9_.]")
MAX_LINES = 300
MAX_BODY = 50


def tracked_files() -> list[Path]:
    """Files git knows or would add, so the answer is the same before and after a commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is where it is
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name for name in os.fsdecode(listed.stdout).split("\0") if name]
    return [path for path in paths if path.is_file()]


def own_python_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py" and "emh_report/v1" not in path.as_posix()]


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    hosts = [host.encode() for host in REGISTRIES]
    offenders = [
        path.relative_to(ROOT).as_posix()
        for path in tracked_files()
        if any(host in path.read_bytes() for host in hosts) or MACHINE_PATH.search(path.read_bytes())
    ]
    assert offenders == []


def test_generated_code_is_what_proto_generates() -> None:
    assert generate_proto.differences() == []


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines()) for path in own_python_files()}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function below its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def test_functions_are_short() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in own_python_files()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_length(node) > MAX_BODY
    ]
    assert too_long == []


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked_versions(name: str) -> dict[str, str]:
    """Version of each package in a lock, by canonical name."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


def test_locks_satisfy_what_is_declared() -> None:
    project, runtime, dev = pyproject(), locked_versions("runtime.txt"), locked_versions("dev.txt")
    groups = [entry for group in project["dependency-groups"].values() for entry in group if isinstance(entry, str)]
    declared = [(runtime, text) for text in project["project"]["dependencies"]] + [(dev, text) for text in groups]
    stale = [
        text
        for lock, text in declared
        if lock.get(canonicalize_name(Requirement(text).name), "0") not in Requirement(text).specifier
    ]
    assert stale == []
    assert runtime.items() <= dev.items()


def imported_packages() -> set[str]:
    """Top-level packages that emh_report imports anywhere, outside the standard library and itself."""
    names: set[str] = set()
    for path in (ROOT / "emh_report").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update([node.module] if node.module != "google" else [f"google.{a.name}" for a in node.names])
    tops = {".".join(name.split(".")[:2]) if name.startswith("google.") else name.split(".")[0] for name in names}
    return tops - sys.stdlib_module_names - {"emh_report"}


NAMED = {"psycopg", "pyarrow"}
"""Of an extra, and named by a URL or a setting instead of being imported."""

PINNED = {"fhir-core"}
"""Declared without being imported: what fhir.resources stands on, held to versions that fit it."""


def test_declared_dependencies_are_the_imported_ones() -> None:
    providers = {
        "fhir": "fhir.resources",
        "google.protobuf": "protobuf",
        "google.rpc": "googleapis-common-protos",
        "grpc": "grpcio",
        "grpc_health": "grpcio-health-checking",
        "grpc_reflection": "grpcio-reflection",
        "pkcs11": "python-pkcs11",
        "prometheus_client": "prometheus-client",
        "uuid_utils": "uuid-utils",
    }
    project = pyproject()["project"]
    extras = [text for extra in project["optional-dependencies"].values() for text in extra]
    declared = {Requirement(text).name for text in project["dependencies"]}
    optional = {Requirement(text).name for text in extras} - NAMED
    assert declared | optional == {providers.get(name, name) for name in imported_packages()} | PINNED


def test_decision_records_have_the_four_headings() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(record.name[:4]) for record in records]
    assert len(set(numbers)) == len(numbers)
    for number, record in zip(numbers, records, strict=True):
        text = record.read_text(encoding="utf-8")
        assert record.name.startswith(f"{number:04}-"), record.name
        assert text.startswith(f"# {number}. "), record.name
        headings = re.findall(r"^## (.*)", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Status", "Consequences"], record.name


@pytest.mark.parametrize("heavy", ["fhir", "grpc", "google.protobuf", "jinja2", "sqlalchemy"])
def test_importing_the_package_stays_light(heavy: str) -> None:
    code = f"import sys, emh_report; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def empty_environment(folder: Path, wheel: Path) -> Path:
    """Make an environment that has `wheel` and borrows its dependencies, but not emh_report, from this one."""
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    # A path line borrows plain packages; .pth files of this environment, such as emh_report's own, are not read.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--force-reinstall", str(wheel)], check=True)
    return python.parent


def test_wheel_runs_outside_the_checkout(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)], cwd=ROOT, check=True)
    (wheel,) = dist.glob("*.whl")
    programs = empty_environment(tmp_path / "venv", wheel)
    where = [str(programs / "python"), "-c", "import emh_report; print(emh_report.__file__)"]
    located = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert located.startswith(str(tmp_path / "venv"))

    command = [str(programs / "emh-report"), "templates", "--json"]
    listed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert len(json.loads(listed)) == len(list((ROOT / "templates").glob("emh-*.toml")))
