"""Conventions of tools that put functions of their own in the place of torch's while the model runs.

They see a function where the model calls it by a name that is patched: ``torch.add(x, y)``, but not ``x + y``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from itertools import zip_longest
from typing import Any

from costcalc.conventions.called import called, is_module, starting_calls
from costcalc.conventions.convention import Convention, OpRule
from costcalc.conventions.fitting import fitting
from costcalc.spec.count import Count, product
from costcalc.spec.exact import ExactArray
from costcalc.spec.graph import BlockCall, Node
from costcalc.spec.numbers import larger, total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import equal, known, symbolic
from costcalc.spec.traits import traits
from costcalc.spec.truths import Undecided

Part = Callable[[Node], Count | None]
"""What a hook, or a patched function, counts for a node, for the whole batch. None: there is none."""


class Patching(Convention):
    """A convention of a tool that patches functions; `eval_only` and `trained`, as all of them are.

    patched  the functions of torch that it patches, by the names that models call them by
    """

    def __init__(self, name: str, *, version: str, unit: int, about: str, patched: Iterable[str]) -> None:
        super().__init__(name, version=version, unit=unit, about=about, eval_only=True, trained=True)
        self.patched = frozenset(patched)

    def calls(self, node: Node) -> bool:
        """True if the tool can see the node: a module runs it, which calls what is patched, or such a function."""
        return is_module(node) or (node.call is not None and node.call.name in self.patched)

    def rule_of(self, node: Node) -> OpRule | None:
        """The rule for a node: of its op, or of the operation by the name that the model calls it by."""
        return self.generic.get(called(node)) if traits(node.op).stands_for_many else self.of(node.op)


class TwoParts(Patching):
    """A convention of two parts, added up: what hooks on modules count, and what patched functions do.

    hooks, functions  by op; of an operation that is no op of its own, by the name that the model calls it by
    attention  hooks on modules that hold others, by class, from the node of their softmax. What hooks count inside of
               them is not added up
    """

    def __init__(self, name: str, *, version: str, unit: int, about: str, patched: Iterable[str]) -> None:
        super().__init__(name, version=version, unit=unit, about=about, patched=patched)
        self.hooks: dict[str, Part] = {}
        self.functions: dict[str, Part] = {}
        self.attention: dict[str, Part] = {}

    def parts(
        self, *ops: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """The rule of these ops, from its parts."""
        self.rules.update(dict.fromkeys(ops, OpRule(self.formula, mirrors, note)))
        self.hooks.update(dict.fromkeys(ops, fitting(self.name, hook)) if hook else {})
        self.functions.update(dict.fromkeys(ops, fitting(self.name, function)) if function else {})

    def generic_parts(
        self, *names: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """The same, of operations that are no op of their own: by class, or by the last part of a function's name."""
        self.generic.update(dict.fromkeys(names, OpRule(self.formula, mirrors, note)))
        self.hooks.update(dict.fromkeys(names, fitting(self.name, hook)) if hook else {})
        self.functions.update(dict.fromkeys(names, fitting(self.name, function)) if function else {})

    def hooked(self, node: Node) -> Iterator[tuple[str, BlockCall | None, Count]]:
        """What the tool leaves on modules (``__flops__``), for the whole batch: path, the block it is in, and count."""
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

    def formula(self, node: Node, run: Run) -> Count | None:
        """The share of what hooks count, and what patched functions do."""
        hooks = [count for _, block, count in self.hooked(node) if self._within(block) is None]
        function = self._part(self.functions, node) if self.calls(node) else None
        parts = [_divided(count, _batch(run)) for count in hooks] + [function(node) if function else None]
        seen = [part for part in parts if part is not None]
        return sum(seen[1:], seen[0]) if seen else None

    def _part(self, parts: Mapping[str, Part], node: Node) -> Part | None:
        """The part of a node's rule, where its op has one, or the name of an operation that is no op of its own."""
        name = called(node)
        return parts.get(name) if name in (self.generic if traits(node.op).stands_for_many else self.rules) else None

    def _within(self, block: BlockCall | None) -> BlockCall | None:
        """The innermost call around a block, or itself, that does not add up what hooks count inside of it."""
        while block is not None and block.module.kind not in self.attention:
            block = block.parent
        return block

    def number(self, formula: Count) -> Any:
        """A node's `formula` as a number. If the batch does not divide it, the fraction is cut off."""
        return super().number(formula) // 1

    def total(self, run: Run) -> Any:
        """The tool's number: the fractions that hooks leave are added up before they are cut off."""
        try:
            formulas = [self.formula(node, run) for node in run.in_eval().nodes]
        except Undecided as error:
            return run.each(None, lambda one, _: self.total(one), error)
        return total(formula.value for formula in formulas if formula is not None) // 1

    def by_module(self, run: Run) -> dict[str, int]:
        """What hooks leave on each module, for the whole batch, and below it; "" is the tool's total."""
        counts: dict[str, int] = {}
        for node in run.in_eval().nodes:
            for path, block, count in self.hooked(node):
                within = self._within(block)
                least = len(within.path.split(".")) if within else 0
                parts = path.split(".")
                for depth in range(least + 1, len(parts) + 1):
                    above = ".".join(parts[:depth])
                    counts[above] = counts.get(above, 0) + count.value
        return {**counts, "": self.total(run)}


def together(node: Node) -> Count:
    """Of a sum or product by element, as tools take it: of ``torch.addmm`` and its like the tensor that is added.

    Of others the shape that both come to, axes compared from the first, where torch compares them from the last.
    """
    shapes = [t.shape for t in node.inputs]
    if node.call is not None and node.call.name.endswith(("addmm", "baddbmm")):
        return product(n=numel(shapes[1]))
    return product(n=numel(tuple(reduce(larger, sizes) for sizes in zip_longest(*shapes, fillvalue=1))))


def _batch(run: Run) -> Any:
    """The length of the network's first input, by which the sum of the hooks is divided (batch_counter_hook)."""
    return next((size for t in run.graph.inputs[:1] for size in t.shape), 1)


def _divided(count: Count, batch: Any) -> Count:
    """The count for one of the batch: the first factor that the batch divides becomes smaller, or 1/N leads."""
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
    """True if the batch divides a factor whatever its symbols are."""
    condition = equal(factor % batch, 0)
    return condition is True or (not symbolic(condition) and bool(condition))


def _reciprocal(batch: Any) -> Any:
    if type(batch) is ExactArray:
        raise Undecided("the count of the batch is divided by it")
    return 1 / batch if symbolic(batch) else Fraction(1, batch)
