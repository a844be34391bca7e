import pytest
import torch

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.convert.data import from_data, to_data
from costcalc.measure.timing import time_model
from costcalc.spec import CostcalcError, relu, trace


def check(device: str) -> None:
    graph = zoo.find("vgg11").build(input=(3, 32, 32), batch=2, classes=10)
    ticks: list[float] = []
    timing = time_model(graph, torch.device(device), threads=1, seconds=0.05, by_layer=True, tick=ticks.append)
    assert timing.runs >= 1
    assert 0 < timing.median < 60
    assert timing.images_per_second == pytest.approx(2 / timing.median)
    assert timing.macs_per_second == pytest.approx(Cost(graph).macs / timing.median)
    assert (timing.machine.device, timing.machine.threads, timing.machine.dtype) == (device, 1, "float32")
    assert timing.machine.torch == torch.__version__
    assert timing.machine.hardware
    assert ticks == sorted(ticks)
    assert ticks[-1] == 0.05
    assert [layer.name for layer in timing.layers] == [node.name for node in graph.nodes]
    assert all(layer.seconds > 0 for layer in timing.layers if layer.macs)
    assert sum(layer.macs or 0 for layer in timing.layers) == timing.macs


def test_on_the_cpu() -> None:
    check("cpu")


@pytest.mark.cuda
def test_on_cuda() -> None:
    check("cuda")


def test_meta_has_no_times() -> None:
    with pytest.raises(CostcalcError, match="nothing runs on --device meta"):
        time_model(zoo.find("vgg11").build(), torch.device("meta"))


def test_threads_are_left_as_they_were() -> None:
    before = torch.get_num_threads()
    time_model(zoo.find("vgg11").build(input=(3, 32, 32)), torch.device("cpu"), threads=1, seconds=0.01, by_layer=True)
    assert torch.get_num_threads() == before


def test_layers_of_odd_names() -> None:
    """The profiler ends a name at a NUL; two layers that differ after it are two."""
    data = to_data(trace(lambda x: relu(relu(relu(x, "b"), "c"), "a"), (1, 3)))
    for node, name in zip(data["nodes"], ("a\0b", "a\0c", "a"), strict=True):
        node["name"] = name  # as a file may have it
    graph = from_data(data)
    layers = time_model(graph, torch.device("cpu"), seconds=0.01, by_layer=True).layers
    assert [layer.name for layer in layers] == ["a\0b", "a\0c", "a"]
