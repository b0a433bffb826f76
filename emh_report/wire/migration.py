"""Migrations of drafts on the wire and in the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.migration import Carried, Fate, Migration
from emh_report.records import ShownMigration
from emh_report.v1 import migration_pb2 as pb
from emh_report.wire.draft import write_draft
from emh_report.wire.request import draft_from_proto

FATES: Final[Mapping[pb.AnswerFate.ValueType, Fate]] = {
    pb.ANSWER_FATE_KEPT: Fate.KEPT,
    pb.ANSWER_FATE_MOVED: Fate.MOVED,
    pb.ANSWER_FATE_TO_REMARK: Fate.TO_REMARK,
}
_NUMBERS: Final = {fate: number for number, fate in FATES.items()}


def write_migration(shown: ShownMigration) -> pb.PreviewMigrationResponse:
    """Return what a migration would do as the response of its method."""
    found = shown.migration
    return pb.PreviewMigrationResponse(
        etag=shown.etag,
        needed=found.needed,
        template_id=found.template_id,
        from_version=found.from_version,
        to_version=found.to_version,
        to_hash=found.to_hash,
        draft=write_draft(found.draft),
        answers=[pb.CarriedAnswer(**{**one._asdict(), "fate": _NUMBERS[one.fate]}) for one in found.carried],
    )


def read_migration(message: pb.PreviewMigrationResponse) -> ShownMigration:
    """Return what a server said a migration would do. Raises KeyError for a fate this version does not know."""
    return ShownMigration(
        message.etag,
        Migration(
            template_id=message.template_id,
            from_version=message.from_version,
            to_version=message.to_version,
            to_hash=message.to_hash,
            needed=message.needed,
            draft=draft_from_proto(message.draft),
            carried=tuple(_read(one) for one in message.answers),
        ),
    )


def _read(message: pb.CarriedAnswer) -> Carried:
    names = (message.path, message.group_id, message.group_uid, message.field_id, message.to_path)
    return Carried(FATES[message.fate], *names, message.reason)
