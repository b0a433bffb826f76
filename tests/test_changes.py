"""What differs between two drafts: nothing is missed, nothing is made up."""

from hypothesis import given
from hypothesis import strategies as st

from emh_report.changes import Change, ChangeKind, compare, lines, takes_back
from emh_report.draft import Coded, Draft, Group, Item, Measurement, Quantity, Text
from tests.case_files import catalog

ITEMS = st.lists(
    st.sampled_from(
        [
            Item("size", Quantity("4.20", "cm")),
            Item("size", Quantity("4.2", "cm")),
            Item("a", Text("x")),
            Item("a", None),
        ]
    ),
    max_size=4,
).map(tuple)
GROUPS = st.lists(
    st.builds(Group, st.sampled_from(["finding", "organ"]), st.sampled_from(["", "1", "2"]), ITEMS),
    max_size=4,
    unique_by=lambda group: group[:2],
).map(tuple)
ABSENT = Item("emh-conclusion", Coded("absent"))
DRAFTS = GROUPS.map(lambda groups: Draft("emh-ct-body", "1", groups))


def answers(draft: Draft) -> dict[tuple[str, str, str], list[object]]:
    found: dict[tuple[str, str, str], list[object]] = {}
    for group in draft.groups:
        found[group.group_id, group.uid, ""] = []
        for item in group.items:
            found.setdefault((group.group_id, group.uid, item.field_id), []).append(item.value)
    return found


@given(DRAFTS, DRAFTS)
def test_every_difference_is_one_change(before: Draft, after: Draft) -> None:
    old, new = answers(before), answers(after)
    differing = {place for place in old.keys() | new.keys() if old.get(place) != new.get(place)}
    changes = compare(before, after)
    assert {(change.group_id, change.group_uid, change.field_id) for change in changes} == differing
    assert len(changes) == len(differing)
    kinds = {True: ChangeKind.ADDED, False: ChangeKind.CHANGED}
    for change in changes:
        place = (change.group_id, change.group_uid, change.field_id)
        assert change.kind is (ChangeKind.REMOVED if place not in new else kinds[place not in old])


@given(DRAFTS)
def test_the_same_is_no_change(draft: Draft) -> None:
    assert compare(draft, draft) == ()


def draft(*items: Item) -> Draft:
    return Draft("emh-ct-body", "1", (Group("impression", "i", items),))


def test_digits_count() -> None:
    (change,) = compare(draft(Item("x", Quantity("4.20", "cm"))), draft(Item("x", Quantity("4.2", "cm"))))
    assert (change.before, change.after) == (("4.20 cm",), ("4.2 cm",))


def test_a_decimal_comma_is_no_change() -> None:
    comma = draft(Item("x", Quantity("4,20", "cm")), Item("y", Measurement(("3,5", "2"), "cm")))
    point = draft(Item("x", Quantity("4.20", "cm")), Item("y", Measurement(("3.5", "2"), "cm")))
    assert compare(comma, point) == compare(point, comma) == ()
    (change,) = compare(draft(Item("x", Quantity("1,234", "cm"))), draft(Item("x", Quantity("1.234", "cm"))))
    assert (change.before, change.after) == (("1,234 cm",), ("1.234 cm",))  # the former was never read


def test_lines_are_in_the_words_of_the_template() -> None:
    before = draft(Item("emh-conclusion", Coded("present")), Item("impression", Text("One.")))
    after = draft(
        Item("emh-conclusion", Coded("absent")), Item("impression", Text("One.")), Item("impression", Text("2."))
    )
    template = catalog().plan("emh-ct-body").template
    assert lines(compare(before, after), template) == [
        "Impression (i), Extramedullary hematopoiesis: Present → Absent",
        "Impression (i), Impression: One. → One.; 2.",
    ]
    removed = compare(after, Draft("emh-ct-body", "1", ()))
    assert lines(removed)[:2] == ["impression (i): removed", "impression (i), emh-conclusion: removed absent"]
    assert lines(compare(draft(), draft(ABSENT)), template) == [
        "Impression (i), Extramedullary hematopoiesis: added Absent"
    ]


def test_only_additions_take_nothing_back() -> None:
    first = draft(Item("impression", Text("One.")))
    more = draft(Item("impression", Text("One.")), Item("impression", Text("Two.")), Item("x", Text("new")))
    assert takes_back(compare(first, more)) == ()
    assert len(takes_back(compare(more, first))) == 2
    assert len(takes_back(compare(first, draft(Item("impression", Text("One. And more.")))))) == 1


def test_a_pending_communication_may_be_reported() -> None:
    told = Change(ChangeKind.CHANGED, "critical", "c", "communication-status", ("pending",), ("communicated",))
    reason = Change(ChangeKind.REMOVED, "critical", "c", "communication-pending-reason", ("nobody answers",), ())
    untold = told._replace(before=("communicated",), after=("pending",))
    assert takes_back([told, reason]) == ()
    assert takes_back([untold]) == (untold,)


def test_a_group_that_occurs_once_is_named_without_its_identity_and_once() -> None:
    template = catalog().plan("emh-minimal").template
    before = Draft("emh-minimal", "", (Group("impression", "impression", (Item("impression", Text("One.")),)),))
    after = before._replace(groups=(before.groups[0]._replace(items=(Item("impression", Text("Two.")),)),))
    assert lines(compare(before, after), template) == ["Impression: One. → Two."]
