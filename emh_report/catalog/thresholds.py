"""Reading templates/thresholds.toml. A site's own file of that name takes its place."""

from __future__ import annotations

from decimal import Decimal

from emh_report.catalog.files import ThresholdFile, ThresholdsFile
from emh_report.catalog.reading import read
from emh_report.catalog.source import Source
from emh_report.errors import CatalogError
from emh_report.thresholds import Threshold, Thresholds

DIAMETERS = "mm"
"""The unit in which diameters are compared."""


def read_thresholds(source: Source) -> Thresholds:
    """Return the limits of change. Raises CatalogError for one that could never be, or always is, reached."""
    shape, path = read(source, "thresholds", ThresholdsFile)
    named = {name: getattr(shape, name) for name in Thresholds._fields}
    for name, threshold in named.items():
        for key in ("percent", "by"):
            if name in NEEDED[key] and Decimal(getattr(threshold, key)) <= 0:
                raise CatalogError(str(path), f"{name}.{key}", "a decimal above 0 is needed")
        if name in NEEDED["by"] and threshold.unit != DIAMETERS:
            raise CatalogError(str(path), f"{name}.unit", f"diameters are compared in {DIAMETERS}")
    return Thresholds(**{name: _threshold(threshold) for name, threshold in named.items()})


NEEDED = {"percent": ("increase", "decrease", "spleen"), "by": ("increase", "node")}


def _threshold(shape: ThresholdFile) -> Threshold:
    return Threshold(
        percent=Decimal(shape.percent),
        by=Decimal(shape.by),
        unit=shape.unit,
        borrowed_from=shape.borrowed_from,
        references=tuple(shape.refs),
        note=shape.note,
    )
