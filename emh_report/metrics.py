"""What the service counts, for Prometheus to read: calls, requests and deliveries, and never whose they are.

Names are those of OpenTelemetry's semantic conventions for RPC and HTTP, in the spelling of Prometheus. Labels have
names of methods, routes, statuses and peers only, so that their number is bounded by the code and the settings.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, make_asgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from emh_report import __version__
from emh_report.config import METRICS_FOLDER

Application = Callable[..., Any]
"""An ASGI application."""

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Bounds of the durations: those of the conventions, and two below, where most calls are."""

OTHER: Final = "_OTHER"
"""What the conventions say of a method or route that is none of ours."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Counts = Iterable[tuple[str, str, int]]
"""Peer, state, number."""

Ends = Mapping[str, float]
"""One of CERTIFICATES → when it ends, in seconds since 1970; those that there are."""

CERTIFICATES: Final[Mapping[str, str]] = {
    "certificate": "When the certificate of the doors ends.",
    "client_ca": "When the first of the authorities of callers ends.",
}


class Metrics:
    """Counts in this process, together with others of the same service where there are any."""

    def __init__(self) -> None:
        """Count from nothing."""
        self._registry = CollectorRegistry()
        self._calls = Histogram(
            "rpc_server_call_duration_seconds",
            "Duration of calls of gRPC.",
            ("rpc_system_name", "rpc_method", "rpc_response_status_code"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Duration of requests to the form and to FHIR.",
            ("http_request_method", "http_route", "http_response_status_code"),
            buckets=SECONDS,
            registry=self._registry,
        )

    def called(self, method: str, code: str, seconds: float) -> None:
        """Count a call of gRPC: ``package.Service/Method``, the name of its status, and how long it took."""
        self._calls.labels("grpc", method, code).observe(seconds)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request over HTTP."""
        self._requests.labels(method if method in METHODS else OTHER, route, str(status)).observe(seconds)

    def metered(self, application: Application) -> Application:
        """Return an ASGI application whose requests are counted."""

        async def call(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
            if scope["type"] != "http":
                await application(scope, receive, send)
                return
            counted, status, started = False, 500, time.perf_counter()

            def count() -> None:
                nonlocal counted
                if not counted:
                    counted = True
                    self.requested(scope["method"], _route(scope), status, time.perf_counter() - started)

            async def sending(message: Any) -> None:  # noqa: ANN401 - ASGI
                nonlocal status
                status = message.get("status", status)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    count()  # before the end is sent: whoever has an answer finds it counted
                await send(message)

            try:
                await application(scope, receive, sending)
            finally:
                count()

        return call

    def application(self, deliveries: Callable[[], Counts], ends: Callable[[], Ends] = dict) -> Application:
        """Return what Prometheus reads; ``deliveries`` is asked each time, and when certificates end."""
        shown = self._registry
        if METRICS_FOLDER in os.environ:
            shown = CollectorRegistry()
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=shown)
        shown.register(_Standing(deliveries, ends))
        made: Application = make_asgi_app(shown)
        return made


class _Standing(Collector):
    """What is so just now, as opposed to what was counted."""

    def __init__(self, deliveries: Callable[[], Counts], ends: Callable[[], Ends]) -> None:
        self._deliveries, self._ends = deliveries, ends

    def describe(self) -> Iterable[Metric]:
        """Name what is collected without asking the store."""
        return (*_families(), *_ends().values())

    def collect(self) -> Iterator[Metric]:
        """Yield the version and the deliveries; none where the store cannot be asked, which `up` does not say."""
        build, reachable, deliveries = _families()
        build.add_metric([__version__], 1)
        try:
            for peer, state, number in self._deliveries():
                deliveries.add_metric([peer, state], number)
            reachable.add_metric([], 1)
        except Exception:  # noqa: BLE001 - whatever is wrong with the store, the other numbers are read
            reachable.add_metric([], 0)
        ends = _ends()
        for name, when in self._ends().items():
            ends[name].add_metric([], when)
        yield from (build, reachable, deliveries, *ends.values())


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily("emh_report_build_info", "Version of the program.", labels=["version"]),
        GaugeMetricFamily("emh_report_store_up", "Whether the store answers: 1 or 0."),
        GaugeMetricFamily("emh_report_deliveries", "Deliveries by peer and state.", labels=["peer", "state"]),
    )


def _ends() -> dict[str, GaugeMetricFamily]:
    return {
        name: GaugeMetricFamily(f"emh_report_{name}_not_after_timestamp_seconds", text)
        for name, text in CERTIFICATES.items()
    }


def _route(scope: Any) -> str:  # noqa: ANN401 - ASGI
    """Return the form of an address: what FHIR calls the interaction, else the path with the names of its parts."""
    said = scope.get("emh.interaction")
    if said:
        return f"FHIR {said}"
    if "endpoint" not in scope:
        return OTHER
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    path: str = scope["path"]
    if "{path}" in names.values():  # a folder, and whatever is asked below it
        return path.removesuffix(scope["path_params"]["path"]) + "{path}"
    return "/".join(names.get(part, part) for part in path.split("/"))
