"""JSON of a response, with the digits of its numbers, and nothing in it that another reader may take otherwise."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

from emh_report import limits
from emh_report.errors import InputError, LimitError

Json = Any
"""What json.loads returns; numbers with a point are Decimal."""

ROOT: Final = "QuestionnaireResponse"


def read_document(content: bytes) -> Json:
    """Return what ``content`` holds. Raises InputError and LimitError."""
    if len(content) > limits.FILE_BYTES:
        raise LimitError([(ROOT, f"has {len(content)} bytes, at most {limits.FILE_BYTES} are accepted")])
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip()[:1] == "<":
            raise InputError([("", "this is XML; FHIR JSON is accepted")])
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError([(f"line {line}", "not UTF-8")]) from None
    except json.JSONDecodeError as error:
        raise InputError([(f"line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}")]) from None
    except RecursionError:
        raise InputError([(ROOT, "nested too deeply")]) from None
    except ValueError:
        raise InputError([(ROOT, "a number of too many digits")]) from None


def _object(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InputError([(ROOT, "an object has the same key twice")])
    return found


def _refuse(name: str) -> NoReturn:
    raise InputError([(ROOT, f"{name} is not JSON")])
