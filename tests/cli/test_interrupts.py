"""Ctrl-C, wherever a command is: one line on standard error, exit code 130, and no process left.

Whoever is under way sends the interrupt itself, so that nothing depends on how fast it is. A process that is left
would hold standard error open: that it ends shows that there is none.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command import run

from costcalc.cli import options

STOPPED = (130, "", "costcalc: stopped\n")

TO_ALL = "import os, signal, time; os.killpg(0, signal.SIGINT); time.sleep(600)"
"""What a terminal does on Ctrl-C: every process of the command gets it."""

OWN = """
import multiprocessing, os, signal, time
from torch import nn

class Net(nn.Linear):
    def __init__(self):
        super().__init__(4, 4)

    def forward(self, x):
        worker = multiprocessing.parent_process()
        if ({when}):
            {stop}
            time.sleep(600)
        return super().forward(x)
"""

WHERE = {
    "while it is read": "x.is_meta",
    "while it is built": "worker is None and not x.is_meta",
    "in a worker": "worker is not None",
}


def ended(arguments: list[str], folder: Path) -> tuple[int, str, str]:
    """How a command ended, in a group of processes of its own, where modules of this folder come before all others."""
    path = os.pathsep.join([str(folder), str(Path(options.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "costcalc", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, start_new_session=True, timeout=120,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("module", ["click", "tabulate", "difflib", "costcalc/nothing"])
@pytest.mark.parametrize("command", ["table vgg16", "--help", "tabel vgg16"])
def test_while_it_imports(module: str, command: str, tmp_path: Path) -> None:
    """Before the command line is there, and when a report is made, in a module of this name."""
    (tmp_path / f"{Path(module).name}.py").write_text(TO_ALL)
    imports = {"click": True, "tabulate": command.startswith("table"), "difflib": command.startswith("tabel")}
    code, out, err = ended(command.split(), tmp_path)
    if imports.get(module):
        assert (code, out, err) == STOPPED
    else:
        assert code == (2 if command.startswith("tabel") else 0)


@pytest.mark.parametrize(
    "text", ["exec('import os, signal; os.kill(os.getpid(), signal.SIGINT); x = 1')", "import dataclasses"]
)
def test_while_python_runs_a_text(text: str, tmp_path: Path) -> None:
    """As dataclasses do: Python would end by the signal itself at the end, though the interrupt was caught."""
    (tmp_path / "tabulate.py").write_text(f"{text}\n{TO_ALL}")
    assert ended(["table", "vgg16"], tmp_path) == STOPPED


@pytest.mark.parametrize("whom", ["to all", "to the command alone"])
@pytest.mark.parametrize("where", WHERE)
def test_in_a_model(where: str, whom: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pid = "worker.pid if worker else os.getpid()"
    stop = "os.killpg(0, signal.SIGINT)" if whom == "to all" else f"os.kill({pid}, signal.SIGINT)"
    (tmp_path / "own.py").write_text(OWN.format(when=WHERE[where], stop=stop))
    assert (
        ended(["verify", "own.py:Net", "--input", "4", "--tools", "torchinfo", "--device", "cpu"], tmp_path) == STOPPED
    )


@pytest.mark.parametrize("stop", [TO_ALL, TO_ALL.replace("killpg(0", "kill(os.getppid()")])
def test_while_the_server_of_the_workers_starts(stop: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nif any('forkserver import main' in word for word in sys.orig_argv):\n    {stop}\n"
    )
    assert ended(["verify", "lenet5", "--tools", "torchinfo", "--device", "cpu"], tmp_path) == STOPPED


def test_a_worker_alone_takes_no_interrupt(tmp_path: Path) -> None:
    """The command is not told of it, and goes on."""
    pytest.importorskip("torch")
    stop = "os.kill(os.getpid(), signal.SIGINT); time.sleep = lambda seconds: None"
    (tmp_path / "own.py").write_text(OWN.format(when=WHERE["in a worker"], stop=stop))
    arguments = ["verify", "own.py:Net", "--input", "4", "--tools", "torchinfo", "--device", "cpu"]
    code, out, err = ended(arguments, tmp_path)
    assert (code, err) == (0, "")
    assert out.endswith("checks equal\n")


def test_a_file_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "tempfile.py").write_text(f"from _pyio import open\n{TO_ALL}")
    (tmp_path / "x").write_text("as it was")
    assert ended(["table", "vgg16", "-o", "x"], tmp_path) == STOPPED
    assert (tmp_path / "x").read_text() == "as it was"


def test_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("costcalc.models.cost_of", stop)
    try:
        done = run("table", "vgg16")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (done.code, done.out, done.err) == STOPPED
