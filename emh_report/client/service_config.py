"""How clients behave: deadlines and retries, as gRPC service config for a client of any language."""

from __future__ import annotations

import json
from typing import Final

SERVICES = (
    "TemplateService",
    "VocabularyService",
    "ReportService",
    "StoredReportService",
    "MigrationService",
    "PriorService",
    "DeliveryService",
    "QuestionnaireService",
)

SERVICE_CONFIG: Final = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{"service": f"emh_report.v1.{service}"} for service in SERVICES],
                "timeout": "60s",
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
                },
            },
            {"name": [{"service": "emh_report.v1.StoredReportService", "method": "WatchReports"}]},
        ],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
    }
)
"""UNAVAILABLE is retried (AIP-194), and CANCELLED: gRPC says so of calls that wait when a server stops.

Every method may be called twice: what stores has a request id. A call that the caller cancels is not retried.
"""
