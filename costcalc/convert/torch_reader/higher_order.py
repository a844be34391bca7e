"""Operators that take functions: torch.cond, switch, scan, map, while_loop and flex_attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.storage import tensors
from costcalc.spec.node import Node
from costcalc.spec.rules import facts_of

LARGER = "Of the branches of {}, the larger one is counted."


class HigherOrder:
    """Runs these operators with all modes on, so that the operations of their functions become nodes."""

    def __init__(self, builder: GraphBuilder, constants: Constants) -> None:
        self.builder, self.constants = builder, constants
        self._own: dict[str, Callable[..., Any]] = {
            "cond": self._cond,
            "switch": self._switch,
            "scan": _scan,
            "map_impl": _map,
            "while_loop": self._while_loop,
            "flex_attention": self._flex_attention,
        }

    def run(self, operator: Any, args: Any, kwargs: Any) -> Any:
        """An operator that is not one of these runs as on any device."""
        own = self._own.get(operator.name())
        if own is None:
            return operator.py_kernels[torch._C.DispatchKey.CompositeExplicitAutograd](*args, **kwargs)
        return own(*args, **kwargs)

    def _cond(self, condition: Any, true: Any, false: Any, operands: Sequence[Any] = (), **how: Any) -> Any:
        """Of two branches, the first if the condition holds."""
        taken = self._value(condition)
        return self._branches("torch.cond", (true, false), None if taken is None else int(not taken), operands)

    def _switch(self, index: Any, branches: Sequence[Any], operands: Sequence[Any] = (), **how: Any) -> Any:
        """Of several branches, the one at the index; the first or the last if there is none."""
        taken = self._value(index)
        place = None if taken is None else min(max(int(taken), 0), len(branches) - 1)
        return self._branches("switch", branches, place, operands)

    def _value(self, given: Any) -> Any:
        return self.constants.numbers(given) if isinstance(given, torch.Tensor) else given

    def _branches(self, name: str, branches: Sequence[Any], taken: int | None, operands: Sequence[Any]) -> Any:
        """The branch that is taken, if that is known; otherwise all are read, and the largest one stays."""
        if taken is not None:
            return branches[taken](*operands)
        made, nodes = zip(*(self._one_branch(branch, operands) for branch in branches), strict=True)
        largest = max(range(len(nodes)), key=lambda i: _size(nodes[i]))
        self._leave_out([node for i, each in enumerate(nodes) if i != largest for node in each])
        if not self.builder.thread.quiet:
            self.builder.notes[LARGER.format(name)] = None
        return made[largest]

    def _one_branch(self, branch: Any, operands: Sequence[Any]) -> tuple[Any, list[Node]]:
        before = len(self.builder.trace.nodes)
        made = branch(*operands)
        return made, self.builder.trace.nodes[before:]

    def _while_loop(self, condition: Any, body: Any, carried: Any, more: Any = (), **how: Any) -> Any:
        """How often it runs depends on values: unknown."""
        given = [*tensors(carried), *tensors(more)]
        made = tuple(torch.empty_like(t, device="meta") if isinstance(t, torch.Tensor) else t for t in carried)
        self._append("unknown", "while_loop", given, list(tensors(made)))
        return made

    def _flex_attention(self, q: Any, k: Any, v: Any, score: Any, mask: Any, *how: Any, **more: Any) -> Any:
        """Two products per pair of a query and a key in a block that the mask keeps; unknown if it has no values."""
        batch, heads, rows, size = q.shape
        made = [torch.empty(shape, dtype=q.dtype, device="meta") for shape in (*[(batch, heads, rows)] * 2,)]
        out = torch.empty((batch, heads, rows, v.shape[-1]), dtype=q.dtype, device="meta")
        pairs = self._pairs(mask, batch * heads, rows, k.shape[-2])
        products = self._products_of(score, how[2] if len(how) > 2 else more.get("score_mod_other_buffers", ()))
        if pairs is None or products is None:
            self._append("unknown", "flex_attention", [q, k, v], [out])
        else:
            terms = [(("pairs in kept blocks", name), (pairs, n)) for name, n in (("d", size), ("d_v", v.shape[-1]))]
            if products:
                terms.append((("pairs in kept blocks", "products of score_mod"), (pairs, products)))
            self._append("custom", "flex_attention", [q, k, v], [out], terms=terms)
        return (out, *made)

    def _products_of(self, score: Any, buffers: Sequence[Any]) -> int | None:
        """Mult-adds of a score_mod for one pair of a query and a key; None if they are unknown."""
        with torch._C._DisableTorchDispatch():
            pair = [torch.zeros((), dtype=torch.int32, device="meta") for _ in range(4)]
            one = torch.zeros((), device="meta")
        if self.builder.foreign is not None:
            self.builder.foreign.made([one, *pair])
        with _ByIndex():
            _, nodes = self._one_branch(score, (one, *pair, *buffers))
        self._leave_out(nodes)
        unknown, number = _size(nodes)
        return None if unknown else number

    def _leave_out(self, nodes: Sequence[Node]) -> None:
        """Take nodes out of the graph again; constants and parameters stay."""
        left_out = {id(node) for node in nodes if node.op not in ("constant", "parameter")}
        for line in (self.builder.trace.nodes, self.builder.thread.line):
            line[:] = [node for node in line if id(node) not in left_out]

    def _pairs(self, mask: Any, times: int, rows: int, columns: int) -> int | None:
        """Pairs in the blocks that a mask keeps, over batch and heads; None if their number has no value."""
        *_, high, wide, _ = mask
        pairs = 0
        for blocks, places in ((mask[2], mask[3]), (mask[4], mask[5])):
            if blocks is None:
                continue
            number, place = self.constants.numbers(blocks), self.constants.numbers(places)
            if number is None or place is None:
                return None
            with torch._C._DisableTorchDispatch():
                kept = torch.arange(place.shape[-1]) < number.unsqueeze(-1)
                widths = (columns - place * wide).clamp(0, wide) * kept
                heights = (rows - torch.arange(place.shape[-2]) * high).clamp(0, high)
                pairs += int((widths.sum(-1) * heights).sum()) * times // number[..., 0].numel()
        return pairs

    def _append(self, op: str, name: str, given: Any, made: Sequence[torch.Tensor], **rule: Any) -> None:
        if self.builder.thread.quiet:
            return
        given = [self.builder.stand_in(t) for t in given]
        settings = {"aten": name, "shapes": [tuple(t.shape) for t in made], **rule}
        with self.builder.lock:
            facts = facts_of(op, [tuple(t.shape) for t in given], settings)
            self.builder.append(op, facts, given, [], made)


class _ByIndex(TorchFunctionMode):
    """While this mode is on, ``buffer[q]`` does not need the value of q, an index on the meta device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.__getitem__:
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            if all(isinstance(each, torch.Tensor) and not each.dim() for each in index):
                return torch.ops.aten.index(args[0], list(index))
        return func(*args, **(kwargs or {}))


def _size(nodes: Sequence[Node]) -> tuple[int, int]:
    """Compares branches: unknown mult-adds come first, then their number."""
    counts = [node.facts.macs for node in nodes]
    return sum(count is None for count in counts), sum(count.value for count in counts if count is not None)


def _scan(step: Any, start: Any, rows: Any, more: Any = (), **how: Any) -> Any:
    """The step runs once per row."""
    carried, out = list(start), []
    for i in range(rows[0].shape[0]):
        made = step(*carried, *[each[i] for each in rows], *more)
        carried = list(made[: len(carried)])
        out.append(made[len(carried) :])
    return [*carried, *(torch.stack(each) for each in zip(*out, strict=True))]


def _map(function: Any, rows: Any, more: Any = (), **how: Any) -> Any:
    """The function runs once per row."""
    made = [function(*(each[i] for each in rows), *more) for i in range(rows[0].shape[0])]
    form = tree_flatten(made[0])[1]
    columns = zip(*(tree_flatten(each)[0] for each in made), strict=True)
    return tree_unflatten([torch.stack(each) for each in columns], form)
