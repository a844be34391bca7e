"""Each variant of a convolution: params, mult-adds and receptive field, as in the papers; and the width that pays."""

import pytest

import costcalc
from costcalc import CostcalcError
from costcalc.analysis.bottleneck import bottleneck

X = (192, 28, 28)
POSITIONS = 28 * 28


def test_each_variant() -> None:
    """The formulas of Howard et al. 2017 (3.1), Sandler et al. 2018 (Table 1) and Xie et al. 2017 (3.3)."""
    b = bottleneck(X, 32, 5, [16, 64], expand=[1, 6], separable=True, groups=[1, 4])
    wide = 6 * 192
    params = {
        "reduce 16": 192 * 16 + 16 * 25 * 32,
        "reduce 64": 192 * 64 + 64 * 25 * 32,
        "reduce 16, 4 groups": 192 * 16 + 16 // 4 * 25 * 32,
        "reduce 64, 4 groups": 192 * 64 + 64 // 4 * 25 * 32,
        "expand 1": 192 * 25 + 192 * 32,
        "expand 6": 192 * wide + wide * 25 + wide * 32,
        "separable": 192 * 25 + 192 * 32,
    }
    assert {v.name: v.params for v in b.variants} == params
    assert {v.name: v.macs for v in b.variants} == {name: POSITIONS * number for name, number in params.items()}
    assert {v.receptive_field for v in (b.direct, *b.variants)} == {5}


def test_groups_alone() -> None:
    (four, eight) = bottleneck(X, 32, 3, groups=[4, 8]).variants
    assert (four.name, four.params) == ("4 groups", 32 * 192 // 4 * 9)
    assert (eight.name, eight.params) == ("8 groups", 32 * 192 // 8 * 9)


@pytest.mark.parametrize("kernel", [1, 2, 3, 7])
def test_the_receptive_field(kernel: int) -> None:
    """A 1x1 adds nothing: 1 + (kernel - 1)."""
    b = bottleneck(X, 32, kernel, 16, expand=2, separable=True, groups=2)
    assert [v.receptive_field for v in (b.direct, *b.variants)] == [kernel] * 4


@pytest.mark.parametrize(("channels", "out", "kernel", "widths"), [
    (192, 32, 5, [24, 48, 96, 154]),  # 192·25·32 / (192 + 25·32) = 154.8
    (96, 32, 3, [12, 24, 48, 71]),  # 96·9·32 / (96 + 9·32) = 72: there both cost the same
    (64, 64, 1, [8, 16, 31, 32]),  # 64·64 / 128 = 32
    (3, 1, 1, [1]),  # 3 / 4: none pays; half of 3
    (1, 1, 3, []),  # 9 / 10: none pays
])  # fmt: skip
def test_usual_widths_and_the_largest_that_pays(channels: int, out: int, kernel: int, widths: list[int]) -> None:
    b = bottleneck((channels, 8, 8), out, kernel)
    assert [v.name for v in b.variants] == [f"reduce {width}" for width in widths]


@pytest.mark.parametrize("groups", [1, 2, 4, 8])
@pytest.mark.parametrize(("channels", "kernel"), [(24, 3), (96, 3), (64, 1), (16, 5)])
def test_the_largest_width_that_pays_by_groups(groups: int, channels: int, kernel: int) -> None:
    """A multiple of the groups: it costs less than the direct convolution, and the next multiple does not."""
    (pays,) = bottleneck((channels, 9, 9), 32, kernel, groups, groups=groups).pays

    def costs(width: int) -> int:
        return width * channels + 32 * width // groups * kernel**2

    direct = channels * 32 * kernel**2
    assert pays.up_to % groups == 0
    assert costs(pays.up_to + groups) >= direct
    assert pays.up_to == 0 or costs(pays.up_to) < direct


def test_the_frame() -> None:
    pytest.importorskip("pandas")
    frame = costcalc.bottleneck(X, 32, 5, range(16, 33, 16)).to_pandas()
    assert list(frame.columns) == ["variant", "params", "mult_adds", "share_of_direct", "receptive_field"]
    assert list(frame["receptive_field"]) == [5, 5, 5]
    assert list(frame["params"]) == [192 * 25 * 32, 15_872, 2 * 15_872]


@pytest.mark.parametrize(("given", "line"), [
    ({"groups": 5}, "groups=5 must divide the 32 output channels"),
    ({"reduce": 6, "groups": 4}, "groups=4 must divide the 6 input and 32 output channels"),
    ({"reduce": [16, 0]}, "reduce="),
    ({"reduce": "16"}, "reduce="),
    ({"expand": 1.5}, "expand="),
    ({"separable": "yes"}, "separable='yes' must be True or False"),
])  # fmt: skip
def test_what_is_refused(given: dict[str, object], line: str) -> None:
    with pytest.raises(CostcalcError, match=line):
        bottleneck(X, 32, 5, **given)  # type: ignore[arg-type]
