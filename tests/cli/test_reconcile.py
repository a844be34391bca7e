import json

import pytest
import samples
from command import printed, refused
from reading import column, read, total

import costcalc
from costcalc import zoo
from costcalc.conventions import find, names
from costcalc.report.reconcile_table import reconcile_data, reconcile_tables
from costcalc.spec.graph import Mode

TABLES = ("text", "markdown", "csv", "latex", "html")
COUNTING = [name for name in names() if not find(name).only_params]

GOOGLENET = 1_498_376_192
"""torchvision's GoogLeNet: 1.498 G in its weights' meta["_ops"]."""

LEDGERS = {  # 3,226,160 elements are normalised, in 57 layers of 7,280 channels; 1024 channels of 7·7 are pooled
    "fvcore": [("batch_norm", 57, 2 * 3_226_160), ("adaptive_avg_pool", 1, 1024 * 49)],
    "torchinfo": [("batch_norm", 57, 2 * 7_280), ("linear", 1, 1_000)],
    "flopcounter": [("unit", 58, GOOGLENET)],
    "thop": [("batch_norm", 57, 4 * 3_226_160), ("adaptive_avg_pool", 1, 1024 * 49 + 1024)],
    "torchprofile": [("batch_norm", 57, 3_226_160), ("adaptive_avg_pool", 1, 1024)],
    "ptflops_aten": [("linear", 1, 1_000)],
    "calflops_macs": [],
    "torchvision": [],
}
SUMS = {"fvcore": 6_502_496, "torchinfo": 15_560, "thop": 12_955_840, "torchprofile": 3_227_184}


def test_the_ledgers_of_torchvisions_googlenet() -> None:
    said = json.loads(printed("reconcile", "googlenet_torchvision", "--format", "json"))
    assert said["mult_adds"] == GOOGLENET
    tools = {tool["tool"]: tool for tool in said["tools"]}
    assert list(tools) == COUNTING
    for name, expected in LEDGERS.items():
        assert [(e["op"], e["layers"], e["difference"]) for e in tools[name]["ledger"]] == expected
        assert tools[name]["total"] == GOOGLENET + sum(difference for _, _, difference in expected)
    for name, difference in SUMS.items():
        assert tools[name]["total"] - GOOGLENET == difference


@pytest.mark.parametrize("name", samples.NAMES)
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_every_ledger_of_the_zoo_closes(name: str, mode: Mode) -> None:
    cost = costcalc.cost(zoo.find(name).build(batch=2), mode=mode, conventions=COUNTING)
    for table, tool in zip(reconcile_tables(cost), reconcile_data(cost)["tools"], strict=True):
        differences = [row[2] for row in table.rows]
        assert differences[0] == cost.macs
        assert all(differences[1:])
        assert table.total is not None
        assert sum(d for d in differences if isinstance(d, int)) == table.total[2] == tool["total"]
        assert tool["total"] == find(tool["tool"]).total(cost.run)


@pytest.mark.parametrize("format", TABLES)
def test_the_column_adds_up(format: str) -> None:
    grid = read(printed("reconcile", "googlenet_torchvision", "--convention", "thop", "--format", format), format)
    assert grid[0] == ["op", "layers", "difference", "why"]
    assert [row[:2] for row in grid[1:4]] == [["mult-adds", "58"], ["batch_norm", "57"], ["adaptive_avg_pool", "1"]]
    assert column(grid, "difference") == [GOOGLENET, 12_904_640, 51_200]
    if format != "csv":
        assert total(grid, "difference") == GOOGLENET + 12_955_840


def test_every_tool_that_counts_operations_unless_told() -> None:
    grid = read(printed("reconcile", "vgg11", "--format", "csv"), "csv")
    assert grid[0][0] == "table"
    assert list(dict.fromkeys(row[0].split()[0] for row in grid[1:])) == COUNTING


def test_a_tool_that_agrees_says_so() -> None:
    text = printed("reconcile", "googlenet_torchvision", "--convention", "torchvision")
    assert "The same as mult-adds." in text
    assert "Its source prints the total rounded, in units of 1,000,000,000." in text


def test_a_tool_of_params_alone_says_so_and_shows_no_zero() -> None:
    """Keras counts the moving mean and variance of its 7,280 normalised channels too."""
    text = printed("reconcile", "googlenet_torchvision", "--convention", "keras")
    assert "keras does not count operations: there is nothing to reconcile with mult-adds." in text
    assert f"It counts {6_624_904 + 2 * 7_280:,} params, costcalc 6,624,904." in text
    assert "mult-adds  " not in text
    (tool,) = json.loads(printed("reconcile", "vgg11", "--convention", "keras", "--format", "json"))["tools"]
    assert (tool["unit"], tool["total"], tool["ledger"]) == (None, None, [])


def test_the_networks_options() -> None:
    said = json.loads(printed("reconcile", "googlenet_aux", "--mode", "train", "--batch", "2", "--format", "json"))
    assert (said["batch"], said["mode"], said["input"]) == (2, "train", [3, 224, 224])
    ledgers = {tool["tool"]: tool["ledger"] for tool in said["tools"]}
    why = {line["why"] for line in ledgers["thop"] if line["difference"] < 0}
    assert why == {"not run: thop puts the model in eval mode"}
    assert all(line["difference"] >= 0 for line in ledgers["fvcore"])


def test_the_schema() -> None:
    said = json.loads(printed("reconcile", "vgg11", "--convention", "torchinfo", "--format", "json"))
    assert list(said) == ["schema", "model", "input", "batch", "mode", "mult_adds", "status", "tools"]
    assert (said["schema"], said["model"], said["status"]) == (1, "vgg11", "complete")
    (tool,) = said["tools"]
    assert list(tool) == ["tool", "version", "unit", "total", "unpredicted", "ledger"]
    assert all(list(line) == ["op", "layers", "difference", "why"] for line in tool["ledger"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "missing argument 'MODEL'; see: costcalc reconcile --help"),
        (["googlnet"], "unknown network 'googlnet'; did you mean googlenet"),
        (["vgg11", "--convention", "x"], "unknown convention 'x'; there are "),
        (["vgg11", "vgg13"], "got unexpected extra argument (vgg13); see: costcalc reconcile --help"),
    ],
)
def test_bad_input(arguments: list[str], line: str) -> None:
    assert refused("reconcile", *arguments).startswith(line)
