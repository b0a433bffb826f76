"""Elements of SVG. Colours are presentation attributes, for paper; a style sheet may say otherwise by class."""

from __future__ import annotations

from html import escape
from typing import Final

INK: Final = "#16191d"
SOFT: Final = "#5a656f"
LINE: Final = "#9aa3ab"
GROUND: Final = "#eef1f4"
ORGAN: Final = "#dfe5ea"
TOUCHED: Final = "#f3d9a6"
URGENT: Final = "#a81d17"
FONT: Final = "Noto Sans, Liberation Sans, DejaVu Sans, sans-serif"

Value = str | float


def number(value: float) -> str:
    """Return a number as short as it can be."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(name: str, content: str = "", /, **attributes: Value) -> str:
    """Return an element; ``content`` is markup. An underscore in a name stands for a hyphen, ``class_`` for class."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else number(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>"


def text(words: str, x: float, y: float, size: float, /, **attributes: Value) -> str:
    """Return words at a point."""
    usual: dict[str, Value] = {"font_size": size, "font_family": FONT, "fill": INK}
    return element("text", escape(words), x=x, y=y, **(usual | attributes))


def picture(title: str, words: str, content: str, width: float, height: float, /, **attributes: Value) -> str:
    """Return a whole drawing with its title and what it shows, for those who cannot see it."""
    head = element("title", escape(title)) + (element("desc", escape(words)) if words else "")
    usual: dict[str, Value] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {number(width)} {number(height)}",
        "width": width,
        "height": height,
        "role": "img",
    }
    return element("svg", head + content, **(usual | attributes))
