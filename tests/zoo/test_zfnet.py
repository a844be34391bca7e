from against import totals
from printed import imgclsmob_flops

from costcalc import zoo


def test_totals() -> None:
    # osmr/imgclsmob, pytorch/README.md: ZFNet, 62,357,608 params, FLOPs/2 1,170.33M
    convolutions = 110**2 * 96 * 3 * 49 + 26**2 * 256 * 96 * 25 + 13**2 * 9 * (256 * 384 + 384 * 384 + 384 * 256)
    assert totals("zfnet") == (62_357_608, convolutions + 9_216 * 4_096 + 4_096 * 4_096 + 4_096 * 1_000)
    assert imgclsmob_flops(zoo.find("zfnet").build()) == "1,170.33M"


def test_sizes_of_figure_3() -> None:
    """Zeiler & Fergus 2014, Figure 3: 224, 110, 55, 26, 13, 13, 13, 13, 6."""
    graph = zoo.find("zfnet").build()
    sizes = [node.facts.outputs[0][2] for node in graph.nodes if node.op in ("conv", "max_pool")]
    assert sizes == [110, 55, 26, 13, 13, 13, 13, 6]
