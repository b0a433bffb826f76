"""HTML of the form, by the jinja2 templates in templates/web. What was typed only ever reaches them as data."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emh_report.catalog.source import builtin_root

STATIC: Final = Path(str(resources.files(__package__) / "static"))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates, compiled once."""
    made = Environment(
        loader=FileSystemLoader(builtin_root() / "web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["version"] = assets()
    made.filters["local"] = local
    made.filters["examined"] = lambda started: started[: len("YYYY-MM-DDThh:mm")].replace("T", " ")
    return made


def local(instant: str) -> str:
    """Return an instant (RFC 3339) as day and time of day where this service runs."""
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M")


@lru_cache(maxsize=1)
def assets() -> str:
    """Return what names this version of scripts and styles, so that browsers may keep them."""
    content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file())
    return hashlib.sha256(content).hexdigest()[:12]


def render(template: str, **values: object) -> str:
    """Return one page."""
    return environment().get_template(template).render(**values)


def part(name: str, *values: object) -> str:
    """Return one macro of parts.html.j2, as the page has it."""
    return str(getattr(environment().get_template("parts.html.j2").module, name)(*values))
