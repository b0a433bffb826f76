"""Two versions of a department's template, and a draft of the older one: what migrations are tested with."""

from __future__ import annotations

from pathlib import Path

from emh_report.catalog import Catalog, load_catalog
from emh_report.draft import Boolean, Coded, Draft, Group, Item, Quantity, Text

OLD = """
id = "dept-visit"
title = "Visit"
version = "1.0.0"
description = "An older form."
study_types = ["imaging-study"]
sections = ["procedure", "findings", "impression"]
[[group]]
use = ["procedure"]
[[group]]
id = "dept-mass"
title = "Mass"
section = "findings"
repeats = true
  [[group.field]]
  id = "dept-edge"
  label = "Edge"
  kind = "coded"
  vocabulary = "dept-edge"
  [[group.field]]
  id = "dept-size"
  label = "Size"
  kind = "quantity"
  units = ["mm", "cm"]
  range = ["0", "900"]
  [[group.field]]
  id = "dept-soft"
  label = "Soft"
  kind = "boolean"
[[group]]
id = "dept-board"
title = "Board"
section = "findings"
  [[group.field]]
  id = "dept-asked"
  label = "Asked"
  kind = "boolean"
[[group]]
use = ["impression"]
"""
NEW = (
    OLD.replace("1.0.0", "1.1.0")
    .replace('id = "dept-mass"', 'id = "dept-lesion"')
    .replace('["0", "900"]', '["0", "300"]')
    .replace('id = "dept-edge"\n  label = "Edge"', 'id = "dept-rim"\n  label = "Rim"')
    .replace('  [[group.field]]\n  id = "dept-soft"\n  label = "Soft"\n  kind = "boolean"\n', "")
    .replace(
        '[[group]]\nid = "dept-board"\ntitle = "Board"\nsection = "findings"\n'
        '  [[group.field]]\n  id = "dept-asked"\n  label = "Asked"\n  kind = "boolean"\n',
        "",
    )
)
RENAMED = """
[[renamed]]
group = "dept-mass"
to = "dept-lesion"
[[renamed]]
field = "dept-edge"
to = "dept-rim"
[[renamed]]
field = "dept-rim"
answer = "fuzzy"
to = "blurred"
"""
TERMS = """
id = "dept-edge"
title = "Edge"
version = "1.0.0"
[[term]]
code = "sharp"
display = "Sharp"
[[term]]
code = "CODE"
display = "Blurred"
"""


def site(folder: Path, templates: dict[str, str], *, code: str = "blurred") -> Catalog:
    """Load a department folder with these templates and one list of terms."""
    (folder / "vocabulary").mkdir(parents=True, exist_ok=True)
    (folder / "vocabulary" / "dept-edge.toml").write_text(TERMS.replace("CODE", code))
    for known in folder.glob("dept-visit*.toml"):
        known.unlink()
    for name, text in templates.items():
        (folder / f"{name}.toml").write_text(text)
    return load_catalog([folder])


def draft(*groups: Group) -> Draft:
    return Draft("dept-visit", "1.0.0", groups)


MASS = Group(
    "dept-mass",
    "L1",
    (
        Item("dept-edge", Coded("fuzzy", "Blurred")),
        Item("dept-size", Quantity("42.0", "mm")),
        Item("dept-soft", Boolean(value=True)),
        Item("remark", Text("as before")),
    ),
)
BOARD = Group("dept-board", "", (Item("dept-asked", Boolean(value=False)),))
TEXT = Group("impression", "", (Item("impression", Text("One mass.")),))
NOTED = " [not asked so in version 1.1.0 of the template]"
