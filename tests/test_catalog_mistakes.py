"""Mistakes of a department's files that would otherwise be silent: each is refused with file, key and reason."""

import shutil
from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.catalog.source import builtin_root
from emh_report.errors import CatalogError

SITE = Path(__file__).parent.parent / "docs" / "examples" / "site"
TEMPLATE, FRAGMENT = "dept-spine-clinic.toml", "fragments/dept-board.toml"
TERMS, LIST, RULES = "vocabulary/margins.toml", "vocabulary/dept-board-question.toml", "rules/dept.toml"
UNITS, SYSTEMS = "units.toml", "vocabulary/systems.toml"
PHRASE = 'phrase = "{value} of red cells in the last 12 months"'
CASE = 'kind = "boolean"\nrequired = true\n'
WHEN = 'when = { all = [ { field = "dept-board-case", operator = "=", answer = true } ] }'
CODING = '[[term]]\ncode = "dept-x"\ndisplay = "X"\n[[term.coding]]\nsystem = "sct"\ncode = "1"\nverified = true\n'
ABOVE = 'operator = ">", answer = 0'
SILENT = [
    (
        TEMPLATE,
        'required = ["neuro-deficit-new"]',
        'required = ["creatinine-molar"]',
        "group[1]: 'creatinine-molar' is in",
    ),
    (
        TEMPLATE,
        '"comparison", "findings"',
        '"comparison", "comparison", "findings"',
        "sections: a section is there twice",
    ),
    (TEMPLATE, 'language = "en"', 'language = "de"', "language: input should be 'en'"),
    (TEMPLATE, 'use = ["critical"]', 'use = ["critical", "communication"]', "group[9].use: two groups in one"),
    (TEMPLATE, 'title = "MR spine, hematology clinic"', 'title = " "', "title: words on one line are needed"),
    (
        FRAGMENT,
        'label = "Meeting of the board"',
        'label = "Meeting\\nof the board"',
        "field.2.label: words on one line",
    ),
    (TEMPLATE, '\nuse = ["cause"]', '\nid = "context"\nuse = ["cause"]', "group.2.id: rules call what RIS and PACS"),
    (FRAGMENT, 'role = "other"', 'role = "other"\nat_least = 2', "group.dept-board.at_least: several entries"),
    (FRAGMENT, PHRASE, PHRASE.replace("value", "valeu"), "dept-red-cells.phrase: {value} is needed once"),
    (FRAGMENT, PHRASE, PHRASE.replace("value", "value} {value"), "dept-red-cells.phrase: {value} is needed once"),
    (FRAGMENT, CASE, CASE + 'phrase = "case: {value}"\n', "dept-board-case.phrase: a yes/no question has says"),
    (FRAGMENT, PHRASE, PHRASE + '\nsays = { true = "Given." }', "dept-red-cells.says: sentences are for a yes/no"),
    (FRAGMENT, CASE, f"{CASE}{WHEN}\n", "when: asked only because of each other: dept-board.dept-board-case"),
    (
        FRAGMENT,
        CASE,
        CASE + WHEN.replace("dept-board-case", "dept-board-time").replace('"="', '"exists"') + "\n",
        "when: asked only because of each other: dept-board.dept-board-case and dept-board.dept-board-time",
    ),
    (
        FRAGMENT,
        'operator = "=", answer = true',
        'operator = ">", answer = true',
        "operator: yes or no and codes have no",
    ),
    (FRAGMENT, ABOVE, 'operator = ">", answer = "NaN"', "required_when.all[0].answer: a decimal is needed"),
    (
        FRAGMENT,
        f'"dept-transfusions", {ABOVE}',
        '"context.sex", operator = "=", answer = "femal"',
        "answer: one of male, female",
    ),
    (
        FRAGMENT,
        f'"dept-transfusions", {ABOVE}',
        '"context.modality", operator = "=", answer = "MRI"',
        "answer: 'MRI' is not in the vocabulary modality",
    ),
    (FRAGMENT, ABOVE, 'operator = ">", answer = ["0", "5"]', "required_when.all[0].answer: an order has one answer"),
    (FRAGMENT, f'"dept-transfusions", {ABOVE}', '"dept-target-size", operator = "=", answer = 60', "a measurement is"),
    (
        FRAGMENT,
        f'"dept-transfusions", {ABOVE}',
        '"dept-last-transfusion", operator = "=", answer = "2024"',
        "a date is compared by",
    ),
    (
        FRAGMENT,
        f'"dept-transfusions", {ABOVE}',
        '"dept-last-transfusion", operator = ">", answer = "2024-13"',
        "answer: a date such as",
    ),
    (FRAGMENT, ABOVE, 'operator = ">", answer = 0.5', "field.5.required_when.all.0.answer: input should be"),
    (TERMS, 'id = "margins"', 'id = "margin"', "extends: there is no list of this name to add to"),
    (TERMS, "[[term]]", f'{CODING}map = "cor"\nsource = "x"\n[[term]]', "term.0.coding.0.map: input should be 'core'"),
    (LIST, 'text = "required"', 'text = "needed"', "term.other.properties.text: one of required is needed"),
    (LIST, 'display = "Radiotherapy"', 'display = "other"', "vocabulary: nobody can tell 'radiotherapy' and 'other'"),
    (LIST, 'text = "required"', 'exclusive = "yes"', "term.other.properties.exclusive: one of true is needed"),
    (
        RULES,
        'severity = "warning"',
        'severity = "error"\noverridable = true',
        "rule.DEPT-1.overridable: an error cannot",
    ),
    (RULES, 'id = "S21c"', 'id = "S21C"', "rule.S21C.disabled: there is no rule of this id to switch off"),
    (
        RULES,
        '{ field = "dept-target-size", low',
        '{ field = "dept-size", low',
        "rule.DEPT-2.params.field: no such field",
    ),
    (RULES, '{ field = "dept-target-size", low', '{ field = "size", low', "rule.DEPT-2.params.field: no such field"),
    (RULES, 'predicate = "outside"\n', WHEN + "\n", "rule.DEPT-2.params: nothing reads these"),
    (
        UNITS,
        "[[unit]]",
        '[[unit]]\ncode = "mm"\ndisplay = "mm"\ndimension = "length"\nfactor = "10"\n[[unit]]',
        "twice",
    ),
    (
        UNITS,
        "[[unit]]",
        '[[unit]]\ncode = "h"\ndisplay = "h"\ndimension = "x"\nfactor = "0"\n[[unit]]',
        "unit.0.factor",
    ),
    (
        SYSTEMS,
        "[[system]]",
        '[[system]]\nalias = "sct"\nuri = "urn:x:y"\ntitle = "X"\n[[system]]',
        "this code is there twice",
    ),
]
SITES, STUDIES, LEVELS = "vocabulary/site.toml", "vocabulary/study-type.toml", "vocabulary/vertebral-level.toml"
CAUSES, LIMITS, ROWS, TEXTS = "vocabulary/cause.toml", "thresholds.toml", "suggestions.toml", "macros.toml"
LIVER = 'laterality = "not-applicable", laterality-note'
PROPERTIES = [
    (LIST, "text =", "txt =", "term.other.properties.txt: unknown property; known are text"),
    (LIST, 'text = "required"', 'tariff = "1"', "other.properties.tariff: unknown property; known are caution, class,"),
    (SITES, LIVER, 'lateralty = "required", laterality-note', "term.liver.properties.lateralty: unknown property"),
    (
        SITES,
        LIVER,
        "laterality-note",
        "liver.properties.laterality: this property is missing; one of required,",
    ),
    (
        SITES,
        LIVER,
        'laterality = "no", laterality-note',
        "liver.properties.laterality: one of required, opt",
    ),
    (SITES, 'levels = "none"', 'levels = ["none"]', "term.liver.properties.levels: one text is needed"),
    (SITES, "state lobe or segment instead of a side", " ", "term.liver.properties.laterality-note: words are needed"),
    (CAUSES, 'kind = "physiologic"', 'kind = "drugs"', "properties.kind: one of cause, modifier, drug, physiologic"),
    (
        STUDIES,
        'modalities = ["',
        'modalities = ["MRI", "',
        "properties.modalities: one of codes of the vocabulary",
    ),
    (STUDIES, 'regions = ["', 'regions = ["belly", "', "regions: one of C, T, L, S or codes of the vocabulary body-"),
    (
        LEVELS,
        'order = "1"',
        'order = "first"',
        "term.C1.properties.order: a whole number as text, such as",
    ),
]
"""Properties of terms."""
WORDS = [
    (LIST, 'phrase = "whether to irradiate"', 'phrase = " "', "term.0.phrase: words on one line are needed"),
    (LIST, '"irradiation", "RT"', '"irradiation", ""', "term.0.synonyms.1: words on one line are needed"),
    (LIST, 'display = "Radiotherapy"', 'display = "Radiotherapy "', "term.0.display: no space at the start or end"),
    (SITES, 'code = "10200004"', 'code = "10200004 "', "term.0.coding.0.code: no space at the start or end"),
    (
        FRAGMENT,
        '"The case is for the hematology board."',
        '"The case\\nis."',
        "field.0.says.true: words on one line",
    ),
    (TEXTS, 'label = "Motion artifacts"', 'label = " "', "macro.0.label: words on one line are needed"),
    (ROWS, '"fetal", ', '"fetal MR", ', "words.0: one word of letters is needed"),
    (LIMITS, 'borrowed_from = "RECIST 1.1"', 'borrowed_from = ""', "borrowed_from: words on one line are needed"),
    (SYSTEMS, '"http://snomed.info/sct"', '"snomed.info"', "system.0.uri: does not have the form"),
]
"""Words that people or programs would read as nothing."""
PREDICATES = {
    'predicate = "repeated"\nparams = { group = "dept-bord", fields = ["dept-transfusions"] }': "params.group: no such",
    'predicate = "some-record"\nparams = { group = "finding", sit = ["spleen"] }': "params.sit: no such field: 'sit'",
    'predicate = "some-record"\nparams = { group = "finding", site = ["orbits"] }': "params.site: no such field, group",
    'predicate = "some-record"\nparams = { group = "finding", site = ["left"] }': "params.site: no such field, group",
    'predicate = "undocumented"\nparams = { "hu-men above" = "70" }': "no such field: 'hu-men'",
    'predicate = "without-value"\nparams = { fields = ["organ.site"] }': "params.fields: no such field, group or code",
    'predicate = "has-cause"\nparams = { causes = ["polycythaemia"] }': "params.causes: no such field, group",
    'predicate = "answers-none"\nparams = { }': "params: KeyError: 'at least one field with its codes'",
    'predicate = "undocumented"\nparams = { "hu-mean below" = ["-20"] }': "hu-mean below is one text",
    'predicate = "undocumented"\nparams = { iron = ["1"] }': "params.iron: no such field, group or code: '1'",
    'predicate = "outside"\nparams = { field = "size", low = "30", high = "3" }': "low is not above high",
    'predicate = "hematocrit-ratio"\nparams = { above = "50", up-to = "25" }': "up-to is larger than above",
    'predicate = "drug-before-exam"\nparams = { drugs = ["gcsf"], days = "-10" }': "days is not below 0",
}


def changed(folder: Path, name: str, right: str, wrong: str) -> Path:
    """Copy the example with one mistake; shared files of the installation are copied into it first."""
    site = shutil.copytree(SITE, folder / "site")
    if not (site / name).exists():
        shutil.copy(builtin_root() / name, site / name)
    content = (site / name).read_text(encoding="utf-8")
    assert right in content, right
    (site / name).write_text(content.replace(right, wrong, 1), encoding="utf-8")
    return site


@pytest.mark.parametrize(("name", "right", "wrong", "reason"), [*SILENT, *PROPERTIES, *WORDS])
def test_what_would_be_silent_is_refused(tmp_path: Path, name: str, right: str, wrong: str, reason: str) -> None:
    site = changed(tmp_path, name, right, wrong)
    if 'id = "margin"' in wrong:
        (site / name).rename(site / "vocabulary/margin.toml")
    with pytest.raises(CatalogError) as caught:
        load_catalog([site])
    assert reason in str(caught.value)
    assert caught.value.key
    assert str(site) in caught.value.file


@pytest.mark.parametrize("predicate", PREDICATES)
def test_a_predicate_reads_only_what_is_there(tmp_path: Path, predicate: str) -> None:
    head = 'id = "DEPT-9"\nseverity = "warning"\nscope = "finding"\ntitle = "T"\nmessage = "M"\non_unknown = "silent"'
    site = changed(tmp_path, RULES, "[[rule]]", f"[[rule]]\n{head}\n{predicate}\n[[rule]]")
    with pytest.raises(CatalogError) as caught:
        load_catalog([site])
    assert PREDICATES[predicate] in str(caught.value)
    assert caught.value.key.startswith("rule.DEPT-9.params")


def test_two_files_of_one_version_are_refused(tmp_path: Path) -> None:
    site = shutil.copytree(SITE, tmp_path / "site")
    shutil.copy(site / TEMPLATE, site / "dept-spine-clinic@1.0.0.toml")
    with pytest.raises(CatalogError, match=r"@1\.0\.0\.toml: version: dept-spine-clinic\.toml has this version too"):
        load_catalog([site])


def test_a_byte_order_mark_and_lines_of_windows_are_read(tmp_path: Path) -> None:
    site = shutil.copytree(SITE, tmp_path / "site")
    for path in site.rglob("*.toml"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    hashes = [load_catalog([one]).plan("dept-spine-clinic").template.content_hash for one in (site, SITE)]
    assert hashes[0] == hashes[1]


def test_links_are_followed_and_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    """A volume of Kubernetes has its files behind links to folders with hidden names."""
    shutil.copytree(SITE, tmp_path / "site" / "..2024")
    (tmp_path / "site" / "..data").symlink_to("..2024")
    for name in (TEMPLATE, "fragments", "vocabulary", "rules"):
        (tmp_path / "site" / name).symlink_to(f"..data/{name}")
    assert {rule.id for rule in load_catalog([tmp_path / "site"]).rules} >= {"DEPT-1", "DEPT-2"}
    (tmp_path / "site" / "macros.toml").symlink_to("..data/macros.toml")
    with pytest.raises(CatalogError, match=r"macros\.toml: not a file: a link to nothing"):
        load_catalog([tmp_path / "site"])
