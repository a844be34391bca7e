import pytest
import torch
from against import is_the_same_network, totals
from torch import nn
from torch.nn import functional

from costcalc import zoo
from costcalc.convert.to_torch import to_torch
from costcalc.spec import SpecError, rbf, trace
from costcalc.zoo.lenet import C3

# LeCun et al., Proc. IEEE 86(11), 1998, section II.B: trainable params of each layer. Its connections stand with
# the other printed cells in tables/, and are held in tests/analysis/test_published.py.
PRINTED = {"c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164}


def test_every_layers_params_as_printed() -> None:
    params = dict.fromkeys(PRINTED, 0)
    for name, shape in zoo.find("lenet5").build().weights.items():
        params[name.partition(".")[0]] += torch.Size(shape).numel()
    assert params == PRINTED
    assert sum(params.values()) == 60_000


def test_table_1_has_6_maps_of_3_inputs_9_of_4_and_1_of_6() -> None:
    assert sorted(map(len, C3)) == [3] * 6 + [4] * 9 + [6]
    assert len(set(C3)) == 16
    # "a different set of inputs", and every map of S2 feeds ten of them (Table I has 60 crosses)
    assert [sum(i in taken for taken in C3) for i in range(6)] == [10] * 6


def test_totals() -> None:
    # mult-adds: 25·6·784 + 6·196 + 25·60·100 + 16·25 + 400·120 + 120·84 + 84·10
    assert totals("lenet5") == (60_000, 117_600 + 1_176 + 150_000 + 400 + 48_000 + 10_080 + 840)
    # the usual figures of the modern network, params as torchsummary prints them
    assert totals("lenet5_modern") == (61_706, 416_520)


def test_lenet5_is_a_masked_convolution_and_trained_subsampling() -> None:
    """The same outputs from a full C3 whose unconnected weights are zero, and from sums by coefficients."""
    torch.manual_seed(0)
    model = to_torch(zoo.find("lenet5").build(batch=2), dtype=torch.float64)
    state = model.state_dict()
    full = torch.zeros(16, 6, 5, 5, dtype=torch.float64)
    for number, taken in enumerate(C3):
        full[number, list(taken)] = state[f"c3.{number}.weight"][0]
    bias = torch.cat([state[f"c3.{number}.bias"] for number in range(16)])

    def subsample(x: torch.Tensor, layer: str) -> torch.Tensor:
        summed = functional.avg_pool2d(x, 2, divisor_override=1)
        coefficient = state[f"{layer}.coefficient.weight"].flatten()[:, None, None] / 4
        return (summed * coefficient + state[f"{layer}.coefficient.bias"][:, None, None]).tanh()

    x = torch.randn(2, 1, 32, 32, dtype=torch.float64)
    with torch.no_grad():
        h = subsample(functional.conv2d(x, state["c1.weight"], state["c1.bias"]).tanh(), "s2")
        h = subsample(functional.conv2d(h, full, bias).tanh(), "s4")
        h = functional.conv2d(h, state["c5.weight"], state["c5.bias"]).tanh().flatten(1)
        h = functional.linear(h, state["f6.weight"], state["f6.bias"]).tanh()
        expected = torch.cdist(h, state["output.vectors"]) ** 2
        assert torch.allclose(model(x), expected, rtol=1e-9, atol=1e-9)
    assert set(state["output.vectors"].unique().tolist()) == {-1.0, 1.0}


def test_the_vectors_of_the_output_layer_are_no_params() -> None:
    graph = zoo.find("lenet5").build()
    assert graph.buffers == {"output.vectors": (10, 84)}
    assert not [name for name in graph.weights if name.startswith("output")]


def test_rbf_wants_features() -> None:
    with pytest.raises(SpecError, match=r"'output' \(rbf.*N, features"):
        trace(lambda x: rbf(x, "output", 10), (1, 84, 2))
    with pytest.raises(SpecError, match="width=0 must be a positive integer"):
        trace(lambda x: rbf(x, "output", 0), (1, 84))


class Tutorial(nn.Module):
    """LeNet as PyTorch's tutorial describes it: two convolutions, three linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool2d(self.conv1(x).relu(), 2)
        x = functional.max_pool2d(self.conv2(x).relu(), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x).relu()).relu())


def test_modern_is_the_tutorials() -> None:
    is_the_same_network("lenet5_modern", Tutorial())
