"""Checks of FHIR content from outside: everything that is wrong with it, with its path, before anything is read.

fhir.resources says what elements there are (definitions.py) and parses in the end; what its parser lets through is
found here: bindings, targets of references, invariants, narratives, empty elements, codes, units. Nothing that is
reported repeats the content.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

from emh_report.intake import narratives, primitives
from emh_report.intake.content import Json
from emh_report.intake.definitions import Element, definition, is_resource
from emh_report.intake.faults import error
from emh_report.intake.invariants import INVARIANTS
from emh_report.intake.references import Contained, Seen
from emh_report.intake.terms import Terms
from emh_report.issues import Issue

MOST: Final = 200
"""After so many issues the content is not looked at further: a hostile bundle has no more to say."""
NEAR: Final = 3
MODIFIERS: Final = ("modifierExtension", "implicitRules")
"""Elements that FHIR forbids to pass over where they are not known (R4, 2.4.1.3 and 2.26.3.1); none is known here."""
CHANGED: Final = "changes what the content means in a way that is not known here"
NONE: Final = ("content without it",)
KEYWORDS: Final = frozenset({"div"})
"""Names of elements that are words of FHIRPath itself, and so stand in backticks."""


class Enough(Exception):  # noqa: N818 - ends a check, which is not a failure of the program
    """There are as many issues as are reported."""


class Checker:
    """One pass over the content."""

    def __init__(self, version: str, terms: Terms) -> None:
        """Take the FHIR version and the codes that are known."""
        self.version = version
        self.terms = terms
        self.issues: list[Issue] = []
        self.references: list[Seen] = []
        self.contained: list[Contained] = []
        self.homes: dict[str, str] = {}
        self._home = ""
        self._coded = {"Coding": self._coding, "CodeableConcept": self._concept}

    def refuse(self, rule: str, path: str, message: str, accepted: tuple[str, ...] = ()) -> None:
        """Record something that is wrong. Raises Enough."""
        self.issues.append(error(rule, path, message, accepted))
        if len(self.issues) == MOST:
            raise Enough

    def resource(self, value: Json, path: str) -> None:
        """Check a resource and everything in it."""
        type_ = value.get("resourceType") if isinstance(value, dict) else None
        if not isinstance(type_, str) or not is_resource(self.version, type_):
            self.refuse("fhir-structure", path, "a resource of FHIR is needed: an object with a resourceType")
            return
        outer, self._home = self._home, path or type_
        self.homes[self._home] = type_
        self.element(value, type_, path or type_, besides=frozenset({"resourceType"}))
        self._home = outer

    def element(self, value: Json, type_: str, path: str, besides: frozenset[str] = frozenset()) -> None:
        """Check an element that is an object."""
        known = definition(self.version, type_)
        if not isinstance(value, dict) or known is None:
            self.refuse("fhir-structure", path, "an object is needed")
            return
        if not value.keys() - besides:
            self.refuse("fhir-structure", path, "an empty object; leave the element out instead (ele-1)")
        for name, inner in value.items():
            if name in known:
                self._field(inner, known[name], f"{path}.{self._path_of(known[name])}")
            elif name[:1] == "_" and name[1:] in known and known[name[1:]].primitive:
                self._beside(inner, known[name[1:]], f"{path}.{self._path_of(known[name[1:]])}")
            elif name not in besides:
                self._unknown(name, known, path)
        self._together(value, type_, known, path)

    @staticmethod
    def _path_of(element: Element) -> str:
        """Return the name of an element in FHIRPath: one of x[x] is told by its type."""
        if not element.choice:
            return f"`{element.name}`" if element.name in KEYWORDS else element.name
        type_ = element.name.removeprefix(element.choice)
        return f"{element.choice}.ofType({type_[:1].lower() + type_[1:] if element.primitive else type_})"

    def _unknown(self, name: str, known: Mapping[str, Element], path: str) -> None:
        near = difflib.get_close_matches(name[:64], known, NEAR)
        shown = f"{path}.{name}" if name.isidentifier() and len(name) <= 64 and name.isascii() else path  # noqa: PLR2004
        self.refuse("fhir-structure", shown, "not an element of this type in this version of FHIR", tuple(near))

    def _field(self, value: Json, element: Element, path: str) -> None:
        if element.many != isinstance(value, list):
            self.refuse(
                "fhir-structure", path, "a list is needed" if element.many else "one value is needed, not a list"
            )
        elif isinstance(value, list):
            if not value:
                self.refuse("fhir-structure", path, "an empty list; leave the element out instead")
            for position, one in enumerate(value):
                self._one(one, element, f"{path}[{position}]")
        else:
            self._one(value, element, path)

    def _one(self, value: Json, element: Element, path: str) -> None:
        if element.primitive:
            self._primitive(value, element, path)
        elif element.type == "Resource":
            self._inner(value, element, path)
        else:
            if element.type == "Reference" and isinstance(value, dict):
                self.references.append(Seen(path, value, element.targets, self._home))
            self.element(value, element.type, path)

    def _inner(self, value: Json, element: Element, path: str) -> None:
        if element.name != "contained":
            self.resource(value, path)
            return
        home = self._home
        if isinstance(value, dict):
            self.contained.append(Contained(path, str(value.get("id", "")), str(value.get("resourceType")), home))
        before = len(self.references)
        self.resource(value, path)
        self.references[before:] = [one._replace(home=home) for one in self.references[before:]]

    def _primitive(self, value: Json, element: Element, path: str) -> None:
        if value is None and element.many:
            return  # its place is taken by an extension beside it
        reason = primitives.fault(element.type, value)
        if reason:
            self.refuse("fhir-value", path, reason)
        elif element.codes and value not in element.codes:
            self.refuse("fhir-code", path, "not a code of the value set", tuple(sorted(element.codes)))
        elif element.type == "Xhtml" and (reason := narratives.fault(value)):
            self.refuse("fhir-narrative", path, reason)

    def _beside(self, value: Json, element: Element, path: str) -> None:
        """Check what stands beside a primitive: its id and extensions."""
        if element.many != isinstance(value, list):
            self.refuse("fhir-structure", path, "the extensions of a value have the form of the value")
            return
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                self.element(one, "Element", path)

    def _together(self, value: Json, type_: str, known: Mapping[str, Element], path: str) -> None:
        """Check what elements have to do with each other."""
        given: dict[str, list[str]] = {}
        for name in value:
            choice = known[name].choice if name in known else ""
            if choice:
                given.setdefault(choice, []).append(name)
        for choice, names in given.items():
            if len(names) > 1:
                self.refuse("fhir-structure", f"{path}.{choice}", f"more than one value: {', '.join(names)}")
        for missing in self._missing(value, known, given):
            self.refuse("fhir-required", f"{path}.{missing}", "a required element is missing")
        invariants = INVARIANTS[self.version]
        for rule, below, message in invariants[type_](value) if type_ in invariants else ():
            self.refuse(rule, f"{path}.{below}" if below else path, message)
        for name in (name for name in MODIFIERS if name in value):
            self.refuse("fhir-modifier", f"{path}.{name}", CHANGED, NONE)
        if type_ in self._coded:
            self._coded[type_](value, path)

    @staticmethod
    def _missing(value: Json, known: Mapping[str, Element], given: Mapping[str, list[str]]) -> Iterator[str]:
        for name, element in known.items():
            if element.required and name not in value and f"_{name}" not in value:
                yield name
        choices = {element.choice for element in known.values() if element.choice_required}
        yield from sorted(choices - given.keys())

    def _concept(self, value: Json, path: str) -> None:
        """Check that codes beside each other say one thing: they are translations of each other (R4, 2.24.0.9)."""
        codings = value.get("coding")
        listed = codings if isinstance(codings, list) and all(isinstance(one, dict) for one in codings) else []
        found = self.terms.contradicting([(str(one.get("system")), str(one.get("code"))) for one in listed])
        if found:
            other, own = found
            message = f"says something else than coding[{own}], which is a code of our own"
            accepted = (f"codes of what coding[{own}] says", "codes of systems that no term is sent with")
            self.refuse("fhir-contradiction", f"{path}.coding[{other}]", message, accepted)

    def _coding(self, value: Json, path: str) -> None:
        system, code, display = value.get("system"), value.get("code"), value.get("display", "")
        if isinstance(system, str) and isinstance(code, str) and isinstance(display, str):
            element, reason = self.terms.fault(system, code, display)
            if reason:
                self.refuse("fhir-code", f"{path}.{element}", reason)
