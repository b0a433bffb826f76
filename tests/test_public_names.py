import pytest

import emh_report


def test_every_public_name_is_there_and_listed_once() -> None:
    assert emh_report.__all__ == sorted(set(emh_report.__all__))
    assert set(emh_report._HOMES) | {"__version__"} == set(emh_report.__all__)
    for name in emh_report.__all__:
        assert getattr(emh_report, name) is not None


def test_a_name_that_is_not_there_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reports'"):
        emh_report.reports  # noqa: B018
