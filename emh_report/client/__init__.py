"""Clients of the service, synchronous and asynchronous: domain values in, domain values or exceptions out."""

from __future__ import annotations

from emh_report.client.aio import AsyncClient
from emh_report.client.blocking import Client
from emh_report.client.credentials import secured
from emh_report.client.errors import (
    ClientError,
    DeadlineError,
    ForbiddenError,
    InvalidInputError,
    NotInstalledError,
    NotPossibleError,
    NotSignedInError,
    OutdatedError,
    ReportRejectedError,
    ServerError,
    TooLargeError,
    UnavailableError,
    UnknownReportError,
)
from emh_report.client.requests import Rendered
from emh_report.client.service_config import SERVICE_CONFIG

__all__ = [
    "SERVICE_CONFIG",
    "AsyncClient",
    "Client",
    "ClientError",
    "DeadlineError",
    "ForbiddenError",
    "InvalidInputError",
    "NotInstalledError",
    "NotPossibleError",
    "NotSignedInError",
    "OutdatedError",
    "Rendered",
    "ReportRejectedError",
    "ServerError",
    "TooLargeError",
    "UnavailableError",
    "UnknownReportError",
    "secured",
]
