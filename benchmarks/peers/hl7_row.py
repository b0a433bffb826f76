"""HL7 v2 to FHIR (PyPI hl7v2-fhir-bridge): an ORU^R01 with the report as lines of text becomes a transaction.

python -m benchmarks.peers.hl7_row
"""

from __future__ import annotations

import json

from v2fhir.config import default_config_path, load_config
from v2fhir.convert import convert
from v2fhir.hl7.parser import parse_bytes
from v2fhir.validate import validate_bundle

from benchmarks.peers.loop import Call, Json, serve


def prepare(case: Json) -> Call:
    """Return reading, mapping and validation of the message of ``case``, as the bridge does before it sends."""
    config = load_config(default_config_path(), {})
    message = str(case["message"]).encode()

    def call() -> tuple[bytes, int]:
        parsed = parse_bytes(message, config.default_charset, config.fallback_charsets)
        bundle = convert(parsed, config).bundle
        validate_bundle(bundle)
        return json.dumps(bundle).encode(), len(bundle["entry"])

    return call


if __name__ == "__main__":
    serve(prepare)
