from against import totals

from costcalc import zoo


def test_totals() -> None:
    assert totals("caffenet") == (60_965_224, 724_406_816)  # Caffe's bvlc_reference_caffenet, as bvlc_alexnet
    # Caffe's bvlc_reference_rcnn_ilsvrc13: 200 outputs of 4096 inputs each instead of 1000
    assert totals("caffenet_rcnn") == (57_687_624, 724_406_816 - 800 * 4_096)
    assert totals("caffenet")[0] - totals("caffenet_rcnn")[0] == 800 * 4_097


def test_pool_then_norm() -> None:
    """What tells it from AlexNet: fewer elements to normalise."""
    graph = zoo.find("caffenet").build()
    assert [node.name for node in graph.nodes][:8] == [
        *("conv1", "conv1_relu", "pool1", "norm1"),
        *("conv2", "conv2_relu", "pool2", "norm2"),
    ]
    assert graph.node("norm1").facts.outputs == ((1, 96, 27, 27),)
    assert zoo.find("alexnet_paper").build().node("norm1").facts.outputs == ((1, 96, 55, 55),)


def test_fc7_of_r_cnn() -> None:
    """Girshick et al. 2014, section 3.2: fc7 has "29%, or about 16.8 million" of the params.

    16.8 million holds; 29 % only of a network of one tower without its last layer.
    """
    graph = zoo.find("caffenet_rcnn").build()
    rows, columns = graph.weights["fc7.weight"]
    fc7 = rows * columns + rows
    assert round(fc7 / 1e6, 1) == 16.8
    one_tower, fc8 = totals("alexnet_one_tower")[0], 4_097_000
    assert round(100 * fc7 / (one_tower - fc8)) == 29
    assert round(100 * fc7 / totals("caffenet")[0]) == 28
