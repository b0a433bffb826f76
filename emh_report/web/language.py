"""The languages of the form: its own words, dates and numbers. What a template says stays as the template says it.

Code says a `phrase` in English; `Language.say` says it in the language of a request, where a page is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from typing import Final

from emh_report.errors import SettingError
from emh_report.phrases import Line, Phrase

COOKIE: Final = "emh-language"
"""Cookie of a language that somebody chose."""

CLINICAL: Final = "en"
"""The language of the shipped templates, their rules and their narrative."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"(?<=\d)\.(?=\d)", re.ASCII)
_WANTED = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", re.ASCII)


class Figure(str):
    """Numbers of an answer, with decimal points. A language writes them its way, which is read as the same numbers."""

    __slots__ = ()


class Moment(str):
    """A date, or a date and time, of an answer. A language writes it its way, which is read as the same."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Language:
    """One language. ``name`` is its own name; ``day_first`` separates day, month and year, empty for ISO dates."""

    code: str
    name: str
    translations: NullTranslations
    day_first: str = ""
    decimal: str = "."

    def say(self, text: str) -> str:
        """Return a phrase in this language, numbers and dates as it writes them; any other text as it is."""
        match text:
            case Phrase():
                return self._phrase(text)
            case Line():
                return text.between.join(self.say(part) for part in text.parts)
            case Figure():
                return self.size(text)
            case Moment():
                return self.moment(text)
            case _:
                return text

    def _phrase(self, text: Phrase) -> str:
        values = {name: self.say(one) if isinstance(one, str) else one for name, one in text.values.items()}
        said = self.translations.gettext(text.msgid) if text.msgid else ""
        return said.format(**values) if values else said

    def day(self, date: str) -> str:
        """Return a date (YYYY, YYYY-MM or YYYY-MM-DD) as this language writes it; what is no date as it is."""
        found = _DATE.fullmatch(date)
        if not (found and self.day_first):
            return date
        return self.day_first.join(part for part in reversed(found.groups()) if part)

    def moment(self, text: str) -> str:
        """Return a date, or a date and time (RFC 3339), as this language writes it; anything else as it is."""
        found = _INSTANT.fullmatch(text)
        if not found:
            return self.day(text)
        day, time, seconds, zone = found.groups()
        return f"{self.day(day)} {time}{seconds if seconds != ':00' else ''} {zone}"

    def size(self, text: str) -> str:
        """Return numbers with their units as this language writes them."""
        return _NUMBER.sub(self.decimal, text)


def _read(code: str) -> GNUTranslations:
    file = resources.files(__package__) / "locale" / code / "LC_MESSAGES" / "form.mo"
    with file.open("rb") as content:
        return GNUTranslations(content)


ENGLISH: Final = Language("en", "English", NullTranslations())
GERMAN: Final = Language("de", "Deutsch", _read("de"), day_first=".", decimal=",")
LANGUAGES: Final[Mapping[str, Language]] = {one.code: one for one in (ENGLISH, GERMAN)}


def named(code: str) -> Language:
    """Return the language an installation starts with; English where it says nothing. Raises SettingError."""
    if code and code not in LANGUAGES:
        raise SettingError("EMH_WEB_LANGUAGE", list(LANGUAGES))
    return LANGUAGES.get(code, ENGLISH)


def chosen(cookie: str, accepted: str, default: Language) -> Language:
    """Return the language of a request: chosen on a page, else the first known of Accept-Language, else ``default``."""
    if cookie in LANGUAGES:
        return LANGUAGES[cookie]
    wanted = [
        (float(found[2] or 1), found[1].lower()) for found in map(_WANTED.fullmatch, accepted.split(",")) if found
    ]
    known = [(weight, code) for weight, code in wanted if weight and code in LANGUAGES]
    return LANGUAGES[max(known, key=lambda one: one[0])[1]] if known else default
