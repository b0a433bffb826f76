"""Who may call: the certificate of the service, certificates of callers, and what a token opens, method by method."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import grpc
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection

from emh_report.certificates import Certificates, Loaded
from emh_report.config import Security
from emh_report.errors import EmhReportError, NotAuthenticatedError, ScopeError
from emh_report.grpc_server import dispatch
from emh_report.program import CALLING, ON_BEHALF_OF
from emh_report.scopes import Scope, covers
from emh_report.v1 import service_pb2

if TYPE_CHECKING:
    from emh_report.bearer import Issuers

    Handler = grpc.RpcMethodHandler[Any, Any]
    Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]

OPEN: Final = health.SERVICE_NAME
"""A load balancer has no token; the service says nothing but whether it serves."""

ANY_TOKEN: Final = reflection.SERVICE_NAME
"""The contract is no secret, but not for everybody."""

_FORM, _REPORT, _TASK = "Questionnaire", "DiagnosticReport", "Task"
_READ, _SEARCH, _WRITE = "r", "s", "u"

NEEDED: Final[Mapping[str, Scope | Mapping[str, Scope]]] = {
    "TemplateService": Scope(_FORM, _READ),
    "VocabularyService": Scope(_FORM, _READ),
    "QuestionnaireService": Scope(_FORM, _READ),
    "ReportService": Scope(_FORM, _READ),
    "StoredReportService": {
        "CreateReport": Scope(_REPORT, "c"),
        "GetReport": Scope(_REPORT, _READ),
        "GetReportVersion": Scope(_REPORT, _READ),
        "ListReports": Scope(_REPORT, _SEARCH),
        "WatchReports": Scope(_REPORT, _SEARCH),
        "PreviewRelease": Scope(_REPORT, _READ),
        "UpdateDraft": Scope(_REPORT, _WRITE),
        "CorrectContext": Scope(_REPORT, _WRITE),
        "ReleasePreliminary": Scope(_REPORT, _WRITE),
        "FinalizeReport": Scope(_REPORT, _WRITE),
        "AmendReport": Scope(_REPORT, _WRITE),
        "AddAddendum": Scope(_REPORT, _WRITE),
        "CancelReport": Scope(_REPORT, _WRITE),
        "WithdrawReport": Scope(_REPORT, _WRITE),
    },
    "MigrationService": {"PreviewMigration": Scope(_REPORT, _READ), "MigrateDraft": Scope(_REPORT, _WRITE)},
    "PriorService": {
        "ListPriors": Scope(_REPORT, _SEARCH),
        "PrefillFollowUp": Scope(_REPORT, _READ),
        "CompareReports": Scope(_REPORT, _READ),
    },
    "DeliveryService": {
        "ListDeliveries": Scope(_TASK, _SEARCH),
        "ListPeers": Scope(_TASK, _SEARCH),
        "GetDelivery": Scope(_TASK, _READ),
        "ResendDelivery": Scope(_TASK, _WRITE),
        "SkipDelivery": Scope(_TASK, _WRITE),
        "BackfillDeliveries": Scope(_TASK, "c"),
    },
}
"""What a token has to open, for a service as a whole or for each method. What is not listed is open to nobody.

ReportService stores nothing and gives back what it was sent; a delivery is what FHIR calls a Task.
"""


def needed(method: str) -> Scope:
    """Return the scope that a method (``/package.Service/Method``) needs. Raises ScopeError for one that none opens."""
    service, _, name = method.removeprefix(f"/{service_pb2.DESCRIPTOR.package}.").partition("/")
    found = NEEDED.get(service)
    scope = found.get(name) if isinstance(found, Mapping) else found
    if scope is None:
        raise ScopeError("")
    return scope


class Gate(grpc.aio.ServerInterceptor):
    """Lets a call through whose token opens the method."""

    def __init__(self, issuers: Issuers) -> None:
        """Take the issuers whose tokens count."""
        self._issuers = issuers

    async def intercept_service(self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ANN401 - typed so by grpc
        """Return the handler of a call, or one that refuses it."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(f"/{OPEN}/"):
            return handler
        try:
            self._check(method, handler_call_details.invocation_metadata)
        except EmhReportError as error:
            return _refusing(handler, error)
        return handler

    def _check(self, method: str, metadata: Any) -> None:  # noqa: ANN401 - pairs of text
        sent = [value for key, value in metadata if key == "authorization"]
        if len(sent) != 1 or not isinstance(sent[0], str):
            raise NotAuthenticatedError("one bearer token is needed (authorization: Bearer ...)")
        caller = self._issuers.caller(sent[0])
        CALLING.set(caller.program)
        ON_BEHALF_OF.set(caller.on_behalf_of)
        if method.startswith(f"/{ANY_TOKEN}/"):
            return
        scope = needed(method)
        if not covers(caller.scopes, scope):
            raise ScopeError(str(scope))


def _refusing(handler: Handler, error: EmhReportError) -> Handler:
    """Return a handler of the same shape that answers with ``error``."""

    async def refuse(_request: Any, context: dispatch.Context) -> NoReturn:  # noqa: ANN401 - bytes, or a stream of them
        await dispatch.abort("access", error, context)

    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[bool(handler.request_streaming), bool(handler.response_streaming)]
    return make(refuse)


def gate(security: Security) -> Gate | None:
    """Return what lets calls through, where tokens are needed. Raises IssuersError and OSError."""
    if not security.issuers:
        return None
    from emh_report.bearer import read_issuers  # only here: it brings cryptography

    return Gate(read_issuers(Path(security.issuers)))


def check(security: Security) -> None:
    """Read every file once. Raises as `gate` and `certificates` do: a door that cannot be locked is never opened."""
    gate(security)
    certificates(security)


def certificates(security: Security) -> Certificates | None:
    """Return the certificate of gRPC and the authorities of its callers; None without TLS.

    Raises SettingError for a file that is not what it should be, and OSError for one that cannot be read.
    """
    return Certificates(security, "gRPC") if security.certificate else None


def credentials(shown: Certificates) -> grpc.ServerCredentials:
    """Return the credentials of one port. gRPC asks at every handshake, and remembers for each port what it was told.

    Where there are authorities callers have to show a certificate of theirs.
    """
    told = shown.now()

    def changed() -> grpc.ServerCertificateConfiguration | None:
        nonlocal told
        now = shown.now()
        if now is told:
            return None
        told = now
        return _configuration(now)

    asked = cast(
        "Callable[[], grpc.ServerCertificateConfiguration]", changed
    )  # its types lack that None is nothing new
    needed = told.authorities is not None
    return grpc.dynamic_ssl_server_credentials(_configuration(told), asked, require_client_authentication=needed)


def _configuration(loaded: Loaded) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(loaded.key, loaded.certificate)], loaded.authorities)
