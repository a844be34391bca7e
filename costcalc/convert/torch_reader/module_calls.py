"""Calls of modules: the op's rule answers for a module of torch.nn that is an op; all others run, as blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves, tree_map

from costcalc.convert.torch_reader import modules, users_rules
from costcalc.convert.torch_reader.aten.families.convolutions import BY_MODE
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.derivatives import transforming
from costcalc.convert.torch_reader.dispatch import Dispatch
from costcalc.convert.torch_reader.hooks import has_hooks, in_place_of_forward
from costcalc.convert.torch_reader.storage import tensors
from costcalc.convert.torch_reader.thread_state import Frame
from costcalc.convert.torch_reader.token_ids import looks_up
from costcalc.spec import Facts, SpecError, TorchCall
from costcalc.spec.node import BlockCall
from costcalc.spec.noticed import ModuleCall
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import Shape

Original = Callable[..., Any]
"""``nn.Module.__call__``, as torch has it."""

ATTENTION = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights")
"""Arguments of MultiheadAttention, in order."""


class ModuleCalls:
    """Replaces ``nn.Module.__call__`` while a model is read.

    failed  path of the innermost module that an exception left
    """

    def __init__(self, builder: GraphBuilder, operations: Dispatch) -> None:
        self.builder, self.operations = builder, operations
        self.failed: str | None = None

    def takes_part(self, module: nn.Module, args: Any, kwargs: Any) -> bool:
        """True for a module of the model that a thread which is not read calls on tensors of the read."""
        if id(module) not in self.builder.paths:
            return False
        return any(isinstance(t, torch.Tensor) and self.builder.depends(t) for t in tree_leaves((args, kwargs)))

    def call(self, original: Original, module: nn.Module, args: Any, kwargs: Any) -> Any:
        """One call. Hooks run as usual; without hooks, the forward pass of a module that is an op does not run."""
        if self.builder.thread.quiet:
            return original(module, *args, **kwargs)
        if id(module) in self.builder.paths:
            self.builder.called.append(self.builder.paths[id(module)])
        elif not module._modules:  # tools do not know it: what it runs, its caller runs
            return original(module, *args, **kwargs)
        if users_rules.has_rule(module):
            return self._run(original, module, args, kwargs, by_rule=True)
        if not self._is_leaf(module):
            return self._run(original, module, args, kwargs, has_hooks(module))
        if has_hooks(module):
            return self._run_hooks(original, module, args, kwargs)
        with torch._C.DisableTorchFunction():
            made = self._answer(module, args, kwargs)
        return self._run(original, module, args, kwargs) if made is NotImplemented else made

    def _is_leaf(self, module: nn.Module) -> bool:
        """True if its op's rule may answer for it.

        Not inside of a transform, where torch runs something else than the shapes seen here say. With autograd on,
        which may stop in the middle of what it computes again, only for a module that is one operation.
        """
        if type(module) not in modules.RULES or "forward" in module.__dict__ or transforming():
            return False
        if not self.builder.autograd:
            return True
        return not (isinstance(module, nn.MultiheadAttention | nn.RNNBase) or getattr(module, "inplace", False))

    def _run(
        self,
        original: Original,
        module: nn.Module,
        args: Any,
        kwargs: Any,
        hooks: bool = False,
        by_rule: bool = False,
    ) -> Any:
        """Run it as a block; a module of torch.nn that holds no others gives its name to an op.

        hooks    True if it has hooks: its pre-hooks run before the block begins
        by_rule  True if a user's rule counts its forward pass as a whole
        """
        builder, thread = self.builder, self.builder.thread
        path, outer = builder.path(module), thread.frame
        leaf = not module._modules
        block = BlockCall(path, outer.block) if path or leaf else None
        if type(module).__module__.startswith("torch.nn.modules.") and leaf:
            inner = Frame(outer.block, f"{path}." if path else "", leaf=module, path=path, call=block)
        else:
            inner = outer if block is None else Frame(block, f"{path}." if path else "")
        output: Shape = ()
        own, nodes = module.forward, len(thread.line)
        if by_rule:
            own = partial(users_rules.of_module, builder, module)
        elif self._lacks_batch_axis(module, args, kwargs):
            own = partial(self._recurrent, module)  # type: ignore[arg-type]

        def forward(*args: Any, **kwargs: Any) -> Any:
            thread.frame = inner
            return own(*args, **kwargs)

        try:
            if hooks or own != module.forward:
                made = in_place_of_forward(self.builder, forward, original, module, args, kwargs)
            else:
                thread.frame = inner
                made = original(module, *args, **kwargs)
            with torch._C.DisableTorchFunction():
                output = next((tuple(t.shape) for t in tensors(made)), ())
                if leaf and module._parameters and len(thread.line) == nodes:
                    builder.passed_on(builder.stand_in(next(tensors(made))))
            return made
        except Exception:
            self.failed = path if self.failed is None else self.failed
            raise
        finally:
            if block is not None:
                block.module = ModuleCall(_class(type(module)), leaf and not thread.frame.named, output)
            thread.frame = outer

    def _run_hooks(self, original: Original, module: nn.Module, args: Any, kwargs: Any) -> Any:
        """Run its hooks, with the answer of its op's rule in place of its forward pass."""
        thread, outer = self.builder.thread, self.builder.thread.frame
        path = self.builder.path(module)

        def run(module: Any, *args: Any, **kwargs: Any) -> Any:
            return type(module).forward(module, *args, **kwargs)

        def forward(*args: Any, **kwargs: Any) -> Any:
            with torch._C.DisableTorchFunction():
                made = self._answer(module, args, kwargs)
            made = self._run(run, module, args, kwargs) if made is NotImplemented else made
            if module._forward_hooks:  # they run in the module
                thread.frame = Frame(BlockCall(path, outer.block, ModuleCall(_class(type(module)))), f"{path}.")
            return made

        try:
            return in_place_of_forward(self.builder, forward, original, module, args, kwargs)
        finally:
            thread.frame = outer

    def _lacks_batch_axis(self, module: nn.Module, args: Any, kwargs: Any) -> bool:
        """True for a recurrent layer that is given one sequence alone."""
        if not isinstance(module, nn.RNNBase) or not self._is_leaf(module) or len(args) != 1 or kwargs:
            return False
        return type(args[0]) is torch.Tensor and args[0].dim() == 2

    def _recurrent(self, module: nn.RNNBase, x: torch.Tensor) -> Any:
        """The output for one sequence: torch adds the batch axis, and removes it again."""
        axis = 0 if module.batch_first else 1
        made = self._answer(module, (x.unsqueeze(axis),), {})
        if made is NotImplemented:
            return type(module).forward(module, x)
        output, state = made
        return output.squeeze(axis), tree_map(lambda t: t.squeeze(1), state)

    def _answer(self, module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
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
        if use is None or (
            use[0] == "embedding" and not looks_up(self.builder, self.operations.constants, x, use[1]["vocabulary"])
        ):
            return NotImplemented
        op, settings = use
        with torch._C._DisableTorchDispatch():
            x = self.builder.stand_in(x)
        if attention:
            settings = {**settings, "need_weights": bool(given.get("need_weights", True))}
        try:
            facts = facts_of(op, [shape], settings)
        except SpecError:
            return NotImplemented
        weights = [_parameter(module, key) for key in facts.weights]
        if any(p is None or tuple(p.shape) != size for p, size in zip(weights, facts.weights.values(), strict=True)):
            return NotImplemented
        learned = [p for p in weights if p is not None]
        dtype = learned[0].dtype if op == "embedding" else x.dtype
        if any(p.dtype != dtype for p in learned):
            return NotImplemented
        made = self._empty(module, args, kwargs, x, facts, dtype)
        called_as = None
        if type(module) in modules.CALLED_AS:
            called_as = TorchCall(type(module).__name__, modules.CALLED_AS[type(module)](module))
        builder, thread = self.builder, self.builder.thread
        path = builder.path(module) if id(module) in builder.paths else ""
        inplace = bool(settings.get("inplace"))
        kernel = BY_MODE if isinstance(getattr(module, "padding", 0), str) else ""
        with builder.lock:
            builder.append(op, facts, [x], learned, made, path, inplace, called_as, kernel)
            for t in thread.inside:
                builder.later(t, made[0])
            thread.inside = []
        if isinstance(module, nn.MultiheadAttention):
            return made[0], self._attention_weights(module, made[0], settings, given)
        if len(made) > 1:
            return made[0], (made[1] if len(made) == 2 else tuple(made[1:]))
        return made[0]

    def _empty(
        self, module: nn.Module, args: Any, kwargs: Any, x: torch.Tensor, facts: Facts, dtype: torch.dtype
    ) -> list[torch.Tensor]:
        """Meta tensors of the outputs' shapes; in place, x itself."""
        if facts.settings.get("inplace"):
            return [x]
        if x.is_contiguous() and not self.builder.autograd:
            with torch._C._DisableTorchDispatch():
                return [torch.empty(shape, dtype=dtype, device="meta") for shape in facts.outputs]
        self.builder.thread.quiet = True  # only torch knows the output's layout, and what autograd records
        self.builder.thread.inside = []
        try:
            made = list(tensors(type(module).forward(module, *args, **kwargs)))[: len(facts.outputs)]
            return [t.view_as(t) if t is x else t for t in made]
        finally:
            self.builder.thread.quiet = False

    def _attention_weights(
        self, module: nn.MultiheadAttention, made: torch.Tensor, settings: Mapping[str, Any], given: Mapping[str, Any]
    ) -> torch.Tensor | None:
        """The second output of MultiheadAttention, which the op does not have."""
        if not settings["need_weights"]:
            return None
        n, length, _ = made.shape
        heads = () if given.get("average_attn_weights", True) else (module.num_heads,)
        with torch._C._DisableTorchDispatch():
            weights = torch.empty((n, *heads, length, length), dtype=made.dtype, device="meta")
        self.builder.later(weights, made)
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


def _class(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
