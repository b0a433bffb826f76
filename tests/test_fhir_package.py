"""The FHIR package: what is in it, that SUSHI finds nothing, that reports meet it and every invariant can fail."""

import io
import json
import os
import re
import shutil
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance import generated, official, packages, profiles
from conformance.allowed import read_allowed, sort
from conformance.findings import Finding, Target
from conformance.official import Validator
from conformance.profile_breaks import BREAKS
from conformance.seeded import read_exactly
from conformance.table import listing
from emh_report import __version__
from emh_report.catalog import load_catalog
from emh_report.export import Format
from emh_report.export.fhir import to_json as write_exactly
from emh_report.export.terminology import Release, file_name, terminology, to_json
from scripts import fhir_package
from tests.case_files import case_folders
from tests.conftest import ROOT

SOURCE = ROOT / "fhir_profiles"
FSH = {path.name: path.read_text(encoding="utf-8") for path in sorted((SOURCE / "input" / "fsh").glob("*.fsh"))}
SOURCES = "".join(FSH.values())
NAMES = {"transaction", "report", "finding", "impression", "diagnosis", "presence", "measurement", "observation"}
VERSION = "4.0.1"


# --- the source -------------------------------------------------------------------------------------------------------


def test_the_source_has_the_version_of_the_project() -> None:
    config = (SOURCE / "sushi-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)", config, re.MULTILINE) == [__version__]


def test_every_invariant_is_attached_once_and_has_a_break() -> None:
    declared = re.findall(r"^Invariant: (\S+)", SOURCES, re.MULTILINE)
    attached = [key for line in re.findall(r"^\* obeys (.*)$", SOURCES, re.MULTILINE) for key in line.split(" and ")]
    assert Counter(declared) == Counter(attached) == Counter(list(BREAKS))


def test_every_value_set_that_is_bound_is_generated_and_its_strength_stated() -> None:
    known = {one["url"] for one in terminology(load_catalog(), Release.R4, __version__)}
    aliases = dict(re.findall(r"^Alias: (\S+) = (\S+)", FSH["aliases.fsh"], re.MULTILINE))
    bound = re.findall(r"^\* \S+ from (\S+)( \((?:required|extensible|preferred)\))?$", SOURCES, re.MULTILINE)
    assert bound
    assert all(strength for _, strength in bound)
    assert {aliases[name] for name, _ in bound} <= known


# --- the package ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(component: Callable[[str], Path]) -> fhir_package.Files:
    component("sushi")
    if not os.environ.get(packages.VARIABLE):
        pytest.skip(f"{packages.VARIABLE} names no folder of FHIR packages; .ci/run does")
    return fhir_package.content()


def test_sushi_builds_every_profile_with_a_snapshot(files: fhir_package.Files) -> None:
    found = {name: json.loads(data) for name, data in files.items() if name.startswith("StructureDefinition-")}
    assert {one["id"].removeprefix("emh-") for one in found.values()} == NAMES | {"recommendation"}
    for one in found.values():
        assert one["snapshot"]["element"]
        assert (one["version"], one["status"], one["fhirVersion"]) == (__version__, "draft", VERSION)
    elements = [element for one in found.values() for element in one["differential"]["element"]]
    assert {rule["key"] for element in elements for rule in element.get("constraint", [])} == set(BREAKS)


def test_the_terminology_of_the_package_is_that_of_the_templates(files: fhir_package.Files) -> None:
    wanted = {file_name(one): to_json(one) for one in terminology(load_catalog(), Release.R4, __version__)}
    found = {name: data for name, data in files.items() if name.startswith(("CodeSystem", "ValueSet", "ConceptMap"))}
    assert found == wanted


def test_the_examples_of_the_package_are_the_golden_outputs(files: fhir_package.Files) -> None:
    examples = {name: data for name, data in files.items() if name.startswith("example/")}
    assert sorted(examples.values()) == sorted(path.read_bytes() for path in fhir_package.examples())
    assert len(examples) == len(case_folders())


def test_the_package_is_a_package_and_its_bytes_depend_on_its_content_alone(files: fhir_package.Files) -> None:
    first, again = fhir_package.archive(files), fhir_package.archive(dict(files))
    assert first == again
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        names = archive.getnames()
        assert all(entry.mtime == 0 and entry.isfile() for entry in archive)
    assert names[0] == "package/package.json"
    about, index = json.loads(files["package.json"]), json.loads(files[".index.json"])
    assert (about["name"], about["version"], about["fhirVersions"]) == ("emh-report.fhir", __version__, [VERSION])
    listed = {row["filename"] for row in index["files"]}
    assert listed == {name for name in files if "/" not in name} - {"package.json", ".index.json"}
    assert files["other/NOTICE"] == (ROOT / "NOTICE").read_bytes()


def test_a_mistake_in_the_source_is_no_package(
    files: fhir_package.Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files
    source = shutil.copytree(SOURCE, tmp_path / "source")
    with (source / "input" / "fsh" / "impression.fsh").open("a", encoding="utf-8") as fsh:
        fsh.write('\nProfile: Broken\nParent: Observation\nId: broken\nDescription: "Broken"\n* nothing 1..1\n')
    monkeypatch.setattr(fhir_package, "SOURCE", source)
    with pytest.raises(fhir_package.PackageError):
        fhir_package.content()


def test_without_sushi_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fhir_package, "SUSHI", tmp_path / "none")
    with pytest.raises(fhir_package.PackageError, match="npm ci"):
        fhir_package.content()


# --- reports against it -----------------------------------------------------------------------------------------------


def bundles() -> Iterator[tuple[str, Any]]:
    """Yield every R4 transaction: published cases, and fictional reports of every template, state and mode."""
    for path in fhir_package.examples():
        yield path.parts[-3], read_exactly(path)
    for name, content in generated.outputs([Format.FHIR_R4_TRANSACTION]):
        if name.endswith("fhir-r4-transaction"):
            yield name, json.loads(content, parse_float=Decimal)


@pytest.fixture(scope="module")
def claiming() -> Sequence[tuple[str, Any]]:
    return [(name, profiles.claiming(bundle)) for name, bundle in bundles()]


@pytest.fixture(scope="module")
def judge(
    component: Callable[[str], Path], files: fhir_package.Files, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, Any], list[Finding]]]:
    component("javac")
    component("mvn")
    folder = tmp_path_factory.mktemp("claiming")
    with official.running([]) as validator:
        own = profiles.install(packages.store(validator.home), fhir_package.archive(files))
        validator.use(VERSION, [*profiles.OTHER_PACKAGES, own])
        yield lambda name, bundle: _judge(validator, folder / f"{name}.json", bundle)


def _judge(validator: Validator, file: Path, bundle: Any) -> list[Finding]:  # noqa: ANN401 - JSON
    file.write_bytes(write_exactly(bundle))
    return validator.judge(Target(file, file.name, VERSION))


def test_every_report_meets_the_profiles(
    claiming: Sequence[tuple[str, Any]], judge: Callable[[str, Any], list[Finding]]
) -> None:
    seen: Counter[str] = Counter()
    findings = []
    for name, bundle in claiming:
        seen.update(profiles.claimed(bundle))
        findings += judge(name, bundle)
    assert set(seen) == NAMES | {"recommendation"}
    failing = sort(findings, read_allowed()).failing
    assert not failing, listing(failing)


@pytest.mark.parametrize("key", BREAKS)
def test_a_broken_invariant_is_the_only_thing_that_fails(
    key: str, claiming: Sequence[tuple[str, Any]], judge: Callable[[str, Any], list[Finding]]
) -> None:
    for _, bundle in claiming:
        broken = deepcopy(bundle)
        try:
            BREAKS[key](broken)
        except LookupError:
            continue
        errors = [finding for finding in judge(key, broken) if finding.severity == "error"]
        assert errors
        assert [finding.message for finding in errors if f"{key}: " not in finding.message] == []
        return
    pytest.fail(f"no report has a place to break {key}")
