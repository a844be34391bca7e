"""The networks that calibrate measures constants on: their kinds of work, and the constants by hand."""

import pytest

from costcalc.analysis.device import OF_KERNELS

pytest.importorskip("torch")

from costcalc.analysis.kernel_times import WORK, seconds
from costcalc.analysis.kernels import kernels
from costcalc.measure.probes import PROBES, Work, constants
from costcalc.spec.run import Run


def test_a_network_per_constant() -> None:
    """The kernels of each, but of the one of calls, have the constant that it is for."""
    assert set(PROBES) == set(OF_KERNELS)
    for kind, probe in PROBES.items():
        found = kernels(Run(probe.graph(2)))
        assert kind == "op" or all(kind in WORK[each.kind] for each in found), kind
    assert len(kernels(Run(PROBES["op"].graph(1)))) == 24


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_networks_take_what_was_measured(dtype: str) -> None:
    """Constants are made up, each network takes the seconds that they give it: they are found again."""
    made_up = {kind: (1e-12 if kind.endswith("bytes") else 1e-14) * (at + 2) for at, kind in enumerate(OF_KERNELS)}
    works = {}
    for kind, probe in PROBES.items():
        found = kernels(Run(probe.graph(2), dtype=dtype))
        taken = 24 * made_up["op"] if kind == "op" else sum(seconds(each, made_up) for each in found)
        macs, nbytes = sum(each.macs for each in found), sum(each.nbytes for each in found)
        works[kind] = Work(len(found), macs, nbytes, taken)
    assert constants(works) == pytest.approx(made_up, rel=1e-3)


def test_what_overlaps_by_hand() -> None:
    """3 s of mult-adds and 4 s of bytes take 5 s; 1 s of mult-adds and 8 s of bytes the square root of 65."""
    works = dict.fromkeys(OF_KERNELS, Work(1, 3.0, 4, 5.0)) | {
        "conv_bytes": Work(1, 1.0, 8, 65**0.5), "product_bytes": Work(1, 1.0, 8, 65**0.5),
        "depthwise_bytes": Work(1, 0.0, 2, 2.0),
    }  # fmt: skip
    found = constants(works)
    assert {kind: found[kind] for kind in ("conv", "conv_bytes", "grouped", "attention", "depthwise_wide")} == {
        "conv": 1.0, "conv_bytes": 1.0, "grouped": 1.0, "attention": 1.0, "depthwise_wide": 1.0,
    }  # fmt: skip


def test_no_constant_is_zero() -> None:
    """A network that takes less than its bytes alone: a quarter of its seconds are its mult-adds'."""
    works = dict.fromkeys(OF_KERNELS, Work(1, 2.0, 4, 1.0)) | {"depthwise_bytes": Work(1, 0.0, 1, 1.0)}
    assert constants(works)["depthwise_wide"] == 0.125
    assert min(constants(works).values()) > 0
