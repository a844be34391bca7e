import json
from pathlib import Path

import pytest
from command import printed, refused, run

import costcalc
from costcalc.spec import CostcalcError


def test_there_and_back(tmp_path: Path) -> None:
    """GoogLeNet with its heads, in 22,000 lines or one: the same costs, the heads still for training alone."""
    file = tmp_path / "net.json"
    assert printed("export", "googlenet_aux", "--batch", "2", "-o", str(file)) == ""
    for mode in ("eval", "train"):
        as_data = json.loads(printed("table", str(file), "--mode", mode, "--depth", "layer", "--format", "json"))
        usual = printed(
            "table", "googlenet_aux", "--batch", "2", "--mode", mode, "--depth", "layer", "--format", "json"
        )
        assert as_data == json.loads(usual)


def test_to_standard_output() -> None:
    data = json.loads(printed("export", "lenet5"))
    assert (data["format"], data["version"], data["name"]) == ("costcalc", 1, "lenet5")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not JSON: Expecting value"),
        ("{", "is not JSON: Expecting property name"),
        ("[" * 100_000, "is not JSON: "),
        ('{"format": "costcalc", "version": 7}', "this is not a costcalc network of version 1"),
        ("[]", "a costcalc network is a JSON object"),
    ],
)
def test_a_file_that_is_no_network(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "net.json"
    file.write_text(text, encoding="utf-8")
    assert problem in refused("table", str(file))


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    assert "there is no file" in refused("table", str(tmp_path / "nothing.json"))
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    assert "is not JSON" in refused("table", str(tmp_path / "bytes.json"))


def test_what_is_fixed_stays(tmp_path: Path) -> None:
    file = str(tmp_path / "net.json")
    printed("export", "lenet5", "-o", file)
    assert f"{file!r} is a file: its input, batch and classes are fixed" in refused("table", file, "--batch", "2")
    with pytest.raises(CostcalcError, match="is a graph: its input"):
        costcalc.cost(costcalc.graph("lenet5"), input=(1, 64, 64))


def test_a_call_that_no_file_keeps_is_told(tmp_path: Path) -> None:
    """A graph that someone's own code made, which names a function of torch that is not on the list."""
    code = "from costcalc.spec import TorchCall, relu, trace\nnet = trace(lambda x: relu(x), (1, 3), name='mine')\n"
    (tmp_path / "mine.py").write_text(f"{code}net.nodes[0].facts.torch = TorchCall('torch.save')\n", encoding="utf-8")
    done = run("export", f"{tmp_path}/mine.py:net")
    assert done.code == 0
    assert done.err == (
        "costcalc: function names left out: torch.save; tools that look at names may count these layers differently\n"
    )
    assert json.loads(done.out)["nodes"][0]["torch"] is None
