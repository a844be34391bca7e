from pathlib import Path

import pytest
import torch

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.convert.data import from_data, to_data
from costcalc.measure.layer_times import Clock
from costcalc.measure.setting import Setting
from costcalc.measure.subject import Subject
from costcalc.measure.timing import time_model
from costcalc.openers import read
from costcalc.spec import CostcalcError, relu, trace
from costcalc.spec.progress import WATCHER, Task
from costcalc.spec.request import Request


class Watched:
    """Keeps how far each task has come when it ends."""

    def __init__(self) -> None:
        self.done: list[float] = []

    def begin(self, task: Task) -> None:
        assert task.done == 0

    def end(self, task: Task) -> None:
        self.done.append(task.done)


def check(device: str) -> None:
    graph = zoo.find("vgg11").build(input=(3, 32, 32), batch=2, classes=10)
    watcher = Watched()
    token = WATCHER.set(watcher)
    timing = time_model(graph, torch.device(device), threads=1, seconds=0.05, by_layer=True)
    WATCHER.reset(token)
    assert timing.runs >= 1
    assert 0 < timing.median < 60
    assert timing.images_per_second == pytest.approx(2 / timing.median)
    assert timing.macs_per_second == pytest.approx(Cost(graph).macs / timing.median)
    assert (timing.machine.device, timing.machine.threads, timing.machine.dtype) == (device, 1, "float32")
    assert timing.machine.torch == torch.__version__
    assert timing.machine.hardware
    assert watcher.done == [0.05]
    assert [layer.name for layer in timing.layers] == [node.name for node in graph.nodes]
    assert all(layer.seconds > 0 for layer in timing.layers if layer.macs)
    assert sum(layer.macs or 0 for layer in timing.layers) == timing.macs
    assert timing.clocked is not None
    assert timing.outside >= 0
    assert sum(layer.seconds for layer in timing.layers) + timing.outside == pytest.approx(timing.clocked)


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
    """Two layers whose names differ after a NUL are two."""
    data = to_data(trace(lambda x: relu(relu(relu(x, "b"), "c"), "a"), (1, 3)))
    for node, name in zip(data["nodes"], ("a\0b", "a\0c", "a"), strict=True):
        node["name"] = name  # as a file may have it
    graph = from_data(data)
    layers = time_model(graph, torch.device("cpu"), seconds=0.01, by_layer=True).layers
    assert [layer.name for layer in layers] == ["a\0b", "a\0c", "a"]


def test_a_module_is_timed_without_those_inside_it() -> None:
    now = iter(range(100))  # each reading of the clock is a second later
    clock = Clock(torch.device("cpu"))
    clock._now = lambda: next(now)  # type: ignore[method-assign]

    def run() -> None:
        clock.enter("outer")  # 1
        clock.enter("inner")  # 2
        clock.leave()  # 3
        clock.enter("inner")  # 4
        clock.leave()  # 5
        clock.leave()  # 6

    assert clock.pass_of(run) == (7, {"inner": 2, "outer": 3})


def test_functions_of_a_users_module_are_a_layer(tmp_path: Path) -> None:
    file = tmp_path / "nets.py"
    file.write_text(
        "import torch\n"
        "class Inner(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.fc = torch.nn.Linear(8, 8)\n"
        "    def forward(self, x):\n"
        "        return torch.relu(self.fc(x) @ x)\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.inner = Inner()\n"
        "    def forward(self, x):\n"
        "        return torch.tanh(self.inner(x))\n"
    )
    request = Request(f"{file}:Net", input=(8,), batch=8)
    timing = time_model(Subject(read(request), request), "cpu", seconds=0.01, by_layer=True)
    assert [(layer.name, layer.op, layer.macs) for layer in timing.layers] == [
        ("inner.fc", "linear", 8 * 8 * 8),
        ("inner", "functions", 8 * 8 * 8),
    ]
    assert timing.outside > 0  # tanh


def test_a_training_step_counts_its_gradients() -> None:
    graph = zoo.find("vgg11").build(input=(3, 32, 32), batch=2, classes=10)
    timing = time_model(graph, "cpu", Setting(mode="train"), seconds=0.01)
    assert timing.mode == "train"
    assert timing.macs == Cost(graph, "train")["train_mult_adds"].number


@pytest.mark.parametrize("setting", [Setting("bfloat16"), Setting(channels_last=True), Setting("float64")])
def test_settings_on_the_cpu(setting: Setting) -> None:
    timing = time_model(zoo.find("vgg11").build(input=(3, 32, 32)), "cpu", setting, seconds=0.01)
    assert (timing.machine.dtype, timing.machine.channels_last) == (setting.dtype, setting.channels_last)


def test_the_products_of_float32_are_left_as_they_were() -> None:
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    with Setting("tf32").active():
        assert torch.backends.cuda.matmul.allow_tf32
    assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == before


@pytest.mark.parametrize(
    ("setting", "by_layer", "line"),
    [
        (Setting("tf32"), False, "dtype 'tf32' is a rate of CUDA devices; on cpu take float32"),
        (Setting(compiled=True), True, "a compiled model has no times by layer"),
        (Setting(mode="train"), True, "training steps have no times by layer"),
    ],
)
def test_settings_without_times(setting: Setting, by_layer: bool, line: str) -> None:
    with pytest.raises(CostcalcError, match=line):
        time_model(zoo.find("vgg11").build(input=(3, 32, 32)), "cpu", setting, seconds=0.01, by_layer=by_layer)


def test_a_model_without_params_has_no_training_step() -> None:
    with pytest.raises(CostcalcError, match="the model has no trainable params, so there is no training step to time"):
        time_model(trace(lambda x: relu(x), (1, 3)), "cpu", Setting(mode="train"), seconds=0.01)
