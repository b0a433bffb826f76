"""The part that every report request has: a draft and its context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from google.protobuf.message import Message

from emh_report import limits
from emh_report.context import Context, ReportIdentity
from emh_report.draft import Draft
from emh_report.errors import InputError, LimitError
from emh_report.recent import Recent
from emh_report.v1 import context_pb2, draft_pb2, prior_pb2, stored_report_pb2
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import guard
from emh_report.wire.context import read_context, write_context, write_report
from emh_report.wire.draft import read_draft, write_draft

ReportRequest = (
    pb.ValidateReportRequest
    | pb.RenderReportRequest
    | pb.ExportReportRequest
    | pb.StreamExportReportRequest
    | stored_report_pb2.CreateReportRequest
    | stored_report_pb2.UpdateDraftRequest
    | prior_pb2.CompareReportsRequest
)
T = TypeVar("T")


def read_request(message: ReportRequest) -> tuple[Draft, Context]:
    """Return draft and context of a request; a context that was not sent is empty.

    Raises InputError and LimitError with the path of everything that cannot be taken.
    """
    if not message.HasField("draft"):
        raise InputError([("draft", "a draft is needed")])
    items = sum([len(group.items) for group in message.draft.groups])
    if items > limits.ITEMS:
        raise LimitError([("draft.groups", f"{items} items in all, at most {limits.ITEMS} are accepted")])

    def read(texts: guard.Texts) -> tuple[Draft, Context]:
        draft = read_draft(message.draft, texts)
        return draft, read_context(message.context, texts) if message.HasField("context") else Context()

    return _guarded(message, read)


def draft_from_proto(message: draft_pb2.Draft) -> Draft:
    """Return a draft on its own. Raises InputError and LimitError, with paths below the draft."""
    return _guarded(message, lambda texts: read_draft(message, texts))


def context_from_proto(message: context_pb2.Context) -> Context:
    """Return a context on its own. Raises InputError and LimitError, with paths below the context."""
    return _guarded(message, lambda texts: read_context(message, texts))


def _guarded(message: Message, read: Callable[[guard.Texts], T]) -> T:
    """Convert first; only a message that looks suspicious is walked for what is wrong with it."""
    texts = guard.Texts()
    try:
        converted = read(texts)
    except (KeyError, guard.SuspiciousError):
        guard.check(message)
        raise
    if texts.suspicious():
        guard.check(message)
    return converted


def write_request(draft: Draft, context: Context) -> pb.ValidateReportRequest:
    """Return a request for ``draft`` and ``context``. Raises InputError for what a message cannot carry."""
    try:
        return pb.ValidateReportRequest(draft=write_draft(draft), context=write_context(context))
    except ValueError:
        raise InputError([("", "a number beyond 32 bits, or text that is not Unicode")]) from None


class Packed:
    """A draft and a context as one message. Its bytes are the same for the same content."""

    def __init__(self, draft: Draft, context: Context) -> None:
        """Raise InputError or LimitError for what no message carries, or this service would refuse to read."""
        self._message = write_request(draft, context)
        self._read = read_request(self._message)

    def content(self) -> bytes:
        """Return the bytes."""
        return self._message.SerializeToString(deterministic=True)

    def kept_as(self, draft: Draft, report: ReportIdentity) -> bytes:
        """Return the bytes with the pins of ``draft`` and the identity ``report``, which this service gave itself."""
        (read, context), version, hash_ = self._read, draft.template_version, draft.template_hash
        self._message.draft.template_version, self._message.draft.template_hash = version, hash_
        self._message.context.report.CopyFrom(write_report(report))
        content, pinned = self.content(), read._replace(template_version=version, template_hash=hash_)
        _UNPACKED.keep(content, (pinned, replace(context, report=report)))
        return content


_UNPACKED: Final[Recent[bytes, tuple[Draft, Context]]] = Recent(64)
"""What the bytes written last say: mostly they are read next, for a preview, and saying it again costs more."""


def unpack(content: bytes) -> tuple[Draft, Context]:
    """Return what `Packed` wrote. Raises InputError for anything else."""
    known = _UNPACKED.find(content)
    if known is not None:
        return known
    message = guard.parse(pb.ValidateReportRequest, content)
    texts = guard.Texts()
    return read_draft(message.draft, texts), read_context(message.context, texts)
