"""A department's own folder: what it can change, and that everything wrong in it is refused by file, key and reason."""

from pathlib import Path

import pytest

from emh_report.catalog import Catalog, load_catalog
from emh_report.catalog.source import builtin_root
from emh_report.errors import CatalogError, NotFoundError

TEMPLATE = """
id = "dept-quick"
title = "Quick"
version = "1.0.0"
description = "A department's own."
study_types = []
sections = ["findings"]
[[group]]
id = "quick"
title = "Quick"
section = "findings"
  [[group.field]]
  id = "dept-seen"
  label = "Seen"
  kind = "boolean"
  required = true
  [[group.field]]
  id = "dept-size"
  label = "Size"
  kind = "quantity"
  units = ["mm", "cm"]
  range = ["1", "500"]
  when = { all = [ { field = "dept-seen", operator = "=", answer = true } ] }
"""

VOCABULARY = """
id = "margins"
title = "Margins"
version = "1.0.1"
extends = true
[[term]]
code = "spiculated"
display = "Spiculated"
"""

RULE = """
[[rule]]
id = "D01"
severity = "warning"
scope = "quick"
title = "Large"
message = "larger than this department expects"
field = "dept-size"
when = { all = [ { field = "dept-size", operator = ">", answer = "100" } ] }
on_unknown = "silent"
"""

PLAIN = RULE.replace('scope = "quick"', 'scope = "finding"').replace("dept-size", "size")


def site(folder: Path, files: dict[str, str]) -> Catalog:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return load_catalog([folder])


@pytest.fixture(scope="module")
def ours() -> Catalog:
    return load_catalog()


def test_the_installation_has_twelve_templates(ours: Catalog) -> None:
    assert len(ours.templates) == 12
    assert [template.id for template in ours.templates] == sorted(template.id for template in ours.templates)


def test_every_group_ends_with_a_remark(ours: Catalog) -> None:
    for template in ours.templates:
        for group in template.groups.values():
            assert list(group.fields)[-1] == "remark"


def test_every_section_of_a_template_has_a_group_with_a_remark(ours: Catalog) -> None:
    for template in ours.templates:
        with_remark = {group.section for group in template.groups.values() if "remark" in group.fields}
        assert with_remark == {term.code for term in template.sections}


def test_a_hash_is_stable_and_tells_templates_apart(ours: Catalog) -> None:
    again = load_catalog()
    hashes = [template.content_hash for template in ours.templates]
    assert [template.content_hash for template in again.templates] == hashes
    assert len(set(hashes)) == len(hashes)


def test_a_department_adds_template_term_and_rule_without_python(tmp_path: Path, ours: Catalog) -> None:
    catalog = site(tmp_path, {"dept-quick.toml": TEMPLATE, "vocabulary/margins.toml": VOCABULARY, "rules/d.toml": RULE})
    assert catalog.plan("dept-quick").template.groups["quick"].fields["dept-size"].required is False
    assert "spiculated" in catalog.vocabulary("margins").terms
    assert catalog.vocabulary("margins").terms.keys() > ours.vocabulary("margins").terms.keys()
    assert [rule.id for rule in catalog.plan("dept-quick").groups["quick"].rules] == ["D01"]


def test_a_changed_vocabulary_changes_the_hash_of_the_templates_that_use_it(tmp_path: Path, ours: Catalog) -> None:
    catalog = site(tmp_path, {"vocabulary/margins.toml": VOCABULARY})
    assert catalog.plan("emh-ct-body").template.content_hash != ours.plan("emh-ct-body").template.content_hash


def test_a_department_overrides_and_switches_off_rules(tmp_path: Path, ours: Catalog) -> None:
    chosen = next(rule for rule in ours.plan("emh-ct-body").groups["finding"].rules)
    off = PLAIN.replace("D01", chosen.id) + "disabled = true\n"
    catalog = site(tmp_path, {"rules/off.toml": off})
    assert {rule.id for rule in ours.rules} - {rule.id for rule in catalog.rules} == {chosen.id}


def test_a_department_may_lower_an_urgency_when_it_says_so(tmp_path: Path) -> None:
    rule = PLAIN.replace("D01", "A01a") + 'urgency = "cat-3"\nlowers_urgency = true\n'
    (tmp_path / "README").write_text("Kept beside the rules.", encoding="utf-8")
    catalog = site(tmp_path, {"rules/d.toml": rule, "LICENSE.txt": "x", ".git/config": "x"})
    assert next(found for found in catalog.rules if found.id == "A01a").urgency == "cat-3"


def test_several_versions_of_a_template_live_side_by_side(tmp_path: Path) -> None:
    newer = TEMPLATE.replace('"1.0.0"', '"1.10.0"')
    catalog = site(tmp_path, {"dept-quick@1.0.0.toml": TEMPLATE, "dept-quick.toml": newer})
    assert catalog.plan("dept-quick").template.version == "1.10.0"
    assert catalog.plan("dept-quick", "1.0.0").template.version == "1.0.0"
    with pytest.raises(NotFoundError, match=r"1\.0\.0"):
        catalog.plan("dept-quick", "2.0.0")


NESTED = TEMPLATE.replace("all = [ {", "all = [ { all = [ {").replace("} ] }\n", "} ] } ] }\n")
ELSEWHERE = TEMPLATE.replace('section = "findings"', 'section = "impression"')

WRONG = {
    "not TOML": ("dept-quick.toml", "id = ", "not TOML"),
    "unknown key": ("dept-quick.toml", TEMPLATE + 'colour = "red"\n', "colour"),
    "wrong name": ("other.toml", TEMPLATE, "file's name"),
    "wrong type": ("dept-quick.toml", TEMPLATE.replace("required = true", 'required = "yes"'), "required"),
    "bad version": ("dept-quick.toml", TEMPLATE.replace('"1.0.0"', '"one"'), "version"),
    "no such fragment": ("dept-quick.toml", TEMPLATE.replace("[[group]]", '[[group]]\nuse = ["nope"]', 1), "nope"),
    "no such unit": ("dept-quick.toml", TEMPLATE.replace('"cm"', '"furlong"'), "furlong"),
    "mixed units": ("dept-quick.toml", TEMPLATE.replace('"cm"', '"mL"'), "one dimension"),
    "no such vocabulary": (
        "dept-quick.toml",
        TEMPLATE.replace('kind = "boolean"', 'kind = "coded"\n  vocabulary = "nope"'),
        "nope",
    ),
    "coded without vocabulary": ("dept-quick.toml", TEMPLATE.replace('"boolean"', '"coded"'), "vocabulary"),
    "yes and no": ("dept-quick.toml", TEMPLATE.replace('"boolean"', '"boolean"\n  repeats = true'), "one answer"),
    "no such field in when": ("dept-quick.toml", TEMPLATE.replace('field = "dept-seen"', 'field = "nope"'), "nope"),
    "answer of wrong type": ("dept-quick.toml", TEMPLATE.replace("answer = true", 'answer = "maybe"'), "true or false"),
    "order of a boolean": ("dept-quick.toml", TEMPLATE.replace('operator = "="', 'operator = "~"'), "operator"),
    "nested when": ("dept-quick.toml", NESTED, "nest"),
    "range upside down": ("dept-quick.toml", TEMPLATE.replace('["1", "500"]', '["500", "1"]'), "range"),
    "section not listed": ("dept-quick.toml", ELSEWHERE, "section"),
    "field twice": ("dept-quick.toml", TEMPLATE.replace('"dept-size"', '"dept-seen"'), "twice"),
    "same id, other meaning": (
        "dept-quick.toml",
        TEMPLATE.replace('"dept-size"', '"spleen-length"').replace('["mm", "cm"]', '["mm"]'),
        "something else",
    ),
    "file in the wrong place": ("templates/dept-quick.toml", TEMPLATE, "folders"),
    "term without display": ("vocabulary/margins.toml", VOCABULARY.replace('display = "Spiculated"', ""), "display"),
    "term twice": ("vocabulary/margins.toml", VOCABULARY + VOCABULARY[VOCABULARY.index("[[term]]") :], "twice"),
    "side that is lost": ("vocabulary/margins.toml", VOCABULARY + 'sided = "spiculated on one side"\n', "sided"),
    "code of an unlisted system": (
        "vocabulary/margins.toml",
        VOCABULARY + '[[term.coding]]\nsystem = "nope"\ncode = "1"\nverified = true\nsource = "x"\n',
        "systems.toml",
    ),
    "file that is not read": ("rules/d.TOML", PLAIN, ".toml"),
    "narrative of its own": ("narrative/narrative.txt.j2", "x", ".toml"),
    "trigger that is no longer one": ("rules/d.toml", PLAIN.replace("D01", "A01a"), "cat-1"),
    "trigger that is less urgent": (
        "rules/d.toml",
        PLAIN.replace("D01", "A01a").replace('on_unknown = "silent"', 'on_unknown = "silent"\nurgency = "cat-2"'),
        "lowers_urgency",
    ),
    "rule without a condition": ("rules/d.toml", PLAIN[: PLAIN.index("when =")] + 'on_unknown = "silent"\n', "when"),
    "rule on a field that is not there": ("rules/d.toml", RULE, "quick"),
    "rule with unknown predicate": ("rules/d.toml", PLAIN + 'predicate = "nope"\n', "nope"),
    "rule with an unknown code": (
        "rules/d.toml",
        PLAIN.replace('operator = ">", answer = "100"', 'operator = "=", answer = "atlantis"').replace("size", "site"),
        "atlantis",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_anything_wrong_is_refused_at_load_with_file_key_and_reason(tmp_path: Path, wrong: str) -> None:
    name, content, reason = WRONG[wrong]
    with pytest.raises(CatalogError) as caught:
        site(tmp_path, {name: content})
    assert name.rpartition("/")[2] in caught.value.file
    assert reason in str(caught.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not a folder"):
        load_catalog([tmp_path / "absent"])


def test_every_file_of_the_installation_is_read() -> None:
    folders = {path.parent.relative_to(builtin_root()).as_posix() for path in builtin_root().rglob("*.toml")}
    assert folders <= {".", "fragments", "vocabulary", "rules"}


def test_names_that_are_nearly_right_are_suggested(ours: Catalog) -> None:
    with pytest.raises(NotFoundError, match="emh-ct-body"):
        ours.plan("emh-ct-bdy")
    with pytest.raises(NotFoundError, match="laterality"):
        ours.vocabulary("lateralty")


@pytest.mark.parametrize("name", ["../emh-ct-body", "emh-ct-body.toml", "fragments/finding", "", "emh-ct-body\x00"])
def test_path_tricks_find_nothing(ours: Catalog, name: str) -> None:
    with pytest.raises(NotFoundError):
        ours.plan(name)
