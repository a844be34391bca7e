"""What aten runs, operation by operation, on the meta device.

Parameters and buffers stay where they are. Where an operation meets one, it gets a stand-in on the meta device in
its place: sizes without memory. Numbers that the model makes without its inputs (positions, masks) are computed for
real, so that it may look at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from costcalc.convert.reading import aten, products
from costcalc.convert.reading import others as others  # registers its handlers
from costcalc.convert.reading.nodes import Nodes, storage, tensors
from costcalc.spec import CostcalcError, Facts, SpecError, TorchCall
from costcalc.spec.trace import facts_of

SHAPED = {
    "add", "batch_norm", "concat", "conv", "conv_transpose", "gelu", "hard_sigmoid", "hard_swish", "layer_norm",
    "leaky_relu", "linear", "matmul", "multiply", "relu", "relu6", "scaled_dot_product_attention", "sigmoid", "silu",
    "softmax", "tanh",
}  # fmt: skip
"""Ops whose output is written anew, last axis closest together, where all inputs are: the rule's shape will do."""


class NeedsIds(Exception):
    """An input of the network, by its number, looks up an embedding: it must be of integers."""


class Operations(TorchDispatchMode):
    """While this mode is on, every operation becomes a node.

    quiet  True while operations run without becoming nodes
    """

    def __init__(self, nodes: Nodes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.nodes = nodes
        self.quiet = False
        self._own: set[int] = set()  # the memory of real numbers made in this pass
        self._alive: list[torch.Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One operation: its arguments go to the meta device, if any is there or is a parameter."""
        kwargs = kwargs or {}
        given = list(tensors((args, tuple(kwargs.values()))))
        if not given or self._real(func, given):
            made = func(*args, **kwargs)
            return made if aten.is_view(func) else self._keep(made)
        args, kwargs = self._on_meta(args), {key: self._on_meta(value) for key, value in kwargs.items()}
        given = [self.nodes.stand_in(t) for t in given]
        if self.quiet or not (any(map(self.nodes.depends, given)) or aten.costs(func)):
            return func(*args, **kwargs)
        return self._read(func, args, kwargs, given)

    def ids(self, x: torch.Tensor) -> bool:
        """True for integers. Raises NeedsIds for an input of the network that is not."""
        found = self.nodes.find(x)
        if x.dtype.is_floating_point and found is not None and found.node is None:
            raise NeedsIds(found.index)
        return not x.dtype.is_floating_point

    def _real(self, func: Any, given: Sequence[torch.Tensor]) -> bool:
        """True for what is computed for real: free operations on constants, none of which is the model's to change."""
        names = self.nodes.names
        if any(t.is_meta or id(t) in names for t in given) or aten.costs(func):
            return False
        return not aten.is_inplace(func) or storage(given[0]) in self._own

    def _read(self, func: Any, args: Any, kwargs: Any, given: list[torch.Tensor]) -> Any:
        """Run an operation on meta tensors, and append its node: of an op; or of those it is made of; or generic."""
        rewrite = products.REWRITES.get(func)
        if rewrite is not None:
            with self:
                return rewrite(*args, **kwargs)
        use = aten.use(func, args, kwargs)
        if use is not None:
            if use.op == "embedding" and not self.ids(use.inputs[0]):
                raise CostcalcError("an embedding looks up integers")
            made = self._as_op(func, args, kwargs, use)
            if made is not NotImplemented:
                return made
        kind = aten.kind(func)
        if kind == "decompose":
            with self:
                made = func.decompose(*args, **kwargs)
            if made is not NotImplemented:
                return made
            kind = "unknown"
        made = func(*args, **kwargs)
        self._generic(kind, func, given, list(tensors(made)))
        return made

    def _as_op(self, func: Any, args: Any, kwargs: Any, use: aten.Use) -> Any:
        """Run it as an op; NotImplemented where the op's rule does not say what torch makes."""
        try:
            facts = facts_of(use.op, [tuple(t.shape) for t in use.inputs], use.settings)
        except SpecError:
            return NotImplemented
        inplace = aten.is_inplace(func)
        if use.op in SHAPED and not inplace and self._plain(facts, use):
            made: Any = torch.empty(facts.outputs[0], dtype=use.inputs[0].dtype, device="meta")
        elif use.op == "dropout" and not inplace:
            made = torch.empty_like(use.inputs[0])  # in eval it would be the input itself
        else:
            made = func(*args, **kwargs)
        outs = list(tensors(made))
        if facts.outputs != tuple([tuple(t.shape) for t in outs[: len(facts.outputs)]]):
            return NotImplemented
        frame, call = self.nodes.frame, facts.torch
        if call is not None and call.is_module and (frame.named or call.name != type(frame.leaf).__name__):
            facts.torch = TorchCall(aten.function(func), call.args)
        if use.no_buffers:
            facts.buffers = {}
        self.nodes.append(use.op, facts, use.inputs, use.weights, outs, inplace=inplace)
        return made

    def _plain(self, facts: Facts, use: aten.Use) -> bool:
        """True if torch will make what the rule says, with nothing to complain about, in the plain layout."""
        first = use.inputs[0]
        for t in (*use.inputs, *use.weights):
            if t.dtype != first.dtype or not t.is_contiguous():
                return False
        sizes = [tuple(t.shape) for t in use.weights]
        return sizes == list(facts.weights.values())

    def _generic(self, kind: str, func: Any, given: Sequence[torch.Tensor], made: Sequence[torch.Tensor]) -> None:
        """Append a node of op elementwise, move or unknown; or none, where nothing has happened."""
        inplace, name = aten.is_inplace(func), aten.base(func)
        if not made:
            return
        if kind == "move" and not inplace and len(made) == 1:
            if any(made[0] is t for t in given):
                return
            if name in aten.ALIASES:
                self.nodes.alias(made[0], given[0])
                return
        frame, learned = self.nodes.frame, {}
        leaf = frame.leaf
        if leaf is not None:  # a module of torch.nn: its parameters are this node's weights
            keys = {self.nodes.names.get(id(p)): key for key, p in leaf._parameters.items() if p is not None}
            learned = {keys[n]: t for t in given if (n := self.nodes.names.get(id(t))) in keys}
        operands = [t for t in given if not any(t is weight for weight in learned.values())]
        if inplace and name in aten.OVERWRITES:
            operands = operands[1:] or operands
        inputs = [t for t in operands if self.nodes.depends(t)] or operands
        settings: dict[str, Any] = {
            "aten": name,
            "shapes": [tuple(t.shape) for t in made],
            "fresh": not (inplace or aten.is_view(func)),
            "weights": {key: tuple(t.shape) for key, t in learned.items()},
        }
        facts = facts_of(kind, [tuple(t.shape) for t in inputs], settings)
        if (
            leaf is not None
            and not frame.named
            and (learned or not any(p is not None for p in leaf._parameters.values()))
        ):
            facts.torch = TorchCall(type(leaf).__name__)
        self.nodes.append(kind, facts, inputs, list(learned.values()), made, inplace=inplace)

    def _on_meta(self, value: Any) -> Any:
        """Tensors, and devices, as they are on the meta device; all else as it is."""
        if isinstance(value, torch.Tensor):
            return self.nodes.stand_in(value)
        if type(value) in (list, tuple):
            return type(value)(map(self._on_meta, value))
        return torch.device("meta") if isinstance(value, torch.device) else value

    def _keep(self, made: Any) -> Any:
        for t in tensors(made):
            self._own.add(storage(t))
            self._alive.append(t)
        return made
