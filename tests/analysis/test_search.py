"""Searches against the same points one by one, and against arithmetic."""

import itertools
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

import costcalc
from costcalc import zoo
from costcalc.analysis import search as analysis
from costcalc.analysis import space as spaces
from costcalc.analysis.condition import Condition
from costcalc.analysis.cost import Cost
from costcalc.analysis.published import read
from costcalc.analysis.space import Axis, Space, values_of
from costcalc.analysis.target import NOWHERE
from costcalc.api.family import Family
from costcalc.models import request_of
from costcalc.spec import CostcalcError

WIDE = "16:784:16"
FIVE_A = {"n1": WIDE, "n3_reduce": "16:416:16", "n3": WIDE, "n5_reduce": "16:208:16", "n5": WIDE, "pool_proj": WIDE}


def data(*args: Any, **kwargs: Any) -> dict[str, Any]:
    found: dict[str, Any] = costcalc.search(*args, **kwargs).data()
    return found


def cell_5a(k: int) -> int:
    """Numbers of filters of 5a that give 1072K and 54M, counted by hand, in units of 16 filters.

    832 input channels at 49 positions. n1 and pool_proj cost the same, so their sum alone matters: a sum of s units can
    be split in s - 1 ways. The mult-adds are 49 times the params.
    """
    count = 0
    for n3, n5 in itertools.product(range(1, 50), repeat=2):
        rest = 52 - n3 - n5
        for r3, r5 in itertools.product(range(1, 27), range(1, 14)) if rest >= 2 else ():
            params = 256 * (52 * (rest + r3 + r5) + 9 * r3 * n3 + 25 * r5 * n5)
            fits = 2 * 1072 * k - k <= 2 * params < 2 * 1072 * k + k and 53_500_000 <= 49 * params < 54_500_000
            count += (rest - 1) * fits
    return count


@pytest.mark.parametrize(("unit", "k", "solutions"), [("Ki", 1024, 4676), ("K", 1000, 0)])
def test_the_two_printed_cells_of_5a(unit: str, k: int, solutions: int) -> None:
    """With K = 1000 none: 1072.5K params make at most 52.6M mult-adds, 49 each."""
    where = ["n1+n3+n5+pool_proj=832", f"params=1072{unit}", "mult_adds=54M"]
    found = data("inception", FIVE_A, where=where, input=(832, 7, 7))
    assert found["feasible"] == len(found["rows"]) == cell_5a(k) == solutions
    for row in found["rows"][::500]:
        params = 832 * (row["n1"] + row["n3_reduce"] + row["n5_reduce"] + row["pool_proj"])
        params += 9 * row["n3_reduce"] * row["n3"] + 25 * row["n5_reduce"] * row["n5"]
        assert (row["params"], row["mult_adds"]) == (params, 49 * params)
        assert row["n1"] + row["n3"] + row["n5"] + row["pool_proj"] == 832


def test_a_whole_network_against_its_points() -> None:
    """GoogLeNet with three rows at 50 to 150 %: most params, least mult-adds and activations."""
    rows, values = ("3a", "4e", "5b"), (50, 75, 100, 125, 150)
    free = {f"percent.{row}": "50:150:25" for row in rows}
    found = data("googlenet", free, maximize=["params"], minimize=["mult_adds", "activations"])
    network, points = zoo.find("googlenet"), {}
    for point in itertools.product(values, repeat=3):
        cost = Cost(network.build(args={"percent": dict(zip(rows, point, strict=True))}))
        points[point] = (-cost.params, cost.macs, cost.activations)
    front = {p for p, c in points.items() if not any(_beats(o, c) for o in points.values())}
    assert {tuple(row[f"percent.{name}"] for name in rows) for row in found["rows"]} == front
    assert all(
        (-r["params"], r["mult_adds"], r["activations"]) == points[tuple(r[k] for k in free)] for r in found["rows"]
    )
    assert found["better_than_own"] == sum(_beats(each, points[100, 100, 100]) for each in points.values()) > 0
    assert found["own"]["params"] == 6_998_552


def _beats(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return a != b and all(m <= n for m, n in zip(a, b, strict=True))


def test_a_space_of_cells() -> None:
    """Of the benchmark's 6,561 networks those that start with 01201: the last three layers are free."""
    found = data("nas_bench_macro", {f"genotype.{i}": "0:2" for i in (5, 6, 7)}, args={"genotype": "01201000"},
                 where=["mult_adds<=40M"])  # fmt: skip
    table = {row["arch"]: row for row in read("nas_bench_macro/cifar10.csv") if row["arch"].startswith("01201")}
    small = {arch: int(row["params"]) for arch, row in table.items() if int(row["flops"]) <= 40_000_000}
    assert found["points"] == len(table) == 27
    made = {f"01201{r['genotype.5']}{r['genotype.6']}{r['genotype.7']}": r["params"] for r in found["rows"]}
    assert made == small
    assert 0 < len(small) < 27


def test_a_structure_that_varies() -> None:
    """RegNet's d and w_a: a graph per point."""
    found = data("regnet_x_200mf", {"d": [10, 13], "w_a": [20.0, 36.44]}, minimize=["params"])
    network = zoo.find("regnet_x_200mf")
    costs = [Cost(network.build(args={"d": d, "w_a": w_a})).params for d in (10, 13) for w_a in (20.0, 36.44)]
    assert [row["params"] for row in found["rows"]] == [min(costs)]
    assert found["own"]["params"] == 2_684_792


def test_any_model_by_name(tmp_path: Any) -> None:
    """A 3x3 convolution of 3 channels, and `depth` of its own width, with biases."""
    code = """
        from torch import nn
        def Net(width=8, depth=1):
            return nn.Sequential(nn.Conv2d(3, width, 3), *[nn.Conv2d(width, width, 3) for _ in range(depth)])
    """
    file = tmp_path / "net.py"
    file.write_text("\n".join(line[8:] for line in code.splitlines()))
    found = data(f"{file}:Net", {"width": "2:4", "depth": [0, 2]}, input=(3, 9, 9), where=["width<=3"])
    assert [(row["width"], row["depth"], row["params"]) for row in found["rows"]] == [
        (w, d, 28 * w + d * (9 * w * w + w)) for w in (2, 3) for d in (0, 2)
    ]


def test_a_model_that_needs_the_free_settings() -> None:
    """A fully connected layer of 16 inputs: it has no settings of its own, and 17 inputs do not fit."""
    free = {"in_features": [16, 17], "out_features": "1:4"}
    found = data("torch.nn:Linear", free, input=(16,), maximize=["params"])
    assert (found["feasible"], found["invalid"], found["better_than_own"]) == (4, 4, 0)
    assert [row["params"] for row in found["rows"]] == [4 * 17]


def test_input_batch_and_classes() -> None:
    found = data("vgg11", {"input": [32, 64], "batch": "1:3", "classes": [10, 1000]}, where=["input<=32"])
    assert found["feasible"] == 6
    network = zoo.find("vgg11")
    for row in found["rows"]:
        cost = Cost(network.build((3, 32, 32), row["batch"], row["classes"]))
        assert (row["params"], row["mult_adds"]) == (cost.params, cost.macs)


class TestBlocks:
    def test_a_block_runs_anywhere(self) -> None:
        """Search, block and result survive pickling: a block can be evaluated by another process or machine."""
        family = Family.of(request_of("inception"), ["params", "mult_adds"], NOWHERE)
        axes = [Axis((name,), (values_of(name, "16:64:16"),), True) for name in ("n1", "n3")]
        whole = analysis.Search(family, Space(axes), [Condition.of("params<=160K")], [], family.keys, {})
        sent = pickle.loads(pickle.dumps(whole))
        here, there = (analysis.evaluate(each, each.block(0)) for each in (whole, sent))
        back = pickle.loads(pickle.dumps(there))
        assert back.points.tolist() == here.points.tolist() != []
        assert back.values["params"].tolist() == here.values["params"].tolist()

    @pytest.mark.parametrize("size", [1, 4, 7, 100])
    def test_each_point_is_in_one_block(self, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(spaces, "BLOCK", size)
        space = Space([Axis((name,), (list(range(n)),)) for name, n in (("a", 3), ("b", 4), ("c", 5))])
        blocks = [space.block(number) for number in space.starts]
        assert [point for block in blocks for point in block] == list(range(60))
        assert all(len(block) <= size for block in blocks)
        assert [tuple(space.point(n).values()) for n in range(60)] == list(
            itertools.product(range(3), range(4), range(5))
        )

    @pytest.mark.parametrize("size", [1, 10, 300])
    def test_the_size_of_blocks_changes_nothing(self, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        free = {"n1": "16:128:16", "n3": "16:64:8", "n5": "8:40:8"}
        search = {"where": ["n1+n3<=128", "params>=100K"], "maximize": ["params"], "minimize": ["activations"]}
        whole = data("inception", free, **search)
        monkeypatch.setattr(spaces, "BLOCK", size)
        assert data("inception", free, **search) == whole
        assert whole["rows"]

    def test_settings_that_make_no_network_are_left_out(self) -> None:
        """Widths of 0 or less: 4 of 7 and 1 of 3."""
        found = data("inception", {"n1": "-48:48:16", "n5": "0:32:16"}, minimize=["params"])
        assert (found["feasible"], found["invalid"]) == (3 * 2, 7 * 3 - 3 * 2)
        with pytest.raises(CostcalcError, match="no settings of this space make a network: layer '1x1'"):
            costcalc.search("inception", {"n1": "-2:0"})

    def test_a_network_that_arrays_would_change(self) -> None:
        """A function that looks at the type of a setting: each point is then built alone."""

        def cost_at(settings: Mapping[str, Any]) -> Cost:
            n1 = settings.get("n1", 16)
            return Cost(zoo.find("inception").build(args={"n1": n1 if isinstance(n1, int) else 16}))

        axis = Axis(("n1",), (values_of("n1", "16:48:16"),))
        made = analysis.with_sizes(analysis.Search(cost_at, Space([axis]), [], [], ["params"], {}))
        assert not made.space.axes[0].sizes
        found = analysis.merged(made, [analysis.evaluate(made, made.block(n)) for n in made.starts])
        assert found.values["params"].tolist() == [163_328 - 192 * (64 - n1) for n1 in (16, 32, 48)]
        wrong = analysis.Search(cost_at, Space([Axis(("n1",), axis.columns, True)]), [], [], ["params"], {})
        again = analysis.merged(wrong, [analysis.evaluate(wrong, wrong.block(n)) for n in wrong.starts])
        assert again.values["params"].tolist() == found.values["params"].tolist()


class TestTrials:
    FREE: dict[str, Any] = {"n1": WIDE, "n3": WIDE, "n5": WIDE}  # noqa: RUF012

    @pytest.mark.parametrize(
        "objectives", [{}, {"maximize": ["params"]}, {"maximize": ["params"], "minimize": ["activations"]}]
    )
    def test_the_seed_decides(self, objectives: dict[str, Any]) -> None:
        pytest.importorskip("optuna")
        where = ["mult_adds<=500M"]
        one, again, other = (
            data("inception", self.FREE, where=where, trials=40, seed=seed, **objectives) for seed in (0, 0, 1)
        )
        assert one == again != other
        assert one["rows"]
        assert all(row["mult_adds"] <= 500_000_000 for row in one["rows"])

    def test_more_trials_than_points_find_the_best(self) -> None:
        pytest.importorskip("optuna")
        free = {"n1": "16:48:16"}
        found = data("inception", free, minimize=["params"], trials=30)
        assert [row["n1"] for row in found["rows"]] == [16]

    def test_a_space_too_large(self) -> None:
        pytest.importorskip("optuna")
        free = {"d": "1:1000", "w_a": "8:64", "g": "8:16"}
        assert data("regnet_x_200mf", {**free, "d": "2:3"}, where=["d<=0"])["trials"] is None  # nothing is left
        assert data("regnet_x_200mf", {**free, "d": [2, 3]}, trials=3)["trials"] == 3
