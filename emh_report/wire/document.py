"""Documents as bytes: JSON in UTF-8, members in a fixed order, draft and context in the JSON form of their messages."""

from __future__ import annotations

from typing import Any, Final

import orjson

from emh_report.changes import Change, ChangeKind
from emh_report.document import Document
from emh_report.errors import DamagedError
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.wire.context_json import CONTEXT, PRACTITIONER
from emh_report.wire.draft_json import draft_form, draft_of

Json = Any
"""What orjson.loads returns."""

FORMAT: Final = "emh_report/document/1"
"""First member of every document; another form gets another number."""


def write_document(document: Document) -> bytes:
    """Return the bytes of a new version. Raises ValueError for a number or text that no message can carry."""
    members = {
        "format": FORMAT,
        "action": document.action,
        "actor": {"person": PRACTITIONER.write(document.actor.person), "rank": document.actor.rank},
        "reason": document.reason,
        "previous_sha256": document.previous,
        "changes": [change._asdict() for change in document.changes],
        "context": CONTEXT.write(document.context),
        "draft": draft_form(document.draft),
        "narrative": document.narrative,
        "paste_section": document.paste_section,
        "software": document.software,
    }
    try:
        return orjson.dumps(members)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from None


def read_document(content: bytes) -> Document:
    """Return the document in ``content``. Raises DamagedError where these are not the bytes of one."""
    try:
        members = orjson.loads(content)
        if members["format"] != FORMAT:
            raise DamagedError("a document in a form that this version does not know")
        return _read(members)
    except (ValueError, KeyError, TypeError, AttributeError):  # their texts may repeat what was written
        raise DamagedError("not the bytes of a document") from None


def _read(members: Json) -> Document:
    changes = (_change(**change) for change in members["changes"])
    return Document(
        action=Action(members["action"]),
        actor=Actor(PRACTITIONER.read(members["actor"]["person"]), Rank(members["actor"]["rank"])),
        reason=members["reason"],
        previous=members["previous_sha256"],
        changes=tuple(changes),
        context=CONTEXT.read(members["context"]),
        draft=draft_of(members["draft"]),
        narrative=members["narrative"],
        paste_section=members["paste_section"],
        software=members["software"],
    )


def _change(*, kind: str, before: Json, after: Json, **place: str) -> Change:
    return Change(kind=ChangeKind(kind), before=tuple(before), after=tuple(after), **place)
