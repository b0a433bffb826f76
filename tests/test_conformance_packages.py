"""Packages for the validator: unpacked once, and guides whose defects are repaired in a copy."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import packages, repairs, second
from conformance.archives import unpack


def package(folder: Path, name: str, version: str, files: Mapping[str, Any]) -> None:
    inner = folder / "work" / "package"
    inner.mkdir(parents=True)
    for file, content in {**files, "package.json": {"name": name, "version": version}}.items():
        (inner / file).write_text(json.dumps(content))
    with tarfile.open(folder / f"{name}-{version}.tgz", "w:gz") as archive:
        archive.add(inner, "package")


ORDER = {
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/ServiceRequest",
    "snapshot": {"element": [{"id": repairs.SLICE}]},
    "differential": {"element": [{"id": repairs.SLICE, "sliceName": "accessionNumber"}, {"id": "ServiceRequest.code"}]},
}
SECTION = {"id": repairs.SECTIONS[0], "slicing": {"discriminator": [{"type": "profile", "path": "$this"}]}}


def test_a_folder_of_packages_becomes_a_cache_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "a.guide", "1.0.0", {"StructureDefinition-x.json": {}})
    monkeypatch.setenv("EMH_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(packages.VARIABLE, str(tmp_path))
    home = packages.home(packages.source())
    names = {path.name for path in packages.store(home).iterdir()}
    assert names == {"a.guide#1.0.0", *packages.STAND_INS, "packages.ini"}
    assert packages.home(packages.source()) == home
    monkeypatch.setenv(packages.VARIABLE, str(tmp_path / "cache"))
    with pytest.raises(FileNotFoundError, match="without packages"):
        packages.source()


def test_servers_of_packages_have_releases_only() -> None:
    """A guide that was built from its source is in a folder, and nowhere where the validator could fetch it."""
    for version, names in packages.ENGINES.items():
        assert packages.wanted(version, offline=True) == list(names)
        fetched = packages.wanted(version, offline=False)
        assert [name.partition("#")[0] for name in fetched] == [name.partition("#")[0] for name in names]
        assert not any(name.endswith(("-ci-build", "-current")) for name in fetched)


def test_the_second_judge_takes_the_newest_version_that_is_there(tmp_path: Path) -> None:
    url, name = "http://example.test/extension", second.PACKAGES[0]
    for version in ("5.2.0", "5.3.0"):
        inner = tmp_path / f"{name}#{version}" / "package"
        inner.mkdir(parents=True)
        (inner / ".index.json").write_text(json.dumps({"files": [{"url": url, "filename": f"{version}.json"}]}))
    assert second._files(tmp_path, {url}) == [str(tmp_path / f"{name}#5.3.0" / "package" / "5.3.0.json")]
    assert second._files(tmp_path, {"http://example.test/other"}) == []


PERFORMER = {"id": repairs.PERFORMER, "slicing": {"discriminator": [{"type": "type", "path": "resolve()"}]}}
REPORT = {
    "snapshot": {"element": []},
    "differential": {"element": [PERFORMER, {"id": f"{repairs.PERFORMER}:organization"}]},
}


def test_performers_are_told_apart_by_the_type_that_a_reference_states(tmp_path: Path) -> None:
    published = tmp_path / "imr#1.1.0"
    (published / "package").mkdir(parents=True)
    for name, content in {"package": {"name": "imr", "version": "1.1.0"}, "StructureDefinition-Report": REPORT}.items():
        (published / "package" / f"{name}.json").write_text(json.dumps(content))
    found = json.loads((repairs.repaired(published) / "package" / "StructureDefinition-Report.json").read_bytes())
    sliced, _, fixed = found["differential"]["element"]
    assert "snapshot" not in found
    assert sliced["slicing"]["discriminator"] == [{"type": "value", "path": "type"}]
    assert (fixed["id"], fixed["patternUri"]) == (f"{repairs.PERFORMER}:organization.type", "Organization")


def test_the_defects_of_the_guide_are_repaired_in_a_copy(tmp_path: Path) -> None:
    published = tmp_path / "guide#1.0.0"
    (published / "package").mkdir(parents=True)
    document = {"snapshot": {"element": [SECTION]}, "differential": {"element": []}}
    content = {"package": {"name": "guide", "version": "1.0.0"}, "StructureDefinition-Order": ORDER}
    for name, value in {**content, "StructureDefinition-Document": document}.items():
        (published / "package" / f"{name}.json").write_text(json.dumps(value))
    copy = repairs.repaired(published) / "package"
    order, found = (
        json.loads((copy / f"StructureDefinition-{name}.json").read_bytes()) for name in ("Order", "Document")
    )
    assert "snapshot" not in order
    assert [element["id"] for element in order["differential"]["element"]][1] == f"{repairs.SLICE}.type"
    assert found["snapshot"]["element"][0]["slicing"]["discriminator"][0]["path"] == "resolve()"
    assert json.loads((copy / "package.json").read_bytes())["version"] == "1.0.0-repaired"
    assert json.loads((published / "package" / "StructureDefinition-Order.json").read_bytes()) == ORDER


def test_the_published_core_of_r5_takes_the_place_of_a_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, version = "hl7.fhir.r5.core", "5.0.0"
    for kind in ("draft", "published"):
        (tmp_path / kind).mkdir()
        package(tmp_path / kind, name, version, {f"ValueSet-{kind}.json": {}})
    monkeypatch.setenv("EMH_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(packages.VARIABLE, str(tmp_path / "draft"))
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    with pytest.raises(FileNotFoundError, match="not among the artefacts"):
        packages.home(packages.source(), libraries)
    with zipfile.ZipFile(libraries / packages.PUBLISHED[0].replace("*", "8.8.0"), "w") as artefact:
        artefact.write(tmp_path / "published" / f"{name}-{version}.tgz", packages.PUBLISHED[1])
    home = packages.home(packages.source(), libraries)
    content = packages.store(home) / f"{name}#{version}" / "package"
    assert sorted(path.name for path in content.glob("ValueSet*")) == ["ValueSet-published.json"]


def test_a_value_set_within_another_is_listed_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    outer = folder / f"ValueSet-{repairs.NESTED}.json"
    old, listed = {"system": "http://old"}, [{"system": "http://types", "concept": [{"code": "Observation"}]}]
    outer.write_text(json.dumps({"compose": {"include": [{"valueSet": ["http://all"]}, old]}}))
    (folder / f"ValueSet-{repairs.LISTED}.json").write_text(json.dumps({"compose": {"include": listed}}))
    for _ in range(2):
        repairs.flattened(tmp_path)
        assert json.loads(outer.read_bytes())["compose"]["include"] == [*listed, old]
    outer.unlink()
    repairs.flattened(tmp_path)
    assert not outer.exists(), "R4 has no such value set"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../out.json", tarfile.REGTYPE),
        ("/out.json", tarfile.REGTYPE),
        ("link", tarfile.SYMTYPE),
        ("b", tarfile.BLKTYPE),
    ],
)
def test_nothing_is_unpacked_beside_its_folder(name: str, kind: bytes, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("package/inside.json"))
        wrong = tarfile.TarInfo(name)
        wrong.type, wrong.linkname = kind, "/etc"
        archive.addfile(wrong)
    packed.seek(0)
    folder = tmp_path / "folder"
    with tarfile.open(fileobj=packed) as archive, pytest.raises(ValueError, match="below its own folder"):
        unpack(archive, folder)
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()] == [
        Path("folder/package/inside.json")
    ]
