"""The papers' columns stand beside the zoo's own networks, whatever others call theirs."""

import json
from pathlib import Path

import pytest
from command import printed, refused


@pytest.mark.parametrize("network", ["lenet5", "googlenet"])
def test_a_file_that_is_called_like_a_printed_network(network: str, tmp_path: Path) -> None:
    file = tmp_path / "googlenet.json"
    data = json.loads(printed("export", network))
    file.write_text(json.dumps({**data, "name": "googlenet"}), encoding="utf-8")
    table = printed("table", str(file))
    assert table.startswith("googlenet: input ")
    assert "(paper)" not in table
    assert "Szegedy" not in table
    assert refused("published", str(file)).startswith(f"unknown network {str(file)!r}")


def test_a_graph_of_a_python_file(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    code = (
        "from costcalc.spec import relu, trace\nnet = trace(lambda x: relu(x, 'conv1'), (1, 3, 8, 8), name='googlenet')"
    )
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    assert "(paper)" not in printed("table", f"{tmp_path}/mine.py:net")
    assert "unknown network" in refused("published", f"{tmp_path}/mine.py:net")


@pytest.mark.parametrize("name", ["torchvision:googlenet", "torchvision:resnet50", "net.onnx"])
def test_papers_are_of_the_zoos_networks(name: str) -> None:
    assert refused("published", name).startswith(f"unknown network {name!r}")


def test_the_zoos_own_has_them() -> None:
    assert "params (paper)" in printed("table", "googlenet")
    assert "Szegedy" in printed("published", "googlenet")
