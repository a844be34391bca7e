import torch
import torchvision
from against import is_the_same_network, totals
from torchvision.models import inception_v3

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.convert.to_torch import to_torch

# torchvision's module with and without its head: params, and mult-adds at 299. The head's are
# re-added: a 1x1 of 128 on 5x5, a 5x5 of 768 on one position, and the logits.
HEAD = 768 * 128 * 25 + 128 * 768 * 25 + 768 * 1000
TOTALS = {
    "inception_v3": (23_834_568, 5_713_216_096),
    "inception_v3_aux": (27_161_264, 5_713_216_096 + HEAD),
}


def theirs(aux: bool) -> torch.nn.Module:
    return inception_v3(weights=None, aux_logits=aux, init_weights=False, transform_input=False)


def test_totals() -> None:
    assert {name: totals(name) for name in TOTALS} == TOTALS


def test_torchvisions_weights() -> None:
    meta = torchvision.models.get_model_weights("inception_v3").IMAGENET1K_V1.meta
    assert meta["num_params"] == TOTALS["inception_v3_aux"][0]
    assert round(TOTALS["inception_v3"][1] / 1e9, 3) == meta["_ops"]


def test_keras_counts_the_moving_statistics() -> None:
    """keras' InceptionV3 has 23,851,784: mean and variance of each batch norm counted, and no scale."""
    graph = zoo.find("inception_v3").build()
    channels = sum(node.facts.outputs[0][1] for node in graph.nodes if node.op == "batch_norm")
    assert TOTALS["inception_v3"][0] + 2 * channels - channels == 23_851_784


def test_is_torchvisions() -> None:
    is_the_same_network("inception_v3", theirs(aux=False), size=75)


def test_the_head_is_torchvisions() -> None:
    """In train mode too, where the head runs: its convolution of 5x5 needs the whole 299."""
    is_the_same_network("inception_v3_aux", theirs(aux=True))
    ours, other = to_torch(zoo.find("inception_v3_aux").build(batch=2), dtype=torch.float64), theirs(aux=True).double()
    ours.load_state_dict(other.state_dict())
    ours.train()
    other.train()
    x = torch.randn((2, 3, 299, 299), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.manual_seed(1)  # one dropout each: the same elements go
        expected = other(x)
        torch.manual_seed(1)
        made = ours(x)
    for a, b in zip(made, expected, strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-9)


def test_the_head_runs_only_in_training() -> None:
    graph = zoo.find("inception_v3_aux").build()
    assert (Cost(graph, "eval").macs, Cost(graph, "train").macs) == (5_713_216_096, 5_713_216_096 + HEAD)
    assert Cost(graph, "eval").params == 27_161_264


def test_figures_of_the_paper() -> None:
    """Szegedy et al. 2016, abstract: "less than 25 million parameters". Its Table 1: the sizes between modules."""
    graph = zoo.find("inception_v3").build()
    assert Cost(graph, "eval").params < 25_000_000
    sizes = {node.name.split(".")[0]: node.facts.outputs[0][1:] for node in graph.nodes if node.op == "concat"}
    assert [sizes[f"Mixed_{name}"] for name in ("5d", "6e", "7a", "7c")] == [
        (288, 35, 35),
        (768, 17, 17),
        (1280, 8, 8),
        (2048, 8, 8),
    ]
