"""The gRPC door: services, errors as statuses, limits, deadlines, health and reflection."""

from __future__ import annotations

from emh_report.grpc_server.run import running, serve
from emh_report.grpc_server.server import Server

__all__ = ["Server", "running", "serve"]
