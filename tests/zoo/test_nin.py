from math import prod

from against import totals
from printed import imgclsmob_flops

from costcalc import zoo


def test_totals() -> None:
    assert totals("nin") == (7_595_176, 1_100_188_800)  # the authors' Caffe prototxt, at 224
    # osmr/imgclsmob, pytorch/README.md: NIN for CIFAR-10, 966,986 params, FLOPs/2 222.97M
    assert totals("nin_cifar10")[0] == 966_986
    assert imgclsmob_flops(zoo.find("nin_cifar10").build()) == "222.97M"
    assert sum(prod(shape) for shape in zoo.find("nin_cifar10").build(classes=100).weights.values()) == 984_356


def test_the_last_window_is_caffes() -> None:
    """Caffe's rounding leaves 6x6 of 224 and 8x8 of 32, its last pools' windows."""
    assert zoo.find("nin").build().node("cccp8").facts.outputs == ((1, 1000, 6, 6),)
    assert zoo.find("nin_cifar10").build().node("cccp6").facts.outputs == ((1, 10, 8, 8),)


def test_any_size_works() -> None:
    assert zoo.find("nin").build(input=(3, 256, 320)).outputs[0].shape == (1, 1000)
    assert zoo.find("nin_cifar10").build(input=(3, 40, 40)).outputs[0].shape == (1, 10)
