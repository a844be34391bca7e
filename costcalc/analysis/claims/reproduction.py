"""Claims in Chen & Mo's reproduction of GoogLeNet, beside VGG-16."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from costcalc.analysis.claims.claim import (
    Finding,
    Networks,
    claim,
    convolution,
    mislabelled_if,
    number,
    prints,
    right_if,
)
from costcalc.spec import Run
from costcalc.spec.shapes import numel, window

CHEN_MO = "Chen & Mo, a reproduction of GoogLeNet"
BATCH = 20
MEMORY = {  # figures 16 and 17: the lines of torchinfo's summary, in MB
    "googlenet_bn": {"input": "12.04", "forward/backward": "1034.49", "params": "53.54", "total": "1100.08"},
    "vgg16": {"input": "12.04", "forward/backward": "2169.07", "params": "553.43", "total": "2734.55"},
}


@claim(CHEN_MO, "a hundred convolutional layers and more")
def convolutions(n: Networks) -> Finding:
    run, trained = (len(n.nodes(name, "conv")) for name in ("googlenet", "googlenet_aux"))
    text = f"3 + {(run - 3) // 9}·9 = {run}; {trained} with the auxiliary heads"
    return number(run, right_if(trained >= 100), text)


@claim(CHEN_MO, "pad 1 on a 5x5")
def pad_of_5x5(n: Networks) -> Finding:
    size = window(28, 5, 1, 1)
    return number(size, right_if(size == 28), f"28 becomes {size}; pad 2 gives {window(28, 5, 1, 2)}")


@claim(CHEN_MO, "2·padding = kernel keeps the size")
def pad_rule(n: Networks) -> Finding:
    kernels = (1, 3, 5, 7)
    claimed = [window(28, k, 1, k // 2) == 28 and 2 * (k // 2) == k for k in kernels]
    text = ", ".join(f"{k}x{k} needs {(k - 1) // 2}" for k in kernels)
    least = next(pad for pad in range(9) if window(28, 5, 1, pad) == 28)
    return number(2 * least, right_if(all(claimed)), f"it is 2·padding = kernel - 1: {text}; for 5x5 2·{least} = 5 - 1")


@claim(CHEN_MO, "there are no biases")
def no_biases(n: Networks) -> Finding:
    paper, theirs = _biases(n, "googlenet"), _biases(n, "googlenet_bn")
    text = f"biases of convolutions and classifier: the paper's network {paper:,}, their batch-norm variant {theirs:,}"
    return number(paper, right_if(not paper), text)


@claim(CHEN_MO, "3x3 in the 5x5 branch is a known bug (torchvision issue 906)")
def bug(n: Networks) -> Finding:
    ours, theirs = n.params("googlenet_bn"), n.params("googlenet_torchvision_aux")
    pairs = [node.facts.weights["weight"] for node in n.nodes("googlenet_bn", "conv") if "branch3.1" in node.name]
    missing = sum((25 - 9) * out * into for out, into, *_ in pairs)
    text = f"{theirs:,} + 16·{missing // 16:,} = {theirs + missing:,}"
    return number(missing, right_if(theirs + missing == ours), text)


@claim(CHEN_MO, "auxiliary heads on 4a and 4b")
def heads(n: Networks) -> Finding:
    fed = {node.inputs[0].name.split(".")[0]: node.inputs[0].shape[1] for node in n.nodes("googlenet_bn", "avg_pool")}
    text = "its code feeds them " + " and ".join(f"{block} ({channels} channels)" for block, channels in fed.items())
    return number(list(fed.values())[1], right_if(list(fed) == ["inception4a", "inception4b"]), text)


@claim(CHEN_MO, "a head's pool leaves 4·4·128 = 2048 values")
def head_values(n: Networks) -> Finding:
    first = next(node for node in n.nodes("googlenet_bn", "linear") if node.name.startswith("aux1"))
    values = first.inputs[0].shape[1]
    side = window(14, 5, 3, 0)
    params = " and ".join(f"{n.block('googlenet_bn', head):,}" for head in ("aux1", "aux2"))
    text = f"(14 - 5) // 3 + 1 = {side}; {side}·{side}·128 = {values:,}; the heads have {params} params"
    return number(values, right_if(values == 2048), text)


@claim(CHEN_MO, "GoogLeNet has 13,385,816 params, VGG 138,357,544")
def params(n: Networks) -> Finding:
    ours, vgg = n.params("googlenet_bn"), n.params("vgg16")
    aux = sum(n.block("googlenet_bn", head) for head in ("aux1", "aux2"))
    text = f"both auxiliary heads included: {ours - aux:,} + {aux:,}; VGG-16: {vgg:,}"
    return number(ours, right_if((ours, vgg) == (13_385_816, 138_357_544)), text)


@claim(CHEN_MO, "31.82 and 309.68 GFLOPs, forward and backward")
def gflops(n: Networks) -> Finding:
    ours, vgg = _torchinfo(n, "googlenet_bn"), _torchinfo(n, "vgg16")
    holds = prints("31.82", ours, 10**9) and prints("309.68", vgg, 10**9)
    text = (
        f"torchinfo's rule at batch {BATCH}: {ours:,} and {vgg:,}, multiply-adds of the forward pass alone; "
        f"an image: {ours // BATCH:,} and {vgg // BATCH:,}"
    )
    return number(ours, mislabelled_if(holds), text)


@claim(CHEN_MO, "memory of 1100.08 MB in all, VGG 2734.55 MB, line by line")
def memory(n: Networks) -> Finding:
    lines = {name: _memory(n, name) for name in MEMORY}
    holds = all(prints(text, lines[name][line], 10**6) for name in MEMORY for line, text in MEMORY[name].items())
    text = "; ".join(f"{name}: {' + '.join(f'{b:,}' for b in [*x.values()][:3])} bytes" for name, x in lines.items())
    total = lines["googlenet_bn"]["total"]
    return number(total, right_if(holds), f"{text}; an estimate by torchinfo's rule, nothing measured")


@claim(CHEN_MO, "figure 16 is VGG's complexity (13,385,816), figure 17 GoogLeNet's (138,357,544)")
def captions(n: Networks) -> Finding:
    ours, vgg = n.params("googlenet_bn"), n.params("vgg16")
    swapped = (ours, vgg) == (13_385_816, 138_357_544)
    verdict = right_if((vgg, ours) == (13_385_816, 138_357_544), mislabelled_if(swapped))
    return number(vgg, verdict, f"VGG-16 has {vgg:,}, their GoogLeNet {ours:,}: the captions are swapped")


@claim(CHEN_MO, "27 times faster than VGG")
def faster(n: Networks) -> Finding:
    ours, vgg = _torchinfo(n, "googlenet_bn"), _torchinfo(n, "vgg16")
    published = (n.macs("vgg16"), n.macs("googlenet"))
    ratios = {"mult-adds": (vgg, ours), "params": (n.params("vgg16"), n.params("googlenet_bn"))}
    a, b = _memory(n, "vgg16"), _memory(n, "googlenet_bn")
    ratios.update({line: (a[line], b[line]) for line in ("forward/backward", "total")})
    text = ", ".join(f"{what} {x / y:.2f}" for what, (x, y) in ratios.items())
    text += f"; the published networks: {published[0]:,} / {published[1]:,} = {published[0] / published[1]:.2f}"
    holds = any(prints("27", x, y) for x, y in [*ratios.values(), published])
    return Finding(Fraction(vgg, ours), f"{vgg / ours:.2f}x", right_if(holds, "unsupported"), text)


@claim(CHEN_MO, "GoogLeNet used more parameters than VGG")
def more_parameters(n: Networks) -> Finding:
    ours, vgg = n.params("googlenet_bn"), n.params("vgg16")
    return Finding(Fraction(vgg, ours), f"{vgg / ours:.2f}x fewer", right_if(ours > vgg), f"{ours:,} against {vgg:,}")


@claim(CHEN_MO, "GoogLeNet's number of parameters is rather large")
def rather_large(n: Networks) -> Finding:
    ours, others = n.params("googlenet"), {name: n.params(name) for name in ("alexnet_paper", "zfnet", "vgg16")}
    text = "; ".join(f"{name}: {count:,}" for name, count in others.items())
    return number(ours, right_if(ours > min(others.values())), f"beside {text}")


@claim(CHEN_MO, "v3: two 3x3 for a 5x5 lower the cost")
def two_of_three(n: Networks) -> Finding:
    one, two = convolution(64, 64, k=5).macs, convolution(64, 64, 64, k=3).macs
    return Finding(Fraction(two, one), f"{100 * (two - one) / one:.0f} %", right_if(two < one), _at_64(two, one))


@claim(CHEN_MO, "v3: 1x7 and 7x1 for a 7x7 lower the cost")
def asymmetric(n: Networks) -> Finding:
    one, two = convolution(64, 64, k=7).macs, convolution(64, 64, 64, k=[(1, 7), (7, 1)]).macs
    return Finding(Fraction(two, one), f"{100 * (two - one) / one:.0f} %", right_if(two < one), _at_64(two, one))


@claim(CHEN_MO, "v3 introduced depthwise separable convolutions")
def separable(n: Networks) -> Finding:
    names = ("googlenet_separable", "inception_bn", "inception_v3")
    grouped = [sum(node.facts.settings["groups"] > 1 for node in n.nodes(name, "conv")) for name in names]
    text = ", ".join(f"{name}: {count}" for name, count in zip(names, grouped, strict=True))
    holds = grouped[2] > 0 and not any(grouped[:2])
    return number(grouped[2], right_if(holds), f"depthwise convolutions: {text}")


@claim(CHEN_MO, "v3 introduced batch normalisation")
def normalised(n: Networks) -> Finding:
    before, v3 = (len(n.nodes(name, "batch_norm")) for name in ("inception_bn", "inception_v3"))
    text = f"its forerunner of Ioffe & Szegedy has {before} batch norms, v3 {v3}"
    return number(before, right_if(not before and v3 > 0), text)


@claim(CHEN_MO, "pools that round up halve the size")
def halves(n: Networks) -> Finding:
    pools = [node for node in n.nodes("googlenet", "max_pool") if not node.name.startswith("inception")]
    sizes = [pools[0].inputs[0].shape[2], *(node.facts.outputs[0][2] for node in pools)]
    holds = all(a == 2 * b for a, b in pairwise(sizes))
    text = f"{', '.join(map(str, sizes))}; rounding down, {sizes[0]} becomes {window(sizes[0], 3, 2, 0)}"
    return number(sizes[-1], right_if(holds), text)


def _torchinfo(n: Networks, name: str) -> int:
    """torchinfo's total mult-adds at the paper's batch, auxiliary heads included."""
    return n.tool("torchinfo").total(Run(n.graph(name, BATCH), "train"))


def _memory(n: Networks, name: str) -> dict[str, int]:
    """The lines of torchinfo's memory, in bytes, in the same setting."""
    return n.tool("torchinfo").memory(Run(n.graph(name, BATCH), "train"))


def _biases(n: Networks, name: str) -> int:
    """Biases of the main network's convolutions and classifier."""
    nodes = [node for node in n.nodes(name, "conv", "linear") if not node.name.startswith("aux")]
    return sum(numel(node.facts.weights["bias"]) for node in nodes if "bias" in node.facts.weights)


def _at_64(a: int, b: int) -> str:
    return f"{a:,} / {b:,} mult-adds at equal widths (64, on 8x8)"
