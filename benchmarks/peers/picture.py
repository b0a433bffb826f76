"""A bar chart with a logarithmic scale, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, LABEL, ROW, TOP = 900, 330, 30, 64
OURS, OTHERS = "#1f6f8b", "#9aa5b1"


class Bar(NamedTuple):
    """One bar: what it is, how many a second, and whether it is this project's."""

    label: str
    rate: float
    ours: bool


def bars(title: str, unit: str, found: Sequence[Bar]) -> str:
    """Return the chart. Each step of the scale is ten times the one before."""
    low = 10 ** math.floor(math.log10(min(bar.rate for bar in found)))
    high = 10 ** math.ceil(math.log10(max(bar.rate for bar in found)))
    scale = (WIDTH - LABEL - 90) / (math.log10(high / low) or 1)
    height = TOP + ROW * len(found) + 30
    body = [_scale(low, high, scale, height), *(_bar(n, bar, low, scale) for n, bar in enumerate(found))]
    size = f'viewBox="0 0 {WIDTH} {height}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="16" y="24" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="16" y="44" fill="#555">{escape(unit)}</text>',
    ]
    return "\n".join([*head, *body, "</svg>\n"])


def _scale(low: float, high: float, scale: float, height: int) -> str:
    lines = []
    for step in range(round(math.log10(high / low)) + 1):
        x = LABEL + step * scale
        lines.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - 26}" stroke="#dde1e6"/>')
        name = f"{low * 10**step:,g}".replace(",", " ")
        lines.append(f'<text x="{x:.1f}" y="{height - 10}" fill="#555" text-anchor="middle">{name}</text>')
    return "\n".join(lines)


def _bar(number: int, bar: Bar, low: float, scale: float) -> str:
    y, length = TOP + number * ROW, math.log10(bar.rate / low) * scale
    rate = f"{bar.rate:,.0f}".replace(",", " ") if bar.rate >= 10 else f"{bar.rate:.1f}"  # noqa: PLR2004 - two digits
    return (
        f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect x="{LABEL}" y="{y}" width="{max(length, 1):.1f}" height="20" fill="{OURS if bar.ours else OTHERS}"/>'
        f'<text x="{LABEL + length + 6:.1f}" y="{y + 15}">{rate}</text>'
    )
