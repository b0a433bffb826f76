"""Wire messages and the domain: conversions in both directions, and what is refused before anything is converted.

Pure: no network, no files. `guard` refuses, `draft`, `context`, `verdict`, `results` and `catalog` convert,
`request` reads a whole request, `draft_file` its JSON form, `json_form` writes messages as JSON, `statuses`
turns exceptions into google.rpc.Status and back.
"""

from __future__ import annotations

from emh_report.wire.request import context_from_proto, draft_from_proto, read_request, write_request

__all__ = ["context_from_proto", "draft_from_proto", "read_request", "write_request"]
