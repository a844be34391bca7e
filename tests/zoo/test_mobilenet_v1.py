from collections import Counter

import pytest
import torch
from against import totals
from torch.utils.flop_counter import FlopCounterMode

from costcalc import zoo
from costcalc.analysis.cost import Cost

# Howard et al., 2017, Tables 6 and 7: million mult-adds at 224 (as cut off, or rounded) and million params.
TABLE_6 = {
    "mobilenet_v1": (569, 4.2),
    "mobilenet_v1_075": (325, 2.6),
    "mobilenet_v1_050": (149, 1.3),
    "mobilenet_v1_025": (41, 0.5),
}
TABLE_7 = {224: 569, 192: 418, 160: 290, 128: 186}

# The authors' list of checkpoints (tensorflow/models, research/slim/nets/mobilenet_v1.md): million MACs at 224,
# 192, 160 and 128. Not reproduced: 317, 233, 162 and 104 at width 0.75, 150 at 0.5 and 224, 34 at 0.25 and 192.
CHECKPOINTS = {
    "mobilenet_v1": (569, 418, 291, 186),
    "mobilenet_v1_075": (None, None, None, None),
    "mobilenet_v1_050": (None, 110, 77, 49),
    "mobilenet_v1_025": (41, None, 21, 14),
}


@pytest.mark.parametrize("name", TABLE_6)
def test_widths(name: str) -> None:
    params, mult_adds = totals(name)
    millions, params_printed = TABLE_6[name]
    assert millions in (mult_adds // 10**6, round(mult_adds / 1e6))
    assert round(params / 1e6, 1) == params_printed


@pytest.mark.parametrize("size", TABLE_7)
def test_resolutions(size: int) -> None:
    cost = Cost(zoo.find("mobilenet_v1").build(input=(3, size, size)))
    assert TABLE_7[size] in (cost.macs // 10**6, round(cost.macs / 1e6))
    assert cost.params == totals("mobilenet_v1")[0]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_the_authors_checkpoints(name: str) -> None:
    for size, printed in zip((224, 192, 160, 128), CHECKPOINTS[name], strict=True):
        millions = Cost(zoo.find(name).build(input=(3, size, size))).macs / 1e6
        assert printed in (None, round(millions))


def test_the_0_75_mobilenet_of_the_checkpoints_is_not_that_of_the_paper() -> None:
    """Table 6 prints 325 million, which is the count; the list is between 2 and 3 % under it at every size."""
    for size, listed in zip((224, 192, 160, 128), (317, 233, 162, 104), strict=True):
        millions = Cost(zoo.find("mobilenet_v1_075").build(input=(3, size, size))).macs / 1e6
        assert 1.02 < millions / listed < 1.03


def test_is_timms() -> None:
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        model = timm.create_model("mobilenetv1_100").eval()
        with FlopCounterMode(display=False) as flops:
            model(torch.empty(1, 3, 224, 224))
    graph = zoo.find("mobilenet_v1").build()
    assert Counter(graph.weights.values()) == Counter(tuple(p.shape) for p in model.parameters())
    assert totals("mobilenet_v1") == (4_231_976, 568_740_352)
    assert totals("mobilenet_v1")[1] * 2 == flops.get_total_flops()


def test_28_layers() -> None:
    """Section 3.2: "counting depthwise and pointwise convolutions as separate layers, MobileNet has 28 layers"."""
    nodes = zoo.find("mobilenet_v1").build().nodes
    assert sum(node.op in ("conv", "linear") for node in nodes) == 28
    assert [node.op for node in nodes][-1] == "softmax"  # Table 1's last row
