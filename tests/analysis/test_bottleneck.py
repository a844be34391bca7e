import pytest

from costcalc.analysis.bottleneck import bottleneck
from costcalc.spec import CostcalcError


def test_the_5x5_of_the_course_notes() -> None:
    """Ng, "Inception network" (Deep Learning Specialization): 120M multiplications against 12.4M."""
    b = bottleneck((192, 28, 28), out=32, kernel=5, reduce=16)
    first, second = b.variants[0].steps
    assert b.direct.macs == 5 * 5 * 192 * 28 * 28 * 32 == 120_422_400
    assert (first.macs.value, second.macs.value) == (192 * 784 * 16, 25 * 16 * 784 * 32)
    assert first.macs.value + second.macs.value == 12_443_648
    assert b.direct.steps[0].macs.digits == "32·28·28·192·5·5"
    assert (b.pays_up_to, b.pays[0].limit) == (154, (153_600, 192 + 25 * 32))


def test_the_5x5_branch_of_4a() -> None:
    b = bottleneck((480, 14, 14), out=48, kernel=5, reduce=16)
    assert b.direct.macs == 112_896_000
    assert b.variants[0].macs == 1_505_280 + 3_763_200


def test_128_to_256_through_32() -> None:
    b = bottleneck((128, 100, 100), out=256, kernel=5, reduce=32)
    assert (b.direct.params, b.variants[0].params) == (819_200, 4_096 + 204_800)


@pytest.mark.parametrize(("out", "kernel"), [(32, 5), (3, 1), (64, 3), (2, 2), (8, 4)])
def test_the_largest_width_that_pays(out: int, kernel: int) -> None:
    def both(width: int) -> int:
        return bottleneck((24, 9, 9), out, kernel, width).variants[0].params

    b = bottleneck((24, 9, 9), out, kernel, 1)
    assert both(b.pays_up_to + 1) >= b.direct.params
    assert b.pays_up_to == 0 or both(b.pays_up_to) < b.direct.params


def test_no_size() -> None:
    with pytest.raises(CostcalcError, match="like 192x28x28"):
        bottleneck((192, 28), out=32, kernel=5, reduce=16)
