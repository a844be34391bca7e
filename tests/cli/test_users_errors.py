"""Exceptions of a model's own code, however they are made: one line that names them, exit code 2, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import refused

from costcalc.cli import options

torch = pytest.importorskip("torch")

OWN = '''
import multiprocessing
import torch
from torch import nn
import costcalc

class Raises(Exception):
    def __str__(self):
        raise ValueError("no text")

class RaisesItself(Exception):
    def __str__(self):
        raise self

class Recurses(Exception):
    def __str__(self):
        return str(self)

class NoText(Exception):
    def __str__(self):
        return 3

class Nothing(Exception):
    def __str__(self):
        return None

class Lines(Exception):
    def __str__(self):
        return "\\n\\n first \\t line\\x1b[2J\\r\\nsecond line\\n"

class Blank(Exception):
    def __str__(self):
        return " \\n\\n "

class Long(Exception):
    def __str__(self):
        return "x" * 10**6

class NoRepr(Exception):
    def __repr__(self):
        raise ValueError("no repr")

class OfCostcalc(costcalc.CostcalcError):
    def __str__(self):
        raise ValueError("no text")

class OfRuntime(RuntimeError):
    def __str__(self):
        raise ValueError("no text")

class OfTypes(TypeError):
    def __str__(self):
        raise ValueError("no text")

class OfNoModule(ModuleNotFoundError):
    def __str__(self):
        raise ValueError("no text")

class Base(BaseException):
    def __str__(self):
        raise ValueError("no text")

setattr(Lines, "__name__", "Li\\x1bnes")

def real():
    return torch.empty(1).device.type == "cpu"

class Forward(nn.Linear):
    def __init__(self, kind):
        super().__init__(4, 4)
        self.kind = kind

    def forward(self, x):
        raise self.kind("given\\x1b")

class ForReal(Forward):
    """Runs on the meta device alone."""

    def forward(self, x):
        if x.is_meta:
            return nn.Linear.forward(self, x)
        raise self.kind("given\\x1b")

class InAWorker(Forward):
    def forward(self, x):
        if multiprocessing.parent_process() is None:
            return nn.Linear.forward(self, x)
        raise self.kind("given\\x1b")

class BuiltInAWorker(nn.Linear):
    def __init__(self, kind):
        super().__init__(4, 4)
        if multiprocessing.parent_process() is not None:
            raise kind("given\\x1b")

class Train(nn.Linear):
    def __init__(self, kind):
        super().__init__(4, 4)
        self.kind = kind

    def train(self, mode=True):
        raise self.kind("given\\x1b")

class To(nn.Linear):
    def __init__(self, kind):
        super().__init__(4, 4)
        self.kind = kind

    def to(self, *given, **named):
        if real():
            raise self.kind("given\\x1b")
        return super().to(*given, **named)

def make(kind):
    raise kind("given\\x1b")

class Shown:
    def __init__(self, kind):
        self.kind = kind

    def __repr__(self):
        raise self.kind("given\\x1b")

    __str__ = __repr__

class Called(Shown):
    def __call__(self):
        raise self.kind("given\\x1b")

def __getattr__(name):
    how, _, kind = name.partition("_")
    if how == "Here" and kind in globals():
        raise globals()[kind]("given\\x1b")
    if how in ("Shown", "Called"):
        return globals()[how](globals()[kind])
    if how in globals() and kind in globals():
        return lambda: globals()[how](globals()[kind])
    raise AttributeError(name)
'''

KINDS = ["Raises", "RaisesItself", "Recurses", "NoText", "Nothing", "Lines", "Blank", "Long", "NoRepr", "OfCostcalc"]
KINDS += ["OfRuntime", "OfTypes", "OfNoModule", "Base"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("errors") / "own.py"
    path.write_text(OWN)
    return str(path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["make", "Forward", "Here", "Called", "Shown", "Train"])
def test_a_model_that_cannot_be_read(own: str, where: str, kind: str) -> None:
    line = refused("table", f"{own}:{where}_{kind}", "--input", "4")
    assert line.isprintable()
    assert len(line) < 800
    if where in ("make", "Forward", "Here", "Called", "Train") and kind not in ("OfCostcalc", "Lines"):
        assert kind in line
    if where in ("make", "Forward") and kind == "Lines":
        assert "Li\\x1bnes: first line\\x1b[2J (own.py, line " in line


@pytest.mark.parametrize(
    "command", ["compare {0} {0}", "export {0}", "reconcile {0}", "explain {0} x", "verify {0}", "time {0}"]
)
@pytest.mark.parametrize("kind", ["Raises", "Lines", "Base"])
def test_by_every_command(own: str, command: str, kind: str) -> None:
    for where in ("make", "Forward"):
        assert refused(*command.format(f"{own}:{where}_{kind}").split(), "--input", "4").isprintable()


@pytest.mark.parametrize("command", ["verify", "time"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Base"])
@pytest.mark.parametrize("where", ["ForReal", "To"])
def test_a_model_that_can_be_read_but_not_run(own: str, where: str, kind: str, command: str) -> None:
    line = refused(command, f"{own}:{where}_{kind}", "--input", "4", "--device", "cpu")
    assert line.isprintable()
    assert len(line) < 800


def test_a_model_that_fails_in_a_workers_process(own: str) -> None:
    """A tool that crashes is a check that does not hold. Nothing of it comes to the terminal."""
    kinds = ("Raises", "NoText", "Lines", "Blank", "OfCostcalc")
    models = [f"{own}:{where}_{kind}" for where in ("InAWorker", "BuiltInAWorker") for kind in kinds]
    command = ["verify", *models, "--input", "4", "--device", "cpu", "--tools", "torchinfo"]
    path = os.pathsep.join([str(Path(options.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "costcalc", *command],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    rows = [line for line in done.stdout.splitlines() if line.startswith("torchinfo  ")]
    assert len(rows) == len(models)
    assert all("nothing  DIFFERS" in row for row in rows)
    assert done.stdout.replace("\n", "").isprintable()


def test_a_rule_that_fails_so(own: str) -> None:
    import costcalc
    from costcalc.convert.rules import RULES, given

    class Raises(Exception):
        def __str__(self) -> str:
            raise ValueError

        __repr__ = __str__

    def fails() -> int:
        raise Raises

    for rule, line in (
        (fails, "fails: Raises (test_users_errors.py, line "),
        (lambda: Raises(), "returns <Raises instance at "),
    ):
        costcalc.rule("errors::one", rule)
        with pytest.raises(costcalc.CostcalcError) as caught:
            given("errors::one", {})
        assert line in str(caught.value)
        del RULES["errors::one"]
