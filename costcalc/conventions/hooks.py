"""Conventions of tools that patch functions of torch while the model runs.

They count a function if the model calls it by a patched name: ``torch.add(x, y)``, but not ``x + y``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from itertools import zip_longest
from typing import Any

from costcalc.conventions.called import called, is_module, noun, starting_calls, this
from costcalc.conventions.convention import Convention
from costcalc.conventions.guarded import guarded
from costcalc.conventions.held import HELD
from costcalc.conventions.op_rule import OpRule
from costcalc.spec.count import Count, product, times
from costcalc.spec.exact import ExactArray
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.numbers import larger, total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import equal, known, symbolic
from costcalc.spec.traits import traits
from costcalc.spec.truths import Undecided

Part = Callable[[Node], Count | None]
"""The count of a hook, or of a patched function, for a node and the whole batch; None if it does not run."""


POOLS = [f"{kind}{axes}d" for axes in (1, 2, 3)
         for kind in ("AvgPool", "MaxPool", "AdaptiveAvgPool", "AdaptiveMaxPool",
                      "avg_pool", "max_pool", "adaptive_avg_pool", "adaptive_max_pool")]  # fmt: skip
"""Pools that are not an op of their own, such as those of inputs without a batch axis, by class or by function."""


class Patching(Convention):
    """A convention of a tool that patches functions. All of these tools are `eval_only` and `trained`.

    patched  names of the functions of torch that the tool patches, as models call them
    """

    def __init__(
        self, name: str, *, version: str, unit: int, about: str, sees: str, has: str, patched: Iterable[str]
    ) -> None:
        super().__init__(
            name, version=version, unit=unit, about=about, sees=sees, has=has, eval_only=True, trained=True
        )
        self.patched = frozenset(patched)

    def calls(self, node: Node) -> bool:
        """True if a module runs the node, or the model calls it by the name of a patched function."""
        return is_module(node) or (node.call is not None and node.call.name in self.patched)

    def unseen(self, node: Node, run: Run) -> str:
        """The call by a name that is not patched, if there is one."""
        return "" if self.calls(node) else f"{this(node)}, not one of them"

    def named(self, node: Node) -> str:
        """The class of the module that runs a node, or the op."""
        return noun(node)

    def rule_of(self, node: Node) -> OpRule | None:
        """The rule for a node: of its op or, if the operation is not an op, of the name under which it is called."""
        return self.generic.get(called(node)) if traits(node.op).stands_for_many else self.of(node.op)


class TwoParts(Patching):
    """A convention of two parts, added up: the counts of hooks on modules, and those of patched functions.

    hooks, functions  by op; for an operation that is not an op of its own, by the name under which it is called
    attention  by class, hooks on modules that hold others, called with the node of the softmax. The counts of hooks
               inside of such a module are not added up
    """

    def __init__(
        self, name: str, *, version: str, unit: int, about: str, sees: str, has: str, patched: Iterable[str]
    ) -> None:
        super().__init__(name, version=version, unit=unit, about=about, sees=sees, has=has, patched=patched)
        self.hooks: dict[str, Part] = {}
        self.functions: dict[str, Part] = {}
        self.attention: dict[str, Part] = {}

    def parts(
        self, *ops: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """Make the sum of a hook and a function the rule of these ops."""
        self.rules.update(dict.fromkeys(ops, OpRule(self.alone, mirrors, note)))
        self.hooks.update(dict.fromkeys(ops, guarded(self.name, hook)) if hook else {})
        self.functions.update(dict.fromkeys(ops, guarded(self.name, function)) if function else {})

    def generic_parts(
        self, *names: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """The same for operations that are not an op of their own, by class or by a function's last name."""
        self.generic.update(dict.fromkeys(names, OpRule(self.alone, mirrors, note)))
        self.hooks.update(dict.fromkeys(names, guarded(self.name, hook)) if hook else {})
        self.functions.update(dict.fromkeys(names, guarded(self.name, function)) if function else {})

    def hooked(self, node: Node) -> Iterator[tuple[str, BlockCall | None, Count]]:
        """The counts that the tool stores on modules (``__flops__``), for the whole batch: path, outer block, count."""
        hook = self._part(self.hooks, node) if is_module(node) else None
        found = [(node.module, node.block, hook(node) if hook else None)]
        for call in starting_calls(node):
            rule = self.rule_of_call(call)
            found.append((call.path, call.parent, rule.count(call) if rule else None))
        if node.block is not None and node.op in ("scaled_dot_product_attention", "softmax"):
            around = self.attention.get(node.block.module.kind)
            count = around(node) if around else None
            found.append((node.block.path, node.block.parent, count))
        for path, block, count in found:
            if count is not None:
                yield path, block, count

    def alone(self, node: Node, run: Run) -> Count | None:
        """The counts of hooks, divided by the batch, plus those of patched functions."""
        held = run.graph.held
        hooks = [
            times(HELD, held.times(path), count)
            for path, block, count in self.hooked(node)
            if self._within(block) is None
        ]
        function = self._part(self.functions, node) if self.calls(node) else None
        parts = [_divided(count, _batch(run)) for count in hooks] + [function(node) if function else None]
        seen = [part for part in parts if part is not None]
        return sum(seen[1:], seen[0]) if seen else None

    def unseen(self, node: Node, run: Run) -> str:
        """The call as for any tool that patches, or the module whose hook replaces the node's own."""
        around = self._within(node.block)
        if around is not None and is_module(node):
            return (
                f"the hook of the {around.module.kind.rpartition('.')[2]} around this {noun(node)} counts in its place"
            )
        return super().unseen(node, run)

    def _part(self, parts: Mapping[str, Part], node: Node) -> Part | None:
        """The hook or the function of a node's rule, by its op or by the name under which its operation is called."""
        name = called(node)
        return parts.get(name) if name in (self.generic if traits(node.op).stands_for_many else self.rules) else None

    def _within(self, block: BlockCall | None) -> BlockCall | None:
        """The innermost call around a block, or the block itself, whose hook replaces the counts inside of it."""
        while block is not None and block.module.kind not in self.attention:
            block = block.parent
        return block

    def number(self, formula: Count) -> Any:
        """A node's `formula` as a number, truncated if the batch does not divide it."""
        return super().number(formula) // 1

    def total(self, run: Run) -> Any:
        """The tool's number: the fractions of the hooks are added up before the sum is truncated."""
        try:
            formulas = [self.formula(node, run) for node in run.in_eval().nodes]
        except Undecided as error:
            return run.each(None, lambda one, _: self.total(one), error)
        return total(formula.value for formula in formulas if formula is not None) // 1

    def by_module(self, run: Run) -> dict[str, int]:
        """The counts of hooks on each module and below it, for the whole batch; "" is the tool's total."""
        counts: dict[str, int] = {}
        for node in run.in_eval().nodes:
            for path, block, count in (
                found for each in (node, *node.noticed.constants) for found in self.hooked(each)
            ):
                within = self._within(block)
                least = len(within.path.split(".")) if within else 0
                parts = path.split(".")
                for depth in range(least + 1, len(parts) + 1):
                    above = ".".join(parts[:depth])
                    counts[above] = counts.get(above, 0) + count.value
        return {**counts, "": self.total(run)}


def elementwise_count(node: Node) -> Count:
    """The count of an elementwise sum or product: 1 per element of the larger size along each axis.

    Axes are compared from the first, while torch compares them from the last. For ``torch.addmm`` and
    ``torch.baddbmm``, 1 per element of the added tensor.
    """
    shapes = [t.shape for t in node.inputs]
    if node.call is not None and node.call.name.endswith(("addmm", "baddbmm")):
        return product(n=numel(shapes[1]))
    return product(n=numel(tuple(reduce(larger, sizes) for sizes in zip_longest(*shapes, fillvalue=1))))


def _batch(run: Run) -> Any:
    """The first size of the network's first input, by which the hooks' sum is divided (batch_counter_hook)."""
    return next((size for t in run.graph.inputs[:1] for size in t.shape), 1)


def _divided(count: Count, batch: Any) -> Count:
    """A count divided by the batch: in the first factor that it divides, otherwise by a leading factor 1/N."""
    if known(batch) and batch == 1:
        return count
    terms = []
    for names, factors in count.terms:
        pairs = list(zip(names, factors, strict=True))
        i = next((i for i, (name, f) in enumerate(pairs) if name != "each" and _multiple(f, batch)), None)
        if i is None:
            terms.append((("1/N", *names), (_reciprocal(batch), *factors)))
        else:
            terms.append(((*names,), (*factors[:i], factors[i] // batch, *factors[i + 1 :])))
    return Count(*terms)


def _multiple(factor: Any, batch: Any) -> bool:
    """True if the batch divides a factor for all values of its symbols."""
    condition = equal(factor % batch, 0)
    return condition is True or (not symbolic(condition) and bool(condition))


def _reciprocal(batch: Any) -> Any:
    if type(batch) is ExactArray:
        raise Undecided("the count of the batch is divided by it")
    return 1 / batch if symbolic(batch) else Fraction(1, batch)
