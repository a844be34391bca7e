from costcalc.spec import Count, product
from costcalc.spec.count import ZERO


def test_text_and_number_come_from_one_object() -> None:
    """Szegedy et al. 2015, Table 1: a full 7x7/2 convolution on 224x224 would be 118.0M."""
    count = product(C_out=64, H_out=112, W_out=112, C_in=3, k_h=7, k_w=7)
    assert count.symbols == "C_out·H_out·W_out·C_in·k_h·k_w"
    assert count.digits == "64·112·112·3·7·7"
    assert count.formula == "64·112·112·3·7·7 = 118,013,952"
    assert count.value == 64 * 112 * 112 * 3 * 7 * 7


def test_a_batch_of_one_is_left_out_of_the_text() -> None:
    assert product(N=1, D_in=3).digits == "3"
    assert product(N=2, D_in=3).digits == "2·3"
    assert product(N=1).digits == "1"


def test_sums() -> None:
    count = product(a=2, b=3) + product(c=4)
    assert (count.symbols, count.digits, count.value) == ("a·b + c", "2·3 + 4", 10)
    assert (ZERO.value, ZERO.formula, Count() == ZERO) == (0, "0", True)


def test_factors_need_not_be_integers() -> None:
    import numpy

    sides = numpy.array([7, 14])
    assert list(product(C=3, H=sides, W=sides).value) == [3 * 49, 3 * 196]
