"""thop's profile: hooks on modules, by their exact class; in eval mode, whatever mode the model was in.

A module of any other class is not counted, nor are its parameters: sigmoid, tanh, GELU, SiLU, hard activations, local
response norm, group norm, embeddings, attention (a subclass of Linear inside it is another class). Functions are
not counted. Zero ops have a hook that adds nothing (thop.vision.basic_hooks.zero_ops). Sums are floats of 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from math import prod
from typing import Any

from costcalc.conventions.called import affine
from costcalc.conventions.held import HELD, by_place, places
from costcalc.conventions.modules import Hooking
from costcalc.conventions.op_rule import CountRule
from costcalc.conventions.recurrent import CELLS, gate_step, gate_steps
from costcalc.conventions.unbatched import input_of, is_unbatched
from costcalc.spec.count import ZERO, Count, product, times
from costcalc.spec.node import Node
from costcalc.spec.numbers import computed, total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import known


class Thop(Hooking):
    """A convention that counts modules only, not the operations that run inside of them."""

    def alone(self, node: Node, run: Run) -> Count | None:
        """The rule's count. A module has a hook per place, and its number is added up once per place."""
        count = super().alone(node, run)
        return count and times("hooks", places(node, run.graph), times(HELD, places(node, run.graph), count))

    def by_module(self, run: Run) -> dict[str, int]:
        """The tool's number by module, with what its children have."""
        return by_place(self._counted(run), run.graph) if run.graph.held.modules else super().by_module(run)

    def params(self, run: Run) -> Any:
        """Parameters of modules that ran and have a hook of their own, once per place; none of the model itself.

        thop.vision.basic_hooks.count_parameters is a hook too; thop.profile.dfs_count adds up the children.
        """
        held, weights = run.graph.held, run.graph.weights
        if not held.modules:
            return super().params(run)
        hooked = {number for number in held.called if number and _has_hook(held.modules[number].kind)}
        return total(held.ways[i] * total(numel(weights[name]) for name in held.weights[i]) for i in hooked)


CONVENTION = Thop(
    "thop",
    version="0.1.1-2209072238",
    unit=1,
    about="multiply-adds of convolutions and linear layers, 4 per normalised element, and some for pools and softmax",
    eval_only=True,
    sees="hooks modules",
    has="hook",
)

HOOKED = frozenset(
    ["Dropout", "GRU", "LSTM", "LayerNorm", "LeakyReLU", "Linear", "PReLU", "PixelShuffle", "RNN", "ReLU", "ReLU6"]
    + ["Softmax", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d", "ZeroPad2d"]
    + [f"{kind}{axes}d" for kind in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for axes in (1, 2, 3)]
    + [f"{kind}{axes}d" for kind in ("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool") for axes in (1, 2, 3)]
)
"""Classes of torch.nn that have a hook (thop.profile.register_hooks), as far as ops of costcalc build them."""


def _has_hook(kind: str) -> bool:
    """True for the class of a module that has a hook, by its full name; Sequential's is for its children."""
    place, _, name = kind.rpartition(".")
    return kind in CELLS or (place.startswith("torch.nn.modules.") and name in HOOKED)


def hooked(count: CountRule) -> CountRule:
    """Wrap a rule to return None for functions and for modules without a hook."""

    @wraps(count)
    def rule(node: Node, run: Run) -> Count | None:
        call = node.call
        return count(node, run) if call is not None and call.name in HOOKED else None

    return rule


@CONVENTION.params_rule
def _params(node: Node, run: Run) -> Iterable[str]:
    """thop.vision.basic_hooks.count_parameters, a hook too: only of modules that ran and have a hook of their own.

    Parameters of the model itself are left out (thop.profile.dfs_count).
    """
    seen = CONVENTION.own(node, run) is not None or (node.block is not None and node.block.module.kind in CELLS)
    return node.facts.weights if node not in run.not_run and seen and all("." in name for name in node.weights) else ()


@CONVENTION.rule(
    "conv",
    mirrors="thop.vision.calc_func.calculate_conv2d_flops",
    note="counts mult-adds, without the bias",
)
@hooked
def _conv(node: Node, run: Run) -> Count | None:
    return _conv_transpose(node, run) if is_unbatched(node) else node.facts.macs


@CONVENTION.rule(
    "conv_transpose",
    mirrors="thop.vision.calc_func.calculate_conv2d_flops",
    note="counts as for a convolution, at every position of the output, not of the input: about stride² times too much",
)
@hooked
def _conv_transpose(node: Node, run: Run) -> Count | None:
    settings, shape = node.facts.settings, input_of(node)
    return product(n=numel(node.facts.outputs[0]), C_in=shape[1] // settings["groups"], k=prod(settings["k"]))


@CONVENTION.rule("linear", mirrors="thop.vision.basic_hooks.count_linear", note="counts mult-adds, without the bias")
@hooked
def _linear(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "batch_norm",
    "layer_norm",
    "instance_norm",
    mirrors="thop.vision.basic_hooks.count_normalization",
    note="counts 4 per element, or 2 without scale and shift",
)
@CONVENTION.aten(
    "instance_norm",
    "layer_norm",
    mirrors="thop.vision.basic_hooks.count_normalization",
    note="counts 4 per element, or 2 without scale and shift",
)
@hooked
def _norm(node: Node, run: Run) -> Count | None:
    return product(each=4 if affine(node) else 2, n=numel(node.inputs[0].shape))


@CONVENTION.rule("avg_pool", mirrors="thop.vision.basic_hooks.count_avgpool", note="counts 1 per output element")
@CONVENTION.aten(
    *(f"avg_pool{axes}d" for axes in (1, 2, 3)),
    mirrors="thop.vision.basic_hooks.count_avgpool",
    note="counts 1 per output element",
)
@hooked
def _avg_pool(node: Node, run: Run) -> Count | None:
    return product(n_out=numel(node.facts.outputs[0]))


ADAPTIVE = (
    "counts 1 per input element and 1 per output element; computed in floats and truncated, so it can be 1 less if "
    "the output does not divide the input"
)


@CONVENTION.rule("adaptive_avg_pool", mirrors="thop.vision.basic_hooks.count_adap_avgpool", note=ADAPTIVE)
@CONVENTION.aten(
    *(f"adaptive_avg_pool{axes}d" for axes in (1, 2, 3)),
    mirrors="thop.vision.basic_hooks.count_adap_avgpool",
    note=f"{ADAPTIVE}; without a batch axis, the first spatial axis is taken as that of the output",
)
@hooked
def _adaptive_avg_pool(node: Node, run: Run) -> Count | None:
    size, out = node.inputs[0].shape[2:], node.facts.outputs[0]
    n_in, n_out = numel((*out[:2], *size)), numel(out)
    exact = Count((("n_in",), (n_in,)), (("n_out",), (n_out,)))
    cut_off = computed(_cut_off, n_in, n_out, len(size), *size, *out[2:])
    return exact if known(cut_off) and cut_off == 0 else exact + product(cut_off=cut_off)


def _cut_off(n_in: int, n_out: int, axes: int, *sizes: int) -> int:
    """The tool's truncated float minus `n_in` + `n_out`. `sizes`: of the input's axes, then of the output's."""
    window = 1.0
    for along, bins in zip(sizes[:axes], sizes[axes:], strict=True):
        window *= along / bins
    return int((window + 1) * n_out) - (n_in + n_out)


@CONVENTION.rule(
    "softmax", mirrors="thop.vision.calc_func.calculate_softmax", note="counts 3 per element, less 1 per sum"
)
@hooked
def _softmax(node: Node, run: Run) -> Count | None:
    shape = node.inputs[0].shape
    features = shape[node.facts.settings["axis"]]
    return product(rows=numel(shape) // features, each=3 * features - 1)


UPSAMPLE = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}


@CONVENTION.rule(
    "upsample",
    mirrors="thop.vision.basic_hooks.count_upsample",
    note="counts per output element: nearest 1, linear 5, bilinear 11, bicubic 224 + 35; other modes 0, with a warning",
)
@hooked
def _upsample(node: Node, run: Run) -> Count | None:
    each = UPSAMPLE.get(node.facts.settings["mode"])
    return product(each=each, n_out=numel(node.facts.outputs[0])) if each else ZERO


@CONVENTION.rule(
    "gru",
    "lstm",
    "rnn",
    mirrors="thop.rnn_hooks.count_gru, thop.rnn_hooks.count_lstm, thop.rnn_hooks.count_rnn",
    note="counts a step at every position: products, biases and gates; later layers read the whole state, without "
    "a projection",
)
@hooked
def _recurrent(node: Node, run: Run) -> Count | None:
    return gate_steps(node)


CONVENTION.module(
    *CELLS,
    mirrors="thop.rnn_hooks.count_gru_cell, thop.rnn_hooks.count_lstm_cell, thop.rnn_hooks.count_rnn_cell",
    note="counts a step per input of the batch: products, biases and gates",
)(gate_step)


@CONVENTION.aten("prelu", mirrors="thop.vision.basic_hooks.count_prelu", note="counts 1 per element")
@hooked
def _prelu(node: Node, run: Run) -> Count | None:
    return product(n=numel(node.inputs[0].shape))


@CONVENTION.rule("relu", "relu6", "max_pool", "dropout", "pad", mirrors="thop.vision.basic_hooks.zero_ops")
@CONVENTION.aten(*(f"adaptive_max_pool{axes}d" for axes in (1, 2, 3)), mirrors="thop.vision.basic_hooks.zero_ops")
@CONVENTION.aten("pixel_shuffle", mirrors="thop.vision.basic_hooks.zero_ops")
@hooked
def _zero(node: Node, run: Run) -> Count | None:
    return ZERO


@CONVENTION.rule("leaky_relu", mirrors="thop.vision.calc_func.calculate_relu_flops")
@hooked
def _leaky_relu(node: Node, run: Run) -> Count | None:
    return ZERO
