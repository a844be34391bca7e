"""Models of Keras under its torch backend. Skipped if Keras is not installed (extra `keras`).

Every model of keras.applications: ``COSTCALC_MODELS=all python -m pytest tests/convert/test_keras.py``
"""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch
from command import printed, refused
from test_docs import shell_lines

import costcalc
from costcalc.conventions import find
from costcalc.convert.sources import load
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.measure.worker import in_process
from costcalc.spec.request import Request

os.environ["KERAS_BACKEND"] = "torch"
keras: Any = pytest.importorskip("keras", reason="Keras is not installed: pip install 'costcalc[keras]'")
layers = keras.layers
ALL = os.environ.get("COSTCALC_MODELS") == "all"
UNAVAILABLE = {"NASNetMobile"}  # with the torch backend, says Keras
ANY_SIZE = {"MobileNetV3Large", "MobileNetV3Small"}

# count_params() as keras.io/api/applications prints them, or its documentation of weights; and a network with the same
# mult-adds: Keras' ResNet has its strides in the first convolution of a block, as the paper's.
PRINTED = {
    "ConvNeXtTiny": (28_589_128, "torchvision:convnext_tiny"),
    "DenseNet121": (8_062_504, "densenet121"),
    "EfficientNetB0": (5_330_571, "efficientnet_b0"),
    "InceptionV3": (23_851_784, "inception_v3"),
    "MobileNet": (4_253_864, "mobilenet_v1"),
    "MobileNetV2": (3_538_984, "mobilenet_v2"),
    "ResNet50": (25_636_712, "resnet50_paper"),
    "VGG16": (138_357_544, "vgg16"),
    "Xception": (22_910_480, "xception"),
}
SAMPLE = ["EfficientNetB0", "ResNet50", "VGG16"]


def seeds(graph: costcalc.Graph) -> int:
    """Numbers in the states of generators, by their name in Keras."""
    return sum(prod(shape) for name, shape in graph.buffers.items() if name.endswith("seed_generator_state"))


@pytest.mark.parametrize("name", sorted(PRINTED) if ALL else SAMPLE)
def test_printed_params_and_the_mult_adds_of_the_same_network(name: str) -> None:
    params, same = PRINTED[name]
    cost = costcalc.cost(f"keras:{name}", columns=["params", "buffers", "mult_adds"])
    buffers = sum(prod(shape) for shape in cost.graph.buffers.values())
    assert cost.params + buffers - seeds(cost.graph) == params == find("keras").params(cost.run)
    assert (cost.macs, cost.status) == (costcalc.cost(same).macs, "complete")


def test_seeds_are_buffers_that_keras_does_not_count() -> None:
    """EfficientNetB0 has dropout in the 9 of its 16 blocks that have a shortcut, and before the classifier: 2 each."""
    graph = costcalc.graph("keras:EfficientNetB0")
    assert seeds(graph) == 2 * (9 + 1)
    assert graph.buffers["normalization.count"] == ()


def applications() -> Iterator[str]:
    for name in dir(keras.applications):
        if name[:1].isupper() and name not in UNAVAILABLE:
            yield name


@pytest.mark.parametrize("name", applications() if ALL else ["MobileNetV3Small"])
def test_count_params_of_every_layer(name: str) -> None:
    request = Request(f"keras:{name}", (224, 224, 3) if name in ANY_SIZE else None)
    graph = costcalc.graph(request.model, request.input)
    reported = load(request)[0].count_params()
    computed = find("keras").params_by_module(costcalc.cost(graph).run)
    assert {path: computed[path] for path in reported} == reported
    fed = [node for node in graph.nodes if node.op in ("conv", "max_pool")]
    assert all(t.node is None or t.node.op != "constant" for node in fed for t in node.inputs)


def test_verify(tmp_path: Path) -> None:
    """Also of a model that code makes, whose layers Keras would number on at the second time."""
    file = tmp_path / "net.py"
    file.write_text(
        "import keras\nfrom keras import layers\n"
        "def Net():\n"
        "    shape = keras.Input((8, 8, 3))\n"
        "    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding='same')(shape))\n"
        "    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(x)))\n"
        "    return keras.Model(shape, layers.Dense(2)(x))\n"
        "made = Net()\n"
    )
    for model, mode in (("Net", "train"), ("made", "eval"), ("made", "eval")):
        request = Request(f"{file}:{model}", mode=mode)
        verdict = verify(
            Subject(costcalc.graph(request.model, mode=mode), request),
            mode,
            "cpu",
            ["flopcounter", "torchprofile"],
            in_process,
        )
        checks = {(check.tool, check.quantity): check for check in verdict.checks}
        assert verdict.ok, verdict.checks
        assert checks["keras", "params"].reported == 3 * 3 * 3 * 4 + 4 + 4 * 4 + 4 * 2 + 2
        assert checks["keras", "layers"].computed == 8  # the input, 6 layers, and the model
        assert checks["flopcounter", "mult-adds"].reported == 2 * (8 * 8 * 4 * 27 + 4 * 2)


def dense(shape: tuple[int, ...], *more: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *more])


def two(by_name: bool) -> Any:
    """A layer with two uses: on each of two inputs."""
    shared = layers.Dense(5)
    left, right = keras.Input((7,), name="left"), keras.Input((7,), name="right")
    inputs = {"left": left, "right": right} if by_name else [left, right]
    return keras.Model(inputs, layers.Concatenate()([shared(left), shared(right)]))


def attends() -> Any:
    tokens = keras.Input((10, 16))
    return keras.Model(tokens, layers.MultiHeadAttention(4, 4)(tokens, tokens))


class Own(keras.Model):  # type: ignore[misc]
    """Layers in a list, and a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [layers.Dense(6), layers.Dense(6)]
        self.scale = self.add_weight(shape=(6,), name="scale")

    def call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x) * self.scale
        return x


def own() -> Any:
    model = Own()
    model(torch.zeros(1, 6))
    return model


class Tied(layers.Layer):  # type: ignore[misc]
    """A product with the kernel of another layer."""

    def __init__(self, other: Any) -> None:
        super().__init__()
        self.kernel = other.kernel

    def call(self, x: Any) -> Any:
        return keras.ops.matmul(x, self.kernel)


def tied() -> Any:
    first = layers.Dense(6, use_bias=False)
    first.build((None, 6))
    return dense((6,), first, Tied(first))


def frozen() -> Any:
    model = dense((8,), layers.Dense(3), layers.BatchNormalization())
    model.trainable = False
    return model


OWN: dict[str, tuple[Callable[[], Any], Any, int, int, int]] = {  # params, buffers, mult-adds
    "attention": (attends, (10, 16), 4 * 16 * 16 + 4 * 16, 0, 10 * 4 * 16 * 16 + 2 * 10 * 10 * 16),
    "recurrent": (lambda: dense((10, 16), layers.LSTM(8)), (10, 16), 4 * 8 * (16 + 8 + 1), 2, 10 * 4 * 8 * (16 + 8)),
    "shared": (lambda: two(False), [(7,), (7,)], 7 * 5 + 5, 0, 2 * 7 * 5),
    "a list": (lambda: two(False), [[(7,), (7,)]], 7 * 5 + 5, 0, 2 * 7 * 5),
    "by name": (lambda: two(True), {"left": (7,), "right": (7,)}, 7 * 5 + 5, 0, 2 * 7 * 5),
    "own class": (own, (6,), 2 * (6 * 6 + 6) + 6, 0, 2 * 6 * 6),
    "nested": (lambda: dense((8,), dense((8,), layers.Dense(4)), layers.Dense(2)), (8,), 36 + 10, 0, 8 * 4 + 4 * 2),
    "frozen": (frozen, (8,), 8 * 3 + 3 + 2 * 3, 2 * 3, 8 * 3),
    "tied": (tied, (6,), 6 * 6, 0, 2 * 6 * 6),
    "no variables": (lambda: dense((4, 4, 3), layers.Rescaling(2.0)), (4, 4, 3), 0, 0, 0),
    "torch": (lambda: dense((6,), layers.TorchModuleWrapper(torch.nn.Linear(6, 5))), (6,), 6 * 5 + 5, 0, 6 * 5),
    "layer": (lambda: keras.layers.Dense(3), (8,), 8 * 3 + 3, 0, 8 * 3),
}


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_a_model_of_ones_own_is_left_as_it_was(kind: str, mode: Any) -> None:
    make, shape, params, buffers, macs = OWN[kind]
    model = make()
    if kind == "layer":
        model.build((None, 8))
    before = [dict(vars(layer)) for layer in model._flatten_layers()]
    values = [id(variable.value) for variable in model.variables]
    cost = costcalc.cost(model, input=shape, mode=mode)
    assert (cost.params, cost.macs, cost.status) == (params, macs, "complete")
    assert sum(prod(size) for size in cost.graph.buffers.values()) == buffers
    assert len(cost.graph.frozen) == (4 if kind == "frozen" else 0)
    assert costcalc.cost(model).params == params
    for layer, kept in zip(model._flatten_layers(), before, strict=True):
        assert {key: id(value) for key, value in vars(layer).items()} == {key: id(kept[key]) for key in kept}
    assert [id(variable.value) for variable in model.variables] == values


def test_a_model_that_is_not_built_is_refused() -> None:
    with pytest.raises(costcalc.CostcalcError, match="of a Keras model is not built, and has no variables yet"):
        costcalc.cost(keras.Sequential([layers.Dense(3)]), input=(8,))


@pytest.mark.parametrize(
    ("model", "options", "problem"),
    [
        ("Resnet50", "", "keras.applications has no model 'Resnet50'; did you mean ResNet50,"),
        ("ResNet50", "--arg weights=imagenet", "keras:ResNet50: weights='imagenet' asks for trained weights"),
        ("ResNet50", "--arg depth=3", "keras:ResNet50: got an unexpected keyword argument 'depth'; it takes include_"),
        ("VGG16", "--input 64x64x3", "keras:VGG16 does not run at input 64x64x3: ValueError: Input 0"),
        ("VGG16", "--arg include_top=False", "keras:VGG16 takes inputs of any size: give one, like --input 224x224x3"),
        ("NASNetMobile", "", "keras:NASNetMobile cannot be made: ValueError: NASNetMobile is not"),
    ],
)
def test_bad_requests_are_told_in_a_line(model: str, options: str, problem: str) -> None:
    assert refused("table", f"keras:{model}", *options.split()).startswith(problem)


def test_arguments_classes_and_nothing_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """VGG16 without its classifiers: 14,714,688 params (keras.io); pooled and classified anew, 512 x 10 + 10 more."""
    monkeypatch.setattr(socket, "getaddrinfo", None)
    out = printed("table", "keras:VGG16", "--arg", "include_top=False", "--input", "32x32x3")
    assert "14,714,688" in out
    small = costcalc.cost("keras:MobileNet", classes=10, args={"input_shape": (32, 32, 3)})
    assert find("keras").params(small.run) == 4_253_864 - 990 * (1024 + 1)


def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(costcalc.CostcalcError, match="keras is imported with the backend jax: expected torch; set"):
        costcalc.graph("keras:VGG16")


def test_the_backend_is_set_whatever_the_environment_says() -> None:
    code = "import costcalc; print(costcalc.cost('keras:VGG16').params)"
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) == 138_357_544


PAGE = Path(__file__).parents[2] / "docs" / "keras.md"


@pytest.mark.parametrize("line", [line for line in shell_lines(PAGE.read_text("utf-8")) if " verify " not in line])
def test_the_commands_of_the_page_run(line: str) -> None:
    assert "total" in printed(*shlex.split(line, comments=True)[1:])
