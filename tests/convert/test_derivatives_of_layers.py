"""Derivatives of every kind of layer: mult-adds are those that torch dispatches on the CPU."""

import copy
import json
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from derivative_ways import (
    Forward,
    by_autograd,
    by_dual_numbers,
    by_grad,
    by_jvp,
    net,
    of_checkpoints,
    of_each_sample,
    of_parameters,
    twice,
)
from dispatched import dispatched
from small_modules import costs, module
from torch import nn

from costcalc.analysis.cost import Cost
from costcalc.conventions import find
from costcalc.conventions.convention import TRANSFORMED
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.measure.worker import reports_for
from costcalc.spec import CostcalcError, Run


def attention(**given: Any) -> Forward:
    return lambda self, x: F.scaled_dot_product_attention(self.l(x), x, x, **given)


def by_parts(self: Any, x: torch.Tensor) -> Any:
    return F.scaled_dot_product_attention(self.l(x), x, x[..., :4])


def embedded(self: Any, x: torch.Tensor) -> Any:
    return self.e(torch.arange(6)) * self.l(x)[..., None]


heads, fused_heads = nn.MultiheadAttention(8, 2, batch_first=True), nn.MultiheadAttention(8, 2)

LAYERS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "conv": (nn.Conv1d(4, 6, 3), (4, 10)),
    "conv, stride": (nn.Conv2d(4, 6, 3, stride=2, padding=1), (4, 9, 9)),
    "conv, groups": (nn.Conv2d(4, 8, 3, groups=2, dilation=2), (4, 9, 9)),
    "conv, 3d": (nn.Conv3d(2, 4, 2), (2, 5, 5, 5)),
    "conv, reflected": (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), (4, 9, 9)),
    "conv_transpose": (nn.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, groups=2), (4, 5, 5)),
    "norms": (nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.ReLU(True), nn.GroupNorm(2, 6)), (4, 5, 5)),
    "batch norm in eval": (nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6)).eval(), (4, 5, 5)),
    "layer norm": (nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.GELU(), nn.RMSNorm(5)), (7, 6)),
    "pools": (nn.Sequential(nn.Conv2d(4, 6, 3), nn.MaxPool2d(2), nn.AvgPool2d(1), nn.AdaptiveAvgPool2d(1)), (4, 8, 8)),
    "upsample": (nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 2, 1)), (4, 5, 5)),
    "activations": (nn.Sequential(nn.Linear(6, 8), nn.GLU(), nn.PReLU(), nn.Mish(), nn.Softmax(-1)), (6,)),
    "dropout": (nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 2)), (6,)),
    "gru": (nn.GRU(6, 4, bidirectional=True, batch_first=True), (3, 6)),
    "cell": (module(lambda self, x: self.c(x)[0], c=nn.LSTMCell(6, 4)), (6,)),
    "heads": (module(lambda self, x: self.a(x, x, x)[0], a=heads), (5, 8)),
    "heads, fused": (module(lambda self, x: self.a(x, x, x, need_weights=False)[0], a=fused_heads), (5, 8)),
    "encoder": (nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True), (5, 8)),
    "attention": (module(attention(is_causal=True), l=nn.Linear(8, 8)), (2, 5, 8)),
    "attention, masked": (module(attention(attn_mask=torch.eye(5) == 1), l=nn.Linear(8, 8)), (2, 5, 8)),
    "attention, 3 axes": (module(attention(), l=nn.Linear(8, 8)), (5, 8)),
    "attention, by parts": (module(by_parts, l=nn.Linear(8, 8)), (2, 5, 8)),
    "einsum": (module(lambda self, x: torch.einsum("bi,bj,oi->bjo", x, x, self.l.weight), l=nn.Linear(6, 3)), (6,)),
    "baddbmm": (module(lambda self, x: torch.baddbmm(x[:, :, :1], self.l(x), x.mT), l=nn.Linear(6, 6)), (5, 6)),
    "vectors": (module(lambda self, x: torch.mv(self.l.weight, x[0]) @ self.l.bias, l=nn.Linear(6, 3)), (6,)),
    "fold": (module(lambda self, x: F.fold(self.l(F.unfold(x, 3).mT).mT, (7, 7), 3), l=nn.Linear(36, 36)), (4, 7, 7)),
    "indices": (
        module(lambda self, x: self.l(x)[:, [0, 1, 1]].cumsum(1) * x.sort(1)[0][:, :3], l=nn.Linear(6, 6)),
        (6,),
    ),
    "embedding": (module(embedded, e=nn.Embedding(6, 3), l=nn.Linear(6, 6)), (6,)),
    "parametrized": (nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)), (6,)),
    "loss": (module(lambda self, x: F.cross_entropy(self.l(x), torch.tensor([0, 1])), l=nn.Linear(6, 6)), (6,)),
}
WAYS = [by_autograd, of_parameters, twice, by_grad, by_jvp, by_dual_numbers, of_each_sample, of_checkpoints]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_layers(layer: str, way: Forward) -> None:
    """An operation without a derivative in torch is refused in a line."""
    inside, shape = LAYERS[layer]
    model = module(way, l=inside)
    try:
        expected = dispatched(copy.deepcopy(model), torch.randn(2, *shape))
    except Exception:
        with pytest.raises(CostcalcError, match="does not run"):
            from_torch(model, shape, batch=2)
    else:
        cost = Cost(from_torch(model, shape, batch=2))
        assert (cost.macs, cost.status) == (expected, "complete")


def test_gradients_without_a_rule_are_unknown() -> None:
    """Matrix exponentials have none. The layer before: 2·6·6·6 forward, and as many for the gradient of its input."""
    model = module(by_autograd, l=module(lambda self, x: torch.linalg.matrix_exp(self.l(x)), l=nn.Linear(6, 6)))
    cost = Cost(from_torch(model, (6, 6), batch=2))
    assert cost.unknown == ["l.linalg_matrix_exp", "linalg_matrix_exp"]
    assert cost.macs == 2 * 2 * 6 * 6 * 6


def test_double_backward_of_a_convolution() -> None:
    """y is 3·3·9·2; so are the gradient g of y², that of g² by the gradient of y, and from there by x.

    torch computes that of g² by the weight as well, which nobody asked for (_convolution_double_backward).
    """
    model = module(twice, l=nn.Conv2d(1, 2, 3, bias=False))
    macs = 3 * 3 * 9 * 2
    assert costs(from_torch(model, (1, 5, 5))) == (18, 5 * macs, "complete")
    assert dispatched(model, torch.randn(1, 1, 5, 5)) == 5 * macs


# What others make of it

COUNTED = [
    (nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.Tanh(), nn.ConvTranspose2d(8, 6, 3, groups=2)), (4, 9, 9)),
    LAYERS["attention"],
    LAYERS["attention, by parts"],
    LAYERS["einsum"],
    LAYERS["fold"],
]


@pytest.mark.parametrize("way", [by_autograd, of_parameters, by_grad, of_each_sample])
@pytest.mark.parametrize("layer", range(len(COUNTED)))
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_flopcounter_predicted(layer: int, way: Forward) -> None:
    inside, shape = COUNTED[layer]
    model = module(way, l=inside)
    graph = from_data(json.loads(json.dumps(to_data(from_torch(model, shape, batch=2)))))
    assert find("flopcounter").unpredicted(graph) == []
    reported, _ = reports_for("flopcounter", copy.deepcopy(model), (torch.randn(2, *shape),), derivatives=True)
    assert find("flopcounter").total(Run(graph)) == reported.total


@pytest.mark.parametrize(
    "name", ["calflops_macs", "fvcore", "ptflops", "ptflops_aten", "thop", "torchinfo", "torchprofile"]
)
def test_others_are_not_predicted(name: str) -> None:
    graph = from_torch(module(by_autograd, l=net()), (6,))
    assert find(name).unpredicted(graph) == [TRANSFORMED]
    assert find(name).unpredicted(from_torch(net(), (6,))) == []


@pytest.mark.parametrize("kind", ["MultiheadAttention", "LSTM"])
def test_modules_that_the_cpu_runs_in_its_own_way(kind: str) -> None:
    layers = {"MultiheadAttention": LAYERS["heads"][0], "LSTM": nn.LSTM(8, 4, batch_first=True)}
    graph = from_torch(module(by_autograd, l=layers[kind]), (5, 8))
    assert find("flopcounter").unpredicted(graph) == [kind]
