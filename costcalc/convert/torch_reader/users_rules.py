"""Modules and functions of autograd that a user's rule counts: one node per call; nothing inside is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations
from torch.utils._pytree import tree_leaves

from costcalc.convert import rules
from costcalc.convert.inputs import UNRECORDED
from costcalc.convert.torch_reader.aten.schema import shapes
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.derivatives import transforming
from costcalc.convert.torch_reader.token_ids import NeedsIds
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, SpecError
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import Shape


def has_rule(module: nn.Module) -> bool:
    """True for a module that a user's rule counts as a whole. Not inside of a transform, which changes its shapes."""
    return type_before_parametrizations(module) in rules.RULES and not transforming()


def counts(builder: GraphBuilder, function: Any) -> bool:
    """True for a function of autograd that a user's rule counts here."""
    return isinstance(function, type) and function in rules.RULES and not (builder.thread.quiet or transforming())


def of_module(builder: GraphBuilder, module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    """The output of a module's forward pass. Its parameters are weights of the node."""
    kind: Any = type_before_parametrizations(module)

    def run() -> Any:
        return type(module).forward(module, *args, **kwargs)

    own = dict(module.named_parameters())
    names = _by_name(kind.forward, (module, *args), kwargs)
    return _counted(builder, kind, {**names, "module": module}, run, own)


def of_function(builder: GraphBuilder, function: Any, run: Callable[..., Any], args: Sequence[Any]) -> Any:
    """The output of ``function.apply(*args)``."""
    plain = function.setup_context is not torch.autograd.Function.setup_context  # forward does not take a context
    named = args if plain else (None, *args)
    return _counted(builder, function, _by_name(function.forward, named, {}, plain), lambda: run(*args), {})


def _by_name(forward: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], plain: bool = False) -> Any:
    """The arguments of a forward pass by name. Leaves out the first, which is the module or a context, unless `plain`.

    Raises TypeError if they do not fit.
    """
    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    found = dict(list(bound.arguments.items())[0 if plain else 1 :])
    for each in bound.signature.parameters.values():
        if each.kind == each.VAR_KEYWORD:
            found.update(found.pop(each.name))
    return found


def _counted(
    builder: GraphBuilder,
    subject: Any,
    names: Mapping[str, Any],
    run: Callable[[], Any],
    own: Mapping[str, torch.Tensor],
) -> Any:
    """Append the node of a call with these arguments, and return its output.

    own  parameters that are weights of the node
    """
    with torch._C.DisableTorchFunction():
        found = rules.given(subject, shapes(names))
        taken = [t for t in tree_leaves(list(names.values())) if isinstance(t, torch.Tensor)]
        sources = [builder.stand_in(t) for t in taken]
        if found.outputs is None:
            made = _quietly(builder, subject, run)
        else:
            made = _empty(found.outputs, sources)
        outs = [t for t in _tensors(made) if not any(t is each for each in sources)]
        learned = {key: t for key, t in own.items() if id(t) in builder.names}
        settings = {
            "aten": subject.__name__,
            "shapes": [tuple(t.shape) for t in outs],
            "weights": {key: tuple(t.shape) for key, t in learned.items()},
            **found.settings,
        }
        inputs = [t for t in sources if builder.depends(t)] or sources
        try:
            facts = facts_of("custom", [tuple(t.shape) for t in inputs], settings)
        except SpecError as error:
            raise CostcalcError(f"the rule of {subject.__name__}: {error}") from error
        with builder.lock:
            builder.append("custom", facts, inputs, list(learned.values()), outs)
    return made


def _quietly(builder: GraphBuilder, subject: Any, run: Callable[[], Any]) -> Any:
    """Run a forward pass for the shapes of its outputs."""
    thread = builder.thread
    thread.quiet = True
    try:
        return run()
    except (CostcalcError, NeedsIds):
        raise
    except Exception as error:
        if any(said in str(error) for said in UNRECORDED):  # it runs once autograd is on
            raise
        name, problem = subject.__name__, "does not run on the meta device, and its rule gives no shapes of outputs"
        raise CostcalcError(
            f"{name} {problem}: let it return costcalc.Facts(outputs=shapes, macs=count) ({in_a_line(error)})"
        ) from error
    finally:
        thread.quiet, thread.inside = False, []


def _empty(outputs: Sequence[Shape], given: Sequence[torch.Tensor]) -> Any:
    """Tensors of these shapes, of the dtype of the first floating-point argument: one, or a tuple."""
    dtype = next((t.dtype for t in given if t.dtype.is_floating_point or t.dtype.is_complex), torch.float32)
    with torch._C._DisableTorchDispatch():
        try:
            made = tuple([torch.empty(shape, dtype=dtype, device="meta") for shape in outputs])
        except RuntimeError as error:
            raise CostcalcError(f"a rule returns outputs that torch cannot have: {in_a_line(error)}") from error
    return made[0] if len(made) == 1 else made


def _tensors(value: Any) -> list[torch.Tensor]:
    found = value.values() if isinstance(value, Mapping) else value
    return [t for t in tree_leaves(list(found) if isinstance(value, Mapping) else found) if isinstance(t, torch.Tensor)]
