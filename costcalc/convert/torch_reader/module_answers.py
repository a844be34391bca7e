"""The output of a module of torch.nn by the rule of its op, without its forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from costcalc.convert.torch_reader import modules
from costcalc.convert.torch_reader.aten.families.convolutions import BY_MODE
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.storage import tensors
from costcalc.convert.torch_reader.token_ids import looks_up
from costcalc.spec import Facts, SpecError, TorchCall
from costcalc.spec.rules import facts_of
from costcalc.spec.saves import Saves

ATTENTION = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights")
"""Arguments of MultiheadAttention, in order."""


def answer(
    builder: GraphBuilder, constants: Constants, module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """The module's output by its op's rule; NotImplemented if the module has to run."""
    attention = isinstance(module, nn.MultiheadAttention)
    several = attention or isinstance(module, nn.RNNBase)
    given = {**dict(zip(ATTENTION if attention else ("input", "hx"), args, strict=False)), **kwargs}
    x = given.get("query" if attention else "input")
    if type(x) is not torch.Tensor or (len(given) > 1 and not several):
        return NotImplemented
    masks = [given.get(key) for key in ("key_padding_mask", "attn_mask")]  # with one, torch runs other products
    if attention and (given.get("key") is not x or given.get("value") is not x or masks != [None, None]):
        return NotImplemented
    shape = tuple(x.shape)
    use = modules.RULES[type(module)](module, shape)
    if use is None or (use[0] == "embedding" and not looks_up(builder, constants, x, use[1]["vocabulary"])):
        return NotImplemented
    op, settings = use
    with torch._C._DisableTorchDispatch():
        x = builder.stand_in(x)
    if attention:
        settings = {**settings, "need_weights": bool(given.get("need_weights", True))}
    try:
        facts = facts_of(op, [shape], settings)
    except SpecError:
        return NotImplemented
    if isinstance(module, nn.RNNBase) and given.get("hx") is not None:
        facts.saves = facts.train_saves = Saves(unknown="the states that it starts from are given")
    weights = [_parameter(module, key) for key in facts.weights]
    if any(p is None or tuple(p.shape) != size for p, size in zip(weights, facts.weights.values(), strict=True)):
        return NotImplemented
    learned = [p for p in weights if p is not None]
    dtype = learned[0].dtype if op == "embedding" else x.dtype
    if any(p.dtype != dtype for p in learned):
        return NotImplemented
    made = _empty(builder, module, args, kwargs, x, facts, dtype)
    called_as = None
    if type(module) in modules.CALLED_AS:
        called_as = TorchCall(type(module).__name__, modules.CALLED_AS[type(module)](module))
    path = builder.path(module) if id(module) in builder.paths else ""
    inplace = bool(settings.get("inplace"))
    kernel = BY_MODE if isinstance(getattr(module, "padding", 0), str) else ""
    with builder.lock:
        builder.append(op, facts, [x], learned, made, path, inplace, called_as, kernel)
        for t in builder.thread.inside:
            builder.later(t, made[0])
        builder.thread.inside = []
    if isinstance(module, nn.MultiheadAttention):
        return made[0], _attention_weights(builder, module, made[0], settings, given)
    if len(made) > 1:
        return made[0], (made[1] if len(made) == 2 else tuple(made[1:]))
    return made[0]


def _empty(
    builder: GraphBuilder, module: nn.Module, args: Any, kwargs: Any, x: torch.Tensor, facts: Facts, dtype: torch.dtype
) -> list[torch.Tensor]:
    """Meta tensors of the outputs' shapes; in place, x itself."""
    if facts.settings.get("inplace"):
        return [x]
    plain = all(p is None or p.is_contiguous() for p in (x, *module._parameters.values()))
    if plain and not builder.autograd:
        with torch._C._DisableTorchDispatch():
            return [torch.empty(shape, dtype=dtype, device="meta") for shape in facts.outputs]
    builder.thread.quiet = True  # only torch knows the output's layout, and what autograd records
    builder.thread.inside = []
    try:
        made = list(tensors(type(module).forward(module, *args, **kwargs)))[: len(facts.outputs)]
        return [t.view_as(t) if t is x else t for t in made]
    finally:
        builder.thread.quiet = False


def _attention_weights(
    builder: GraphBuilder,
    module: nn.MultiheadAttention,
    made: torch.Tensor,
    settings: Mapping[str, Any],
    given: Mapping[str, Any],
) -> torch.Tensor | None:
    """The second output of MultiheadAttention, which the op does not have."""
    if not settings["need_weights"]:
        return None
    n, length, _ = made.shape
    heads = () if given.get("average_attn_weights", True) else (module.num_heads,)
    with torch._C._DisableTorchDispatch():
        weights = torch.empty((n, *heads, length, length), dtype=made.dtype, device="meta")
    builder.later(weights, made)
    return weights


def _parameter(module: nn.Module, name: str) -> torch.Tensor | None:
    """The parameter of that dotted name in a module; None if there is none, or it was replaced by a plain tensor."""
    *between, last = name.split(".")
    for each in between:
        child = module._modules.get(each)
        if child is None:
            return None
        module = child
    return module._parameters.get(last)
