"""The vocabulary files: structure, check digits, licensing of codes, and what may leave the house."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
FOLDER = HERE.parent / "templates" / "vocabulary"
Table = dict[str, Any]


def load(name: str) -> Table:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


RESERVED = {"systems", "fixed"}
VOCABULARIES = {path.stem: load(path.stem) for path in sorted(FOLDER.glob("*.toml")) if path.stem not in RESERVED}
SYSTEMS = {system["alias"]: system for system in load("systems")["system"]}
FIXED: list[Table] = load("fixed")["fixed"]
GPS = frozenset((HERE / "data" / "gps_codes.txt").read_text(encoding="ascii").split())
TERMS: list[tuple[str, Table]] = [(name, term) for name, file in VOCABULARIES.items() for term in file["term"]]
CODINGS: list[tuple[str, str, Table]] = [
    (name, term["code"], coding) for name, term in TERMS for coding in term.get("coding", [])
]
MATCHES = {"equivalent", "broader", "narrower", "related"}
MAPS = {"core", "snomed-affiliate", "orphanet", "icd-10-who", "reference"}
EMITTABLE = MAPS - {"reference"}
CORE_SYSTEMS = {"sct", "radlex", "loinc", "dcm", "icd10cm", "hpo", "ucum", "v2-0074"}


def emitted(term: Table, maps: set[str]) -> list[Table]:
    return [
        coding
        for coding in term.get("coding", [])
        if coding["verified"]
        and coding.get("match", "equivalent") == "equivalent"
        and coding.get("map", "core") in maps
    ]


def silent(name: str, maps: set[str]) -> set[str]:
    return {term["code"] for term in VOCABULARIES[name]["term"] if not emitted(term, maps)}


# --- check digits: written from the standards, not from the code that made the files ---------------------------------

VERHOEFF_D = (
    "0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210"
)
VERHOEFF_P = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258"


def is_sctid(code: str) -> bool:
    """Check length, partition and the Verhoeff digit of a SNOMED CT concept identifier (SNOMED TIG, SCTID)."""
    times, shuffle = VERHOEFF_D.split(), VERHOEFF_P.split()
    check = 0
    for position, digit in enumerate(reversed(code)):
        check = int(times[check][int(shuffle[position % 8][int(digit)])])
    return bool(re.fullmatch(r"[1-9]\d{5,17}", code)) and code[-3:-1] in {"00", "10"} and check == 0


def is_loinc(code: str) -> bool:
    """Check the mod 10 digit of a LOINC number (LOINC Users' Guide); of a part number (LP) only the shape."""
    match = re.fullmatch(r"(\d{1,7})-(\d)", code)
    if not match:
        return bool(re.fullmatch(r"LP\d{1,7}-\d", code))
    digits = [int(digit) for digit in reversed(match[1])]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return (10 - sum(doubled) % 10) % 10 == int(match[2])


SHAPES = {
    "radlex": r"RID\d{1,5}",
    "hpo": r"HP:\d{7}",
    "radelement": r"RDES\d{1,3}",
    "dcm": r"\d{6}|[A-Z]{2,8}",
    "icd10cm": r"[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
    "icd10": r"[A-Z]\d\d(\.\d)?",
    "orphanet": r"\d{1,6}",
    "oidm": r"OIFM_[A-Z]+_\d{6}",
    "mondo": r"MONDO:\d{7}",
    "ncit": r"C\d{3,6}",
    "mesh": r"D\d{6,9}",
    "uberon": r"UBERON:\d{7}",
}


@pytest.mark.parametrize(("code", "good"), [("22298006", True), ("22298007", False), ("39607008", True), ("12", False)])
def test_the_check_of_sctids_itself(code: str, *, good: bool) -> None:
    assert is_sctid(code) is good


@pytest.mark.parametrize(("code", "good"), [("59776-5", True), ("59776-4", False), ("LP29684-5", True), ("x-1", False)])
def test_the_check_of_loinc_numbers_itself(code: str, *, good: bool) -> None:
    assert is_loinc(code) is good


def test_every_code_has_the_shape_of_its_system() -> None:
    codes = {(coding["system"], coding["code"]) for _, _, coding in CODINGS}
    codes |= {(fixed["system"], fixed["code"]) for fixed in FIXED}
    assert [code for system, code in codes if system == "sct" and not is_sctid(code)] == []
    assert [code for system, code in codes if system == "loinc" and not is_loinc(code)] == []
    assert [code for system, code in codes if system in SHAPES and not re.fullmatch(SHAPES[system], code)] == []


# --- structure -------------------------------------------------------------------------------------------------------


def test_files_are_named_after_their_id_and_terms_are_unique() -> None:
    assert [name for name, file in VOCABULARIES.items() if file["id"] != name] == []
    twice = Counter((name, term["code"]) for name, term in TERMS)
    assert [key for key, count in twice.items() if count > 1] == []


def test_every_term_says_what_it_means() -> None:
    assert [(name, term["code"]) for name, term in TERMS if not term.get("definition", "").endswith(".")] == []


def test_every_coding_is_complete_and_in_a_known_system_and_map() -> None:
    for name, code, coding in CODINGS:
        assert coding["system"] in SYSTEMS, (name, code)
        assert coding.get("match", "equivalent") in MATCHES, (name, code)
        assert coding.get("map", "core") in MAPS, (name, code)
        assert coding["source"], (name, code)


def test_a_code_stands_once_in_a_term_and_means_one_term() -> None:
    inside = Counter((name, code, coding["system"], coding["code"]) for name, code, coding in CODINGS)
    assert [key for key, count in inside.items() if count > 1] == []
    shared = Counter((name, coding["system"], coding["code"]) for name, term in TERMS for coding in emitted(term, MAPS))
    # two questions may share a property code, because the organ is told apart by its body site
    assert [key for key, count in shared.items() if count > 1 and key[0] != "observable"] == []


def test_evidence_references_exist() -> None:
    references = {reference for _, term in TERMS for reference in term.get("refs", [])}
    assert references <= {f"R{number}" for number in range(1, 74)}


def test_labels_are_in_american_spelling() -> None:
    british = re.compile(r"haem|anaem|oedema|tumour|leukaem|thalassaem|grey|foet|paediatr|colour|fibre", re.IGNORECASE)
    texts = [(term["code"], term["display"], term.get("phrase", ""), term["definition"]) for _, term in TERMS]
    assert [text for text in texts if british.search(" ".join(text))] == []


def test_systems_are_unique_and_have_a_uri() -> None:
    assert len(SYSTEMS) == len(load("systems")["system"])
    assert [alias for alias, system in SYSTEMS.items() if not system["uri"].startswith("http")] == []


# --- what may leave the house ----------------------------------------------------------------------------------------


def test_the_core_map_has_only_snomed_codes_of_the_global_patient_set() -> None:
    snomed = [(coding["code"], coding.get("map", "core")) for _, _, coding in CODINGS if coding["system"] == "sct"]
    assert {code for code, map_id in snomed if map_id == "core"} - GPS == set()
    assert {map_id for code, map_id in snomed if code not in GPS} <= {"snomed-affiliate"}
    assert {map_id for code, map_id in snomed if code in GPS} <= {"core"}


def test_the_list_of_global_patient_set_codes_has_nothing_unused() -> None:
    used = {coding["code"] for _, _, coding in CODINGS if coding["system"] == "sct"}
    used |= {fixed["code"] for fixed in FIXED if fixed["system"] == "sct"}
    assert used >= GPS
    assert [code for code in GPS if not is_sctid(code)] == []


def test_maps_keep_to_their_systems() -> None:
    home = {"snomed-affiliate": {"sct"}, "orphanet": {"orphanet"}, "icd-10-who": {"icd10"}, "core": CORE_SYSTEMS}
    for name, code, coding in CODINGS:
        map_id = coding.get("map", "core")
        if map_id == "reference":
            assert coding["system"] not in CORE_SYSTEMS | {"orphanet", "icd10"}, (name, code)
        else:
            assert coding["system"] in home[map_id], (name, code)


def test_unverified_codes_are_known_and_never_emitted() -> None:
    unverified = {coding["code"] for _, _, coding in CODINGS if not coding["verified"]}
    snomed = {"42952007", "124958002", "243961003", "281903009", "124331002", "62403005"}
    assert unverified == snomed | {"7203", "9604", "14773"}  # the last three are of FMA
    leaving = {coding["code"] for _, term in TERMS for coding in emitted(term, EMITTABLE)}
    assert unverified & leaving == set()


def test_every_emitted_code_has_a_display_except_those_of_who() -> None:
    bare = {
        coding["system"] for _, term in TERMS for coding in emitted(term, EMITTABLE) if not coding.get("display", "")
    }
    assert bare <= {"icd10"}


def test_titles_of_who_are_not_shipped() -> None:
    assert [coding for _, _, coding in CODINGS if coding["system"] == "icd10" and coding.get("display", "")] == []


@pytest.mark.parametrize(
    ("name", "code", "external"),
    [
        ("cause", "primary-myelofibrosis", "52967002"),  # myelofibrosis of any kind
        ("cause", "primary-myelofibrosis", "D47.4"),  # holds secondary myelofibrosis too
        ("cause", "beta-thalassemia-major", "D56.1"),  # holds intermedia too
        ("cause", "beta-thalassemia-intermedia", "D56.1"),  # holds major too
        ("cause", "beta-thalassemia-major", "26682008"),  # a genotype
        ("cause", "sickle-cell-disease-hbss", "D57.1"),  # without crisis
        ("cause", "sickle-cell-disease-unspecified", "D57"),  # holds the trait
        ("cause", "metastatic-marrow-replacement", "94222008"),  # one bone metastasis is enough
        ("cause", "chronic-hemolytic-anemia-other", "D58.9"),  # hereditary only
        ("cause", "plasma-cell-neoplasm", "109989006"),  # myeloma only
        ("cause", "unknown", "261665006"),  # a qualifier, not a condition
        ("site", "renal-pelvis", "25990002"),  # calyces are missing
        ("site", "ovary", "15497006"),  # tube is missing
        ("site", "testis", "40689003"),  # epididymis is missing
        ("site", "paraspinal-unspecified", "RID7572"),  # a deep space of the neck
        ("site", "mediastinum-unspecified", "72410000"),  # stands for other thoracic sites too
        ("certainty", "may-represent", "RID34"),  # "possibly" has no percentage
        ("diagnosis", "extramedullary-hematopoiesis", "443230004"),  # myeloid metaplasia
        ("site", "epidural-spinal", "RID20048"),  # ours is any intraspinal place
        ("observable", "node-short-axis", "103340004"),  # the short axis of anything
        ("observable", "lesion-volume", "118565006"),  # the volume of anything
        ("observable", "lesion-volume", "RID28668"),  # the volume of anything
        ("observable", "emh-certainty", "111012"),  # the certainty of any finding
        ("observable", "hemothorax", "31892009"),  # a disorder, not the question for it
    ],
)
def test_near_matches_are_kept_but_not_emitted(name: str, code: str, external: str) -> None:
    term = next(term for term in VOCABULARIES[name]["term"] if term["code"] == code)
    assert external in {coding["code"] for coding in term["coding"]}
    assert external not in {coding["code"] for coding in emitted(term, EMITTABLE)}


SITES_WITHOUT_CODE = """paraspinal-thoracic paraspinal-cervical paraspinal-lumbar paraspinal-unspecified rib
 epidural-spinal
 spinal-nerve-root mediastinum-unspecified airway-larynx renal-pelvis mesentery joint-synovium intracranial-dural
 intracranial-subdural intracranial-parenchymal paranasal-sinus middle-ear salivary-gland ovary testis pelvis-other
 transplant-organ other"""

CAUSES_WITHOUT_CODE = """physiologic-fetal fetal-neonatal-anemia alpha-thalassemia hb-lepore-other mechanical-hemolysis
 chronic-hemolytic-anemia-other aplastic-anemia post-et-myelofibrosis cmml-mds-mpn systemic-mastocytosis
 plasma-cell-neoplasm metastatic-marrow-replacement solid-tumor-without-proven-marrow-replacement
 hemophagocytic-lymphohistiocytosis gcsf-therapy erythropoiesis-stimulating-therapy luspatercept-therapy
 post-chemotherapy-or-transplant cyanotic-hypoxic-state post-traumatic idiopathic unknown other"""

CAUSES_ONLY_IN_OPTIONAL_MAPS = """beta-thalassemia-major beta-thalassemia-intermedia hemoglobin-h-disease
 post-pv-myelofibrosis"""


def test_sites_and_causes_without_a_code_are_known() -> None:
    assert silent("site", {"core"}) == silent("site", EMITTABLE) == set(SITES_WITHOUT_CODE.split())
    assert silent("cause", EMITTABLE) == set(CAUSES_WITHOUT_CODE.split())
    assert silent("cause", {"core"}) == set(f"{CAUSES_WITHOUT_CODE} {CAUSES_ONLY_IN_OPTIONAL_MAPS}".split())


# --- the fixed codes of profiles -------------------------------------------------------------------------------------


def test_fixed_codes_are_unique_sourced_and_in_a_known_system() -> None:
    assert max(Counter(fixed["key"] for fixed in FIXED).values()) == 1
    for fixed in FIXED:
        assert set(fixed) == {"key", "system", "code", "display", "source"}
        assert fixed["system"] in SYSTEMS
        assert fixed["source"]


def test_fixed_snomed_codes_outside_the_global_patient_set_are_known() -> None:
    snomed = {fixed["code"] for fixed in FIXED if fixed["system"] == "sct"}
    assert snomed - GPS == {"705057003", "314789007", "67734004", "737561001"}
