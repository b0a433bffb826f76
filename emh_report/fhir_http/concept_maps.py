"""ConceptMap: from our terms to codes elsewhere, and back ($translate)."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from emh_report.fhir_http.concepts import CODING, CONCEPT, Given, coding, given
from emh_report.fhir_http.definitions import HL7_OPERATION
from emh_report.fhir_http.inputs import Input, Inputs
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.parameters import parameter, parameters, parts
from emh_report.fhir_http.served import Answer, Operation
from emh_report.intake.content import Json

TYPE: Final = "ConceptMap"
REVERSED: Final[Mapping[str, str]] = {"wider": "narrower", "narrower": "wider"}
"""R4 says how what is returned relates to what was given, so on the way back these change places."""
MAP: Final = (
    Input("url", "uri", "The concept map; every one of this service where none is named"),
    Input("conceptMapVersion", "string", "Its version"),
)
R4: Final = (
    *MAP,
    Input("code", "code", "The code"),
    Input("system", "uri", "Its code system"),
    CODING,
    CONCEPT,
    Input("targetsystem", "uri", "Only codes of this system"),
    Input("reverse", "boolean", "From codes elsewhere to our terms"),
)
R5: Final = (
    *MAP,
    Input("sourceCode", "code", "A term of ours"),
    Input("system", "uri", "Code system of the code"),
    Input("sourceCoding", "Coding", "Instead of sourceCode and system"),
    Input("targetCode", "code", "A code elsewhere, to find our terms for it"),
    Input("targetCoding", "Coding", "Instead of targetCode and system"),
    Input("targetSystem", "uri", "Only codes of this system"),
)


class Relation(NamedTuple):
    """One row of a concept map: our term, the code elsewhere, and how the map words their relation."""

    source: Json
    target: Json
    relation: str
    origin: str


class Asked(NamedTuple):
    """What to translate, which way, and into which system; into any where it is empty."""

    codes: list[Given]
    back: bool
    into: str


class ConceptMaps:
    """Operations on the concept maps of a library."""

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library
        self._old = library.release.name == "R4"

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations."""
        words = "Codes elsewhere that relate to a term, or terms that relate to a code elsewhere; how is part of it"
        definition = f"{HL7_OPERATION}/ConceptMap-translate"
        return (Operation("translate", definition, words, self.translate, R4 if self._old else R5),)

    def translate(self, id_: str, inputs: Inputs) -> Answer:
        """Answer $translate."""
        maps = self._maps(id_, inputs)
        asked = self._asked(inputs)
        if any(not one.system for one in asked.codes):
            raise RefusedError(400, "required", "the code system of the code is needed", expression="system")
        found = [match for one in maps for match in self._found(one["url"], asked)]
        if not found:
            message = "no verified code is known for it here; that does not mean that none exists"
            return Answer(parameters(parameter("result", "Boolean", False), parameter("message", "String", message)))  # noqa: FBT003 - a value of FHIR
        listed = [self._match(one, back=asked.back) for one in found]
        return Answer(parameters(parameter("result", "Boolean", True), *listed))  # noqa: FBT003 - a value of FHIR

    def _maps(self, id_: str, inputs: Inputs) -> list[Json]:
        if id_:
            return [self._library.get(TYPE, id_)]
        if inputs.has("url"):
            return [self._library.by_url(TYPE, inputs.text("url"), inputs.text("conceptMapVersion"))]
        return list(self._library.types[TYPE].values())

    def _asked(self, inputs: Inputs) -> Asked:
        if self._old:
            return Asked(given(inputs), inputs.flag("reverse"), inputs.text("targetsystem"))
        ways = [name for name in ("sourceCode", "sourceCoding", "targetCode", "targetCoding") if inputs.has(name)]
        if len(ways) != 1:
            reason = "one of sourceCode, sourceCoding, targetCode and targetCoding is needed"
            raise RefusedError(400, "required", reason, expression="sourceCode")
        way, into = ways[0], inputs.text("targetSystem")
        code = (
            coding(inputs.part(way), way) if way.endswith("Coding") else Given(inputs.text("system"), inputs.text(way))
        )
        return Asked([code], way.startswith("target"), into)

    def _found(self, url: str, asked: Asked) -> Iterator[Relation]:
        wanted = {(one.system, one.code) for one in asked.codes}
        for one in self._relations(url):
            here, there = (one.target, one.source) if asked.back else (one.source, one.target)
            if (here["system"], here["code"]) in wanted and asked.into in ("", there["system"]):
                yield one

    @functools.cache  # noqa: B019 - as long as the process lives
    def _relations(self, url: str) -> Sequence[Relation]:
        return tuple(_rows(self._library.canonical[TYPE, url], "equivalence" if self._old else "relationship"))

    def _match(self, one: Relation, *, back: bool) -> Json:
        concept = parameter("concept", "Coding", one.source if back else one.target)
        if self._old:
            relation = REVERSED.get(one.relation, one.relation) if back else one.relation
            return parts(
                "match", parameter("equivalence", "Code", relation), concept, parameter("source", "Uri", one.origin)
            )
        return parts(
            "match",
            parameter("relationship", "Code", one.relation),
            concept,
            parameter("originMap", "Uri", one.origin),
        )


def _rows(found: Json, name: str) -> Iterator[Relation]:
    for group in found["group"]:
        system = group["source"].partition("|")[0]
        for element in group["element"]:
            source = _coding(system, element)
            for target in element["target"]:
                there = _coding(group["target"], target)
                yield Relation(source, there, target[name], found["url"])


def _coding(system: str, one: Json) -> Json:
    found = {"system": system, "code": one["code"]}
    return {**found, "display": one["display"]} if "display" in one else found
