"""Random drafts and contexts as a wire message may carry them: no template has to like them."""

from hypothesis import strategies as st

from emh_report import draft as d
from emh_report.context import (
    Context,
    Focus,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Series,
    Sex,
    Study,
)

_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn"]), max_size=6)
TEXT = st.sampled_from(["", "a", "4.20", "T5", "größer\n2", "{{ 7*7 }}"]) | _ANY_TEXT
INT32 = st.integers(-(2**31), 2**31 - 1)
VALUES = st.one_of(
    st.none(),
    st.builds(d.Coded, TEXT, TEXT, TEXT),
    st.builds(d.Quantity, TEXT, TEXT),
    st.builds(d.Integer, INT32),
    st.builds(d.Boolean, st.booleans()),
    st.builds(d.Date, TEXT),
    st.builds(d.DateTime, TEXT),
    st.builds(d.Text, TEXT),
    st.builds(d.Levels, TEXT, TEXT, TEXT),
    st.builds(d.Measurement, st.lists(TEXT, max_size=4).map(tuple), TEXT),
    st.builds(d.Image, TEXT, TEXT, TEXT, TEXT, st.lists(INT32, max_size=3).map(tuple), INT32, INT32),
    st.sampled_from(d.Absent),
)
ITEMS = st.lists(st.builds(d.Item, TEXT, VALUES), max_size=5).map(tuple)
DRAFTS = st.builds(
    d.Draft,
    TEXT,
    TEXT,
    st.lists(st.builds(d.Group, TEXT, TEXT, ITEMS), max_size=4).map(tuple),
    TEXT,
    st.sampled_from(d.ReportMode),
    st.lists(st.builds(d.Override, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)
IDENTIFIERS = st.builds(Identifier, TEXT, TEXT)
NAMES = st.lists(TEXT, max_size=2).map(tuple)
PEOPLE = st.builds(Practitioner, IDENTIFIERS, TEXT, NAMES)
STUDIES = st.builds(
    Study, TEXT, NAMES, TEXT, TEXT, TEXT, st.lists(st.builds(Series, TEXT, INT32, TEXT, TEXT), max_size=2).map(tuple)
)
CONTEXTS = st.builds(
    Context,
    st.builds(ReportIdentity, IDENTIFIERS, INT32, st.sampled_from(ReportStatus), TEXT),
    st.builds(Patient, st.lists(IDENTIFIERS, max_size=2).map(tuple), TEXT, NAMES, TEXT, st.sampled_from(Sex)),
    st.sampled_from(Focus),
    st.lists(st.builds(Order, IDENTIFIERS, IDENTIFIERS, TEXT, TEXT), max_size=2).map(tuple),
    st.lists(STUDIES, max_size=2).map(tuple),
    PEOPLE,
    st.none() | PEOPLE,
    st.builds(Organization, IDENTIFIERS, TEXT),
    st.booleans(),
)
