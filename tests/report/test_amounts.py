"""How amounts are printed: exactly, half up, and a lower bound never above what it bounds."""

from fractions import Fraction

import pytest

from costcalc.analysis.quantities import find
from costcalc.analysis.quantity import NOT_COUNTED, NOT_RUN, UNKNOWN, Amount, Ratio
from costcalc.report.amounts import number_data
from costcalc.report.style import FULL, PREFIXES, Scale, fitting, plain_name, rounded
from costcalc.report.table import shown


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
    assert Scale("M").cell(bound) == ("≥ 6.99", 6_999_999)
    assert Scale("M").cell(Amount(6_999_999)) == ("7.00", 6_999_999)
    assert FULL.cell(bound) == ("≥ 6,999,999", 6_999_999)


def test_words_in_place_of_numbers() -> None:
    for scale in (FULL, Scale("M")):
        cells = [scale.cell(amount) for amount in (UNKNOWN, NOT_RUN, NOT_COUNTED)]
        assert cells == [("unknown", None), ("not run", 0), None]


def test_prefixes() -> None:
    assert {prefix: shown(Scale(prefix, 0).cell(Amount(2**50))) for prefix in ("k", "T", "Ki", "Ti")} == {
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
    assert [scale.cell(Amount(Fraction(4999, 2))) for scale in (FULL, Scale("M", 1))] == [
        ("2,499.50", 2499.5),
        ("2,499.5", 2499.5),
    ]
    assert [number_data(Fraction(n, 2)) for n in (4, 3)] == [2, [3, 2]]


# Of 4, the third is the middle: half of the numbers are at least one unit.
@pytest.mark.parametrize(
    ("numbers", "prefix"),
    [
        ([6_998_552, 138_357_544], "M"),
        ([1_582_671_872, 15_470_264_320], "G"),
        ([0, 0, 9_408, 0], "k"),
        ([1, 10, 999, 10**12], ""),
        ([10**3, 10**3, 10**6, 10**6], "M"),
        ([2**80], "T"),
        ([0, None], ""),
    ],
)
def test_units_that_fit_a_column(numbers: list[int | None], prefix: str) -> None:
    assert fitting([Amount(number) for number in numbers]) == prefix


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("torchvision:swin_t", "swin t"),
        ("timm:vit_tiny_patch16_224 img_size=384", "vit tiny patch16 224 img size=384"),
        ("nets/small_net.onnx", "small net"),
        ("some.package:make.Net", "make.Net"),
        ("/a b/net.py:Net", "Net"),
        ("Ours: deeper", "Ours: deeper"),
        ("ResNet/50", "ResNet/50"),
        ("googlenet", "googlenet"),
    ],
)
def test_names_in_a_printed_table(name: str, plain: str) -> None:
    assert plain_name(name) == plain
