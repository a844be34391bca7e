"""GoogLeNet against a summary printed by Keras (PZ, "001-GoogLeNet", 2018): output shape, params, connections."""

from collections import Counter

from costcalc import zoo
from costcalc.analysis.published import read
from costcalc.spec.shapes import numel

CONTRACTED = {"relu", "lrn", "softmax"}  # Keras has these inside the layer before, or (LRN) not at all
NAMES = {  # the map of names: our op -> Keras' name, numbered in the order the layers are made
    "conv": "conv2d",
    "max_pool": "max_pooling2d",
    "concat": "concatenate",
    "adaptive_avg_pool": "average_pooling2d",
    "dropout": "dropout",
    "flatten": "flatten",
    "linear": "dense",
}


def test_all_84_rows() -> None:
    graph = zoo.find("googlenet").build()
    stands_for = {"input": "input_1"}
    numbers: Counter[str] = Counter()
    ours = [("input_1", (224, 224, 3), 0, [])]
    for node in graph.nodes:
        inputs = [stands_for[t.name] for t in node.inputs]
        if node.op in CONTRACTED:
            (stands_for[node.name],) = inputs
            continue
        kind = NAMES[node.op]
        numbers[kind] += 1
        stands_for[node.name] = f"{kind}_{numbers[kind]}"
        _, channels, *size = node.facts.outputs[0]
        params = sum(numel(graph.weights[w]) for w in node.weights)
        ours.append((stands_for[node.name], (*size, channels), params, inputs))

    keras = [
        (r["layer"], tuple(map(int, r["output"].split("x"))), int(r["params"]), r["connected_to"].split())
        for r in read("keras_googlenet_summary.csv")
    ]
    assert len(keras) == 84
    assert Counter(name.rpartition("_")[0] for name, *_ in keras).most_common(3) == [
        ("conv2d", 57), ("max_pooling2d", 13), ("concatenate", 9),
    ]  # fmt: skip
    assert sorted(ours) == sorted(keras)
    assert sum(params for _, _, params, _ in keras) == 6_998_552  # "Total params" of the summary
