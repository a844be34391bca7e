import pytest
import torchvision
from against import is_the_same_network, totals

from costcalc import models, zoo
from costcalc.analysis.published import join
from costcalc.spec import CostcalcError
from costcalc.zoo.regnet import stages, whole_groups

NAMES = [network.name for network in zoo.networks("regnet")]
THEIRS = [name for name in NAMES if name in torchvision.models.list_models()]
SIZE = 32


def test_all_of_torchvisions_are_here() -> None:
    assert len(THEIRS) == 15
    assert set(THEIRS) == set(torchvision.models.list_models(include="regnet*"))


@pytest.mark.parametrize("name", THEIRS)
def test_weights_metadata(name: str) -> None:
    """torchvision's num_params and _ops, these at the weights' own size."""
    for weights in torchvision.models.get_model_weights(name):
        (crop,) = weights.transforms().crop_size
        graph = zoo.find(name).build(input=(3, crop, crop))
        macs = sum(node.facts.macs.value for node in graph.nodes if node.facts.macs)
        assert (weights.meta["num_params"], weights.meta["_ops"]) == (totals(name)[0], round(macs / 1e9, 3))


@pytest.mark.parametrize("name", ["regnet_x_400mf", "regnet_x_1_6gf", "regnet_y_400mf", "regnet_y_800mf"])
def test_is_torchvisions(name: str) -> None:
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=SIZE)


@pytest.mark.parametrize("name", [name for name in NAMES if f"{name}_paper" not in NAMES and name != "regnet_y_128gf"])
def test_the_authors_figures(name: str) -> None:
    """pycls' params, flops and acts of the 24 networks of the paper, to the last unit."""
    (table,) = join(name, models.graph)
    assert [(cell.column, cell.verdict) for cell in table.cells] == [(c, "exact") for c in ("params", "flops", "acts")]


def test_the_rule_by_hand() -> None:
    """u = 24, 48, 72, 96: log(u / 24) / log 2 = 0, 1, 1.58, 2; 24·2^k = 24, 48, 96, 96."""
    assert stages(4, 24, 24, 2.0) == [(24, 1), (48, 1), (96, 2)]
    assert stages(3, 24, 0, 2.0) == [(24, 3)]


def test_widths_are_whole_groups() -> None:
    """104 / 40 = 2.6 groups; 56 / 40 = 1.4, and one group is less than nine tenths of 56."""
    assert whole_groups(104, 40, True) == whole_groups(104, 40, False) == 120
    assert (whole_groups(56, 40, True), whole_groups(56, 40, False)) == (40, 80)
    assert (whole_groups(100, 40, True), whole_groups(100, 40, False)) == (80, 120)  # 2.5 groups: to even, up
    assert whole_groups(8, 16, True) == whole_groups(8, 16, False) == 16


@pytest.mark.parametrize("wrong", [{"d": 0}, {"d": 10**9}, {"w_0": 20}, {"w_a": -1.0}, {"w_m": 1.0}, {"g": 0}])
def test_wrong_settings(wrong: dict[str, float]) -> None:
    with pytest.raises(CostcalcError, match="RegNet takes d from 1 to 1000, w_0 a multiple of 8"):
        models.graph("regnet_x_200mf", args=wrong)
