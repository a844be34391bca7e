"""Products of sizes: in a trace of torch.jit, ``x.view(n * heads, -1)`` multiplies two tensors.

While a model is read, the sizes of its tensors are ints that remember the products they are made of, until a function
of torch takes them. This gives the number of products in the trace without tracing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch._ops import OpOverloadPacket
from torch.overrides import TorchFunctionMode

from costcalc.convert.kept_values import FROM_DATA
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.cpu_attention import ATTENTION, as_on_the_cpu
from costcalc.convert.torch_reader.derivatives import NeedsAutograd, asks, transforming

Product = list[bool]
"""One product: [True] once a function of torch has taken it. A list, because several sizes share it."""


def _keeping(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    """An operation of ints that is not a product: its result remembers the products of both operands."""

    def run(self: Size, other: Any) -> Any:
        made = operation(self, other)
        return made if made is NotImplemented else Size(made, self.products + getattr(other, "products", ()))

    return run


def _product(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    """A product: its result remembers this one, and the products of both operands."""

    def run(self: Size, other: Any) -> Any:
        made = operation(self, other)
        if made is NotImplemented:
            return made
        return Size(made, (*self.products, *getattr(other, "products", ()), [False]))

    return run


class Size(int):
    """An int that remembers the products it is made of."""

    products: tuple[Product, ...]

    def __new__(cls, value: int, products: tuple[Product, ...] = ()) -> Size:
        made = super().__new__(cls, value)
        made.products = products
        return made

    __mul__, __rmul__ = _product(int.__mul__), _product(int.__rmul__)
    __add__, __radd__ = _keeping(int.__add__), _keeping(int.__radd__)
    __sub__, __rsub__ = _keeping(int.__sub__), _keeping(int.__rsub__)
    __mod__, __rmod__ = _keeping(int.__mod__), _keeping(int.__rmod__)
    __floordiv__, __rfloordiv__ = _keeping(int.__floordiv__), _keeping(int.__rfloordiv__)

    def __neg__(self) -> Size:
        return Size(-int(self), self.products)


SHAPE: Any = vars(torch._C.TensorBase)["shape"].__get__
SIZE_GETTERS = {SHAPE, torch.Tensor.size, torch.Tensor.numel}
"""Functions that return sizes of a tensor."""

DEVICE: Any = vars(torch._C.TensorBase)["device"].__get__

UNSEEN = FROM_DATA | {torch.Tensor.new}
"""Functions that make a tensor and run no operation that dispatch shows. `new` may leave it without values."""


class SizeProducts(TorchFunctionMode):
    """While this mode is on, products of sizes that functions of torch are given are counted for the next node.

    Raises NeedsAutograd if a function turns autograd on, unless it is known that no derivative is taken: `settled`.
    """

    def __init__(self, builder: GraphBuilder, settled: bool) -> None:
        super().__init__()
        self.builder, self.settled = builder, settled

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """A call of a function, or an access to a shape."""
        if self.builder.over:
            self.builder.thread.release()
            return func(*args, **(kwargs or {}))
        if func in SIZE_GETTERS:
            made = func(*args, **(kwargs or {}))
            return Size(made) if isinstance(made, int) else torch.Size(map(Size, made))
        if func == DEVICE and sys._getframe(1).f_globals.get("__name__") == "torch.nn.attention.flex_attention":
            return torch.device("meta")  # it wants a mask, which has values, on the device of its other arguments
        for size in _sizes(traced(func, args, kwargs or {})):
            for product in size.products:
                self.builder.thread.size_products += not product[0]
                product[0] = True
        if asks(func, args, kwargs):
            if not self.settled:
                raise NeedsAutograd
            self.builder.gradients.asked(args)
        if func is ATTENTION and transforming():
            return as_on_the_cpu(*args, **(kwargs or {}))
        # torch looks functions and operators up by name before it calls this mode, and so finds the patched ones
        func = getattr(func, "unpatched", func)
        made = func(*args, **(kwargs or {}))
        if self.builder.foreign is not None and func in UNSEEN:
            self.builder.foreign.from_data(made, args, kwargs)
        return made


def traced(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The arguments of a function that are tensors in a trace if they are sizes.

    Those of convolutions are not, nor a size in the place of a list of a fixed length (``kernel_size`` of
    F.avg_pool2d), nor the one size that torch.split is given.
    """
    name = getattr(func, "__name__", "")
    given = [*enumerate(args), *kwargs.items()]
    if name.startswith("conv"):
        return []
    if name == "split":
        return [value for _, value in given if type(value) is not Size]
    lists = _fixed_lists(name)
    return [value for key, value in given if type(value) is not Size or key not in lists]


@cache
def _fixed_lists(name: str) -> frozenset[int | str]:
    """The arguments of an aten operation, by place and name, that are lists of a fixed length."""
    packet = getattr(torch.ops.aten, name, None)
    if not isinstance(packet, OpOverloadPacket):  # __get__ of a property is one of Python's own
        return frozenset()
    names: list[str] = packet.overloads()  # type: ignore[no-untyped-call]
    schemas = [getattr(packet, overload)._schema for overload in names]
    found = [(i, a.name) for schema in schemas for i, a in enumerate(schema.arguments) if a.N is not None]
    return frozenset(key for pair in found for key in pair)


def _sizes(value: Any) -> Iterator[Size]:
    """All sizes made of products, in nested lists, tuples and slices."""
    for each in value:
        if type(each) is Size:
            if each.products:
                yield each
        elif isinstance(each, list | tuple):
            yield from _sizes(each)
        elif isinstance(each, slice):
            yield from _sizes((each.start, each.stop, each.step))
