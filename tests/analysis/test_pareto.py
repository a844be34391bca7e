from fractions import Fraction

import numpy
import pytest

from costcalc.analysis.pareto import front


def brute(costs: list[list[int]]) -> list[bool]:
    """A point is on the front unless another is at most as large in everything and less in something."""
    return [
        not any(all(a <= b for a, b in zip(other, one, strict=True)) and other != one for other in costs)
        for one in costs
    ]


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
@pytest.mark.parametrize("points", [1, 2, 300])
@pytest.mark.parametrize("largest", [2, 30, 10**12])
def test_random_points(objectives: int, points: int, largest: int) -> None:
    costs = numpy.random.default_rng(0).integers(-largest, largest, (points, objectives))
    assert front(costs).tolist() == brute(costs.tolist())


def test_numbers_of_any_kind() -> None:
    """Beyond 64 bits, and fractions."""
    wide = numpy.array([[10**30, 1], [10**30 + 1, 0], [10**30 + 1, 1]], dtype=object)
    assert front(wide).tolist() == [True, True, False]
    ratios = numpy.array([[Fraction(1, 3)], [Fraction(1, 3)], [Fraction(1, 2)]], dtype=object)
    assert front(ratios).tolist() == [True, True, False]


def test_no_points() -> None:
    assert front(numpy.zeros((0, 2))).tolist() == []
