import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.spec import SpecError
from costcalc.spec.shapes import per_axis, same, text, window, windows


def starts(size: int, k: int, stride: int, padding: int, dilation: int, ceil: bool) -> int:
    """Windows counted one by one, by their definition."""
    count, start, reach = 0, -padding, dilation * (k - 1) + 1
    while start + reach <= size + padding and not (ceil and start >= size):
        count, start = count + 1, start + stride
    if ceil and start < size and count and start - stride + reach < size + padding:
        count += 1  # one more, cut off on the right; with ceil each starts inside the input or the left padding
    return count


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.integers(0, 3), st.integers(1, 3), st.booleans())
def test_window_counts_windows(size: int, k: int, stride: int, padding: int, dilation: int, ceil: bool) -> None:
    padding = min(padding, k // 2) if ceil else padding  # only pools round up, and they pad half a window at most
    counted = starts(size, k, stride, padding, dilation, ceil)
    if counted:
        assert window(size, k, stride, padding, dilation, ceil) == counted


def test_ceil_pools_of_googlenet() -> None:
    """Szegedy et al. 2015, Table 1, output sizes: 112 -> 56 -> 28 -> 14 -> 7 by 3x3/2 without padding."""
    assert [window(n, 3, 2, 0, ceil=True) for n in (112, 56, 28, 14)] == [56, 28, 14, 7]
    assert window(112, 3, 2, 0) == 55


@given(st.integers(1, 60), st.integers(1, 7), st.integers(1, 4), st.integers(1, 2))
def test_same_fits_the_ceiling(size: int, k: int, stride: int, dilation: int) -> None:
    before, after = same(size, k, stride, dilation)
    assert 0 <= after - before <= 1
    assert (size + before + after - dilation * (k - 1) - 1) // stride + 1 == -(-size // stride)


def test_a_window_larger_than_its_input_is_named() -> None:
    with pytest.raises(SpecError, match="a window of 5 is larger than the input of 3"):
        windows((3,), (3,), (1,), (0,), (2,))


@pytest.mark.parametrize("value", ["3", None, 2.0, 0, (1, 2, 3), (1, True)])
def test_settings_that_are_no_sizes(value: object) -> None:
    with pytest.raises(SpecError, match=r"^k="):
        per_axis("k", value, 2)  # type: ignore[arg-type]


def test_text() -> None:
    assert text((1, 64, 7, 7)) == "64x7x7"
    assert text((20, 64, 7, 7)) == "20x64x7x7"
