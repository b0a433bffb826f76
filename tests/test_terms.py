"""The words of the vocabularies: value sets, properties that rules read, and what people type."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from emh_report.search import SearchIndex
from tests import case_files

FOLDER = Path(__file__).parent.parent / "templates" / "vocabulary"
Table = dict[str, Any]


def terms(name: str) -> dict[str, Table]:
    file = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return {term["code"]: term for term in file["term"]}


def found(name: str, typed: str) -> set[str]:
    """Return the codes whose code, display or a synonym is what was typed, whatever its case."""
    return {
        code
        for code, term in terms(name).items()
        if typed.casefold() in {text.casefold() for text in (code, term["display"], *term.get("synonyms", []))}
    }


# The value sets of the clinical evidence pack, section 3, copied by hand.
VALUE_SETS = {
    "modality": "CR DX CT MR US NM PT MG",
    "lesion-pattern": "diffuse-organ-enlargement focal-mass multifocal-masses infiltrative collection-like"
    " effusion-only microscopic-incidental",
    "lesion-number": "solitary 2-5 6-10 more-than-10 innumerable diffuse",
    "distribution": "unilateral bilateral-symmetric bilateral-asymmetric midline multicompartment",
    "margins": "smooth lobulated ill-defined infiltrative",
    "ct-attenuation": "fat low iso high mixed",
    "signal-intensity": "markedly-low low intermediate high mixed",
    "reference-tissue": "muscle marrow liver spleen cord gray-matter",
    "fat": "none microscopic macroscopic predominant not-assessable",
    "iron": "none suspected blooming not-assessable",
    "diffusion": "not-restricted restricted t2-shine-through not-done",
    "enhancement-degree": "none mild moderate marked not-given",
    "enhancement-pattern": "homogeneous heterogeneous peripheral",
    "calcification": "absent punctate coarse extensive",
    "activity": "active inactive-fatty inactive-iron mixed indeterminate",
    "echogenicity": "hyperechoic isoechoic hypoechoic mixed",
    "doppler": "none mild marked",
    "colloid-uptake": "above-marrow equal-marrow below-marrow absent not-interpretable",
    "tracer-uptake": "present absent equivocal",
    "fdg-uptake": "none at-or-below-liver above-liver",
    "bone-change": "normal rib-expansion coarse-trabeculae cortical-thinning sclerosis erosion destruction fracture"
    " canal-narrowing osteopenia",
    "marrow": "normal diffuse-low-t1 diffuse-low-t1-t2 reconversion fibrosis-sclerosis",
    "escc": "0 1a 1b 1c 2 3 not-assessable",
    "cord-signal": "normal t2-high atrophy",
    "hydronephrosis-grade": "0 1 2 3 4",
    "effusion-size": "none small moderate large",
    "hemothorax": "no suspected yes",
    "spleen-state": "normal enlarged small absent-surgical autosplenectomy-calcified not-imaged",
    "certainty": "diagnostic-of most-likely likely may-represent unlikely very-unlikely consistent-with",
    "diagnosis-basis": "known-histology histology-this-episode scintigraphy-supported imaging-plus-clinical"
    " imaging-only",
    "change-status": "resolved decreased stable increased new not-comparable",
    "character-change": "fatty-conversion iron-increase signal-change hemorrhage",
    "urgency": "cat-1 cat-2 cat-3 routine",
    "recommendation": "no-further interval-imaging whole-spine-mr tc-99m-sc-scan biopsy avoid-biopsy"
    " hematology-referral neurosurgery-urgent radiotherapy-discussion clinical-correlation",
    "laterality": "left right bilateral midline unspecified",
    "cause-status": "established suspected excluded",
    "communication-status": "communicated pending",
}


@pytest.mark.parametrize("name", sorted(VALUE_SETS))
def test_value_sets_hold_every_value_of_the_evidence(name: str) -> None:
    assert set(VALUE_SETS[name].split()) - set(terms(name)) == set()


def test_there_are_55_sites_and_55_causes() -> None:
    assert (len(terms("site")), len(terms("cause"))) == (55, 55)


def test_site_properties() -> None:
    for code, term in terms("site").items():
        properties = term["properties"]
        assert properties["laterality"] in {"required", "optional", "not-applicable", "as-organ"}, code
        assert properties["levels"] in {"required", "optional", "none"}, code
        assert set(properties.get("regions", [])) <= set("CTLS"), code
        assert bool(properties.get("regions")) == (properties["levels"] != "none"), code
    sexes = {code: term["properties"].get("sex") for code, term in terms("site").items()}
    assert {code for code, sex in sexes.items() if sex == "female"} == {"ovary", "uterus", "broad-ligament"}
    assert {code for code, sex in sexes.items() if sex == "male"} == {"prostate", "testis"}


def test_cause_kinds_keep_drugs_and_modifiers_apart() -> None:
    kinds = {code: term["properties"]["kind"] for code, term in terms("cause").items()}
    assert set(kinds.values()) == {"cause", "modifier", "drug", "physiologic"}
    assert {code for code, kind in kinds.items() if kind == "modifier"} == {"post-splenectomy"}
    assert {code for code, kind in kinds.items() if kind == "physiologic"} == {"physiologic-fetal"}


def test_a_vocabulary_with_an_other_term_asks_for_text() -> None:
    for path in FOLDER.glob("*.toml"):
        if path.stem not in {"systems", "fixed"} and "other" in terms(path.stem):
            assert terms(path.stem)["other"].get("properties", {}).get("text") == "required", path.stem


def test_certainty_bands_follow_each_other_and_leave_out_words_that_are_misread() -> None:
    bands = [(int(p["low"]), int(p["high"])) for t in terms("certainty").values() if "low" in (p := t["properties"])]
    assert bands == [(100, 100), (90, 100), (75, 90), (25, 75), (5, 25), (0, 5)]
    words = {text for term in terms("certainty").values() for text in (term["display"], *term.get("synonyms", []))}
    assert [word for word in words if "suspicious" in word.casefold() or "worrisome" in word.casefold()] == []


def test_vertebral_levels_are_in_craniocaudal_order() -> None:
    levels = terms("vertebral-level")
    expected = [f"{region}{i}" for region, top in zip("CTLS", (7, 13, 6, 5), strict=True) for i in range(1, top + 1)]
    assert list(levels) == expected
    assert [int(term["properties"]["order"]) for term in levels.values()] == list(range(1, 32))


def test_complications_say_their_kind_and_urgency() -> None:
    for code, term in terms("complication").items():
        properties = term["properties"]
        assert properties["kind"] in {"finding", "symptom", "procedure-related", "outcome"}, code
        assert ("urgency" in properties) == (properties["kind"] != "outcome"), code
        assert properties.get("urgency", "routine") in terms("urgency"), code
        assert ("urgency-escalated" in properties) == ("escalate-when" in properties), code


def test_differentials_name_groups_of_sites() -> None:
    groups = {term["group"] for term in terms("site").values()}
    for code, term in terms("differential").items():
        assert set(term["properties"].get("sites", [])) <= groups, code


ABBREVIATIONS = {
    "PMF": "primary-myelofibrosis",
    "MMM": "primary-myelofibrosis",
    "PPMM": "post-pv-myelofibrosis",
    "HbSS": "sickle-cell-disease-hbss",
    "SCA": "sickle-cell-disease-hbss",
    "SCD": "sickle-cell-disease-unspecified",
    "HbSC": "sickle-cell-disease-hbsc",
    "TI": "beta-thalassemia-intermedia",
    "TM": "beta-thalassemia-major",
    "PV": "polycythemia-vera",
    "ET": "essential-thrombocythemia",
    "CML": "chronic-myeloid-leukemia",
    "MDS": "myelodysplastic-syndrome",
    "AML": "acute-leukemia",
    "HS": "hereditary-spherocytosis",
    "AIHA": "autoimmune-hemolytic-anemia",
    "PKD": "pyruvate-kinase-deficiency",
    "CDA": "congenital-dyserythropoietic-anemia",
    "G-CSF": "gcsf-therapy",
    "autoimmune haemolytic anaemia": "autoimmune-hemolytic-anemia",
    "chronic myeloid leukaemia": "chronic-myeloid-leukemia",
    "polycythaemia vera": "polycythemia-vera",
}


@pytest.mark.parametrize("typed", sorted(ABBREVIATIONS))
def test_abbreviations_and_british_spelling_name_one_cause(typed: str) -> None:
    assert found("cause", typed) == {ABBREVIATIONS[typed]}


AMBIGUOUS = {
    ("cause", "MM"): "plasma-cell-neoplasm primary-myelofibrosis",
    ("cause", "TDT"): "beta-thalassemia-major hbe-beta-thalassemia",
    ("cause", "NTDT"): "beta-thalassemia-intermedia hbe-beta-thalassemia hemoglobin-h-disease",
    ("cause", "myelofibrosis"): "primary-myelofibrosis post-pv-myelofibrosis post-et-myelofibrosis",
    ("site", "cord"): "epidural-spinal spinal-nerve-root testis placenta",
    ("site", "extradural"): "epidural-spinal intracranial-dural",
    ("site", "posterior mediastinum"): "paraspinal-thoracic",
    ("site", "post med"): "paraspinal-thoracic",
    ("site", "paravertebral"): "paraspinal-thoracic paraspinal-cervical paraspinal-lumbar paraspinal-unspecified",
    ("site", "mediastinum"): "paraspinal-thoracic mediastinum-unspecified",
    ("site", "thorax"): "paraspinal-thoracic mediastinum-unspecified pleura lung",
    ("site", "pelvis"): "presacral pelvis-other renal-pelvis",
    ("site", "sinus"): "paranasal-sinus renal-pelvis",
    ("site", "axilla"): "lymph-node",
    ("recommendation", "CT"): "further-imaging interval-imaging",
    ("fdg-uptake", "mild"): "",
    ("portal-finding", "PVT"): "portal-vein-thrombosis",
    ("drug", "enoxaparin"): "anticoagulant",
}


@pytest.mark.parametrize(("name", "typed"), sorted(AMBIGUOUS))
def test_an_ambiguous_text_lists_every_candidate(name: str, typed: str) -> None:
    assert found(name, typed) == set(AMBIGUOUS[name, typed].split())


WRONG = {
    "complication": "myelomalacia;cord signal;spinal stenosis;canal narrowing;hydrops;dyspnoea;ileus;ventriculomegaly"
    ";TR;optic neuropathy;incidental mass",
    "spleen-state": "not seen",
    "liver-state": "not seen",
    "bone-change": "scalloping",
    "differential": "heart failure;ovarian cyst;thrombus",
    "calcification": "dense",
    "radiograph-sign": "ileus",
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_text_that_means_something_else_finds_no_term(name: str) -> None:
    assert [typed for typed in WRONG[name].split(";") if found(name, typed)] == []


def test_weakness_of_a_leg_is_not_paraparesis() -> None:
    assert found("complication", "leg weakness") == {"limb-weakness"}


def test_a_number_of_lesions_is_found_first_by_its_figure() -> None:
    index = SearchIndex(case_files.catalog().vocabularies)
    found_first = [index.search(str(number), "lesion-number")[0].term.code for number in range(1, 11)]
    assert found_first == ["solitary", *["2-5"] * 4, *["6-10"] * 5]
