"""What a release changes, as the pages say it: entries by their number in the form, texts word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final, NamedTuple

from emh_report.changes import Change, ChangeKind, line, place
from emh_report.draft import Draft
from emh_report.template import Kind, Template

KEPT, GONE, NEW = "kept", "gone", "new"
MOST: Final = 2000
"""Words up to which two texts are compared; longer ones are shown one after the other."""


class Part(NamedTuple):
    """Words of a changed answer: kept, gone or new."""

    kind: str
    words: str


class Told(NamedTuple):
    """One change in words; where a text became another, what it is of, and ``parts`` of both texts."""

    words: str
    parts: tuple[Part, ...]


def told(changes: Sequence[Change], template: Template | None, draft: Draft) -> list[Told]:
    """Return changes with the number that an entry has in the form, where it still is in ``draft``."""
    numbers: dict[tuple[str, str], int] = {}
    for group in draft.groups:
        before = sum(1 for group_id, _ in numbers if group_id == group.group_id)
        numbers.setdefault((group.group_id, group.uid), before + 1)
    found = []
    for change in changes:
        number = str(numbers.get((change.group_id, change.group_uid), "(removed)"))
        parts = _parts(change, template)
        said = place(change, template) if parts else line(change, template)
        found.append(Told(said.replace(f"({change.group_uid})", number, 1), parts))
    return found


def _parts(change: Change, template: Template | None) -> tuple[Part, ...]:
    group = template.groups.get(change.group_id) if template else None
    field = group.fields.get(change.field_id) if group else None
    if field is None or field.kind is not Kind.TEXT or change.kind is not ChangeKind.CHANGED:
        return ()
    return tuple(compared("\n".join(change.before), "\n".join(change.after)))


def compared(before: str, after: str) -> Iterator[Part]:
    """Yield the words of two texts: without what is new they are ``before``, without what is gone ``after``."""
    old, new = _words(before), _words(after)
    if max(len(old), len(new)) > MOST:
        yield from (Part(GONE, before), Part(NEW, after))
        return
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    pieces = [
        piece
        for tag, start, end, begin, stop in steps
        for piece in (
            [Part(KEPT, "".join(old[start:end]))]
            if tag == "equal"
            else [Part(GONE, "".join(old[start:end])), Part(NEW, "".join(new[begin:stop]))]
        )
        if piece.words
    ]
    for kind, alike in groupby(pieces, lambda piece: piece.kind):
        yield Part(kind, "".join(piece.words for piece in alike))


def _words(text: str) -> list[str]:
    return re.findall(r"\S+|\s+", text)
