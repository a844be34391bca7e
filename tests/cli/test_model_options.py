"""A model of one's own on the command line: its inputs, its arguments, its mode, what its code prints; --strict."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import printed, refused, run

OWN = """
import os, sys
import torch, costcalc
from torch import nn
from pieces import linear

print("a file that prints")
os.system("echo a shell that prints")

class Net(nn.Module):
    def __init__(self, width=4, depth: int = 1, name=None):
        super().__init__()
        self.layers = nn.Sequential(*[linear(width) for _ in range(depth)])

    def forward(self, x):
        print("a forward pass that prints")
        return self.layers(x)

class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(10, 4), nn.Linear(4, 3)

    def forward(self, ids, mask=None, time=None):
        n, length = ids.shape
        x = self.out(self.table(ids))
        if mask is not None:
            x = x * mask.unsqueeze(-1)
        return x if time is None else x + time[:, None, None].float()

@torch.library.custom_op("riddles::riddle", mutates_args=())
def riddle(x: torch.Tensor) -> torch.Tensor:
    return x.clone()

@riddle.register_fake
def _(x):
    return torch.empty_like(x)

class Riddle(nn.Module):
    def forward(self, x):
        return torch.ops.riddles.riddle(x)

class Odd(nn.Module):
    def __init__(self, times=1):
        super().__init__()
        self.first, self.blocks = nn.Linear(4, 4), nn.Sequential(*[Riddle() for _ in range(times)])

    def forward(self, x):
        return self.blocks(self.first(x))

class Wrong(nn.Module):
    def forward(self, x):
        return x.reshape(7)

class Leaves(nn.Module):
    def forward(self, x):
        sys.exit("bye")

def fails():
    return 1 / 0

def leaves():
    sys.exit(3)

def number():
    return 3

model = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5))
pi = 3.14
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    (folder / "pieces.py").write_text("from torch import nn\ndef linear(n): return nn.Linear(n, n)\n")
    return str(folder / "own.py")


def data(*arguments: str) -> Any:
    ended = run("table", *arguments, "--format", "json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def line(*arguments: str) -> str:
    """The last line on standard error of a command that is refused."""
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    last = ended.err.splitlines()[-1]
    assert last.startswith("costcalc: "), ended.err
    assert sum(each.startswith("costcalc: ") for each in ended.err.splitlines()) == 1
    return last.removeprefix("costcalc: ")


class TestArguments:
    def test_they_make_the_model(self, own: str) -> None:
        """Three layers of 16 · 16 + 16."""
        said = data(f"{own}:Net", "--input", "16", "--arg", "width=16", "--arg", "depth=3")
        assert (said["total"]["params"], said["total"]["mult_adds"]) == (3 * (256 + 16), 3 * 256)

    def test_of_torchvision_and_timm(self) -> None:
        """Twice the width: a stem of 64 filters of 3·7·7 stays, the last layer has 2048 inputs either way."""
        wide = data("torchvision:resnet50", "--arg", "width_per_group=128")
        assert wide["total"] == data("torchvision:wide_resnet50_2")["total"]
        vit = data("timm:vit_tiny_patch16_224", "--arg", "img_size=384")
        assert vit["input"] == [3, 384, 384]

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("a=3", 3), ("a=(1, 2)", (1, 2)), ("a=True", True), ("a=None", None), ("a='3'", "3"), ("a=x=y", "x=y"),
            ("a=same", "same"), ("a=", ""), ("a=-1.5e3", -1500.0), ("a=" + "[" * 10_000, "[" * 10_000),
            ("a=" + "9" * 5000, "9" * 5000), ("a=__import__('os')", "__import__('os')"),
        ],
    )  # fmt: skip
    def test_values(self, text: str, value: object) -> None:
        from costcalc.cli.model_values import ARG

        assert ARG.convert(text, None, None) == ("a", value)

    def test_wrong_ones(self, own: str) -> None:
        wrong = line("table", f"{own}:Net", "--input", "4", "--arg", "widht=16")
        assert wrong.endswith(
            ":Net: got an unexpected keyword argument 'widht'; did you mean width? it takes width, depth, name"
        )
        wrong = line("table", "torchvision:resnet18", "--arg", "widht=16")
        assert "'widht'; it takes block, layers, num_classes" in wrong
        wrong = line("table", "torch.nn:Linear", "--input", "4", "--arg", "in_features=4")
        assert "missing a required argument: 'out_features'; it takes in_features, out_features, bias" in wrong
        assert "is made already: it takes no arguments" in line("table", f"{own}:model", "--arg", "a=1", "--input", "4")
        assert line("table", "vgg11", "--arg", "a=1") == (
            "vgg11 has no setting 'a'; it has stages, third, lrn_first, norm"
        )
        assert "is not an argument; expected its name and value, like depth=12" in line("table", "vgg11", "--arg", "a")
        assert line("table", "vgg11", "--arg", "a=1", "--arg", "a=2").startswith("--arg a is given twice")


class TestInputs:
    def test_one(self, own: str) -> None:
        assert data(f"{own}:Net", "--input", "5x4", "--batch", "3")["total"]["mult_adds"] == 3 * 5 * 16

    @pytest.mark.parametrize(
        "inputs",
        [
            ["5:int64"], ["5"], ["1x5:int64"], ["ids=5:int64"], ["ids=1x5:int64"], ["5:int64", "5"],
            ["ids=5:int64", "mask=5"], ["mask=5:bool", "ids=5:int64"], ["ids=5:int64", "time=:int64"],
        ],
    )  # fmt: skip
    def test_of_ids_several_and_by_name(self, own: str, inputs: list[str]) -> None:
        """5 positions of 4 · 3; a size that begins with the batch is taken as it stands."""
        options = [word for each in inputs for word in ("--input", each)]
        said = data(f"{own}:Text", *options)
        assert (said["total"]["params"], said["total"]["mult_adds"]) == (10 * 4 + 12 + 3, 5 * 12)

    def test_with_the_batch_before_it_where_that_runs(self, own: str) -> None:
        assert data(f"{own}:Net", "--input", "2x4", "--batch", "2")["total"]["mult_adds"] == 2 * 2 * 16

    def test_the_first_error_is_told(self, own: str) -> None:
        assert "does not run at input 2x2x5, in" in line("table", f"{own}:Net", "--input", "2x5", "--batch", "2")

    def test_wrong_ones(self, own: str) -> None:
        assert "'int65' is not a dtype; did you mean int64? there are float32, " in line(
            "table", "vgg11", "--input", "5:int65"
        )
        assert "is not an argument name; expected like" in line("table", "vgg11", "--input", "=5")
        for inputs in (["5", "mask=5"], ["a=5", "a=5"]):
            options = [word for each in inputs for word in ("--input", each)]
            assert "expected a different name for each input" in line("table", f"{own}:Text", *options)
        for size in ("3x224x224:float32", "x=3x224x224"):
            wrong = line("table", "vgg11", "--input", size)
            assert wrong == "vgg11 has one input, of floating point and without a name, like 3x224x224"
        assert "vgg11 has one input" in line("table", "vgg11", "--input", "3x224x224", "--input", "3x224x224")
        assert "needs the size of its input, like --input 3x224x224" in line("table", f"{own}:Net")

    def test_the_names_of_dtypes_are_torchs(self) -> None:
        import torch

        from costcalc.cli.model_values import DTYPES

        assert all(isinstance(getattr(torch, name), torch.dtype) for name in DTYPES)


def test_train_mode_reads_the_model_in_train_mode(own: str) -> None:
    """GoogLeNet's heads: 128 filters of 1x1 at 4·4 positions, and two layers, each. Dropout puts out elements then."""
    heads = sum(128 * 16 * width + 2048 * 1024 + 1024 * 1000 for width in (512, 528))
    train, evaluated = (data("torchvision:googlenet", "--mode", mode)["total"] for mode in ("train", "eval"))
    assert train["mult_adds"] - evaluated["mult_adds"] == heads
    dropout = [data(f"{own}:model", "--input", "4", "--mode", mode)["total"] for mode in ("eval", "train")]
    assert [total["activations"] for total in dropout] == [2, 4]


class TestOwnCode:
    def test_a_module_that_is_made_already(self, own: str) -> None:
        assert data(f"{own}:model", "--input", "4")["total"]["params"] == 10

    @pytest.mark.parametrize("format", ["json", "csv"])
    def test_what_it_prints_is_no_part_of_the_report(self, own: str, format: str, capfd: Any) -> None:
        ended = run("table", f"{own}:Net", "--input", "4", "--format", format)
        assert "a forward pass that prints" in ended.err
        assert ended.out.startswith(("{", "name,"))
        assert "prints" not in ended.out + capfd.readouterr().out

    def test_a_part_of_a_package(self, tmp_path: Path) -> None:
        (tmp_path / "ownpackage").mkdir()
        (tmp_path / "ownpackage" / "__init__.py").touch()
        (tmp_path / "ownpackage" / "layers.py").write_text("from torch import nn\nlayer = nn.Linear\n")
        net = tmp_path / "ownpackage" / "net.py"
        net.write_text("from .layers import layer\ndef make(): return layer(4, 2)\n")
        assert data(f"{net}:make", "--input", "4")["total"]["params"] == 10

    def test_a_package_in_the_current_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "module_in_the_folder.py").write_text("from torch import nn\ndef make(): return nn.Linear(4, 2)\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.path", [path for path in __import__("sys").path if path])
        assert data("module_in_the_folder:make", "--input", "4")["total"]["params"] == 10

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("fails", "fails cannot be made: ZeroDivisionError: division by zero (own.py, line "),
            ("leaves", "own.py stops Python when it is run: SystemExit: 3 (own.py, line "),
            ("Leaves", "own.py stops Python when it is run: SystemExit: bye (own.py, line "),
            ("Wrong", "does not run at input 4: RuntimeError: shape '[7]' is invalid for input of size 4 (own.py, li"),
            ("number", ":number gives a int, not a torch module"),
            ("pi", ":pi is neither a callable nor a torch module, but 3.14"),
            ("nothing", "has no callable 'nothing'; there are Net, Text, "),
        ],
    )
    def test_its_errors_are_told_in_a_line(self, own: str, name: str, problem: str) -> None:
        assert problem in line("table", f"{own}:{name}", "--input", "4")

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("import sys\nsys.exit()\n", "stops Python when it is run: SystemExit (bad.py, line 2)"),
            ("\n\n1 / 0\n", "fails when it is run: ZeroDivisionError: division by zero (bad.py, line 3)"),
            ("def f(:\n", "fails when it is run: SyntaxError: invalid syntax (bad.py, line 1)"),
            ("import nowhere_to_be\n", "No module named 'nowhere_to_be' (bad.py, line 1)"),
        ],
    )
    def test_so_are_those_of_a_file(self, tmp_path: Path, text: str, problem: str) -> None:
        file = tmp_path / "bad.py"
        file.write_text(text)
        assert problem in line("table", f"{file}:Net", "--input", "4")


class TestStrict:
    UNKNOWN = "at least 16 mult-adds: unknown is riddles::riddle, in blocks.0, blocks.1, blocks.2 (and 2 more layers)"

    @pytest.mark.parametrize(
        "command",
        [["table", "{}"], ["compare", "{}", "{}"], ["explain", "{}", "first"], ["reconcile", "{}"], ["export", "{}"]],
        ids=lambda command: command[0],
    )
    def test_an_unknown_op_ends_in_1_after_the_report(self, own: str, command: list[str]) -> None:
        model = f"{own}:Odd"
        arguments = [word.format(model) for word in command] + ["--input", "4", "--arg", "times=5"]
        lenient, strict = run(*arguments), run(*arguments, "--strict")
        assert (lenient.code, strict.code) == (0, 1)
        assert lenient.out == strict.out != ""
        assert self.UNKNOWN in strict.err
        assert self.UNKNOWN not in lenient.err

    def test_without_one_it_ends_in_0(self) -> None:
        printed("table", "lenet5", "--strict")

    @pytest.mark.parametrize("format", ["text", "markdown", "html", "latex"])
    def test_the_report_says_so_itself(self, own: str, format: str) -> None:
        ended = run("table", f"{own}:Odd", "--input", "4", "--arg", "times=5", "--format", format)
        assert "The total is a lower bound, at least 16 mult-adds: unknown is riddles::riddle, in blocks.0" in ended.out
        ended = run("compare", "lenet5", "--input", "1x32x32", "lenet5", "--format", format)
        assert "lower bound" not in ended.out

    def test_as_data(self, own: str) -> None:
        said = data(f"{own}:Odd", "--input", "4", "--depth", "layer")
        assert [(row["status"], row["mult_adds"]) for row in said["rows"]] == [("counted", 16), ("unknown", None)]
        assert said["total"]["status"] == "lower bound"
        assert said["total"]["unknown"] == {"riddles::riddle": ["blocks.0"]}
        ended = run("table", f"{own}:Odd", "--input", "4", "--depth", "layer", "--format", "csv")
        assert "blocks.0.riddles::riddle,unknown,4,0,,unknown," in ended.out


def test_a_python_file_without_a_callable(own: str) -> None:
    assert refused("table", own) == f"{own} is a Python file: name a callable in it, like {own}:Net"
