"""Files that are broken, or mean harm, end in one line: no traceback, no hang, no gigabytes."""

import ast
import os
import resource
import subprocess
import sys
from pathlib import Path

import onnx_fuzz
import pytest
from command import refused
from hypothesis import given
from hypothesis import strategies as st
from onnx_broken import BROKEN, deep, scattered, small
from onnx_files import written

import costcalc
from costcalc.spec import CostcalcError, Graph


@pytest.mark.parametrize("name", BROKEN)
def test_it_ends_in_one_line(name: str, tmp_path: Path) -> None:
    model, problem = BROKEN[name]
    said = refused("table", written(model, tmp_path))
    assert problem in said
    assert "x.onnx" in said


def test_all_of_them_in_little_memory_and_time(tmp_path: Path) -> None:
    """Each file in 2 GiB of address space and 60 seconds of work, all together."""
    files = []
    for i, (model, _) in enumerate(BROKEN.values()):
        (tmp_path / str(i)).mkdir()
        files.append(written(model, tmp_path / str(i)))
    code = (
        "import sys, costcalc\n"
        "for file in sys.argv[1:]:\n"
        "    try:\n"
        "        costcalc.graph(file)\n"
        "    except costcalc.CostcalcError as error:\n"
        "        print(str(error).replace(chr(10), '???'))\n"
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    run = [sys.executable, "-c", code, *files]
    done = subprocess.run(run, capture_output=True, text=True, preexec_fn=limited, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == len(files)
    assert "???" not in done.stdout


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no file" in refused("table", str(tmp_path / "no.onnx"))
    folder = tmp_path / "folder.onnx"
    folder.mkdir()
    assert "there is no file" in refused("table", str(folder))


def test_a_file_of_two_gibibytes_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.onnx"
    with open(file, "wb") as stream:
        stream.truncate(2**31)
    assert "2 GiB" in refused("table", str(file))


@pytest.mark.parametrize("location", ["weights.bin", "../../../../../../etc/passwd", "/etc/passwd"])
def test_data_in_other_files_is_never_opened(location: str, tmp_path: Path) -> None:
    """The sizes are in the file; 36·4·3·3·3 mult-adds and 108 params without a look at the data."""
    file = written(scattered(location), tmp_path)
    (tmp_path / "weights.bin").write_bytes(bytes(4096))
    cost = costcalc.cost(file)
    assert (cost.macs, cost.params) == (36 * 108, 108)
    assert watched(file) == (True, "")


def watched(file: str) -> tuple[bool, str]:
    """The fuzzer's report on a file, from a process of its own in the file's folder."""
    code = "import sys, onnx_fuzz; print(onnx_fuzz.checked(sys.argv[1], onnx_fuzz.Watch(sys.argv[1])))"
    paths = [str(Path(onnx_fuzz.__file__).parent), str(Path(costcalc.__file__).parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    run = [sys.executable, "-c", code, file]
    done = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=Path(file).parent, check=True)
    read, problem = ast.literal_eval(done.stdout)
    return read, problem


def test_branches_that_are_decided_nest(tmp_path: Path) -> None:
    graph = costcalc.graph(written(deep(9), tmp_path))
    assert [t.shape for t in graph.outputs] == [(1, 3, 8, 8)]


SMALL = small().SerializeToString()


@given(st.data())
def test_a_flipped_or_missing_byte(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """The result is a Graph or one line."""
    raw = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "drop", "add"]))
        if how == "set":
            raw[place] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del raw[max(place, 1) :]
        elif how == "drop":
            del raw[place : place + data.draw(st.integers(1, 8))]
            raw = raw or bytearray(b"\0")
        else:
            raw[place:place] = data.draw(st.binary(min_size=1, max_size=8))
    file = written(bytes(raw), tmp_path_factory.mktemp("fuzz"))
    said = ""
    try:
        assert isinstance(costcalc.graph(file), Graph)
    except CostcalcError as error:
        said = str(error)
    assert "\n" not in said
