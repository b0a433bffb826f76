"""What this service accepts at most, in one place. The comments in proto/ repeat it for readers.

Sizes are characters, parts or bytes as the names say. A request beyond a limit is refused as a whole
(RESOURCE_EXHAUSTED) with the path of every field that is too large; nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""Largest request and largest unary response: what gRPC clients accept by default."""

TRANSPORT_BYTES: Final = 4 * MESSAGE_BYTES
"""What is read off the wire at all. Between the two a request is refused with its details; beyond, by gRPC itself."""

FILE_BYTES: Final = 4 * MESSAGE_BYTES
"""Largest draft file: JSON with indents takes several times the bytes of the message."""

INTAKE_BYTES: Final = 4 * MESSAGE_BYTES
"""Largest FHIR content that is read at all: ten times the bundle of a long report with its HTML."""

PARAMETERS_BYTES: Final = 64 * 1024
SEARCH_BYTES: Final = 16 * 1024
"""Largest body of an operation and of a search over HTTP."""

EXPORT_BYTES: Final = 3 * 1024 * 1024
"""Largest content of a unary export; the rest of the message is its verdict."""

CHUNK_BYTES: Final = 64 * 1024
"""Size of the chunks of a streamed export."""

PRINTED: Final = 1_000_000
"""Characters of the HTML that is laid out as PDF: some fifty times a long report."""

STATUS_BYTES: Final = 4096
"""Details of an error. They travel in HTTP/2 headers, of which 8 KiB are accepted everywhere, in base64."""

ITEMS: Final = 10_000
"""Items of one draft: some sixty times a long report."""

TEXT: Final = 20_000
NAME: Final = 1_000
ID: Final = 256
"""Characters of free text, of names and displays, and of everything else that is text."""

VIOLATIONS: Final = 100
"""So many violations are reported at once."""

TEXTS: Final[Mapping[str, int]] = {
    "ImportReportRequest.content": MESSAGE_BYTES,
    "Item.text": TEXT,
    "Coded.display": NAME,
    "Coded.text": TEXT,
    "Override.reason": TEXT,
    "Order.description": TEXT,
    "Order.reason": TEXT,
    "Study.description": NAME,
    "Series.description": NAME,
    "Patient.family": NAME,
    "Patient.given": NAME,
    "Practitioner.family": NAME,
    "Practitioner.given": NAME,
    "Organization.name": NAME,
    "PreviewReleaseRequest.reason": TEXT,
    "AmendReportRequest.reason": TEXT,
    "AddAddendumRequest.reason": TEXT,
    "CancelReportRequest.reason": TEXT,
    "WithdrawReportRequest.reason": TEXT,
    "SkipDeliveryRequest.reason": NAME,
}
"""Message and field → characters, for every text field that may have more than ID."""

PARTS: Final[Mapping[str, int]] = {
    "Draft.groups": 2_000,
    "Draft.overrides": 1_000,
    "Group.items": 300,
    "Measurement.axes": 20,
    "ImageReference.frames": 1_000,
    "Context.orders": 50,
    "Context.studies": 50,
    "Patient.identifiers": 50,
    "Patient.given": 50,
    "Practitioner.given": 50,
    "Study.modalities": 50,
    "Study.series": 1_000,
    "ListReportsRequest.statuses": 20,
    "CompareReportsRequest.prior_report_ids": 20,
    "CompareReportsRequest.pairs": 2_000,
    "ListDeliveriesRequest.states": 20,
}
"""Message and repeated field → elements. Every repeated field of a request is listed."""

PAGE: Final = 50
MAX_PAGE: Final = 200
"""Entries of one page where none are asked for, and at most."""

REQUEST_IDS: Final = 10_000
"""So many request ids are remembered by one server process."""

SEEN_SECONDS: Final = 3_600
"""What a signer was shown can be signed for so long; after that it is to be looked at again."""

CONCURRENT_CALLS: Final = 1_000
"""Calls in progress in one server process; more are refused with RESOURCE_EXHAUSTED."""

LARGE_REQUEST_BYTES: Final = 8 * 1024
"""Requests from this size on are worked on beside the event loop, so that small ones do not wait for them."""

DELIVERY_WAIT_SECONDS: Final = 3_600
"""A delivery is tried again at least so often, whatever a peer asks for."""

CLOCK_SECONDS: Final = 600
"""What a delivery waits for beyond that is due: the clock was set back."""
