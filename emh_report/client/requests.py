"""What both clients share: channel options, requests, and results."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import uuid
from typing import Final, NamedTuple

from emh_report import limits
from emh_report.client.service_config import SERVICE_CONFIG
from emh_report.context import Context, Identifier
from emh_report.draft import Draft
from emh_report.errors import InputError
from emh_report.export import Format
from emh_report.intake.imports import Imported
from emh_report.pipeline import Verdict
from emh_report.program import HEADER, said_for
from emh_report.v1 import questionnaire_service_pb2 as forms
from emh_report.v1 import service_pb2 as pb
from emh_report.wire.request import context_from_proto, draft_from_proto, write_request
from emh_report.wire.verdict import read_issue, read_verdict

TIMEOUT: Final = 10.0
"""Seconds a call may take, retries included, where the caller says nothing."""

Options = tuple[tuple[str, str | int], ...]

OPTIONS: Final[Options] = (
    ("grpc.service_config", SERVICE_CONFIG),
    ("grpc.max_receive_message_length", limits.MESSAGE_BYTES),
    ("grpc.max_send_message_length", limits.TRANSPORT_BYTES),
)
SCHEME: Final = re.compile(r"^(dns|ipv4|ipv6):")
PORT: Final = re.compile(r":[0-9]+$")
DIRECT: Final[Options] = (("grpc.enable_http_proxy", 0),)
FORMATS: Final = {
    Format.FHIR_R4_TRANSACTION: pb.EXPORT_FORMAT_FHIR_R4_TRANSACTION,
    Format.TEXT: pb.EXPORT_FORMAT_TEXT,
    Format.HTML: pb.EXPORT_FORMAT_HTML,
    Format.FHIR_R5_TRANSACTION: pb.EXPORT_FORMAT_FHIR_R5_TRANSACTION,
    Format.FHIR_R4_DOCUMENT: pb.EXPORT_FORMAT_FHIR_R4_DOCUMENT,
    Format.FHIR_R5_DOCUMENT: pb.EXPORT_FORMAT_FHIR_R5_DOCUMENT,
    Format.FHIR_R4_IMR: pb.EXPORT_FORMAT_FHIR_R4_IMR,
    Format.PDF: pb.EXPORT_FORMAT_PDF,
}

Metadata = tuple[tuple[str, str], ...]
"""What goes with every call of a client."""

RELEASES: Final = {"4.0": forms.FHIR_RELEASE_R4, "5.0": forms.FHIR_RELEASE_R5}


class Rendered(NamedTuple):
    """A narrative; ``paste_section`` is for the main report where this one is a companion, else empty."""

    narrative: str
    paste_section: str
    verdict: Verdict


def options(address: str) -> Options:
    """Return the options of a channel. No proxy that the environment names can reach a service of this machine."""
    return OPTIONS + DIRECT if _is_here(address) else OPTIONS


def _is_here(address: str) -> bool:
    named = SCHEME.sub("", address).rpartition("/")[2]
    host = PORT.sub("", named).strip("[]")
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host.lower() == "localhost"


def metadata(on_behalf_of: Identifier | None) -> Metadata:
    """Return what says for whom a client calls; nothing for nobody. Raises InputError for what is no identifier."""
    return () if on_behalf_of is None else ((HEADER, said_for(on_behalf_of)),)


def render_request(draft: Draft, context: Context, *, html: bool) -> pb.RenderReportRequest:
    """Return the request for a narrative."""
    both = write_request(draft, context)
    format_ = pb.NARRATIVE_FORMAT_HTML if html else pb.NARRATIVE_FORMAT_TEXT
    return pb.RenderReportRequest(draft=both.draft, context=both.context, format=format_)


def read_rendered(response: pb.RenderReportResponse) -> Rendered:
    """Return the narrative in a response."""
    return Rendered(response.narrative, response.paste_section, read_verdict(response.verdict))


def read_imported(response: pb.ImportReportResponse) -> Imported:
    """Return draft and context in a response, or the issues that say why there are none."""
    return Imported(
        draft_from_proto(response.draft) if response.HasField("draft") else None,
        context_from_proto(response.context) if response.HasField("context") else None,
        tuple(read_issue(issue) for issue in response.issues),
    )


def import_request(content: bytes, fhir_version: str, *, context_only: bool) -> pb.ImportReportRequest:
    """Return the request for the way back. Raises InputError for content that is no text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([("content", "not UTF-8")]) from None
    return pb.ImportReportRequest(content=text, fhir_version=fhir_version, context_only=context_only)


def questionnaire_request(template_id: str, fhir_version: str, version: str) -> forms.GetQuestionnaireRequest:
    """Return the request for a template as a form. Raises InputError for a FHIR version that none is made of."""
    if fhir_version not in RELEASES:
        raise InputError([("fhir_version", f"accepted are {', '.join(RELEASES)}")])
    return forms.GetQuestionnaireRequest(template_id=template_id, version=version, release=RELEASES[fhir_version])


def export_request(
    draft: Draft, context: Context, format_: Format, *, with_pdf: bool = False
) -> pb.StreamExportReportRequest:
    """Return the request for an export, with an id of its own: a retry is the same request.

    Raises InputError for a format that there is none of.
    """
    if format_ not in FORMATS:
        raise InputError([("format", f"accepted are {', '.join(FORMATS)}")])
    both = write_request(draft, context)
    return pb.StreamExportReportRequest(
        draft=both.draft, context=both.context, format=FORMATS[format_], request_id=str(uuid.uuid4()), with_pdf=with_pdf
    )
