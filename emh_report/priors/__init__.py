"""Earlier reports of a patient beside a new one: lesions matched, change computed, a follow-up begun. Pure.

The caller finds the earlier reports and hands them in; nothing here reads a store, a clock or a network.
"""

from __future__ import annotations

from emh_report.priors.change import Course, LesionChange, OverallChange, SpleenChange, follow
from emh_report.priors.contradictions import contradictions
from emh_report.priors.examined import Examined, examine
from emh_report.priors.follow_up import FOLLOW_UP, Carried, FollowUp, Offered, follow_up
from emh_report.priors.matching import Basis, Candidate, Doubt, Match, Matching, Pair, match
from emh_report.priors.page import fragment, whole
from emh_report.priors.series import Series, series
from emh_report.priors.sizes import Difference, Size, Why
from emh_report.priors.trend import draw
from emh_report.priors.wording import Row, rows

__all__ = [
    "FOLLOW_UP",
    "Basis",
    "Candidate",
    "Carried",
    "Course",
    "Difference",
    "Doubt",
    "Examined",
    "FollowUp",
    "LesionChange",
    "Match",
    "Matching",
    "Offered",
    "OverallChange",
    "Pair",
    "Row",
    "Series",
    "Size",
    "SpleenChange",
    "Why",
    "contradictions",
    "draw",
    "examine",
    "follow",
    "follow_up",
    "fragment",
    "match",
    "rows",
    "series",
    "whole",
]
