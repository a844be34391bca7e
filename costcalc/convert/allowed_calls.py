"""The calls of torch that a network may name, with their arguments. A file that names any other is refused.

An op's rule makes its own call from the settings, and a file need not name it. A network that was read from torch may
name another, because counting tools look at the name. Only those in `BUILT` and `PLAIN` are ever called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from costcalc.convert.plain import to_plain
from costcalc.convert.torch_names import COMPOSITES, INSIDE, MODULES, PARTED, PRODUCTS, WATCHED
from costcalc.spec.errors import CostcalcError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.node import Node
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import Shape, numel

F, ATEN = "torch.nn.functional", "torch.ops.aten"

BUILT: dict[str, tuple[str, ...]] = {
    "adaptive_avg_pool": (f"{F}.adaptive_avg_pool{{n}}d",),
    "add": ("torch.add", "torch.Tensor.add"),
    "avg_pool": (f"{F}.avg_pool{{n}}d",),
    "dropout": (f"{F}.dropout",),
    "flatten": ("Flatten",),
    "gelu": ("GELU", f"{F}.gelu"),
    "hard_sigmoid": (f"{F}.hardsigmoid",),
    "hard_swish": (f"{F}.hardswish",),
    "leaky_relu": (f"{F}.leaky_relu",),
    "matmul": ("torch.bmm", "torch.matmul", "torch.mm", "torch.Tensor.bmm", "torch.Tensor.matmul", "torch.Tensor.mm"),
    "max_pool": (f"{F}.max_pool{{n}}d",),
    "multiply": ("torch.mul", "torch.Tensor.mul"),
    "pad": ("ZeroPad1d", "ZeroPad2d", "ZeroPad3d"),
    "relu": (f"{F}.relu",),
    "relu6": (f"{F}.relu6",),
    "sigmoid": (f"{F}.sigmoid",),
    "silu": (f"{F}.silu",),
    "softmax": (f"{F}.softmax", "Softmax2d"),
    "tanh": (f"{F}.tanh",),
    "upsample": (f"{F}.interpolate", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"),
}
"""Op -> calls that do the same as its rule's own; ``{n}`` is the number of spatial axes."""

PLAIN: dict[str, tuple[str, ...]] = {
    "celu": ("CELU",),
    "elu": ("ELU", f"{F}.elu"),
    "hardshrink": ("Hardshrink",),
    "hardtanh": ("Hardtanh",),
    "log_softmax": ("LogSoftmax",),
    "mish": ("Mish",),
    "prelu": ("PReLU",),
    "rrelu": ("RReLU",),
    "selu": ("SELU",),
    "softplus": ("Softplus",),
    "softshrink": ("Softshrink",),
}
"""aten operation of op `elementwise` -> calls that do it. Their other arguments do not change the output's shape."""

COMPLETED: dict[str, Callable[[Facts], dict[str, Any]]] = {
    "LogSoftmax": lambda facts: {"dim": -1},
    "PReLU": lambda facts: {"num_parameters": numel(facts.weights["weight"])},
}
"""Call of `PLAIN` -> the arguments that torch's module needs to be built."""

NAMED: dict[str, tuple[str, ...]] = {
    "adaptive_avg_pool": (f"{ATEN}.adaptive_avg_pool{{n}}d",),
    "avg_pool": (f"{ATEN}.avg_pool{{n}}d",),
    "batch_norm": (f"{F}.batch_norm", f"{ATEN}.batch_norm"),
    "conv": ("Conv{n}d", f"{F}.conv{{n}}d", f"{ATEN}.conv{{n}}d", "torch.convolution", "torch._convolution"),
    "conv_transpose": (
        "ConvTranspose{n}d", f"{F}.conv_transpose{{n}}d", f"{ATEN}.conv_transpose{{n}}d", "torch.convolution",
        "torch._convolution",
    ),
    "dropout": ("torch.feature_dropout",),
    "einsum": ("torch.einsum",),
    "embedding": (f"{F}.embedding", f"{ATEN}.embedding"),
    "gelu": (f"{ATEN}.gelu",),
    "group_norm": (f"{F}.group_norm", f"{ATEN}.group_norm"),
    "gru": ("GRU",),
    "instance_norm": (f"{F}.instance_norm", f"{ATEN}.instance_norm"),
    "layer_norm": (f"{F}.layer_norm", f"{ATEN}.layer_norm"),
    "leaky_relu": (f"{ATEN}.leaky_relu",),
    "linear": ("Linear", f"{F}.linear", f"{ATEN}.linear"),
    "lstm": ("LSTM",),
    "matmul": ("operator.matmul",),
    "max_pool": (f"{ATEN}.max_pool{{n}}d", f"{F}.max_pool{{n}}d_with_indices"),
    "multi_head_attention": ("SelfAttention",),
    "rbf": ("RBF",),
    "relu": (f"{ATEN}.relu",),
    "relu6": (f"{ATEN}.relu6", f"{F}.hardtanh"),
    "rnn": ("RNN",),
    "scale": ("torch.mul", "torch.Tensor.mul"),
    "scaled_dot_product_attention": (f"{F}.scaled_dot_product_attention",),
    "silu": (f"{ATEN}.silu",),
    "softmax": (f"{ATEN}.softmax", "torch._softmax"),
    "upsample": tuple(
        f"{ATEN}.{name}"
        for name in (
            "upsample_bicubic2d", "upsample_bilinear2d", "upsample_linear1d", "upsample_trilinear3d",
            *(f"upsample_nearest{axes}d" for axes in (1, 2, 3)),
            *(f"_upsample_nearest_exact{axes}d" for axes in (1, 2, 3)),
        )
    ),
}  # fmt: skip
"""Op -> names of its calls that nothing is built from: the function's weights are not a module's, or it takes arguments
that no setting keeps. Includes the name of its rule's own call, for `unknown`, which does not keep settings."""

PARTS = frozenset({*PARTED, *(f"{ATEN}.{name}" for name in COMPOSITES)})
"""Composite operations that are read through their parts, which bear these names. A part may be of any op, unless the
operation is one of `PRODUCTS`."""

PARTS_OF_PRODUCTS = {
    "add", "concat", "conv", "conv_transpose", "custom", "dropout", "elementwise", "flatten", "linear", "matmul",
    "move", "multiply", "reshape", "scale", "softmax", "split", "transpose", "unflatten", "unknown",
}  # fmt: skip
"""Ops of the parts of an operation of `PRODUCTS`."""


def named(
    op: str, facts: Facts, shapes: Sequence[Shape], name: str, given: Mapping[str, Any] | None = None
) -> TorchCall:
    """The call of that name, for a use of an op with these facts and inputs of these shapes.

    given  arguments; one that is left out has its value in the op's own call

    Raises CostcalcError for a name that calls of this op do not have, and for an argument or a value that contradicts
    the settings.
    """
    own = facts.torch
    known = (own is not None and own.name == name) or _is_part(op, name)
    if not known and name not in (*_built(op, facts, shapes), *_named(op, facts, shapes)):
        raise CostcalcError(f"torch: {name!r:.100} is not a call of this op; without torch, the op's own is taken")
    given = {} if given is None or op == "unknown" else given  # older files have arguments that nothing reads
    values = ARGUMENTS.get((op, name), _own_arguments)(facts, shapes, given)
    if not given.keys() <= values.keys():
        takes = ", ".join(values) or "no arguments"
        raise CostcalcError(f"torch: {name!r} takes {takes} here, not {', '.join(given)!r:.100}")
    args = {key: each[0] for key, each in values.items()}
    for key, value in given.items():
        found = [each for each in values[key] if to_plain(each) == to_plain(value)]
        if not found:
            raise CostcalcError(f"torch: {name!r}: {key} must be {args[key]!r:.60} by the settings, not {value!r:.60}")
        args[key] = found[0]
    return TorchCall(name, args, bool(own and own.packed), bool(own and own.leading))


def built(node: Node) -> TorchCall | None:
    """The call that a node is built by: its op's own, or another that does the same. None if it cannot be built."""
    shapes, call = [t.shape for t in node.inputs], node.call
    own = facts_of(node.op, shapes, node.facts.settings)
    if call is None or own.weights.keys() != node.facts.weights.keys():  # a weight that another layer computes
        return None
    if call == own.torch:
        return call
    if call.name not in _built(node.op, own, shapes):
        return None
    made = named(node.op, own, shapes, call.name, call.args)
    return replace(made, args=COMPLETED[call.name](own)) if call.name in COMPLETED else made


def _is_part(op: str, name: str) -> bool:
    """True if a node of this op may be a part of the operation of that name."""
    return name in PARTS and (op in PARTS_OF_PRODUCTS or name.rpartition(".")[-1] not in PRODUCTS)


def _built(op: str, facts: Facts, shapes: Sequence[Shape]) -> tuple[str, ...]:
    """Names of calls that do the same as the op's own."""
    if op == "elementwise":
        aten, weights = facts.settings["aten"], list(facts.weights)
        return PLAIN.get(aten, ()) if weights == (["weight"] if aten == "prelu" else []) else ()
    return _for_axes(BUILT.get(op, ()), [len(shapes[0]) - 2] if shapes else [])


def _named(op: str, facts: Facts, shapes: Sequence[Shape]) -> tuple[str, ...]:
    """Names that calls of the op can have, but that nothing is built from."""
    if op not in ("elementwise", "move", "unknown"):
        return _for_axes(NAMED.get(op, ()), [len(shapes[0]) - 2] if shapes else [])
    names, aten = _of_aten(facts.settings["aten"]), facts.settings["aten"]
    return (*names, *_for_axes(NAMED.get(aten, ()), (1, 2, 3))) if op == "unknown" else names


@lru_cache
def _of_aten(aten: str) -> tuple[str, ...]:
    """Names of the calls that begin with an aten operation, or consist of it."""
    functions = [f"{place}.{name}" for place, names in WATCHED.items() for name in names if name == aten]
    return (*functions, *(name for name, parts in {**MODULES, **INSIDE}.items() if aten in parts.split()))


def _for_axes(names: Sequence[str], axes: Sequence[int]) -> tuple[str, ...]:
    return tuple(name.format(n=n) for name in names for n in (axes if "{n}" in name else [0]))


Values = Mapping[str, Sequence[Any]]
"""Arguments -> the values that each may have, the usual one first."""


def _own_arguments(facts: Facts, shapes: Sequence[Shape], given: Mapping[str, Any]) -> Values:
    return {key: (value,) for key, value in facts.torch.args.items()} if facts.torch else {}


def _flatten(facts: Facts, shapes: Sequence[Shape], given: Mapping[str, Any]) -> Values:
    start, axes = facts.settings["start"], len(shapes[0])
    return {"start_dim": (start, start - axes), "end_dim": (-1, axes - 1)}


def _zero_pad(facts: Facts, shapes: Sequence[Shape], given: Mapping[str, Any]) -> Values:
    if facts.settings["value"] != 0:
        raise CostcalcError(f"torch: ZeroPad pads by 0 here, not by {facts.settings['value']!r:.60}")
    return {"padding": (tuple(_own_arguments(facts, shapes, given)["pad"][0]),)}


def _upsample(facts: Facts, shapes: Sequence[Shape], given: Mapping[str, Any]) -> Values:
    """Some tools treat one size or scale and several differently: either is kept, if the output is the same."""
    values = dict(_own_arguments(facts, shapes, given))
    rest = {key: facts.settings[key] for key in ("mode", "align_corners")}
    for key, setting in (("size", "size"), ("scale_factor", "scale")):
        if key in given and facts_of("upsample", shapes, {setting: given[key], **rest}).outputs == facts.outputs:
            values[key] = (given[key],)
    return values


def _softmax_2d(facts: Facts, shapes: Sequence[Shape], given: Mapping[str, Any]) -> Values:
    if facts.settings["axis"] not in (-3, len(shapes[0]) - 3):
        raise CostcalcError(f"torch: Softmax2d is over the last axis but two, not over axis={facts.settings['axis']}")
    return {}


def _upsampling(facts: Facts, shapes: Sequence[Shape], given: Mapping[str, Any]) -> Values:
    """UpsamplingNearest2d and UpsamplingBilinear2d do not take a mode: their names imply it."""
    values = _upsample(facts, shapes, given)
    return {key: values[key] for key in ("size", "scale_factor") if key in values}


ARGUMENTS: dict[tuple[str, str], Callable[[Facts, Sequence[Shape], Mapping[str, Any]], Values]] = {
    ("flatten", "Flatten"): _flatten,
    ("gelu", "GELU"): lambda facts, shapes, given: {"approximate": ("none", "tanh")},
    ("pad", "ZeroPad1d"): _zero_pad,
    ("pad", "ZeroPad2d"): _zero_pad,
    ("pad", "ZeroPad3d"): _zero_pad,
    ("softmax", "Softmax2d"): _softmax_2d,
    ("upsample", f"{F}.interpolate"): _upsample,
    ("upsample", "Upsample"): _upsample,
    ("upsample", "UpsamplingBilinear2d"): _upsampling,
    ("upsample", "UpsamplingNearest2d"): _upsampling,
}
"""Calls of an op whose arguments or values differ from those of its own call."""
