"""Start-up cost of templates/: tomllib of the standard library against tomli's compiled wheel (docs/adr/0004).

    .venv/bin/python -m pip install tomli
    .venv/bin/python -m benchmarks.toml_parsing

Files are read before the clock starts; both parsers run in one process.
"""

import importlib
import statistics
import time
from decimal import Decimal
from pathlib import Path

import click

from emh_report.catalog import load_catalog

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def milliseconds(parser: str, texts: list[str]) -> float:
    """Return the time to parse every text once, floats as decimals, as the catalog does."""
    loads = importlib.import_module(parser).loads
    start = time.perf_counter()
    for text in texts:
        loads(text, parse_float=Decimal)
    return (time.perf_counter() - start) * 1e3


@click.command()
@click.option("--rounds", default=9, show_default=True)
def main(rounds: int) -> None:
    """Print the median time per parser, the ratio, and what the whole catalog takes with the one that is used."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(TEMPLATES.rglob("*.toml"))]
    print(f"{len(texts)} files, {sum(map(len, texts)) / 1024:.0f} KiB")
    medians = {
        parser: statistics.median(milliseconds(parser, texts) for _ in range(rounds)) for parser in ("tomllib", "tomli")
    }
    for parser, median in medians.items():
        print(f"{parser:8}{median:8.1f} ms{median / medians['tomli']:6.1f}x")
    start = time.perf_counter()
    load_catalog()
    print(f"catalog {(time.perf_counter() - start) * 1e3:8.1f} ms, parsing included")


if __name__ == "__main__":
    main()
