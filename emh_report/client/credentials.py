"""How a client shows who it is: certificates, and a token that is asked for at every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc

Token = Callable[[], str]
"""Gives the token that is valid now. A thread of gRPC asks before every call: keep what was fetched until it ends."""


class _Bearer(grpc.AuthMetadataPlugin):
    """Sends a token with every call."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, context: Any, callback: Any) -> None:  # noqa: ANN401, ARG002 - the interface of grpc
        """Answer with the header; an error of the token ends the call as UNAVAILABLE, without its text."""
        try:
            callback((("authorization", f"Bearer {self._token()}"),), None)
        except Exception as error:  # noqa: BLE001 - any error of the caller's own code
            callback((), RuntimeError(type(error).__name__))


def secured(
    *,
    authorities: bytes | None = None,
    key: bytes | None = None,
    certificate: bytes | None = None,
    token: Token | None = None,
) -> grpc.ChannelCredentials:
    """Return the ``credentials`` of Client and AsyncClient: TLS, and what the service asks of its callers.

    ``authorities`` (PEM) are those that the service's certificate is checked by, those that gRPC ships where none are
    given; ``key`` and ``certificate`` (PEM) are the client's own, where the service asks for one; ``token`` is sent as
    bearer token, never without TLS.
    """
    channel = grpc.ssl_channel_credentials(authorities, key, certificate)
    if token is None:
        return channel
    return grpc.composite_channel_credentials(channel, grpc.metadata_call_credentials(_Bearer(token), "bearer"))
