"""Documents as bytes: JSON in UTF-8, members in a fixed order, draft and context in the JSON form of their messages."""

from __future__ import annotations

import json
from typing import Any, Final

from google.protobuf import json_format

from emh_report.changes import Change, ChangeKind
from emh_report.document import Document
from emh_report.errors import DamagedError
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.wire.context import write_context, write_practitioner
from emh_report.wire.context_json import context_of, practitioner_of
from emh_report.wire.draft import write_draft
from emh_report.wire.draft_json import draft_of

Json = Any
"""What json.loads returns."""

FORMAT: Final = "emh_report/document/1"
"""First member of every document; another form gets another number."""


def write_document(document: Document) -> bytes:
    """Return the bytes of a new version. Raises ValueError for a number or text that no message can carry."""
    members = {
        "format": FORMAT,
        "action": document.action.value,
        "actor": {"person": _form(write_practitioner(document.actor.person)), "rank": document.actor.rank.value},
        "reason": document.reason,
        "previous_sha256": document.previous,
        "changes": [change._asdict() for change in document.changes],
        "context": _form(write_context(document.context)),
        "draft": _form(write_draft(document.draft)),
        "narrative": document.narrative,
        "paste_section": document.paste_section,
        "software": document.software,
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _form(message: Any) -> Json:  # noqa: ANN401 - any message
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def read_document(content: bytes) -> Document:
    """Return the document in ``content``. Raises DamagedError where these are not the bytes of one."""
    try:
        members = json.loads(content)
        if members["format"] != FORMAT:
            raise DamagedError("a document in a form that this version does not know")
        return _read(members)
    except (ValueError, KeyError, TypeError, AttributeError):  # their texts may repeat what was written
        raise DamagedError("not the bytes of a document") from None


def _read(members: Json) -> Document:
    changes = (_change(**change) for change in members["changes"])
    return Document(
        action=Action(members["action"]),
        actor=Actor(practitioner_of(members["actor"]["person"]), Rank(members["actor"]["rank"])),
        reason=members["reason"],
        previous=members["previous_sha256"],
        changes=tuple(changes),
        context=context_of(members["context"]),
        draft=draft_of(members["draft"]),
        narrative=members["narrative"],
        paste_section=members["paste_section"],
        software=members["software"],
    )


def _change(*, kind: str, before: Json, after: Json, **place: str) -> Change:
    return Change(kind=ChangeKind(kind), before=tuple(before), after=tuple(after), **place)
