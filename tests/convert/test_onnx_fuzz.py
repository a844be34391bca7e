"""ONNX files changed at random end in a network or in one line, and do nothing else: see onnx_fuzz.py.

Any number more: ``COSTCALC_EXAMPLES=50000 python -m pytest tests/convert/test_onnx_fuzz.py``
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import onnx_fuzz

EXAMPLES = int(os.environ.get("COSTCALC_EXAMPLES", "5000"))


def test_a_network_or_a_line_and_nothing_else() -> None:
    run = [sys.executable, onnx_fuzz.__file__, "0", str(EXAMPLES)]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, f"the process ended at file {done.stderr[-3000:]}"
    came = json.loads(done.stdout)
    assert came["wrong"] == []
    assert 2 * came["read"] >= EXAMPLES


def test_the_fuzzer_sees_what_is_wrong(tmp_path: Path) -> None:
    """A traceback, a file that is written, one that is read, and text that is not one line."""
    file = tmp_path / "x.onnx"
    other = tmp_path / "other"
    other.write_text("")
    code = (
        "import sys, onnx_fuzz\n"
        "from pathlib import Path\n"
        "watch = onnx_fuzz.Watch(sys.argv[1])\n"
        "def does(what):\n"
        "    onnx_fuzz.run = lambda *arguments: what()\n"
        "    print(bool(onnx_fuzz.checked(sys.argv[1], watch)[1]))\n"
        "does(lambda: 1 / 0)\n"
        "does(lambda: Path(sys.argv[2]).read_text() or onnx_fuzz.Done(2, '', 'costcalc: no\\n'))\n"
        "does(lambda: Path(sys.argv[1]).write_text('') or onnx_fuzz.Done(2, '', 'costcalc: no\\n'))\n"
        "does(lambda: onnx_fuzz.Done(2, '', 'one\\ntwo\\n'))\n"
        "does(lambda: onnx_fuzz.Done(1, '', 'one\\n'))\n"
        "does(lambda: onnx_fuzz.Done(2, '', 'costcalc: no\\n'))\n"
    )
    run = [sys.executable, "-c", code, str(file), str(other)]
    folder = {"PYTHONPATH": os.pathsep.join([str(Path(onnx_fuzz.__file__).parent), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(run, capture_output=True, text=True, check=True, env={**os.environ, **folder})
    assert done.stdout.split() == ["True"] * 5 + ["False"]
