"""How amounts are printed: exactly, half up, and a lower bound never above what it bounds."""

from fractions import Fraction

import pytest

from costcalc.analysis.quantities import find
from costcalc.analysis.quantity import NOT_COUNTED, NOT_RUN, UNKNOWN, Amount, Ratio
from costcalc.report.amounts import PLAIN, PREFIXES, Scale, number_data, rounded


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (Fraction(5, 1000), 2, "0.01"),  # half up, where a float's 0.005 and round() give 0.0
        (Fraction(15, 10), 0, "2"),
        (Fraction(25, 10), 0, "3"),
        (Fraction(2675, 1000), 2, "2.68"),  # the float 2.675 lies below
        (Fraction(4999, 1_000_000), 2, "0.00"),
        (Fraction(0), 2, "0"),
        (Fraction(999_995, 1000), 2, "1,000.00"),
        (Fraction(10**40 + 1, 10), 1, "1," + ",".join(["000"] * 13) + ".1"),
        (Fraction(-15, 10), 1, "-1.5"),
    ],
)
def test_rounding(number: Fraction, digits: int, text: str) -> None:
    assert rounded(number, digits) == text


def test_a_lower_bound_is_not_rounded_up() -> None:
    bound = Amount(6_999_999, "lower bound")
    assert Scale("M").cell(bound) == "≥ 6.99"
    assert Scale("M").cell(Amount(6_999_999)) == "7.00"
    assert PLAIN.cell(bound) == "≥ 6,999,999"


def test_words_in_place_of_numbers() -> None:
    for scale in (PLAIN, Scale("M")):
        assert [scale.cell(amount) for amount in (UNKNOWN, NOT_RUN, NOT_COUNTED)] == ["unknown", "not run", None]


def test_prefixes() -> None:
    assert {prefix: Scale(prefix, 0).cell(Amount(2**50)) for prefix in ("k", "T", "Ki", "Ti")} == {
        "k": "1,125,899,906,843",  # 1,125,899,906,842,624
        "T": "1,126",
        "Ki": f"{2**40:,}",
        "Ti": "1,024",
    }
    assert set(PREFIXES) == {"", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"}


def test_a_ratio_is_not_scaled() -> None:
    ratio = Ratio("reuse", "reuse", find("mult_adds"), find("params"))
    assert Scale("M", 1).heading(ratio) == "reuse"
    assert Scale("M", 1).heading(find("params")) == "params (M)"
    assert [scale.cell(Amount(Fraction(4999, 2))) for scale in (PLAIN, Scale("M", 1))] == ["2,499.50", "2,499.5"]
    assert [number_data(Fraction(n, 2)) for n in (4, 3)] == [2, [3, 2]]
