"""Observations of answers as JSON text: most of a bundle, and nearly all of it the same in every report.

What an Observation looks like is said once, by `writer.observation`. Its text is cut where an id, what its group
shares, and what was answered go; an entry is these pieces joined. A test compares both ways over every kind of report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import orjson

from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.json_text import members_of, to_json
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.writer import Said, Writer, observation, uuid_named
from emh_report.report import Report

KNOWN, BASE, OTHERS, SAID = "\ue000\ue001\ue002\ue003"
HOLES: Final = re.compile(f'"{BASE}":0|,{{"{OTHERS}":0}}|"code":"{SAID}","{SAID}":0|{KNOWN}')


@lru_cache(1)
def _pieces() -> tuple[bytes, ...]:
    """Return what stands around id, base, id, other identifiers, answer and id of an Observation."""
    whole = observation(KNOWN, {BASE: 0}, [{OTHERS: 0}], {}, {"code": SAID, SAID: 0})
    return tuple(piece.encode() for piece in HOLES.split(to_json(whole).decode()))


class TextWriter(Writer):
    """Writes the Observations of answers as text; everything else as dictionaries."""

    def __init__(self, report: Report, options: Options, kind: Kind) -> None:
        """Cut the text of an Observation to the identifiers that all of this report share."""
        super().__init__(report, options, kind)
        before, self._opening, self._closing, own, listed, after, last = _pieces()
        links = b"".join(b"," + to_json(link) for link in self.links)
        self._frame = before, own + links + listed, after, last + b","
        self._bases: dict[int, tuple[Json, bytes]] = {}

    def answer(self, found: Iterable[tuple[str, Json, Said]]) -> list[Json]:
        """Add the Observations of a group as one text."""
        references: list[Json] = []
        pieces: list[bytes] = []
        start, own, ask, end = self._frame
        last, shared = None, b""
        for name, base, said in found:
            known = uuid_named(name)
            key = known.encode()
            references.append({"reference": f"urn:uuid:{known}"})
            text = said.text or said.as_text()
            if base is not last:
                last, shared = base, self._shared(base)
            pieces += (start, key, shared, key, own, text, ask, key, end)
        if pieces:
            self.entries.append(orjson.Fragment(b"".join(pieces)[:-1]))
        return references

    def _shared(self, base: Json) -> bytes:
        """Return the text of what a group shares. The base is kept beside it, so that no other can have its id."""
        known = self._bases.get(id(base))
        if known is None:
            known = self._bases[id(base)] = (base, self._opening + members_of(base) + self._closing)
        return known[1]
