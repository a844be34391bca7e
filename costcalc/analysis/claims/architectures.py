"""Claims in the papers of networks, about their own network and others."""

from __future__ import annotations

from costcalc.analysis.claims.claim import (
    Finding,
    Networks,
    claim,
    convolution,
    depth,
    number,
    percent,
    prints,
    right_if,
    times,
)
from costcalc.analysis.published import read

GOOGLENET = "Szegedy et al., Going deeper with convolutions, CVPR 2015"
VGG = "Simonyan & Zisserman, ICLR 2015"
RCNN = "Girshick et al., R-CNN, CVPR 2014, section 3.2"
INCEPTION_BN = "Ioffe & Szegedy, Batch normalization, ICML 2015"
INCEPTION_V3 = "Szegedy et al., Rethinking the Inception architecture, CVPR 2016"
XCEPTION = "Chollet, Xception, CVPR 2017"
MOBILENET = "Howard et al., MobileNets, 2017, section 4.2"
NEITHER_ADDS = ("relu", "flatten")


@claim(GOOGLENET, "12 times fewer parameters than AlexNet")
def twelve_times(n: Networks) -> Finding:
    a, b = n.params("alexnet_paper"), n.params("googlenet")
    return times("12", a, b, f"; 12 would take {a // 12:,} params")


@claim(GOOGLENET, "a budget of 1.5 billion multiply-adds at inference")
def budget(n: Networks) -> Finding:
    separable, full = n.macs("googlenet_separable"), n.macs("googlenet")
    printed = sum(int(row["ops"].rstrip("M")) for row in read("szegedy2015_table1.csv") if row["ops"])
    text = f"the printed ops add up to {printed:,}M; with a full 7x7 first layer it is {full:,}"
    return number(separable, right_if(prints("1.5", separable, 10**9)), f"with Table 1's first layer; {text}")


@claim(GOOGLENET, "22 layers deep, 27 with pooling")
def layers(n: Networks) -> Finding:
    pools = ("max_pool", "avg_pool", "adaptive_avg_pool")
    graph = n.graph("googlenet")
    weighted = depth(graph, lambda node: bool(node.weights))
    pooled = depth(graph, lambda node: bool(node.weights) or node.op in pools)
    text = f"the longest path has {weighted} layers with weights, {pooled} with pools"
    return number(weighted, right_if((weighted, pooled) == (22, 27)), text)


@claim(GOOGLENET, "about 100 layers, as independent building blocks")
def building_blocks(n: Networks) -> Finding:
    main = sum(node.op not in NEITHER_ADDS for node in n.graph("googlenet").nodes)
    heads = sum(node.op not in NEITHER_ADDS for node in n.graph("googlenet_aux").nodes) - main
    text = f"{main} in the main network + {heads} in the heads = {main + heads}, ReLU and flatten left out"
    return number(main + heads, right_if(prints("10", main + heads, 10)), text)


@claim(GOOGLENET, "widening two chained convolutions alike squares the cost")
def quadratic(n: Networks) -> Finding:
    once, twice = (convolution(c, c, c, k=3).macs for c in (16, 32))
    return times("4", twice, once, " for twice the width")


@claim(GOOGLENET, "144 crops of an image")
def crops(n: Networks) -> Finding:
    scales, squares, cuts, mirrors = 4, 3, 4 + 1 + 1, 2
    product = scales * squares * cuts * mirrors
    text = f"{scales} scales · {squares} squares · {cuts} cuts · {mirrors} mirrors = {product}"
    return number(product, right_if(product == 144), text)


@claim(VGG, "one 7x7 takes 81 % more parameters than three 3x3")
def one_of_seven(n: Networks) -> Finding:
    one, three = convolution(64, 64, k=7).params, convolution(64, 64, 64, 64, k=3).params
    return percent("81", one - three, three, f", from {one:,} against {three:,} at a width of 64")


@claim(RCNN, "without fc7, 29 % or about 16.8 million fewer parameters")
def without_fc7(n: Networks) -> Finding:
    fc7 = n.block("alexnet_one_tower", "fc7")
    kept = n.params("alexnet_one_tower") - n.block("alexnet_one_tower", "fc8")
    found = percent("29", fc7, kept, ", ungrouped and without fc8: the one count that gives the 6 % too")
    return found if prints("16.8", fc7, 10**6) else number(fc7, "wrong", found.arithmetic)


@claim(RCNN, "pool5 features take only 6 % of the parameters")
def pool5(n: Networks) -> Finding:
    fc6, fc7, fc8 = (n.block("alexnet_one_tower", f"fc{i}") for i in (6, 7, 8))
    kept = n.params("alexnet_one_tower") - fc8
    return percent("6", kept - fc6 - fc7, kept)


@claim(INCEPTION_BN, "13.6 million parameters")
def millions(n: Networks) -> Finding:
    params, closed = n.params("inception_bn_printed"), n.params("inception_bn")
    holds = prints("13.6", params, 10**6) or prints("13.6", closed, 10**6)
    return number(params, right_if(holds), f"by Figure 5's widths; {closed:,} with its depths closed")


@claim(INCEPTION_BN, "25 % more parameters than GoogLeNet")
def quarter(n: Networks) -> Finding:
    a, b = n.params("inception_bn_printed"), n.params("googlenet")
    return percent("25", a - b, b, f", from {a:,} against {b:,}")


@claim(INCEPTION_BN, "about 30 % more cost than GoogLeNet")
def third(n: Networks) -> Finding:
    a, b = n.macs("inception_bn_printed"), n.macs("googlenet_separable")
    return percent("30", a - b, b, f", from {a:,} against {b:,} mult-adds, both with the separable first layer")


@claim(INCEPTION_V3, "GoogLeNet employed only 5 million parameters")
def five_million(n: Networks) -> Finding:
    params = n.params("googlenet")
    without = params - n.block("googlenet", "linear")
    text = f"without its classifier {without:,}"
    return number(params, right_if(prints("5", params, 10**6) or prints("5", without, 10**6)), text)


@claim(INCEPTION_V3, "VGG has about 3 times the parameters of AlexNet")
def three_times(n: Networks) -> Finding:
    return times("3", n.params("vgg16"), n.params("alexnet_paper"))


@claim(INCEPTION_V3, "cost only about 2.5 times GoogLeNet's")
def two_and_a_half(n: Networks) -> Finding:
    printed = {row["name"]: row["ops"] for row in read("szegedy2016_cost.csv")}
    a, b = (round(10 * float(printed[name])) for name in ("Inception-v2", "GoogLeNet"))
    a3, b3 = n.macs("inception_v3"), n.macs("googlenet_separable")
    return times("2.5", a, b, f" in tenths of 10^9, as printed of v2; v3 computed: {a3:,} / {b3:,} = {a3 / b3:.2f}")


@claim(INCEPTION_V3, "less than 25 million parameters")
def less_than(n: Networks) -> Finding:
    params = n.params("inception_v3")
    return number(params, right_if(params < 25_000_000), f"{params:,} against 25,000,000")


@claim(INCEPTION_V3, "5 billion multiply-adds per inference")
def five_billion(n: Networks) -> Finding:
    macs = n.macs("inception_v3")
    return number(macs, right_if(prints("5", macs, 10**9)), f"{macs:,} / 10^9 = {macs / 10**9:.2f} at 299")


@claim(XCEPTION, "36 convolutional layers")
def separable_layers(n: Networks) -> Finding:
    convs = n.nodes("xception", "conv")
    depthwise = sum(node.facts.settings["groups"] > 1 for node in convs)
    shortcuts = sum(node.name.endswith("skip") for node in convs)
    count = len(convs) - depthwise - shortcuts
    text = f"{len(convs)} convolutions - {depthwise} depthwise, each one with its 1x1 - {shortcuts} on shortcuts"
    return number(count, right_if(count == 36), text)


@claim(MOBILENET, "32 times smaller than VGG-16")
def smaller_than_vgg(n: Networks) -> Finding:
    return times("32", n.params("vgg16"), n.params("mobilenet_v1"))


@claim(MOBILENET, "27 times less compute than VGG-16")
def cheaper_than_vgg(n: Networks) -> Finding:
    return times("27", n.macs("vgg16"), n.macs("mobilenet_v1"))


@claim(MOBILENET, "more than 2.5 times less computation than GoogLeNet")
def cheaper_than_googlenet(n: Networks) -> Finding:
    a, b = n.macs("googlenet_separable"), n.macs("mobilenet_v1")
    found = times("2.5", a, b)
    return Finding(found.computed, found.shown, right_if(found.computed > 2.5), found.arithmetic)


@claim(MOBILENET, "half as wide, at 160: 45 times smaller than AlexNet")
def smaller_than_alexnet(n: Networks) -> Finding:
    return times("45", n.params("alexnet_paper"), n.params("mobilenet_v1_050"))
