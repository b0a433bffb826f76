"""Yes or no, dates, text, and references to images."""

from __future__ import annotations

from emh_report.context import is_uid
from emh_report.dates import is_partial_date, is_partial_date_time
from emh_report.draft import Boolean, Date, DateTime, Image, Text, Value
from emh_report.report import ReportItem
from emh_report.template import Field
from emh_report.values.rejection import Checked, Checker, Rejected, refuse_unsafe, without_value

_PARTIAL_DATES = ("YYYY", "YYYY-MM", "YYYY-MM-DD")
_UIDS = ("study_instance_uid", "series_instance_uid", "sop_class_uid", "sop_instance_uid")


def boolean(field: Field) -> Checker:
    """Return the checker of a yes/no question."""

    def check(value: Value) -> Checked:
        if type(value) is not Boolean:
            return without_value(field, value)
        return ReportItem(field, value), value.value, ""

    return check


def date(field: Field) -> Checker:
    """Return the checker of a date with partial precision."""

    def check(value: Value) -> Checked:
        if type(value) is not Date:
            return without_value(field, value)
        if not is_partial_date(value.value):
            raise Rejected("bad-date", "needs an existing date as 2024-01-15", _PARTIAL_DATES, "date")
        return ReportItem(field, value), value.value, ""

    return check


def date_time(field: Field) -> Checker:
    """Return the checker of a partial date, or a date and time with time zone."""

    def check(value: Value) -> Checked:
        if type(value) is not DateTime:
            return without_value(field, value)
        if not is_partial_date_time(value.value):
            accepted = (*_PARTIAL_DATES, "YYYY-MM-DDThh:mm:ss+zz:zz")
            message = "needs an existing date as 2024-01-15, or date and time with time zone"
            raise Rejected("bad-date", message, accepted, "date_time")
        return ReportItem(field, value), value.value, ""

    return check


def text(field: Field) -> Checker:
    """Return the checker of free text."""

    def check(value: Value) -> Checked:
        if type(value) is not Text:
            return without_value(field, value)
        if not value.value.strip():
            raise Rejected("empty-text", f"{field.label} is empty; leave the item out instead", (), "text")
        refuse_unsafe(value.value, "text")
        return ReportItem(field, value), value.value, ""

    return check


def image(field: Field) -> Checker:
    """Return the checker of an image reference: a SOP Instance UID, or series and image number."""

    def check(value: Value) -> Checked:
        if type(value) is not Image:
            return without_value(field, value)
        for name in _UIDS:
            uid = getattr(value, name)
            if uid and not is_uid(uid):
                raise Rejected("bad-image", "not a DICOM UID (PS3.5 section 9.1)", (), f"image.{name}")
        if any(frame < 1 for frame in value.frames):
            raise Rejected("bad-image", "frames are counted from 1", (), "image.frames")
        if value.series_number < 0 or value.instance_number < 0:
            raise Rejected("bad-image", "series and image numbers are not negative", (), "image")
        if not value.sop_instance_uid and value.instance_number < 1:
            raise Rejected("bad-image", "needs a SOP Instance UID, or series and image number", (), "image")
        return ReportItem(field, value), value.sop_instance_uid or str(value.instance_number), ""

    return check
