"""Sizes given once for several models, a batch of 1 that is given, and an input with a batch axis of its own."""

import json
from pathlib import Path

import pytest
from command import printed, refused

from costcalc.cli.model_word import OPTIONS as KEYS
from costcalc.spec.request import OPTIONS

KEEPS = "At its own fixed sizes: --input and --batch are for the other models."

MODELS = """
from torch import nn
from costcalc.spec import conv, trace

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, width, 3), nn.Linear(width, 2)

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))

def Wide():
    return nn.Linear(8, 2)

def Volume():
    return nn.Conv3d(1, 2, 3)

fixed = trace(lambda x: conv(x, "c", 4, k=3), (1, 3, 16, 16), name="fixed")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    made = tmp_path_factory.mktemp("sizes")
    (made / "net.py").write_text(MODELS)
    printed("export", f"{made}/net.py:fixed", "-o", f"{made}/net.json")
    printed("export", "lenet5", "--batch", "4", "-o", f"{made}/four.json")
    return made


def onnx_file(folder: Path, batch: int | str) -> str:
    """A 3x3 convolution of 4 channels, without padding, on N x 3 x 16 x 16."""
    onnx = pytest.importorskip("onnx")
    x, y = (onnx.helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [batch, 3, 16, 16]), ("y", None)))
    weight = onnx.helper.make_tensor("w", 1, [4, 3, 3, 3], [0.0] * 108)
    graph = onnx.helper.make_graph([onnx.helper.make_node("Conv", ["x", "w"], ["y"])], "g", [x], [y], [weight])
    file = folder / f"{batch}.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), file)
    return str(file)


def models(*arguments: str) -> list[tuple[list[int], int, bool]]:
    """Input and batch of each model of a comparison, and whether a note says that the sizes are its own."""
    found = json.loads(printed("compare", *arguments, "--format", "json"))["models"]
    text = printed("compare", *arguments)
    return [(each["input"], each["batch"], f"{each['model']}: {KEEPS}" in text) for each in found]


def test_models_that_fix_their_sizes_keep_them(folder: Path) -> None:
    onnx, net = onnx_file(folder, 1), f"{folder}/net.py"
    assert models(onnx, f"{folder}/net.json", f"{net}:fixed", f"{net}:Net", "--input", "3x20x20", "--batch", "2") == [
        ([3, 16, 16], 1, True), ([3, 16, 16], 1, True), ([3, 16, 16], 1, True), ([3, 20, 20], 2, False),
    ]  # fmt: skip


def test_an_open_batch_is_filled_and_equal_sizes_are_not_remarked_on(folder: Path) -> None:
    onnx, net = onnx_file(folder, "N"), f"{folder}/net.py:Net"
    assert models(onnx, net, "--input", "3x20x20", "--batch", "2")[0] == ([3, 16, 16], 2, True)
    assert models(onnx, net, "--input", "3x16x16", "--batch", "2")[0] == ([3, 16, 16], 2, False)


def test_a_size_in_the_word_stands_and_is_not_forgiven(folder: Path) -> None:
    file, net = f"{folder}/net.json", f"{folder}/net.py:Net"
    assert models(f"{net} input=3x9x9", file, net, "--input", "3x20x20")[0] == ([3, 9, 9], 1, False)
    assert f"{file!r} is a file: its input, batch and classes are fixed, at 3x16x16" in refused(
        "compare", f"{file} input=3x9x9", net, "--input", "3x20x20"
    )


def test_one_model_alone_does_not_take_other_sizes(folder: Path) -> None:
    for command in ("table", "reconcile", "verify", "time"):
        assert "fixed, at 3x16x16 and batch 1" in refused(command, f"{folder}/net.json", "--input", "3x20x20")
    assert f"'{folder}/net.py:fixed' gives a graph" in refused("table", f"{folder}/net.py:fixed", "--input", "3x9x9")


@pytest.mark.parametrize("given", [["--batch", "1"], ["--batch", "2"], ["--batch", "none"]])
def test_a_batch_that_is_given_is_not_the_default(folder: Path, given: list[str]) -> None:
    file = f"{folder}/four.json"
    assert "fixed, at 1x32x32 and batch 4" in refused("table", file, *given)
    assert "fixed, at 1x32x32 and batch 4" in refused("table", f"{file} batch={given[1]}")
    assert printed("table", file, "--batch", "4") == printed("table", file)
    assert "fixed, at" in refused("table", f"{folder}/net.py:fixed", "--batch", "8")
    assert "batch 1" in printed("table", f"{folder}/net.py:fixed", "--batch", "1")


@pytest.mark.parametrize("model", ["lenet5", "{net}:Net", "{onnx}"])
@pytest.mark.parametrize("batch", ["1", "8"])
def test_an_input_with_a_batch_axis(folder: Path, model: str, batch: str) -> None:
    name = model.format(net=f"{folder}/net.py", onnx=onnx_file(folder, "N"))
    given, right = ("1x1x32x32", "1x32x32") if model == "lenet5" else ("1x3x16x16", "3x16x16")
    if model != "lenet5" and batch == "1":  # with the one axis that both mean
        assert printed("table", name, "--input", given) == printed("table", name, "--input", right)
        return
    line = f"{name}: input {given} has a batch axis of 1 already: give {right}, or --batch none"
    assert refused("table", name, "--input", given, "--batch", batch) == line


def test_a_model_that_takes_any_axes_says_what_it_took(folder: Path) -> None:
    net = f"{folder}/net.py"
    note = "Its input is 8x1x3x8x8: if the 1 is a batch, give 3x8x8."
    assert note in printed("table", f"{net}:Wide", "--input", "1x3x8x8", "--batch", "8")
    assert note not in printed("table", f"{net}:Wide", "--input", "3x8x8", "--batch", "8")
    assert "8x2x4x14x14" in printed("table", f"{net}:Volume", "--input", "1x6x16x16", "--batch", "8")  # one channel


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["table", "lenet5 inptu=1x28x28"], "did you mean input?"),
        (["table", "{net}:Net inptu=3x8x8 input=3x8x8"], "did you mean input?"),
        (["table", "{net}:Net widht=8 input=3x8x8"], "did you mean width?"),
        (["table", "lenet5", "--convention", "fvcor"], "did you mean fvcore?"),
        (["table", "lenet5", "--inptu", "1x28x28"], "--input"),
        (["table", "lenet5", "--columns", "parms"], "did you mean params?"),
        (["explain", "lenet5", "c1_thna"], "did you mean c1_tanh"),
        (["tabel", "lenet5"], "did you mean table?"),
    ],
)
def test_near_misses(folder: Path, arguments: list[str], hint: str) -> None:
    assert hint in refused(*(each.format(net=f"{folder}/net.py") for each in arguments))


def test_the_options_of_a_word() -> None:
    assert sorted(KEYS) == sorted(OPTIONS)
