"""Nodes of aten operations, as an op of costcalc or as a generic op, for the operations that dispatch sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from costcalc.convert.torch_names import BY_PRODUCTS
from costcalc.convert.torch_reader.aten.families.convolutions import BY_MODE
from costcalc.convert.torch_reader.aten.handlers import OpCall
from costcalc.convert.torch_reader.aten.moves import ALIASES, OVERWRITES
from costcalc.convert.torch_reader.aten.reads import over, reads
from costcalc.convert.torch_reader.aten.schema import base, by_name, is_inplace, is_view, number
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.cpu_attention import runs_kernel
from costcalc.convert.torch_reader.layouts import as_on_the_cpu
from costcalc.convert.torch_reader.public_names import public_name
from costcalc.convert.torch_reader.storage import tensors
from costcalc.spec import SpecError, TorchCall
from costcalc.spec.rules import facts_of

SHAPED = {
    "add", "batch_norm", "concat", "conv", "conv_transpose", "gelu", "hard_sigmoid", "hard_swish", "layer_norm",
    "leaky_relu", "linear", "matmul", "multiply", "relu", "relu6", "sigmoid", "silu", "softmax", "tanh",
}  # fmt: skip
"""Ops whose output is new and contiguous if all inputs are contiguous: its shape by the rule is enough to make it."""

AXES = {"elementwise": over, "move": reads}
"""Kinds of generic ops, and the settings that say what they do along axes of the first input."""

TRACES = torch._C._TorchDispatchModeKey.PROXY
"""A mode that torch.func.linearize turns on. An operation that the mode does not see is not in its trace."""


def append_op(builder: GraphBuilder, func: Any, args: Any, kwargs: Any, use: OpCall) -> Any:
    """Run an operation and append its node as an op of costcalc.

    Returns NotImplemented if the op's rule does not give the shapes that torch makes.
    """
    try:
        facts = facts_of(use.op, [tuple(t.shape) for t in use.inputs], use.settings)
    except SpecError:
        return NotImplemented
    inplace = is_inplace(func)
    own = args, kwargs
    one = len(func._schema.returns) == 1
    alone = one and torch._C._get_dispatch_mode(TRACES) is None
    asks = any(isinstance(each, torch.dtype) for each in (*args, *kwargs.values()))
    if use.op in SHAPED and alone and not inplace and not asks and use.is_plain(facts.weights.values()):
        made: Any = torch.empty(facts.outputs[0], dtype=use.inputs[0].dtype, device="meta")
    elif one and use.op == "scaled_dot_product_attention" and runs_kernel(by_name(func, *own)):
        made = torch.empty_like(use.inputs[0])  # the CPU's kernel keeps the strides of the queries
    elif one and use.op == "dropout" and not inplace:
        made = torch.empty_like(use.inputs[0])  # in eval it would be the input itself
    else:
        made = as_on_the_cpu(func, args, func(*args, **kwargs))
    outs = list(tensors(made))
    if facts.outputs != tuple([tuple(t.shape) for t in outs[: len(facts.outputs)]]):
        return NotImplemented
    call, frame, usual = builder.thread.call, builder.thread.frame, facts.torch
    called_as = None
    if usual is not None and not (usual.is_module and not frame.named and usual.name == type(frame.leaf).__name__):
        args = {**usual.args, **(call.given_size if use.op == "upsample" else {})}
        called_as = replace(usual, name=call.called_as or public_name(func, usual), args=args)
    if use.no_buffers:
        facts.without_buffers()
    kernel = BY_MODE if func._overloadname == "padding" else call.kernel
    if use.op == "scaled_dot_product_attention" and by_name(func, *own).get("dropout_p"):
        kernel = BY_PRODUCTS
    builder.append(use.op, facts, use.inputs, use.weights, outs, None, inplace, called_as, kernel)
    return made


def append_generic(
    builder: GraphBuilder,
    kind: str,
    func: Any,
    args: Any,
    kwargs: Any,
    made: Sequence[torch.Tensor],
    rule: Mapping[str, Any],
    kernel: str = "",
) -> None:
    """Append a node of op elementwise, move, custom (with its `rule`) or unknown; none for a no-op."""
    numbered = [*enumerate(args), *[(number(func, key), value) for key, value in kwargs.items()]]
    given = [(builder.stand_in(t), i) for i, value in numbered for t in tensors(value)]
    inplace, name = is_inplace(func), base(func)
    if not made:
        return
    if kind == "move" and not inplace and len(made) == 1:
        if any(made[0] is t for t, _ in given):
            return
        if name in ALIASES:
            builder.alias(made[0], given[0][0], detached=name == "detach")
            return
    call, frame, learned = builder.thread.call, builder.thread.frame, {}
    leaf = frame.leaf
    if leaf is not None:  # a module of torch.nn: its parameters are this node's weights
        keys = {builder.names.get(id(p)): key for key, p in leaf._parameters.items() if p is not None}
        learned = {keys[n]: t for t, _ in given if (n := builder.names.get(id(t))) in keys}
    operands = [each for each in given if not any(each[0] is weight for weight in learned.values())]
    if inplace and name in OVERWRITES:
        operands = operands[1:] or operands
    together = call.called_as.endswith((".add", ".mul"))  # some tools compare the shapes of both
    used = operands if together else [each for each in operands if builder.depends(each[0])] or operands
    inputs, arguments = [t for t, _ in used], tuple([i for _, i in used])
    settings: dict[str, Any] = {
        "aten": name,
        "shapes": [tuple(t.shape) for t in made],
        "fresh": not (inplace or is_view(func)),
        "weights": {key: tuple(t.shape) for key, t in learned.items()},
        **(AXES[kind](func, args, kwargs) if kind in AXES and arguments[:1] == (0,) else {}),
        **rule,
    }
    facts = facts_of(kind, [tuple(t.shape) for t in inputs], settings)
    called_as = TorchCall(call.called_as) if call.called_as else None
    own = [p for p in leaf._parameters.values() if p is not None] if leaf is not None else []
    if leaf is not None and not frame.named and len(learned) == len(own) and name != "unsqueeze":
        called_as = TorchCall(type(leaf).__name__)
    usual = arguments == tuple(range(len(arguments)))
    beside = [each for each in operands if not any(each is one for one in used)]
    builder.append(
        kind, facts, inputs, list(learned.values()), made, None, inplace, called_as, call.kernel or kernel,
        arguments=() if usual else arguments, constants=beside,
    )  # fmt: skip
