"""The pure commands load none of the heavy packages: `costcalc table` is there before `import torch` would be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "pandas", "numpy")

COMMANDS = [
    "table googlenet",
    "table googlenet --depth layer --convention fvcore --format json",
    "compare googlenet vgg16 --format markdown",
    "explain googlenet inception_3a.5x5 --format html",
    "bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16 --format latex",
    "list --format csv",
    "conventions --format markdown",
    "reconcile googlenet --format json",
    "table googlenet --columns mult_adds,bytes_moved,intensity,bound --on a100 --dtype fp16",
    "roofline vgg16 --on h100 --dtype bf16 --format json",
    "roofline --devices",
    "check googlenet --budget params=7M --budget fvcore=1.6G --format markdown",
    "inspect vgg11",
    "diff googlenet vgg16 --fail-over params=9999% --format markdown",
    "table googlnet",
    "time --help",
    "calibrate --help",
    "verify --help",
]

RUN = """
import sys
sys.argv = ["costcalc", *{arguments}]
from costcalc.cli import main
code = None
try:
    main()
except SystemExit as end:
    code = end.code
print(code, *(name for name in {heavy} if name in sys.modules), file=sys.stderr)
"""


def loaded(command: str, folder: Path) -> tuple[str, list[str]]:
    """How a command ended in a process of its own, and which heavy packages it had loaded by then."""
    code = RUN.format(arguments=json.dumps(command.split()), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    ended, *heavy = done.stderr.splitlines()[-1].split()
    return ended, heavy


@pytest.mark.parametrize("command", COMMANDS)
def test_no_heavy_package(command: str, tmp_path: Path) -> None:
    assert loaded(command, tmp_path) == ("2" if "googlnet" in command else "0", [])


@pytest.mark.parametrize("package", HEAVY)
def test_this_test_would_see_one(package: str, tmp_path: Path) -> None:
    """A module of ours, planted in the way of the table's, loads the package, or one of its name."""
    (tmp_path / f"{package}.py").touch()
    planted = tmp_path / "tabulate.py"  # what the reports import; python -c looks in this folder first
    planted.write_text(f"import {package}\nMIN_PADDING = 2\ndef tabulate(*given, **named): return 'a\\n-\\nc'\n")
    assert loaded("table googlenet", tmp_path) == ("0", [package])
