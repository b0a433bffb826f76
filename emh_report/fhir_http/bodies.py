"""Bodies of requests: bounded before they are read."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from emh_report.fhir_http.outcomes import RefusedError

DRAINED: Final = 64 * 1024 * 1024
"""So much of a body that is too large is read and thrown away, so that its sender gets to read the answer."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body. Raises RefusedError: 413 beyond ``limit`` bytes, 415 where it is compressed."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(415, "not-supported", "the body must not be compressed")
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > DRAINED:
            break
        if size <= limit:
            body += chunk
        else:
            body.clear()
    if size > limit:
        raise RefusedError(413, "too-long", f"the body has more than the {limit} bytes that are accepted here")
    return bytes(body)
