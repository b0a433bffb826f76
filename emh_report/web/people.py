"""The people of a department who use the form, as their department lists them, and two to try it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from emh_report import demo
from emh_report.context import Context, Identifier, Practitioner
from emh_report.lifecycle import Actor, Rank
from emh_report.web.language import ENGLISH, Language


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the form; ``supervisor`` signs what this person begins, where that is another."""

    login: str
    actor: Actor
    supervisor: Practitioner | None = None

    @property
    def name(self) -> str:
        """Name as reports print it."""
        return shown(self.actor.person)

    def begins(self, context: Context) -> Context:
        """Return the context of a report that this person begins: its author, and who signs it."""
        if self.actor.rank is Rank.RECORDS:
            return context
        return replace(context, author=self.actor.person, supervisor=self.supervisor)


People = Mapping[str, Person]
"""Login → person."""


SHIFT_SECONDS: Final = 8 * 3600
"""Somebody who signed in at the form is asked again after a shift."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who uses a form, and how it knows them.

    ``header`` is set by a proxy that signs people in; without it they sign in at the form, for ``seconds``.
    ``hosts`` are the names the form is reached by, beside those of the machine itself; ``origins`` those of the
    viewers that may show it in a frame; ``language`` is what it speaks to a browser that asks for none.
    """

    people: People
    header: str = ""
    seconds: int = SHIFT_SECONDS
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    language: Language = ENGLISH


def shown(person: Practitioner) -> str:
    """Return a name, or the identifier where there is none."""
    name = ", ".join(part for part in (person.family, " ".join(person.given)) if part)
    return name or person.identifier.value


def demo_people() -> People:
    """Return two invented people: one who signs, and one whose reports the other signs."""
    _, context = demo.read_case()
    senior = context.author
    junior = Practitioner(Identifier(senior.identifier.system, "RES-1"), senior.family, ("Resident",))
    found = (
        Person("attending", Actor(senior, Rank.ATTENDING)),
        Person("resident", Actor(junior, Rank.RESIDENT), senior),
    )
    return {person.login: person for person in found}
