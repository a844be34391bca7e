"""Convention: how one counting tool counts, op by op, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from costcalc.conventions.called import starting_calls
from costcalc.conventions.fitting import fitting
from costcalc.spec.count import ZERO, Count, product
from costcalc.spec.graph import BlockCall, Graph, Node
from costcalc.spec.numbers import total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.traits import traits
from costcalc.spec.truths import Undecided

CountRule = Callable[[Node, Run], Count | None]
"""What the tool counts for a node: a Count, ZERO by its convention, or None: it does not see it."""

ModuleRule = Callable[[BlockCall], Count | None]
"""What the tool counts for a call of a module that no node stands for, beside what its nodes count."""

ParamsRule = Callable[[Node, Run], Iterable[str]]
"""Which of a node's weights and buffers the tool counts as params, by their names in `Facts`."""

Quantity = Literal["params", "mult-adds"]


@dataclass(frozen=True, slots=True)
class OpRule:
    """One rule: the count, the function of the tool's source it mirrors, and what a reader must know."""

    count: Callable[..., Count | None]
    mirrors: str
    note: str = ""


TRANSFORMED = "a forward pass that takes derivatives, or maps over an axis"


class Convention:
    """A tool's way of counting: `rules` by op, and what it makes of any op that has no rule of its own.

    name       the tool; also the key in JSON
    version    the version of the tool that the rules were written for and are tested against
    unit       how much the tool counts for one mult-add: 1, or 2 where it counts multiply and add apart
    about      in a sentence, what it counts
    eval_only  True for a tool that puts the model in eval mode before it counts: train counts as eval
    trained    True for a tool that counts as params only what is trained (``requires_grad``)
    looks_inside  True for a tool that may see what runs inside an operation of the user's own
    transforms  True for a tool that sees what torch runs where a forward pass takes derivatives, or maps over an axis
    unneeded   why a node is left out that runs; empty where none is
    counts_sizes  True for a tool that counts the products of sizes that a call is given
    memory     its memory lines in bytes, by key; empty if it has none
    memory_headings  how the tool itself words them, by key
    printed    what one unit of a printed figure stands for, where its source prints rounded ones
    """

    looks_inside = True
    transforms = False
    unneeded = ""
    counts_sizes = False

    def __init__(
        self, name: str, *, version: str, unit: int, about: str, eval_only: bool = False, trained: bool = False
    ) -> None:
        self.name, self.version, self.unit, self.about = name, version, unit, about
        self.eval_only, self.trained = eval_only, trained
        self.rules: dict[str, OpRule] = {}
        self.other: OpRule | None = None
        self.generic: dict[str, OpRule] = {}
        self.modules: dict[str, OpRule] = {}
        self.memory: Callable[[Run], dict[str, int]] = lambda run: {}
        self.memory_headings: dict[str, str] = {}
        self.printed: dict[Quantity, int] = {}
        self._params: ParamsRule = _weights

    def rule(self, *ops: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of these ops; of all ops without one, where none is named."""

        def decorate(count: CountRule) -> CountRule:
            made = OpRule(fitting(self.name, count), mirrors, note)
            if not ops:
                self.other = made
            self.rules.update(dict.fromkeys(ops, made))
            return count

        return decorate

    def aten(self, *names: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of operations that are no op of their own, by their names in aten."""

        def decorate(count: CountRule) -> CountRule:
            self.generic.update(dict.fromkeys(names, OpRule(fitting(self.name, count), mirrors, note)))
            return count

        return decorate

    def module(self, *kinds: str, mirrors: str, note: str = "") -> Callable[[ModuleRule], ModuleRule]:
        """Make a function the rule of modules that run as several nodes, by their classes' full names."""

        def decorate(count: ModuleRule) -> ModuleRule:
            self.modules.update(dict.fromkeys(kinds, OpRule(fitting(self.name, count), mirrors, note)))
            return count

        return decorate

    def zero(self, *ops: str, mirrors: str) -> None:
        """These ops are known to the tool, and nothing by its convention."""
        self.rule(*ops, mirrors=mirrors)(lambda node, run: ZERO)

    def params_rule(self, names: ParamsRule) -> ParamsRule:
        """Make a function the rule for what counts as params; without one, all weights, whether they ran or not."""
        self._params = names
        return names

    @property
    def only_params(self) -> bool:
        """True where the tool has no count of operations at all: its `total` is no number of its own."""
        return not self.rules and self.other is None

    def of(self, op: str) -> OpRule | None:
        """The rule for an op; None: the tool does not see it."""
        return self.rules.get(op, self.other)

    def rule_of(self, node: Node) -> OpRule | None:
        """The rule for a node: of its op, or of the operation that it is; None: the tool does not see it."""
        if traits(node.op).stands_for_many and node.facts.settings["aten"] in self.generic:
            return self.generic[node.facts.settings["aten"]]
        return self.of(node.op)

    def rule_of_call(self, call: BlockCall) -> OpRule | None:
        """The rule for a call of a module that runs as several nodes; None: the tool does not look at it."""
        return self.modules.get(call.module.kind)

    def rule_for(self, node: Node) -> OpRule | None:
        """What a reader of a node's number must see: the rule of the module that begins with it, or its own."""
        rules = (self.rule_of_call(call) for call in starting_calls(node))
        return next(filter(None, rules), None) or self.rule_of(node)

    def unpredicted(self, graph: Graph) -> list[str]:
        """Operations that the tool may count, and no rule says how: with any, its total is not predicted."""
        names = dict.fromkeys(name for node in graph.nodes for name in self.unsupported(node))
        if graph.transformed and not self.transforms:
            names[TRANSFORMED] = None
        return [] if self.only_params else list(names)

    def unsupported(self, node: Node) -> Iterator[str]:
        """The name of a node's operation, where no rule says how the tool counts it, or what it is a part of."""
        place, _, name = node.call.name.rpartition(".") if node.call else ("", "", "")
        if place == "torch.ops.aten" and name != node.op and self.counts_whole(name) and name in self.rules:
            yield name
        if node.op == node.noticed.kernel == "matmul" and node.op in self.rules:  # of a vector
            yield "matmul"
        if traits(node.op).unsupported:
            name = node.facts.settings["aten"]
            own = "::" in name and self.looks_inside
            if own or name in self.rules or name in self.generic or not all(map(numel, node.facts.outputs)):
                yield name

    def counts_whole(self, name: str) -> bool:
        """True for an operation of aten that the tool counts as a whole, also if it is read through its parts."""
        return traits(name).composite

    def formula(self, node: Node, run: Run) -> Count | None:
        """What the tool counts for a node that runs, in its own unit; None: it does not see it.

        With what it counts for modules that begin with the node, and for sizes.
        """
        count = self.own(node, run)
        for call in starting_calls(node):
            rule = self.rule_of_call(call)
            more = rule.count(call) if rule else None
            if more is not None:
                count = more + (count or ZERO)
        sizes = node.noticed.size_products if self.counts_sizes else 0
        return (count or ZERO) + product(sizes=sizes) if sizes else count

    def own(self, node: Node, run: Run) -> Count | None:
        """The part of `formula` that is the node's own."""
        rule = self.rule_of(node)
        return rule.count(node, self.own_run(run)) if rule else None

    def number(self, formula: Count) -> Any:
        """A node's `formula` as a number."""
        return formula.value

    def count(self, node: Node, run: Run) -> Any:
        """`formula` as a number. If elements of arrays of sizes are counted by unlike formulas, each by its own.

        Raises CostcalcError if a symbol leaves open how the tool counts.
        """
        try:
            formula = self.formula(node, run)
        except Undecided as error:
            why = Undecided(f"how {self.name} counts layer {node.name!r}: {error}")
            return run.each(node, lambda one, again: None if again is None else self.count(again, one), why)
        return None if formula is None else self.number(formula)

    def ran(self, run: Run) -> Iterable[Node]:
        """The nodes that the tool runs, in order; with `eval_only` those of eval mode."""
        return self.own_run(run).nodes

    def counts(self, run: Run) -> dict[Node, Any]:
        """`count` of each node that the tool runs, in order."""
        return {node: self.count(node, run) for node in self.ran(run)}

    def total(self, run: Run) -> Any:
        """The tool's number for the network, in its own unit."""
        return total(count for _, count in self._counted(run))

    def by_module(self, run: Run) -> dict[str, int]:
        """The tool's number by module path; a module has what runs in it and below it. "" is the network."""
        return _by_module(self._counted(run))

    def params(self, run: Run) -> Any:
        """The tool's number of parameters of the network."""
        return total(count for _, count in self._tensors(run))

    def params_by_module(self, run: Run) -> dict[str, int]:
        """The same by module path, as `by_module`."""
        return _by_module(self._tensors(run))

    def own_run(self, run: Run) -> Run:
        """The run as the tool makes it: in eval mode with `eval_only`."""
        return run.in_eval() if self.eval_only else run

    def _counted(self, run: Run) -> Iterator[tuple[Node, int]]:
        for node, count in self.counts(run).items():
            if count is not None:
                yield node, count

    def _tensors(self, run: Run) -> Iterator[tuple[Node, int]]:
        """Each tensor that counts as params once, with the first node that has it."""
        seen: set[str] = set()
        run = self.own_run(run)
        for node in run.graph.nodes:
            shapes = {**node.facts.weights, **node.facts.buffers}
            names = dict(zip(node.facts.weights, node.weights, strict=True))
            for key in self._params(node, run):
                path = names.get(key, f"{node.path}.{key}")
                if path not in seen and not (self.trained and path in run.graph.frozen):
                    seen.add(path)
                    yield node, numel(shapes[key])


def _weights(node: Node, run: Run) -> Iterable[str]:
    return node.facts.weights


def _by_module(numbers: Iterable[tuple[Node, int]]) -> dict[str, int]:
    sums = {"": 0}
    for node, number in numbers:
        path = node.module
        parts = path.split(".") if path else []
        for depth in range(len(parts) + 1):
            module = ".".join(parts[:depth])
            sums[module] = sums.get(module, 0) + number
    return sums
