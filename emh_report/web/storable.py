"""What of a form can be stored where an answer cannot: every other answer, and that question as it was stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emh_report.web.messages import Unstored
from emh_report.web.sheet import Sheet


def storable(sheet: Sheet, stored: Sheet, refused: Sequence[Unstored]) -> Sheet | None:
    """Return ``sheet`` with what was ``refused`` as it was stored; None where that is more than single answers."""
    before = {(entry.definition.id, entry.uid): entry.texts for entry in stored.entries}
    texts = {entry.key: dict(entry.texts) for entry in sheet.entries}
    reasons = dict(sheet.reasons)
    for one in refused:
        if one.kept:
            reasons[one.kept] = stored.reasons.get(one.kept, "")
        elif one.entry and one.field_id:
            old = before.get((one.entry.definition.id, one.entry.uid), {})
            texts[one.entry.key][one.field_id] = old.get(one.field_id, ())
        else:
            return None
    entries = tuple(replace(entry, texts=texts[entry.key]) for entry in sheet.entries)
    return replace(sheet, entries=entries, reasons=reasons)
