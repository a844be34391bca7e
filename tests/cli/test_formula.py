"""costcalc formula: each formula gives the integers at any sizes for which it says that it holds."""

import json
import random

import pytest
import sympy
from command import run

import costcalc
from costcalc.analysis.closed_form import as_python, flat
from costcalc.spec import CostcalcError

h, n = sympy.symbols("h n", integer=True, positive=True)


def data(*words: str) -> dict[str, dict[str, str]]:
    done = run("formula", *words, "--format", "json")
    assert done.code == 0, done.err
    found: dict[str, dict[str, str]] = json.loads(done.out)
    return found


def test_googlenet_at_multiples_of_32() -> None:
    done = run("formula", "googlenet", "--input", "32h")
    assert "32278528*h**2 + 1024000\n" in done.out
    assert "Holds for all whole h of at least 1." in done.out
    assert r"\text{mult\_adds} &= 32278528 h^{2} + 1024000" in run(
        "formula", "googlenet", "--input", "32h", "--format", "latex").out  # fmt: skip


def test_batch_and_classes() -> None:
    """The classifier has 1024 products and 1025 params per class."""
    found = data("googlenet", "--input", "32h", "--batch", "N", "--classes", "K")["formulas"]
    assert found == {"params": "1025*K + 5973552", "mult_adds": "1024*K*N + 32278528*N*h**2"}


@pytest.mark.parametrize("network", ["googlenet", "inception_v3", "squeezenet1_0", "efficientnet_b0", "nin"])
def test_any_sides(network: str) -> None:
    """Square and not, multiples and not; and its bounds are the least sides that run."""
    found = data(network, "--columns", "params,mult_adds,activations,peak_memory,fvcore")
    draw = random.Random(7)
    sides = [(224, 224), (256, 320), (229, 301), *((draw.randint(120, 400), draw.randint(120, 400)) for _ in range(4))]
    for side in sides:
        given = dict(zip("HW", side, strict=True))
        cost = costcalc.cost(network, (3, *side), columns=list(found["formulas"]))
        for key, text in found["formulas"].items():
            assert eval(text, {"max": max}, given) == cost[key].number, (key, side)
    least = max([1, *(int(each.partition(">= ")[2]) for each in found["holds"])])
    assert costcalc.cost(network, (3, least, least)).macs
    if least > 1:
        with pytest.raises(CostcalcError):
            costcalc.cost(network, (3, least - 1, least))


def test_python_runs() -> None:
    space: dict[str, object] = {}
    exec(run("formula", "vgg16", "--input", "H", "--format", "python").out, space)
    assert space["mult_adds"](225) == costcalc.cost("vgg16", (3, 225, 225)).macs  # type: ignore[operator]


def test_a_network_tied_to_its_size() -> None:
    found = data("googlenet_aux")
    assert found["holds"][-1].endswith("== 2048")


def test_a_width_multiplier_is_fitted() -> None:
    """w/4 of MobileNet's widths: all are multiples of 32."""
    found = data("mobilenet_v1", "--input", "32h", "--width", "w/4")
    at = {"h": 7, "w": 3}
    assert eval(found["formulas"]["mult_adds"], at) == costcalc.cost("mobilenet_v1_075").macs
    assert "Not derived but fitted" in found["notes"][0]


def test_a_torch_model() -> None:
    """A 3x3 convolution of stride 2 from 3 to 4 channels, then a product of all positions: degree 4."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.conv(x).flatten(2)
            return y.transpose(1, 2) @ y

    report = costcalc.formula(Net(), (3, 2 * h, 2 * h), batch=n)
    assert report.formulas["mult_adds"] == sympy.expand(n * (108 * h**2 + 4 * h**4))
    with pytest.raises(CostcalcError, match="mult_adds is not a polynomial"):
        costcalc.formula(Net(), (3, h, h))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (sympy.floor(sympy.floor((h + 1) / 2) / 2), sympy.floor((h + 1) / 4)),
        (sympy.floor(-sympy.floor(h / 2) / 2), -sympy.floor((h + 2) / 4)),
        (sympy.floor((2 * h + 3) / 4), sympy.floor((h + 1) / 2)),
        (sympy.floor((32 * h + 31) / 32), h),
    ],
)
def test_flat_floors(text: sympy.Expr, wanted: sympy.Expr) -> None:
    """For all h from 1 to 200, and without a floor inside a floor."""
    found = flat(text)
    assert all(found.subs(h, i) == text.subs(h, i) == wanted.subs(h, i) for i in range(1, 200))
    assert not any(each.args[0].has(sympy.floor) for each in found.atoms(sympy.floor))


def test_rationals_are_whole_numbers_in_python() -> None:
    assert eval(as_python(h**2 / 2 + h / 2), {"h": 10**20 + 1}) == (10**20 + 1) * (10**20 + 2) // 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["googlenet", "--input", "224"], "nothing is free: give googlenet a symbol, like --input 32h"),
        (["googlenet", "--input", "2^h"], "expected a number or a multiple of a symbol"),
        (["googlenet", "--input", "0h"], "expected a number or a multiple of a symbol"),
        (["googlenet", "--input", "lambda"], "'lambda' is a word of Python's"),
        (["googlenet", "--width", "w"], "googlenet has no width multiplier"),
        (["googlenet", "--input", "32h", "--columns", "bound"], "bound is computed for a device"),
        (["nonesuch", "--input", "32h"], "unknown network 'nonesuch'"),
        (["mnasnet1_0", "--width", "w/7"], "is not a polynomial"),
    ],
)
def test_wrong_ones(words: list[str], problem: str) -> None:
    done = run("formula", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert problem in done.err
