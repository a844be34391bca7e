"""Calls of modules: the op's rule answers for a module of torch.nn that is an op; all others run, as blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves, tree_map

from costcalc.convert.torch_reader import modules, users_rules
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.derivatives import transforming
from costcalc.convert.torch_reader.dispatch import Dispatch
from costcalc.convert.torch_reader.hooks import has_hooks, in_place_of_forward
from costcalc.convert.torch_reader.module_answers import answer
from costcalc.convert.torch_reader.storage import tensors
from costcalc.convert.torch_reader.thread_state import Frame
from costcalc.spec.node import BlockCall
from costcalc.spec.noticed import ModuleCall
from costcalc.spec.shapes import Shape

Original = Callable[..., Any]
"""``nn.Module.__call__``, as torch has it."""


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

    def _answer(self, module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The module's output by its op's rule; NotImplemented if the module has to run."""
        return answer(self.builder, self.operations.constants, module, args, kwargs)

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


def _class(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
