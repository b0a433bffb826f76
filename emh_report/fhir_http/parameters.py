"""Parameters: what operations answer."""

from __future__ import annotations

from emh_report.intake.content import Json


def parameter(name: str, kind: str, value: Json) -> Json:
    """Return one out parameter; ``kind`` is the type as it ends value[x]."""
    return {"name": name, f"value{kind}": value}


def parts(name: str, *inner: Json) -> Json:
    """Return one out parameter with parts."""
    return {"name": name, "part": list(inner)}


def parameters(*given: Json) -> Json:
    """Return a Parameters resource."""
    return {"resourceType": "Parameters", "parameter": list(given)}
