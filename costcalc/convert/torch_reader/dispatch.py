"""aten operations as torch dispatches them, run on the meta device; each becomes a node.

Parameters and buffers stay where they are. An operation gets a stand-in on the meta device in their place: sizes
without memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch._ops import HigherOrderOperator
from torch.utils._python_dispatch import TorchDispatchMode

from costcalc.convert import rules
from costcalc.convert.torch_reader import aten, dynamic_shapes, sparse
from costcalc.convert.torch_reader.aten import kinds
from costcalc.convert.torch_reader.aten.families.convolutions import BY_MODE
from costcalc.convert.torch_reader.aten.schema import base, by_name, is_inplace, shapes, written
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constant_calls import is_counted
from costcalc.convert.torch_reader.constants import FRESH, NUMBER, Constants
from costcalc.convert.torch_reader.higher_order import HigherOrder
from costcalc.convert.torch_reader.layouts import as_on_the_cpu
from costcalc.convert.torch_reader.operation_nodes import append_generic, append_op
from costcalc.convert.torch_reader.packed_sequences import STEPS
from costcalc.convert.torch_reader.rewrites import REWRITES
from costcalc.convert.torch_reader.storage import tensors
from costcalc.convert.torch_reader.token_ids import looks_up
from costcalc.spec import CostcalcError

INDEX = torch.ops.aten.index.Tensor

DETACH = torch.ops.aten.detach_.default
"""The last step of torch.tensor, on a tensor that it has made without dispatch."""

ZERO = torch.ops.aten._efficientzerotensor.default
"""Makes a tensor of zeros with a dispatch key of its own. torch skips arithmetic on it."""

GRID = ("", "nearest", "bicubic")
"""Ways of F.grid_sample, by their numbers in aten; the usual one, bilinear, is not noticed."""

FAKES = torch._C._TorchDispatchModeKey.FAKE
"""The mode of fake tensors, which torch.func.linearize turns on."""

TRACED_BY_PARTS = {"gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"}
"""Composite operations that a trace has only as parts (DONT_RECORD_TRACE in tools/autograd/gen_trace_type.py)."""


class Dispatch(TorchDispatchMode):
    """While this mode is on in a thread, every operation that it runs becomes a node."""

    def __init__(self, builder: GraphBuilder, constants: Constants) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.builder, self.constants = builder, constants
        self.supports_higher_order_operators = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One operation at a time over all threads. Operations on fake tensors are left to torch."""
        if self.builder.over or torch._C._get_dispatch_mode(FAKES) is not None:
            return func(*args, **(kwargs or {}))
        if self.builder.autograd and torch._C._current_graph_task_id() != -1:  # torch.jit takes derivatives by itself
            self.builder.transformed = True
        if isinstance(func, HigherOrderOperator):
            with self:
                made = HigherOrder(self.builder, self.constants).run(func, args, kwargs or {})
        else:
            with self.builder.lock, torch._C.DisableTorchFunction():
                made = self._dispatch(func, args, kwargs or {})
        if self.builder.foreign is not None and func is not DETACH:
            self.builder.foreign.made(made)
        return made

    def _dispatch(self, func: Any, args: Any, kwargs: Any) -> Any:
        """One operation: its arguments move to meta if any of them is there or is a parameter."""
        given = list(tensors((args, tuple(kwargs.values()))))
        if self.builder.foreign is not None and func is not DETACH:
            self.builder.foreign.check(given)
        if func is INDEX and any(t.dtype in dynamic_shapes.MASKS for t in given[1:]):
            with self:
                return func(args[0], dynamic_shapes.places(args[1]))
        if func in STEPS and self.constants.numbers(args[1]) is not None:
            return self._parts(func, STEPS[func], (args[0], self.constants.numbers(args[1]), *args[2:]), kwargs, "")
        if func is ZERO or any(t._is_zerotensor() for t in given):
            if kinds.costs(func) and not self.builder.thread.quiet:
                plain = [self.builder.stand_in(t) for t in given]
                self._read(func, self.constants.on_meta(args), self.constants.on_meta(kwargs), plain)
            return func(*args, **kwargs)
        if not given or (self.constants.suffice(func, given) and not self._of_a_product(func, given)):
            return self._noticed(func, args, kwargs, given, self.constants.compute(func, args, kwargs))
        if is_inplace(func) and any(t.is_meta for t in given):
            self.constants.forget(given[0])
        own = args, kwargs
        args, kwargs = self.constants.on_meta(args), self.constants.on_meta(kwargs)
        given = [self.builder.stand_in(t) for t in given]
        thread = self.builder.thread
        if sparse.makes_sparse(func) or any(map(sparse.is_sparse, given)):
            return self._read_sparse(func, args, kwargs, given)
        if thread.quiet and base(func) == "embedding":  # also where only shapes are asked for, ids are integers
            looks_up(self.builder, self.constants, by_name(func, args, kwargs)["indices"], len(given[0]))
        if thread.quiet or not (any(map(self.builder.depends, given)) or kinds.costs(func)):
            made, assumed_empty = dynamic_shapes.run(func, args, kwargs, self.constants.assumed)
            made = as_on_the_cpu(func, args, made)
            if not assumed_empty:
                self._noticed(func, args, kwargs, given, made)
                thread.inside += tensors(made) if thread.quiet and self.builder.autograd else ()
                return made
        return self.constants.with_values(func, *own, self._read(func, args, kwargs, given))

    def _noticed(self, func: Any, args: Any, kwargs: Any, given: Sequence[torch.Tensor], made: Any) -> Any:
        """Notice an operation on constants, of which some tool may count something. Returns `made`."""
        calls, before = self.builder.constant_calls, len(self.builder.constant_calls.pending)
        if given and not self.builder.thread.quiet and is_counted(func, self.builder.thread.call):
            with calls.nodes_apart():
                plain = [self.builder.stand_in(t) for t in given]
                self._read(func, self.constants.on_meta(args), self.constants.on_meta(kwargs), plain)
        calls.follow(given, tensors(made), calls.pending[before:])
        if not (self.builder.autograd or self.builder.thread.quiet):
            real = [t for t in map(self.constants.numbers, given) if t is not None]
            self.builder.made_constants(() if func is FRESH else [*given, *real], tensors(made))
        return made

    def _of_a_product(self, func: Any, given: Sequence[torch.Tensor]) -> bool:
        """True for an operation on what a counted product of constants gave, whose values are kept beside its node."""
        if self.constants.assumed.choice:  # values that are assumed are constants from here on
            return False
        return func not in NUMBER and not is_inplace(func) and any(map(self.builder.depends, given))

    def _read_sparse(self, func: Any, args: Any, kwargs: Any, given: list[torch.Tensor]) -> Any:
        """Run an operation on sparse tensors on the meta device, and append its node."""
        if kinds.kind(func) == "decompose" and not sparse.makes_sparse(func):
            made = self._parts(func, func.decompose, args, kwargs, "")
            if made is not NotImplemented:
                return made
        kind, made, rule = sparse.run(func, args, kwargs)
        if not self.builder.thread.quiet and (kind != "move" or any(map(self.builder.depends, given))):
            append_generic(self.builder, kind, func, args, kwargs, list(tensors(made)), rule)
        return made

    def _read(self, func: Any, args: Any, kwargs: Any, given: list[torch.Tensor]) -> Any:
        """Run an operation on meta tensors, and append its node as an op, the nodes of its parts, or a generic node."""
        for t in given:
            self.builder.constant_calls.read(t)
        rewrite = REWRITES.get(func)
        if rewrite is not None:
            return self._parts(func, rewrite, args, kwargs, self.builder.thread.call.called_as)
        use = aten.op_call(func, args, kwargs)
        if use is not None:
            if use.op == "embedding" and not looks_up(
                self.builder, self.constants, use.inputs[0], use.settings["vocabulary"]
            ):
                raise CostcalcError("an embedding looks up integers")
            made = append_op(self.builder, func, args, kwargs, use)
            if made is not NotImplemented:
                return made
        kind: str = kinds.kind(func)
        name = base(func)
        rule: Mapping[str, Any] = {}
        if name in rules.RULES:
            kind, rule = "custom", rules.given(name, shapes(by_name(func, args, kwargs))).settings
        if kind == "decompose":
            whole = name == "matmul"  # which tools patch, not its parts
            called_as = self.builder.thread.call.called_as if whole else ""
            made = self._parts(func, func.decompose, args, kwargs, called_as)
            if made is not NotImplemented:
                return made
            kind = "unknown"
        assumed = self.constants.assumed
        made, assumed_empty = dynamic_shapes.run(func, args, kwargs, assumed)
        if assumed_empty and all(t.numel() for t in given):  # empty inputs make empty outputs
            self.builder.assumed = assumed
            if kind != "unknown":
                assumed.found[name] = None
            if not assumed.choice:
                kind, rule = "unknown", {}
        outs = list(tensors(made)) or list(tensors(written(func, args, kwargs)))
        way = by_name(func, args, kwargs)["interpolation_mode"] if name == "grid_sampler" else 0
        append_generic(self.builder, kind, func, args, kwargs, outs, rule, GRID[way])
        return made

    def _parts(self, func: Any, run: Callable[..., Any], args: Any, kwargs: Any, called_as: str) -> Any:
        """Run the parts of an operation. Their nodes have the name of the whole: a trace has nothing else."""
        thread, name = self.builder.thread, base(func)
        outer = thread.call.called_as
        by_mode = func._overloadname == "padding" or thread.call.kernel == BY_MODE
        whole = outer if outer.startswith("torch.ops.aten.") else f"torch.ops.aten.{name}"
        kernel = name if func in REWRITES or name == "matmul" else BY_MODE if by_mode else ""
        called_as = called_as or ("" if name in TRACED_BY_PARTS else whole)
        with thread.calling(replace(thread.call, called_as=called_as, kernel=kernel)), self:
            return run(*args, **kwargs)
