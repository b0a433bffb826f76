"""HTML of the form, by the jinja2 templates in templates/web. What was typed only ever reaches them as data."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emh_report.catalog.source import builtin_root
from emh_report.phrases import is_ours
from emh_report.web.language import CLINICAL, LANGUAGES, Language

STATIC: Final = Path(str(resources.files(__package__) / "static"))


@lru_cache(maxsize=len(LANGUAGES))
def environment(language: Language) -> Environment:
    """Return the templates in one language, compiled once."""
    made = Environment(
        loader=FileSystemLoader(builtin_root() / "web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
    apart = language.code != CLINICAL
    made.globals |= {
        "version": assets(),
        "language": language,
        "others": [one for one in LANGUAGES.values() if one.code != language.code],
        "clinical": Markup(f' lang="{CLINICAL}"') if apart else "",  # noqa: S704 - a constant
        "ours": Markup(f' lang="{language.code}"') if apart else "",  # noqa: S704 - a code of our own table
    }
    made.tests["phrase"] = is_ours
    made.filters |= {
        "say": language.say,
        "day": language.day,
        "size": language.size,
        "local": lambda instant: local(instant, language),
        "examined": lambda started: examined(started, language),
    }
    return made


def local(instant: str, language: Language) -> str:
    """Return an instant (RFC 3339) as day and time of day where this service runs."""
    here = datetime.fromisoformat(instant).astimezone()
    return f"{language.day(here.date().isoformat())} {here:%H:%M}"


def examined(started: str, language: Language) -> str:
    """Return when an examination started, to the minute as far as that is known."""
    day, _, time = started.partition("T")
    return f"{language.day(day)} {time[: len('hh:mm')]}".rstrip()


@lru_cache(maxsize=1)
def assets() -> str:
    """Return what names this version of scripts and styles, so that browsers may keep them."""
    content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file())
    return hashlib.sha256(content).hexdigest()[:12]


def render(language: Language, template: str, **values: object) -> str:
    """Return one page."""
    return environment(language).get_template(template).render(**values)


def part(language: Language, name: str, *values: object) -> str:
    """Return one macro of parts.html.j2, as the page has it."""
    return str(getattr(environment(language).get_template("parts.html.j2").module, name)(*values))
