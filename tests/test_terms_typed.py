"""What people type: which term it is read as, which terms it lists, and which it must not be taken for."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.search import SearchIndex
from emh_report.web.terms import address
from emh_report.web.typed.terms import Index
from tests import case_files

FOLDER = Path(__file__).parent.parent / "templates" / "vocabulary"


@functools.cache
def search() -> SearchIndex:
    return SearchIndex(case_files.catalog().vocabularies)


def read(name: str, typed: str) -> str:
    """Return the code that the form reads; empty where it is none, or several."""
    return Index(case_files.catalog().vocabularies[name]).code(typed)


SIGNS = {
    ("mr-sequence", "T2*"): "t2-star",
    ("mr-sequence", "T2 star"): "t2-star",
    ("mr-sequence", "R2*"): "t2-star",
    ("mr-sequence", "T2"): "t2",
    ("cause", "β-thalassemia"): "beta-thalassemia-unspecified",
    ("cause", "β-thalassaemia intermedia"): "beta-thalassemia-intermedia",
    ("cause", "\u03b1-thal"): "alpha-thalassemia",
}


@pytest.mark.parametrize(("name", "typed"), sorted(SIGNS))
def test_signs_are_not_left_out_of_what_is_typed(name: str, typed: str) -> None:
    assert read(name, typed) == SIGNS[name, typed]
    assert search().search(typed, name)[0].term.code == SIGNS[name, typed]


def test_a_list_that_is_found_by_other_words_has_another_address(tmp_path: Path) -> None:
    drugs = (FOLDER / "drug.toml").read_text(encoding="utf-8")
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "drug.toml").write_text(drugs.replace('"Revlimid"', '"Lenalid"'), encoding="utf-8")
    ours, theirs = case_files.catalog(), load_catalog([tmp_path])
    before, after = (one.plan("emh-ct-body").template for one in (ours, theirs))
    assert before.content_hash == after.content_hash, "the same answers"
    assert address(ours, before) != address(theirs, after), "a browser keeps what it had under the first"


SEVERAL = {
    "site": "paraspinal mass: paraspinal-thoracic paraspinal-cervical paraspinal-lumbar paraspinal-unspecified"
    "; neck: lymph-node paraspinal-cervical soft-tissue; chest wall: rib soft-tissue; subcutaneous: skin soft-tissue"
    "; hilar: lymph-node mediastinum-unspecified; para-aortic: lymph-node retroperitoneum"
    "; hepatosplenomegaly: liver spleen"
    "; spine: epidural-spinal paraspinal-thoracic paraspinal-cervical paraspinal-lumbar paraspinal-unspecified",
    "cause": "HbE: hbe-beta-thalassemia hb-lepore-other; newborn: physiologic-fetal fetal-neonatal-anemia"
    "; carcinoma: metastatic-marrow-replacement solid-tumor-without-proven-marrow-replacement"
    "; Hb Constant Spring: alpha-thalassemia hemoglobin-h-disease",
    "differential": "paraganglioma: neurogenic-tumor pheochromocytoma cholesteatoma"
    "; adenoma: adrenal-adenoma focal-nodular-lesion pituitary-adenoma; abscess: tuberculous-abscess infection"
    "; IgG4: idiopathic-orbital-inflammation retroperitoneal-fibrosis"
    "; pseudotumour: idiopathic-orbital-inflammation gaucheroma"
    "; carcinomatosis: peritoneal-carcinomatosis lymphangitic-carcinomatosis",
    "complication": "cord: spinal-cord-compression cord-edema; myelopathy: spinal-cord-compression cord-edema"
    "; effusion: pleural-effusion pericardial-effusion; paralysis: paraplegia acute-flaccid-quadriplegia",
    "symptom": "paralysis: paraplegia quadriplegia; motor deficit: weakness leg-weakness arm-weakness"
    "; cauda equina syndrome: saddle-anesthesia sphincter-disturbance",
    "contrast": "IV contrast: iv-iodinated iv-gadolinium",
    "drug": "JAK inhibitor: ruxolitinib other-jak-inhibitor",
    "modality": "PET/CT: PT CT; SPECT/CT: NM CT",
    "lesion-pattern": "diffuse: diffuse-organ-enlargement infiltrative",
    "bone-change": "expansion: bone-expansion rib-expansion",
    "portal-finding": "splanchnic thrombosis: portal-vein-thrombosis splenic-vein-thrombosis hepatic-vein-thrombosis"
    " mesenteric-vein-thrombosis",
    "adjacent-effect": "SVC: vessel-involvement venous-obstruction",
    "diagnosis-basis": "biopsy-proven: known-histology histology-this-episode",
    "transfusion-status": "NTDT: none occasional",
}


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_what_means_several_terms_is_read_as_none_and_lists_them_first(name: str) -> None:
    for said in SEVERAL[name].split("; "):
        typed, codes = said.split(": ")
        listed = [match.term.code for match in search().search(typed, name)]
        assert read(name, typed) == "", typed
        assert set(listed[: len(codes.split())]) == set(codes.split()), typed


ONE = {
    "site": "presacral mass: presacral; ribs: rib; perirenal rind: perirenal; falx cerebri: intracranial-dural",
    "cause": "RARS: myelodysplastic-syndrome; Hb Bart's: alpha-thalassemia"
    "; paroxysmal nocturnal haemoglobinuria: chronic-hemolytic-anemia-other; Waldenström: lymphoma",
    "differential": "metastases: metastasis; osteomyelitis: infection"
    "; synovial chondromatosis: synovial-chondromatosis",
    "bone-change": "osteoporosis: osteopenia; vertebral collapse: fracture; widened ribs: rib-expansion",
    "portal-finding": "SMV thrombosis: mesenteric-vein-thrombosis",
    "complication": "urinary retention: sphincter-disturbance; tetraparesis: limb-weakness"
    "; SMV thrombosis: splanchnic-thrombosis; hydroureteronephrosis: hydronephrosis",
    "symptom": "unable to walk: gait-disturbance; sensory level: sensory-disturbance; foot drop: leg-weakness"
    "; urinary incontinence: sphincter-disturbance; drowsiness: decreased-consciousness",
    "organ": "kidneys: kidney; lungs: lung; adrenals: adrenal",
    "change-status": "PR: decreased; PD: increased; SD: stable; CR: resolved",
    "level-numbering": "C2: from-c2; T1: from-t1; last rib: from-last-rib; L5: from-l5",
    "body-region": "thigh: extremity",
    "escc": "Bilsky 1b: 1b; ESCC 2: 2",
    "hydronephrosis-grade": "SFU 3: 3",
    "node-station": "para-aortic: retroperitoneal; porta hepatis: hepatic",
    "mr-sequence": "out of phase: in-opposed-phase; T1 post gad: post-contrast",
    "tracer": "Tc-99m SC: tc99m-sulfur-colloid",
    "spleen-feature": "nodules: focal-lesion; infarcts: infarct",
    "drug": "desferrioxamine: chelation; Jakavi: ruxolitinib",
}


@pytest.mark.parametrize("name", sorted(ONE))
def test_what_means_one_term_is_read_as_it(name: str) -> None:
    said = [pair.split(": ") for pair in ONE[name].split("; ")]
    assert [(typed, read(name, typed)) for typed, _ in said] == [(typed, code) for typed, code in said]


ANOTHER = {
    "cause": "storage disease; asplenia; congenital heart disease",
    "complication": "spasticity",
    "differential": "histiocytosis; IBD; bone dysplasia; hamartoma",
    "drug": "pomalidomide",
    "history-item": "chemotherapy",
    "symptom": "nausea",
}
"""These are more than the term they were read as: asplenia may be functional, nausea is no vomiting."""


@pytest.mark.parametrize("name", sorted(ANOTHER))
def test_what_is_wider_than_a_term_is_not_read_as_it(name: str) -> None:
    assert [typed for typed in ANOTHER[name].split("; ") if read(name, typed)] == []
