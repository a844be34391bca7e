"""What aten runs, operation by operation, on the meta device.

Parameters and buffers stay where they are. Where an operation meets one, it gets a stand-in on the meta device in
its place: sizes without memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from costcalc.convert import rules
from costcalc.convert.torch_reader import aten, dynamic_shapes
from costcalc.convert.torch_reader.aten import kinds
from costcalc.convert.torch_reader.aten.families.convolutions import BY_MODE
from costcalc.convert.torch_reader.aten.handlers import Use
from costcalc.convert.torch_reader.aten.moves import ALIASES, OVERWRITES
from costcalc.convert.torch_reader.aten.schema import base, by_name, is_inplace, is_view, written
from costcalc.convert.torch_reader.builder import Nodes
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.public_names import unspoken
from costcalc.convert.torch_reader.rewrites import REWRITES
from costcalc.convert.torch_reader.storage import tensors
from costcalc.spec import CostcalcError, Facts, SpecError, TorchCall
from costcalc.spec.trace import facts_of

SHAPED = {
    "add", "batch_norm", "concat", "conv", "conv_transpose", "gelu", "hard_sigmoid", "hard_swish", "layer_norm",
    "leaky_relu", "linear", "matmul", "multiply", "relu", "relu6", "scaled_dot_product_attention", "sigmoid", "silu",
    "softmax", "tanh",
}  # fmt: skip
"""Ops whose output is written anew, last axis closest together, where all inputs are: the rule's shape will do."""

INDEX = torch.ops.aten.index.Tensor

ZERO = torch.ops.aten._efficientzerotensor.default
"""A tensor of zeros that torch, which knows it by a key of its own, does not compute with."""

ATEN = "torch.ops.aten."

FAKES, TRACES = torch._C._TorchDispatchModeKey.FAKE, torch._C._TorchDispatchModeKey.PROXY
"""Modes of torch's own, which torch.func.linearize turns on: what the second does not see run is not in its trace."""


TRACED_BY_PARTS = {"gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"}
"""Made of others that torch.jit's trace has in their place (DONT_RECORD_TRACE in tools/autograd/gen_trace_type.py)."""


class NeedsIds(Exception):
    """An input of the network, by its number, looks up an embedding: it must be of integers."""


class Operations(TorchDispatchMode):
    """While this mode is on in a thread, every operation that it runs becomes a node."""

    def __init__(self, nodes: Nodes, constants: Constants) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.nodes, self.constants = nodes, constants

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One operation, while no other thread has one read. With fake tensors nothing runs."""
        if self.nodes.over or torch._C._get_dispatch_mode(FAKES) is not None:
            return func(*args, **(kwargs or {}))
        if self.nodes.autograd and torch._C._current_graph_task_id() != -1:  # torch.jit takes derivatives by itself
            self.nodes.transformed = True
        with self.nodes.lock, torch._C.DisableTorchFunction():
            made = self._dispatch(func, args, kwargs or {})
        if self.nodes.elsewhere is not None:
            self.nodes.elsewhere.made(made)
        return made

    def _dispatch(self, func: Any, args: Any, kwargs: Any) -> Any:
        """One operation: its arguments go to the meta device, if any is there or is a parameter."""
        given = list(tensors((args, tuple(kwargs.values()))))
        if self.nodes.elsewhere is not None:
            self.nodes.elsewhere.check(given)
        if func is INDEX and any(t.dtype in dynamic_shapes.MASKS for t in given[1:]):
            with self:
                return func(args[0], dynamic_shapes.places(args[1]))
        if func is ZERO or any(t._is_zerotensor() for t in given):
            if kinds.costs(func):
                plain = [self.nodes.stand_in(t) for t in given]
                self._read(func, self.constants.on_meta(args), self.constants.on_meta(kwargs), plain)
            return func(*args, **kwargs)
        if not given or self.constants.suffice(func, given):
            return self.constants.compute(func, args, kwargs)
        if is_inplace(func) and any(t.is_meta for t in given):
            self.constants.forget(given[0])
        args, kwargs = self.constants.on_meta(args), self.constants.on_meta(kwargs)
        given = [self.nodes.stand_in(t) for t in given]
        here = self.nodes.here
        if here.quiet or not (any(map(self.nodes.depends, given)) or kinds.costs(func)):
            made, least = dynamic_shapes.run(func, args, kwargs)
            if not least:
                here.inside += tensors(made) if here.quiet and self.nodes.autograd else ()
                return made
        return self._read(func, args, kwargs, given)

    def ids(self, x: torch.Tensor, rows: int) -> bool:
        """True for integers, which look up one of these rows. Raises NeedsIds where an input of the network is none.

        Raises CostcalcError for positions, or other numbers of the model's own, that are beyond the last row.
        """
        if x.dtype.is_floating_point:
            found = self.nodes.find(x)
            while found is not None and found.node is not None:
                found = found.node.inputs[0] if found.node.inputs else None
            if found is not None and not found.integer:
                raise NeedsIds(found.index)
            return False
        numbers = self.constants.numbers(x)
        if numbers is not None and numbers.numel() and int(numbers.max()) >= rows:
            row = int(numbers.max())
            raise CostcalcError(f"row {row:,} is looked up in an embedding of {rows:,}: the input is too long")
        return True

    def _read(self, func: Any, args: Any, kwargs: Any, given: list[torch.Tensor]) -> Any:
        """Run an operation on meta tensors, and append its node: of an op; or of those it is made of; or generic."""
        rewrite = REWRITES.get(func)
        if rewrite is not None:
            return self._parts(func, rewrite, args, kwargs, self.nodes.here.call.called_as)
        use = aten.use(func, args, kwargs)
        if use is not None:
            if use.op == "embedding" and not self.ids(use.inputs[0], use.settings["vocabulary"]):
                raise CostcalcError("an embedding looks up integers")
            made = self._as_op(func, args, kwargs, use)
            if made is not NotImplemented:
                return made
        kind: str = kinds.kind(func)
        name, rule = base(func), dict[str, Any]()
        if name in rules.RULES:
            kind, rule = "custom", {"terms": rules.terms(name, _shapes(by_name(func, args, kwargs)))}
        if kind == "decompose":
            called_as = self.nodes.here.call.called_as if name == "matmul" else ""  # tools patch the whole, not a part
            made = self._parts(func, func.decompose, args, kwargs, called_as)
            if made is not NotImplemented:
                return made
            kind = "unknown"
        made, least = dynamic_shapes.run(func, args, kwargs)
        if least and all(t.numel() for t in given):  # of nothing, it is nothing that is made
            self.nodes.assumed_empty, kind, rule = True, "unknown", {}
        outs = list(tensors(made)) or list(tensors(written(func, args, kwargs)))
        self._generic(kind, func, given, outs, rule)
        return made

    def _parts(self, func: Any, run: Callable[..., Any], args: Any, kwargs: Any, called_as: str) -> Any:
        """Run the parts of an operation. Their nodes have the name of the whole: a trace has nothing else."""
        here, name = self.nodes.here, base(func)
        outer = here.call.called_as
        whole = outer if outer.startswith(ATEN) else f"{ATEN}{name}"
        kernel = name if func in REWRITES or name == "matmul" else ""
        called_as = called_as or ("" if name in TRACED_BY_PARTS else whole)
        with here.calling(replace(here.call, called_as=called_as, kernel=kernel)), self:
            return run(*args, **kwargs)

    def _as_op(self, func: Any, args: Any, kwargs: Any, use: Use) -> Any:
        """Run it as an op; NotImplemented where the op's rule does not say what torch makes."""
        try:
            facts = facts_of(use.op, [tuple(t.shape) for t in use.inputs], use.settings)
        except SpecError:
            return NotImplemented
        inplace = is_inplace(func)
        alone = len(func._schema.returns) == 1 and torch._C._get_dispatch_mode(TRACES) is None
        if use.op in SHAPED and alone and not inplace and self._plain(facts, use):
            made: Any = torch.empty(facts.outputs[0], dtype=use.inputs[0].dtype, device="meta")
        elif use.op == "dropout" and not inplace:
            made = torch.empty_like(use.inputs[0])  # in eval it would be the input itself
        else:
            made = func(*args, **kwargs)
        outs = list(tensors(made))
        if facts.outputs != tuple([tuple(t.shape) for t in outs[: len(facts.outputs)]]):
            return NotImplemented
        here, frame, own = self.nodes.here.call, self.nodes.here.frame, facts.torch
        called_as = None
        if own is not None and not (own.is_module and not frame.named and own.name == type(frame.leaf).__name__):
            args = {**own.args, **(here.given_size if use.op == "upsample" else {})}
            called_as = replace(own, name=here.called_as or unspoken(func, own), args=args)
        if use.no_buffers:
            facts.buffers = {}
        kernel = BY_MODE if func._overloadname == "padding" else here.kernel
        self.nodes.append(use.op, facts, use.inputs, use.weights, outs, "", inplace, called_as, kernel)
        return made

    def _plain(self, facts: Facts, use: Use) -> bool:
        """True if torch will make what the rule says, with nothing to complain about, in the plain layout."""
        first = use.inputs[0]
        for t in (*use.inputs, *use.weights):
            if t.dtype != first.dtype or not t.is_contiguous():
                return False
        sizes = [tuple(t.shape) for t in use.weights]
        return sizes == list(facts.weights.values())

    def _generic(
        self,
        kind: str,
        func: Any,
        given: Sequence[torch.Tensor],
        made: Sequence[torch.Tensor],
        rule: Mapping[str, Any],
    ) -> None:
        """Append a node of op elementwise, move, custom (as its `rule` says) or unknown; or none, if it did nothing."""
        inplace, name = is_inplace(func), base(func)
        if not made:
            return
        if kind == "move" and not inplace and len(made) == 1:
            if any(made[0] is t for t in given):
                return
            if name in ALIASES:
                self.nodes.alias(made[0], given[0])
                return
        here, frame, learned = self.nodes.here.call, self.nodes.here.frame, {}
        leaf = frame.leaf
        if leaf is not None:  # a module of torch.nn: its parameters are this node's weights
            keys = {self.nodes.names.get(id(p)): key for key, p in leaf._parameters.items() if p is not None}
            learned = {keys[n]: t for t in given if (n := self.nodes.names.get(id(t))) in keys}
        operands = [t for t in given if not any(t is weight for weight in learned.values())]
        if inplace and name in OVERWRITES:
            operands = operands[1:] or operands
        together = here.called_as.endswith((".add", ".mul"))  # some tools compare the shapes of both
        inputs = operands if together else [t for t in operands if self.nodes.depends(t)] or operands
        settings: dict[str, Any] = {
            "aten": name,
            "shapes": [tuple(t.shape) for t in made],
            "fresh": not (inplace or is_view(func)),
            "weights": {key: tuple(t.shape) for key, t in learned.items()},
            **rule,
        }
        facts = facts_of(kind, [tuple(t.shape) for t in inputs], settings)
        called_as = TorchCall(here.called_as) if here.called_as else None
        own = [p for p in leaf._parameters.values() if p is not None] if leaf is not None else []
        if leaf is not None and not frame.named and len(learned) == len(own):
            called_as = TorchCall(type(leaf).__name__)
        self.nodes.append(kind, facts, inputs, list(learned.values()), made, "", inplace, called_as, here.kernel)


def _shapes(value: Any) -> Any:
    """Arguments as a rule of the user's gets them: shapes in the place of tensors."""
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, dict):
        return {key: _shapes(each) for key, each in value.items()}
    return [_shapes(each) for each in value] if isinstance(value, list | tuple) else value
