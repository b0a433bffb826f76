"""Groups and words of critical findings, for their tests."""

from pathlib import Path

from emh_report.catalog import Catalog, load_catalog
from emh_report.draft import Boolean, Group
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.narrative_samples import Answers, group, report_of

MR = group("procedure", modality="MR")
YES = Boolean(value=True)
CORD: Answers = {"presence": "present", "site": "epidural-spinal", "cord_compression": YES}


def labels(*groups: Group, template: str = "emh-ct-body") -> list[str]:
    """Return urgency and words of every critical finding; the narrative says each, and reads back."""
    report = report_of(*groups, template=template)
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    assert all(finding.label in narrative.text for finding in report.critical)
    return [f"{finding.urgency} {finding.label}" for finding in report.critical]


def complication(what: str, presence: str = "present", uid: str = "k", **more: object) -> Group:
    answers = {f"complication_{name}": value for name, value in more.items()}
    return group("complication", uid, complication=what, complication_presence=presence, **answers)  # type: ignore[arg-type]


def department(folder: Path, scope: str, keys: str, urgency: str = "cat-1") -> Catalog:
    """Return the catalog of a department that has a trigger of its own, Z1."""
    (folder / "rules").mkdir()
    head = f'id = "Z1"\nscope = "{scope}"\nurgency = "{urgency}"\nseverity = "information"\non_unknown = "silent"\n'
    rule = f'[[rule]]\n{head}title = "Of the department"\nmessage = "m"\n{keys}\n'
    (folder / "rules" / "own.toml").write_text(rule, encoding="utf-8")
    return load_catalog([folder])
