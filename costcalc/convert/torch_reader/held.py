"""The modules of a torch model, as it holds them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from costcalc.spec.held_modules import HeldModule


def held_modules(model: nn.Module, names: Mapping[int, str]) -> tuple[HeldModule, ...]:
    """All modules of a model, parents before children; none if one is, somewhere below, a child of its own.

    names  of the model's parameters, by id
    """
    paths = {id(module): path for path, module in model.named_modules()}
    order: list[nn.Module] = []
    under_way: set[int] = set()
    done: set[int] = set()
    todo: list[tuple[nn.Module, bool]] = [(model, False)]
    while todo:
        module, finished = todo.pop()
        if finished:
            under_way.discard(id(module))
            done.add(id(module))
            order.append(module)
        elif id(module) in under_way:
            return ()
        elif id(module) not in done:
            under_way.add(id(module))
            todo.append((module, True))
            todo += [(child, False) for child in module._modules.values() if child is not None]
    order.reverse()
    number = {id(module): i for i, module in enumerate(order)}
    return tuple(
        HeldModule(
            paths[id(module)],
            f"{type(module).__module__}.{type(module).__qualname__}",
            {key: number[id(child)] for key, child in module._modules.items() if child is not None},
            {key: names[id(p)] for key, p in module._parameters.items() if id(p) in names},
            _masked(module),
            isinstance(module, torch.jit.ScriptModule),
        )
        for module in order
    )


def _masked(module: nn.Module) -> dict[str, int]:
    """How many elements the masks of torch.nn.utils.prune leave, where they have values."""
    masks = dict(module.named_buffers(recurse=False))
    kept = {key: masks.get(f"{key.removesuffix('_orig')}_mask") for key, _ in module.named_parameters(recurse=False)}
    return {key: int(mask.sum()) for key, mask in kept.items() if mask is not None and not mask.is_meta}
