"""Arguments of a forward pass: shapes, tensors and dtypes as a user gives them -> tensors on the meta device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import nn

from costcalc.convert import torch_arguments
from costcalc.convert.argument_contents import check, has_values, held, replaced
from costcalc.convert.exported_programs import by_position
from costcalc.convert.meta_tensors import like, own_dtype
from costcalc.convert.plain import LONGEST as LONGEST_NAME
from costcalc.convert.torch_reader.derivatives import NeedsAutograd
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.arguments import shown
from costcalc.spec.errors import message
from costcalc.spec.given import check_batch, is_leaf, is_tensor, leaves, shape_of

UNRECORDED = "does not require grad", "not to have been used in the graph"
"""Parts of torch's errors if a derivative is taken of a tensor that autograd has not recorded."""


class Inputs:
    """Arguments of the forward pass, made anew for each try.

    ids       numbers of the inputs that hold token ids
    autograd  True if the forward pass takes derivatives, False if it does not, None if not known yet
    learned   True if it takes derivatives with respect to inputs, which then require gradients
    failure   the error of the previous try, if it is the one to report should this try fail too
    batched   True if the first axis of each input is the batch
    """

    def __init__(self, module: nn.Module, inputs: Any, batch: int | None, dtype: Any) -> None:
        self.named, self.by_position = isinstance(inputs, Mapping), by_position(module)
        if self.named:
            inputs = arguments.mapping("input", inputs, "a dict by names of arguments, like {'input_ids': (128,)}")
        several = type(inputs) in (list, tuple) and not is_leaf(inputs)
        self.entries: dict[Any, Any] = dict(inputs if self.named else enumerate(inputs if several else [inputs]))
        self.batch = arguments.optional(arguments.integer, "batch", batch, 1)
        self.axes: tuple[int, ...] = () if self.batch is None else (self.batch,)
        self.ids: set[int] = set()
        self.autograd: bool | None = None
        self.learned = False
        self.failure: BaseException | None = None
        self.nested, self.values = True, False
        self._keys: list[Any] = []  # of the entries that the tensors are in
        try:
            if several:
                check("input", inputs, batch)
            for key, value in self.entries.items():
                check(f"input {key!r}", value, batch)
        except RecursionError:
            raise CostcalcError("input: lists or dicts are nested too deep, or hold themselves") from None
        found = list(self.leaves())
        if not found and not any(True for _ in held(self.entries)):
            wrong = [v for v in self.entries.values() if isinstance(v, list | tuple)] or [inputs] * (not self.named)
            like = "a name of inputs, like file.py:example" if isinstance(inputs, str) else "a list of shapes"
            if wrong:
                raise CostcalcError(f"input {shown(wrong[0])} is not a shape, like (3, 224, 224), or {like}")
            raise CostcalcError("a model is read from the shape of at least one input, like (3, 224, 224)")
        firsts = {shape_of(leaf, batch or 1)[:1] for leaf in found}
        self.batched = batch is not None and len(firsts) < 2
        if all(map(is_tensor, found)):
            check_batch(found, batch)
        floating = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
        self.usual = floating[0] if floating else torch.float32
        self.dtypes = _by_input(dtype, self.entries)
        for key, given in self.dtypes.items():
            if given is not None and all(map(is_tensor, leaves(self.entries[key]))):
                own_dtype(key, self.entries[key], given)

    def leaves(self) -> Iterator[Any]:
        """The shapes and tensors in the entries."""
        for value in self.entries.values():
            yield from leaves(value)

    def otherwise(self) -> Iterator[None]:
        """Change how the entries are taken, once per other way in which they may be meant.

        Shapes that begin with the batch are taken as they stand; shapes inside an argument as plain numbers; small
        tensors of integers with their values.
        """
        shapes = [leaf for leaf in self.leaves() if not is_tensor(leaf)]
        if self.axes and shapes and all(tuple(shape[:1]) == self.axes for shape in shapes):
            kept, self.axes = self.axes, ()
            yield
            self.axes = kept
        if any(not is_tensor(each) for v in self.entries.values() if not is_leaf(v) for each in leaves(v)):
            self.nested, self.ids = False, set()
            yield
            self.nested = True
        if any(map(has_values, self.leaves())):
            self.values, self.ids = True, set()
            yield

    def another(self, error: BaseException | None, derived: bool) -> bool:
        """True if another try should follow one with this error, or None; the inputs are then set up for it.

        derived  True if the forward pass had taken a derivative
        """
        text = message(error) if error is not None else ""
        unrecorded = isinstance(error, NeedsAutograd) or any(said in text for said in UNRECORDED)
        if self.autograd is None and unrecorded:
            self.autograd = True
        elif self.autograd and not self.learned and unrecorded:
            self.learned, self.failure = True, error
        elif self.autograd and not self.learned and not derived:  # it only turned autograd on
            self.autograd, self.failure = False, error
        else:
            return False
        return True

    def make(self) -> tuple[list[torch.Tensor], list[Any], dict[str, Any]]:
        """The tensors on the meta device, and the positional and keyword arguments that they are in."""
        tensors: list[torch.Tensor] = []
        self._keys.clear()

        def made(key: Any, leaf: Any) -> Any:
            if is_tensor(leaf):
                if self.values and has_values(leaf):
                    return leaf
                t = like(leaf)
            else:
                t = torch.empty((*self.axes, *leaf), dtype=self._dtype(key, len(tensors)), device="meta")
            t.requires_grad_(self.learned and (t.is_floating_point() or t.is_complex()))
            tensors.append(t)
            self._keys.append(key)
            return t

        args, kwargs = self.filled(made)
        return tensors, args, kwargs

    def labels(self) -> list[str]:
        """Names of the tensors that `make` returned last: those of their arguments, numbered in one with several.

        Empty for inputs that are given in order.
        """
        count = Counter(self._keys)
        number: Counter[Any] = Counter()
        names = []
        for key in self._keys:
            names.append(f"{key}.{number[key]}" if count[key] > 1 else str(key))
            number[key] += 1
        return [name[:LONGEST_NAME] for name in names] if self.named else [""] * len(names)

    def with_values(
        self, zeros: Sequence[torch.Tensor], dtype: torch.dtype | None = None
    ) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments for a pass that is run: given tensors themselves, and zeros for shapes.

        zeros  one tensor per input of the graph that was read
        dtype  of given tensors of floating point; their own by default
        """
        for _ in chain([None], self.otherwise()):
            if len(self.make()[0]) == len(zeros):
                break
        left = iter(zeros)

        def made(key: Any, leaf: Any) -> torch.Tensor:
            kept = is_tensor(leaf) and self.values and has_values(leaf)
            t = leaf if kept else next(left)
            if not is_tensor(leaf) or getattr(leaf, "is_meta", False):
                return t
            real = torch.as_tensor(leaf).detach()
            return real.to(zeros[0].device, dtype if real.is_floating_point() else None)

        return self.filled(made)

    def filled(self, make: Callable[[Any, Any], Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments, with `make(key, leaf)` in the place of each shape and each tensor."""
        memo: dict[int, Any] = {}
        values = {}
        for key, value in self.entries.items():
            values[key] = replaced(value, partial(make, key), memo, 0 if self.nested else 1)
        if not self.named:
            return list(values.values()), {}
        return [values.pop(name) for name in self.by_position if name in values], values

    def _dtype(self, key: Any, number: int) -> torch.dtype:
        given = self.dtypes.get(key)
        if given is None:
            return torch.int64 if number in self.ids else self.usual
        return torch_arguments.dtype(given, f"input {key!r}: dtype")


def _by_input(dtype: Any, entries: Mapping[Any, Any]) -> dict[Any, Any]:
    """One dtype for all inputs, one per input in order, or some by name -> by input."""
    if not isinstance(dtype, Mapping | list | tuple):
        return dict.fromkeys(entries, dtype)
    if isinstance(dtype, Mapping) and set(dtype) <= set(entries):
        return dict(dtype)
    if not isinstance(dtype, Mapping) and len(dtype) == len(entries):
        return dict(zip(entries, dtype, strict=True))
    raise CostcalcError(f"dtype {shown(dtype)} is not of these inputs: {', '.join(map(str, entries))}")
