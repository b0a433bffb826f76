"""Reports in a row, for the tests of priors: a fictional patient with paraspinal masses and a large spleen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emh_report.context import Context, Identifier, Patient, ReportIdentity, ReportStatus, Study
from emh_report.draft import Boolean, Coded, Date, DateTime, Draft, Group, Item, Levels, Measurement, Quantity, Text
from emh_report.priors import Examined, examine
from tests.case_files import catalog

SYSTEM = "https://fhir.hospital.test/report"
PATIENT = Patient((Identifier("https://fhir.hospital.test/mrn", "M-77"),), "Course", ("Clara",), "1980-02-03")


@dataclass(frozen=True)
class L:
    """One lesion as a test writes it: size and levels as text, everything else as codes."""

    uid: str
    size: str = ""
    site: str = "paraspinal-thoracic"
    side: str = "left"
    levels: str = "T8-T10"
    presence: str = "present"
    status: str = ""
    prior: str = ""
    tracking_uid: str = ""
    tracking_id: str = ""
    parts: tuple[str, ...] = ()


def measured(text: str) -> Measurement:
    """Read "42 x 30 mm"."""
    axes, _, unit = text.rpartition(" ")
    return Measurement(tuple(axes.split(" x ")), unit)


def lesion(one: L) -> Group:
    """Return the group of one lesion; what is empty is not answered."""
    upper, _, lower = one.levels.partition("-")
    items = [
        Item("presence", Coded(one.presence)) if one.presence else None,
        Item("site", Coded(one.site)) if one.site else None,
        Item("laterality", Coded(one.side)) if one.side else None,
        Item("levels", Levels(upper, lower or upper)) if one.levels else None,
        *(Item("site-part", Coded(part, text=f"part of {one.uid}" if part == "other" else "")) for part in one.parts),
        Item("size", measured(one.size)) if one.size else None,
        Item("prior-size", measured(one.prior)) if one.prior else None,
        Item("change-status", Coded(one.status)) if one.status else None,
        Item("tracking-uid", Text(one.tracking_uid)) if one.tracking_uid else None,
        Item("tracking-id", Text(one.tracking_id)) if one.tracking_id else None,
    ]
    return Group("finding", one.uid, tuple(item for item in items if item is not None))


def report(  # noqa: PLR0913 - what a test varies
    day: str,
    lesions: Iterable[L] = (),
    *,
    volume: str = "",
    overall: str = "",
    modality: str = "CT",
    compared: str = "",
    number: str = "",
    extra: Iterable[Group] = (),
) -> tuple[Draft, Context]:
    """Return draft and context of a follow-up; sizes of the spleen in mL. ``compared`` is the date it names."""
    groups = [Group("procedure", "procedure", (Item("exam-date", DateTime(day)),))] if day else []
    if compared:
        groups.append(Group("comparison-statement", "statement", (Item("comparison-available", Boolean(value=True)),)))
        groups.append(Group("comparison", "comparison-1", (Item("prior-date", Date(compared)),)))
    if overall:
        groups.append(Group("followup", "followup", (Item("overall-status", Coded(overall)),)))
    groups += [lesion(one) for one in lesions]
    if volume:
        spleen = (Item("organ", Coded("spleen")), Item("spleen-volume", Quantity(volume, "mL")))
        groups.append(Group("organ", "spleen", spleen))
    identity = ReportIdentity(Identifier(SYSTEM, number or f"R-{day}"), 1, ReportStatus.FINAL)
    studies = (Study(f"1.2.3.{day.replace('-', '').lstrip('0') or 0}", (modality,), day),) if modality else ()
    draft = Draft("emh-followup", "1.3.0", (*groups, *extra))
    return draft, Context(report=identity, patient=PATIENT, studies=studies)


def examined(day: str, *lesions: L, **options: object) -> Examined:
    """Return a report, read."""
    return examine(catalog(), *report(day, lesions, **options))  # type: ignore[arg-type]  # options of report


def course_of_four() -> list[Examined]:
    """Return four CTs of two years: one mass shrinks and grows again, one resolves, one is new at the end."""
    first = examined("2022-01-10", L("a", "60 x 40 mm"), L("b", "31 mm", side="right", levels="T6-T7"), volume="2100")
    second = examined("2022-07-04", L("x", "4.10 x 3 cm"), L("y", "20 mm", side="right", levels="T6-T7"), volume="1800")
    gone = L("q", side="right", levels="T6-T7", presence="absent")
    third = examined("2023-02", L("p", "38 mm", levels="T9-T10"), gone, volume="1300")
    new = L("n", "22 x 10 mm", site="presacral", side="", levels="S1-S3")
    fourth = examined("2024-03-12", L("l", "52 x 41 mm", levels="T8-T10"), new, volume="1250.5")
    return [first, second, third, fourth]
