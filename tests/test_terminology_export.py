"""The vocabularies as FHIR: nothing added, nothing lost, nothing unverified, every code that leaves is there."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources import get_fhir_model_class
from fhir.resources.R4B import get_fhir_model_class as get_r4b_model_class

from conformance.walk import elements
from emh_report import __version__, own_codes
from emh_report.catalog import load_catalog
from emh_report.cli import main
from emh_report.codes import CANONICAL
from emh_report.errors import CatalogError
from emh_report.export.fhir import incomplete, kept, results, values
from emh_report.export.terminology import Json, Release, file_name, terminology, to_json
from emh_report.vocabulary import OPTIONAL_MAPS
from tests.case_files import CASES, SYNTHETIC, catalog, read_json
from tests.conftest import ROOT

FOLDER = ROOT / "templates" / "vocabulary"
SYSTEM = f"{CANONICAL}/CodeSystem/"
RELEASES = pytest.mark.parametrize("release", Release)


@cache
def exported(release: Release = Release.R4, maps: frozenset[str] = frozenset()) -> dict[tuple[str, str], Any]:
    found = terminology(catalog(), release, __version__, maps)
    return {(str(one["resourceType"]), str(one["id"])): one for one in found}


def of_type(type_: str, release: Release = Release.R4) -> dict[str, Any]:
    return {id_: one for (kind, id_), one in exported(release).items() if kind == type_}


def files() -> Iterator[dict[str, Any]]:
    """Yield every vocabulary file as it is written, read without the catalog."""
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem not in {"systems", "fixed"}:
            yield tomllib.loads(path.read_text(encoding="utf-8"))


SYSTEMS = {one["alias"]: one for one in tomllib.loads((FOLDER / "systems.toml").read_text())["system"]}


def test_code_systems_say_what_the_vocabulary_files_say() -> None:
    systems = of_type("CodeSystem")
    for file in files():
        found = {one["code"]: one for one in systems[file["id"]]["concept"]}
        if file["id"] != "observable":  # has all questions, this file only those with codes elsewhere
            assert list(found) == [term["code"] for term in file["term"]]
            assert systems[file["id"]]["version"] == file["version"]
        for term in file["term"]:
            concept = found[term["code"]]
            assert (concept["display"], concept["definition"]) == (term["display"], term["definition"])
            words = [one["value"] for one in concept.get("designation", [])]
            assert set(term.get("synonyms", [])) <= {*words} or file["id"] == "observable"


def test_every_own_code_in_a_golden_output_is_in_its_code_system() -> None:
    known: dict[str, dict[str, set[str]]] = {}
    for system in of_type("CodeSystem").values():
        known[system["url"]] = {
            one["code"]: {one["display"], *(word["value"] for word in one.get("designation", []))}
            for one in system["concept"]
        }
    unknown, seen = set(), set()
    for path in [*CASES.glob("*/expected/*r4*.json"), *SYNTHETIC.glob("*/expected*/*r4*.json")]:
        for element in elements(read_json(path)):
            coding = element.value
            if not isinstance(coding, dict) or not str(coding.get("system")).startswith(SYSTEM):
                continue
            id_ = coding["system"].removeprefix(SYSTEM)
            if id_ in {"template", "template-content"} or "code" not in coding:
                continue
            seen.add(id_)
            displays = known.get(coding["system"], {}).get(coding["code"], set())
            if not displays or coding.get("display", next(iter(displays))) not in displays:
                unknown.add((id_, coding["code"], coding.get("display")))
    assert unknown == set()
    assert seen >= {"site", "observable", "observable-part", "statement", "rule", "group"}


def test_codes_that_no_file_lists_are_those_of_the_exporter() -> None:
    parts = {code for code, *_ in values.IMAGE_PARTS} | {"frame-number"}
    assert {one.code for one in own_codes.IMAGE_PARTS} == parts
    listed = {one.code for one in own_codes.REPORT_STATEMENTS}
    assert listed == kept.NO_RULES | {
        one.code
        for one in (incomplete.INCOMPLETE, incomplete.MISSING, incomplete.NOT_ACCEPTED, kept.KEPT, results.RESULTS)
    }
    assert [part for _, part, _ in values.LEVELS] == [part for part, _ in own_codes.LEVEL_PARTS]


R4_WORDS = {"equivalent": "equivalent", "broader": "wider", "narrower": "narrower", "related": "relatedto"}
R5_WORDS = {
    "equivalent": "equivalent",
    "broader": "source-is-narrower-than-target",
    "narrower": "source-is-broader-than-target",
    "related": "related-to",
}


def relations(release: Release, maps: frozenset[str] = frozenset()) -> set[tuple[str, ...]]:
    """Return vocabulary, term, system, code, display and relation of every target of every concept map."""
    name = "equivalence" if release is Release.R4 else "relationship"
    return {
        (id_, element["code"], group["target"], target["code"], target.get("display", ""), target[name])
        for (kind, id_), one in exported(release, maps).items()
        if kind == "ConceptMap"
        for group in one["group"]
        for element in group["element"]
        for target in element["target"]
    }


@RELEASES
@pytest.mark.parametrize("maps", [frozenset(), OPTIONAL_MAPS], ids=["default", "all"])
def test_concept_maps_hold_every_verified_code_and_no_other(release: Release, maps: frozenset[str]) -> None:
    words = R4_WORDS if release is Release.R4 else R5_WORDS
    wanted = {
        (file["id"], term["code"], SYSTEMS[one["system"]]["uri"], one["code"], one["display"], words[one["match"]])
        for file in files()
        for term in file["term"]
        for one in term.get("coding", [])
        if one["verified"] and one["map"] in {"core", "reference", *maps}
    }
    assert relations(release, maps) == wanted
    assert {word for *_, word in wanted} == set(words.values())


def test_what_is_not_equivalent_says_so_in_words() -> None:
    for one in of_type("ConceptMap").values():
        for group in one["group"]:
            targets = [target for element in group["element"] for target in element["target"]]
            assert all(target["comment"].partition(" Read in: ")[2] for target in targets)


@RELEASES
def test_terms_of_use_stand_where_the_codes_are(release: Release) -> None:
    notices = {one["uri"]: one["notice"] for one in SYSTEMS.values()}
    for one in of_type("ConceptMap", release).values():
        for group in one["group"]:
            assert notices[group["target"]] in one["copyright"]
        optional = [SYSTEMS[alias]["notice"] for alias in ("orphanet", "icd10")]
        assert not [notice for notice in optional if notice in one["copyright"]]
    assert all("Apache License 2.0" in one["copyright"] for one in exported(release).values())
    assert notices["http://unitsofmeasure.org"] in of_type("ValueSet", release)["unit"]["copyright"]


def test_the_notices_of_the_resources_agree_with_the_notice_file() -> None:
    text = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    for alias in ("loinc",):
        assert SYSTEMS[alias]["notice"] in text
    for words in ("Radiological Society of North America", "CC BY 4.0", "2025-01-16", "does not endorse"):
        assert any(words in one["notice"] for one in SYSTEMS.values())


def test_value_sets_draw_on_systems_that_are_there() -> None:
    systems = {one["url"]: {code["code"] for code in one["concept"]} for one in of_type("CodeSystem").values()}
    for one in of_type("ValueSet").values():
        for include in one["compose"]["include"]:
            assert include["system"] in systems or include["concept"]
    assert {one["valueSet"].rpartition("/")[2] for one in of_type("CodeSystem").values()} <= set(of_type("ValueSet"))
    units = of_type("ValueSet")["unit"]["compose"]["include"][0]["concept"]
    assert {unit["code"] for unit in units} == {unit.code for unit in catalog().units.values()}


@RELEASES
def test_resources_are_what_models_nobody_here_wrote_accept(release: Release) -> None:
    model_of = get_r4b_model_class if release is Release.R4 else get_fhir_model_class
    for one in exported(release).values():
        model_of(one["resourceType"]).model_validate_json(to_json(one))


def test_names_and_urls_are_unique_and_content_is_the_same_each_time() -> None:
    found = list(exported().values())
    for key in ("url", "name"):
        assert len({(one[key]) for one in found}) == len(found)
    again = terminology(load_catalog(), Release.R4, __version__)
    assert [to_json(one) for one in again] == [to_json(one) for one in found]


def test_concepts_are_unique_and_properties_are_declared() -> None:
    for one in of_type("CodeSystem").values():
        codes = [concept["code"] for concept in one["concept"]]
        assert len(set(codes)) == len(codes) == one["count"]
        declared = {known["code"] for known in one.get("property", [])}
        used: dict[str, int] = defaultdict(int)
        for concept in one["concept"]:
            for known in concept.get("property", []):
                used[known["code"]] += 1
        assert set(used) == declared


def test_a_vocabulary_of_a_site_may_not_take_the_id_of_a_system_of_the_reports(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    text = 'id = "rule"\ntitle = "Rule"\nversion = "1.0.0"\n[[term]]\ncode = "a"\ndisplay = "A"\n'
    (tmp_path / "vocabulary" / "rule.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="choose another"):
        load_catalog([tmp_path])


# --- the command ------------------------------------------------------------------------------------------------------


def written(folder: Path) -> dict[str, Json]:
    return {path.name: read_json(path) for path in folder.iterdir()}


@pytest.mark.parametrize("release", ["r4", "r5"])
def test_the_command_writes_one_file_for_each_resource(release: str, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "terms"
    result = CliRunner().invoke(main, ["terminology", "-o", str(folder), "--fhir", release])
    wanted = exported(Release[release.upper()]).values()
    assert (result.exit_code, result.stdout) == (0, f"{len(wanted)} resources written to {folder}\n")
    assert written(folder) == {file_name(one): one for one in wanted}


def test_the_command_knows_the_folder_and_the_maps_of_a_site(tmp_path: Path) -> None:
    site = ROOT / "docs" / "examples" / "site"
    arguments = ["terminology", "-o", str(tmp_path), "--site", str(site), "--map", "icd-10-who"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    found = written(tmp_path)
    assert "CodeSystem-dept-board-question.json" in found
    targets: Any = found["ConceptMap-cause.json"]["group"]
    assert "http://hl7.org/fhir/sid/icd-10" in {group["target"] for group in targets}


def test_a_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["terminology", "-o", str(tmp_path / "file" / "terms")])
    assert result.exit_code == 3
    assert "file" in result.output
