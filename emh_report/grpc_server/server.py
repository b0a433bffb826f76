"""The server: services, health and reflection on one or more addresses."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import grpc

from emh_report import limits
from emh_report.catalog import Catalog
from emh_report.config import UNLOCKED, Security
from emh_report.grpc_server import access, dispatch, standing
from emh_report.grpc_server.metering import Meter
from emh_report.grpc_server.method import Method
from emh_report.grpc_server.methods import Methods
from emh_report.v1 import questionnaire_service_pb2, service_pb2

if TYPE_CHECKING:
    from emh_report.metrics import Metrics
    from emh_report.store import Store

PACKAGE = service_pb2.DESCRIPTOR.package

SERVICES = tuple(
    service.full_name
    for file in (service_pb2, questionnaire_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
)
"""Full names of the services that need no store; the health service knows them, and that of stored reports."""

LOOPBACKS = ("127.0.0.1", "[::1]")


def _handler(name: str, method: Method, stopping: asyncio.Event) -> grpc.RpcMethodHandler[bytes, bytes]:
    """Return the handler of a method. It reads its one request itself (see dispatch), so to gRPC there is a stream."""
    if method.streams:
        return grpc.stream_stream_rpc_method_handler(dispatch.streaming(name, method, stopping))
    return grpc.stream_unary_rpc_method_handler(dispatch.unary(name, method))


class Server:
    """Serves one catalog. Made and used inside one event loop."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        share_port: bool = False,
        create_patient: bool = False,
        store: Store | None = None,
        security: Security = UNLOCKED,
        metrics: Metrics | None = None,
    ) -> None:
        """Register all services; that of stored reports where there is a ``store``.

        ``share_port`` lets several processes serve one port (SO_REUSEPORT); with ``create_patient`` FHIR bundles
        carry the patient; ``security`` says who may call; calls are counted in ``metrics``.
        Raises SettingError, IssuersError and OSError for the files of ``security``.
        """
        gate = access.gate(security)
        self._certificates = access.certificates(security)
        self._credentials: list[grpc.ServerCredentials] = []  # gRPC does not keep those that it asks
        self.methods = Methods(catalog, create_patient=create_patient, store=store)
        self.services = tuple(f"{PACKAGE}.{service}" for service in self.methods.table)
        self._stopping = asyncio.Event()
        self._server = grpc.aio.server(
            interceptors=[*([Meter(metrics)] if metrics else []), *([gate] if gate else [])],
            options=[
                ("grpc.max_receive_message_length", limits.TRANSPORT_BYTES),
                ("grpc.max_send_message_length", -1),  # dispatch refuses what is too large, with details
                # without this a second server on a port that is taken would start, and get every other call
                ("grpc.so_reuseport", int(share_port)),
            ],
            maximum_concurrent_rpcs=limits.CONCURRENT_CALLS,
        )
        for service, methods in self.methods.table.items():
            full_name = f"{PACKAGE}.{service}"
            handlers = {name: _handler(f"{service}/{name}", method, self._stopping) for name, method in methods.items()}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(full_name, handlers),))
        standing.add(self._server, self.services, self._stopping)

    async def start(self, address: str) -> list[str]:
        """Listen on ``address`` and return the addresses it is reached at; port 0 takes a free one.

        ``localhost`` is both loopbacks, IPv6 where the machine has it. Raises ConnectionError where the port
        is taken or the address is not one of this machine.
        """
        bound = self._bind(address)
        await self._server.start()
        return bound

    def _bind(self, address: str) -> list[str]:
        host, _, port = address.rpartition(":")
        if host != "localhost":
            return [f"{host}:{self._listen(address)}"]
        bound = [f"{LOOPBACKS[0]}:{self._listen(f'{LOOPBACKS[0]}:{port}')}"]
        port = bound[0].rpartition(":")[2]
        with contextlib.suppress(OSError):
            bound.append(f"{LOOPBACKS[1]}:{self._listen(f'{LOOPBACKS[1]}:{port}')}")
        return bound

    def _listen(self, address: str) -> int:
        try:
            if self._certificates is None:
                return self._server.add_insecure_port(address)
            self._credentials.append(access.credentials(self._certificates))
            return self._server.add_secure_port(address, self._credentials[-1])
        except RuntimeError:  # gRPC says no more than "failed to bind"
            raise ConnectionError(
                f"cannot listen on {address}: the port is taken, or it is no address of this machine; "
                "--address HOST:PORT chooses another"
            ) from None

    async def stop(self, grace: float) -> None:
        """Say NOT_SERVING, refuse new calls, end streams that wait, give calls in progress ``grace`` seconds."""
        self._stopping.set()
        await self._server.stop(grace)

    async def wait(self) -> None:
        """Return when the server has stopped."""
        await self._server.wait_for_termination()
