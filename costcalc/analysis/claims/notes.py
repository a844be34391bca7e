"""Claims in notes about GoogLeNet: x-jeff's notes on Ng's course, PZ, and two anonymous ones."""

from __future__ import annotations

from fractions import Fraction

from costcalc.analysis.bottleneck import bottleneck
from costcalc.analysis.claims.claim import (
    Finding,
    Networks,
    claim,
    depth,
    mislabelled_if,
    number,
    percent,
    prints,
    right_if,
    times,
)
from costcalc.analysis.published import read
from costcalc.spec.shapes import numel, window

COURSE = "x-jeff, course notes on Inception after Ng, 2020"
YUQUE = "GoogLeNet / Inception-v1, notes on Yuque, 2020"
BLOG = "GoogLeNet, notes on a blog, 2016"
PZ = "PZ, 001-GoogLeNet, 2018"


@claim(COURSE, "a 5x5 from 192x28x28 to 32 takes 120,422,400 multiplications (120M)")
def direct(n: Networks) -> Finding:
    macs = bottleneck((192, 28, 28), out=32, kernel=5, reduce=16).direct.steps[0].macs
    return number(macs.value, right_if(macs.value == 120_422_400), macs.formula)


@claim(COURSE, "through a 1x1 of 16 it takes 12,443,648 (12.4M)")
def reduced(n: Networks) -> Finding:
    first, second = (step.macs for step in bottleneck((192, 28, 28), out=32, kernel=5, reduce=16).variants[0].steps)
    total = first + second
    return number(
        total.value, right_if(total.value == 12_443_648 and prints("12.4", total.value, 10**6)), total.formula
    )


@claim(COURSE, "a tenth of the cost")
def tenth(n: Networks) -> Finding:
    b = bottleneck((192, 28, 28), out=32, kernel=5, reduce=16)
    return percent("10", b.variants[0].macs, b.direct.macs)


@claim(COURSE, "about as many additions as multiplications")
def additions(n: Networks) -> Finding:
    macs = bottleneck((192, 28, 28), out=32, kernel=5, reduce=16).direct.macs
    outputs = 32 * 28 * 28
    return percent("100", macs - outputs, macs, ": without bias each output adds once less than it multiplies")


@claim(COURSE, "the module puts out 28x28x256")
def module_3a(n: Networks) -> Finding:
    return _concatenated(n, "inception_3a", (256, 28, 28))


@claim(YUQUE, "with 1x1, 5.3/112.9 = 4.7 % of the parameters")
def of_the_parameters(n: Networks) -> Finding:
    b = bottleneck((480, 14, 14), out=48, kernel=5, reduce=16)
    macs, direct_macs = b.variants[0].macs, b.direct.macs
    params, direct_params = b.variants[0].params, b.direct.params
    percentage = Fraction(100 * macs, direct_macs)
    number_holds = prints("5.3", macs, 10**6) and prints("112.9", direct_macs, 10**6)
    label_holds = prints("5.3", params, 10**6) and prints("112.9", direct_params, 10**6)
    text = f"{macs:,} / {direct_macs:,} mult-adds of 4a's 5x5; weights: {params:,} / {direct_params:,}, also that much"
    verdict = "right" if label_holds else mislabelled_if(number_holds)
    return Finding(percentage, f"{float(percentage):.2f} %", verdict, text)


@claim(YUQUE, "22 layers")
def layers(n: Networks) -> Finding:
    weighted = depth(n.graph("googlenet"), lambda node: bool(node.weights))
    return number(weighted, right_if(weighted == 22), "layers with weights on the longest path")


@claim(YUQUE, "a fully connected layer only at the end")
def only_at_the_end(n: Networks) -> Finding:
    run, trained = (len(n.nodes(name, "linear")) for name in ("googlenet", "googlenet_aux"))
    return number(run, right_if(run == 1), f"{run} at inference; {trained} with both auxiliary heads")


@claim(YUQUE, "auxiliary branch in code: pool 5x5/3, 1x1 convolution, ReLU")
def auxiliary_branch(n: Networks) -> Finding:
    nodes = [node for node in n.graph("googlenet_aux").nodes if node.name.startswith("aux_4a.") and node.weights]
    sizes = {node.op: 0 for node in nodes}
    for node in nodes:
        sizes[node.op] += sum(map(numel, node.facts.weights.values()))
    head = sum(sizes.values())
    missing = head - sizes["conv"]
    text = f"of {head:,} params of the head on 4a, {missing:,} are in the two fully connected layers left out"
    return number(missing, "incomplete" if missing else "right", text)


@claim(BLOG, "a 1x1 of 32 before a 5x5 from 128 to 256 leaves about a quarter of the parameters")
def quarter(n: Networks) -> Finding:
    b = bottleneck((128, 100, 100), out=256, kernel=5, reduce=32)
    first, second = (step.weights for step in b.variants[0].steps)
    return times("4", b.direct.params, first + second, f", from {first:,} + {second:,} weights")


@claim(BLOG, "stride 1 and pad 2 keep 100x100 under a 5x5")
def keeps_the_size(n: Networks) -> Finding:
    size = window(100, 5, 1, 2)
    return number(size, right_if(size == 100), "(100 + 2·2 - 5) / 1 + 1")


@claim(BLOG, "pads of 0, 1, 2 keep the size under 1x1, 3x3, 5x5")
def pads(n: Networks) -> Finding:
    sizes = {k: window(28, k, 1, pad) for k, pad in ((1, 0), (3, 1), (5, 2))}
    text = "; ".join(f"{k}x{k}: 28 becomes {size}" for k, size in sizes.items())
    return number(sizes[5], right_if(set(sizes.values()) == {28}), text)


@claim(BLOG, "average pooling takes the place of fully connected layers; one is left")
def one_left(n: Networks) -> Finding:
    left, params = len(n.nodes("googlenet", "linear")), n.block("googlenet", "linear")
    total = n.params("googlenet")
    return number(left, right_if(left == 1), f"{params:,} / {total:,} = {100 * params / total:.1f} % of the params")


@claim(PZ, "6,998,552 params, in 84 rows")
def keras_summary(n: Networks) -> Finding:
    rows = read("keras_googlenet_summary.csv")
    total, params = sum(int(row["params"]) for row in rows), n.params("googlenet")
    holds = total == params == 6_998_552 and len(rows) == 84
    return number(params, right_if(holds), f"the {len(rows)} rows add up to {total:,}")


@claim(PZ, "the last pool is 7x7 with stride 7")
def last_pool(n: Networks) -> Finding:
    theirs, paper = window(7, 7, 7, 0), window(7, 7, 1, 0)
    return number(
        theirs, right_if(theirs == paper), f"7x7 becomes {theirs}x{theirs}; {paper}x{paper} with Table 1's 7x7/1"
    )


@claim(PZ, "an order of magnitude fewer parameters than VGG")
def order_of_magnitude(n: Networks) -> Finding:
    a, b = n.params("vgg16"), n.params("googlenet")
    return Finding(Fraction(a, b), f"{a / b:.2f}x", right_if(a >= 10 * b), f"{a:,} / {b:,} = {a / b:.2f}")


@claim(PZ, "90 % of VGG's parameters are in its fully connected layers")
def fully_connected(n: Networks) -> Finding:
    a, b = n.block("vgg16", "classifier"), n.params("vgg16")
    found = percent("90", a, b)
    return Finding(found.computed, found.shown, right_if(prints("9", 100 * a, 10 * b)), f"{found.arithmetic}, in tens")


@claim(PZ, "Inception v2 to v4 lower the number of parameters further")
def lower_and_lower(n: Networks) -> Finding:
    names = ("googlenet", "inception_bn", "inception_v3", "inception_v4")
    params, macs = [n.params(name) for name in names], [n.macs(name) for name in names]
    falling = params == sorted(params, reverse=True)
    text = ", ".join(f"{p:,}" for p in params) + "; mult-adds " + ", ".join(f"{m:,}" for m in macs)
    return number(params[-1], right_if(falling), text)


def _concatenated(n: Networks, block: str, shape: tuple[int, ...]) -> Finding:
    """The branches' channels and their sum, against the shape claimed."""
    (join,) = (node for node in n.nodes("googlenet", "concat") if node.name.startswith(block))
    widths = [tensor.shape[1] for tensor in join.inputs]
    text = f"{' + '.join(map(str, widths))} = {sum(widths)}"
    return number(sum(widths), right_if(join.facts.outputs[0][1:] == shape), text)
