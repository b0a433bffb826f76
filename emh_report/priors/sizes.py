"""Sizes before and now: exact decimals, converted between units of one dimension, compared only where that is fair."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from emh_report.decimals import Unit
from emh_report.priors.examined import MEASURES, Examined, Lesion
from emh_report.report import Amount, Axes
from emh_report.thresholds import Thresholds

NODE: Final = "lymph-node"
HUNDRED: Final = Decimal(100)
_TENTH: Final = Decimal("0.1")
_AXES_OF_A_NODE: Final = 2


class Why(StrEnum):
    """Why two things cannot be compared; empty where they can."""

    COMPARABLE = ""
    NOT_DESCRIBED = "not-described"
    AMBIGUOUS = "ambiguous"
    PRESENCE_UNKNOWN = "presence-unknown"
    NOT_MEASURED_BEFORE = "not-measured-before"
    NOT_MEASURED_NOW = "not-measured-now"
    OTHER_MEASURE = "other-measure"
    OTHER_UNIT = "other-unit"
    OTHER_MODALITY = "other-modality"
    MODALITY_UNKNOWN = "modality-unknown"
    OTHER_TECHNIQUE = "other-technique"
    OTHER_REGION = "other-region"
    SHORT_AXIS_UNKNOWN = "short-axis-unknown"
    NODE_NOT_MEASURABLE = "node-not-measurable"


class Size(NamedTuple):
    """A size as it was entered, and the number that is compared, in the reference unit of its dimension (mm, mL)."""

    text: str
    unit: Unit
    number: Decimal


class Difference(NamedTuple):
    """Now minus before, in the reference unit, and in percent of before.

    Percents are cut to one decimal, so that none looks as if it reached a limit that it did not reach.
    """

    by: Decimal
    percent: Decimal


def difference(before: Size, now: Size) -> Difference | None:
    """Return how a size differs from an earlier one; None where that was zero."""
    if not before.number:
        return None
    return Difference(now.number - before.number, percent(before.number, now.number))


def percent(before: Decimal, now: Decimal) -> Decimal:
    """Return the relative change in percent of a ``before`` that is not zero."""
    return ((now - before) * HUNDRED / before).quantize(_TENTH, ROUND_DOWN)


def grown(before: Decimal, now: Decimal, thresholds: Thresholds) -> bool:
    """Whether a diameter (mm) reached the limit of increase."""
    limit = thresholds.increase
    return now - before >= limit.by and (now - before) * HUNDRED >= limit.percent * before


def shrunk(before: Decimal, now: Decimal, thresholds: Thresholds) -> bool:
    """Whether a diameter (mm) reached the limit of decrease."""
    return (before - now) * HUNDRED >= thresholds.decrease.percent * before


def status(before: Decimal, smallest: Decimal, now: Decimal, thresholds: Thresholds) -> str:
    """Return the change of a diameter: increased from the smallest known value, decreased from the one before."""
    if grown(smallest, now, thresholds):
        return "increased"
    return "decreased" if shrunk(before, now, thresholds) else "stable"


def is_node(lesion: Lesion) -> bool:
    """Whether the short axis of a lesion is compared, not the longest."""
    return lesion.site is not None and lesion.site.code == NODE


def size(lesion: Lesion, measure: str) -> Size | Why:
    """Return the diameter that is compared: the longest, of a lymph node the short axis."""
    axes = lesion.sizes[measure]
    if not is_node(lesion):
        return Size(_shown(axes), axes.unit, _reference(max(axes.numbers), axes.unit))
    if len(axes.numbers) != _AXES_OF_A_NODE:  # of three axes nobody says which one is the short axis
        return Why.SHORT_AXIS_UNKNOWN
    return Size(_shown(axes), axes.unit, _reference(min(axes.numbers), axes.unit))


def sizes(prior: Lesion, current: Lesion) -> tuple[Size | None, Size | None, Why]:
    """Return the sizes before and now, of one measure, and why they cannot be compared."""
    measure = next((name for name in MEASURES if name in prior.sizes and name in current.sizes), "")
    if not measure or is_node(prior) != is_node(current):  # a person may pair a node with what is now called otherwise
        before, now = stated(prior), stated(current)
        why = Why.OTHER_MEASURE if before and now else Why.NOT_MEASURED_NOW if before else Why.NOT_MEASURED_BEFORE
        return before, now, why
    one, other = size(prior, measure), size(current, measure)
    if isinstance(one, Why) or isinstance(other, Why):
        return stated(prior), stated(current), Why.SHORT_AXIS_UNKNOWN
    same = one.unit.dimension == other.unit.dimension
    return one, other, Why.COMPARABLE if same else Why.OTHER_UNIT


def stated(lesion: Lesion) -> Size | None:
    """Return the size that a report gives of a lesion, with its longest axis; None where it gives none."""
    axes = next((lesion.sizes[name] for name in MEASURES if name in lesion.sizes), None)
    return Size(_shown(axes), axes.unit, _reference(max(axes.numbers), axes.unit)) if axes else None


def technique(prior: Examined, current: Examined) -> Why:
    """Return why sizes of two examinations are not comparable: another modality or technique, or not known which."""
    if any(same is False for same in _said(prior, current)):
        return Why.OTHER_TECHNIQUE
    if not prior.modalities or not current.modalities:
        return Why.MODALITY_UNKNOWN
    return Why.OTHER_MODALITY if prior.modalities.isdisjoint(current.modalities) else Why.COMPARABLE


def region(prior: Examined, current: Examined) -> Why:
    """Return why a lesion may have been there unseen: this examination shows more of the body than the earlier one."""
    known = prior.regions and current.regions
    return Why.OTHER_REGION if known and not current.regions <= prior.regions else Why.COMPARABLE


def _said(prior: Examined, current: Examined) -> list[bool | None]:
    """Return what this report says about the technique of that examination."""
    return [
        comparison.same_technique
        for comparison in current.comparisons
        if names(comparison.study, comparison.date, prior)
    ]


def names(study: str, date: str, prior: Examined) -> bool:
    """Whether a comparison with this Study Instance UID and date means the examination of ``prior``."""
    studies = {one.study_instance_uid for one in prior.context.studies}
    return study in studies if study and studies else bool(date) and date == prior.date


def amount(value: Amount) -> Size:
    """Return a volume or length of an organ as a size."""
    return Size(f"{value.text} {value.unit.display}", value.unit, _reference(value.number, value.unit))


def _shown(axes: Axes) -> str:
    return f"{' × '.join(axes.texts)} {axes.unit.display}"


def _reference(number: Decimal, unit: Unit) -> Decimal:
    return number * unit.factor
