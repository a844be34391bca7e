"""Convention: how one counting tool counts, op by op, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from costcalc.analysis.ledger import LedgerLine, ledger
from costcalc.analysis.seen import GENERIC, begun
from costcalc.spec.count import ZERO, Count, product
from costcalc.spec.graph import BlockCall, Graph, Mode, Node
from costcalc.spec.shapes import numel

CountRule = Callable[[Node, Mode], Count | None]
"""What the tool counts for a node: a Count, ZERO by its convention, or None: it does not see it."""

ModuleRule = Callable[[BlockCall], Count | None]
"""What the tool counts for a call of a module that no node stands for, beside what its nodes count."""

ParamsRule = Callable[[Node, bool], Iterable[str]]
"""Which of a node's weights and buffers the tool counts as params, by name in `Facts`; told whether it ran the node."""

Quantity = Literal["params", "mult-adds"]


@dataclass(frozen=True, slots=True)
class OpRule:
    """One rule: the count, the function of the tool's source it mirrors, and what a reader must know."""

    count: Callable[..., Count | None]
    mirrors: str
    note: str = ""


WHOLES = frozenset({"einsum", "instance_norm", "linear", "scaled_dot_product_attention"})
"""Ops whose rule does not hold for every call of the operation: it is then read by its parts."""

TRANSFORMED = "a forward pass that takes derivatives, or maps over an axis"

UNRULED = frozenset({"custom", "unknown"})
"""Ops that stand for operations that costcalc knows nothing of: a tool may count them, and no rule says how."""


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
    wholes     operations that it counts as a whole, also where they are read by their parts
    unneeded   why a node is left out that runs; empty where none is
    counts_sizes  True for a tool that counts the products of sizes that a call is given
    memory     its memory lines, where it has any
    printed    what one unit of a printed figure stands for, where its source prints rounded ones
    """

    looks_inside = True
    transforms = False
    wholes = WHOLES
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
        self.memory: Callable[[Graph, Mode], dict[str, int]] | None = None
        self.printed: dict[Quantity, int] = {}
        self._params: ParamsRule = _weights

    def rule(self, *ops: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of these ops; of all ops without one, where none is named."""

        def decorate(count: CountRule) -> CountRule:
            made = OpRule(count, mirrors, note)
            if not ops:
                self.other = made
            self.rules.update(dict.fromkeys(ops, made))
            return count

        return decorate

    def aten(self, *names: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of operations that are no op of their own, by their names in aten."""

        def decorate(count: CountRule) -> CountRule:
            self.generic.update(dict.fromkeys(names, OpRule(count, mirrors, note)))
            return count

        return decorate

    def module(self, *kinds: str, mirrors: str, note: str = "") -> Callable[[ModuleRule], ModuleRule]:
        """Make a function the rule of modules that run as several nodes, by their classes' full names."""

        def decorate(count: ModuleRule) -> ModuleRule:
            self.modules.update(dict.fromkeys(kinds, OpRule(count, mirrors, note)))
            return count

        return decorate

    def zero(self, *ops: str, mirrors: str) -> None:
        """These ops are known to the tool, and nothing by its convention."""
        self.rule(*ops, mirrors=mirrors)(lambda node, mode: ZERO)

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
        if node.op in GENERIC and node.facts.settings["aten"] in self.generic:
            return self.generic[node.facts.settings["aten"]]
        return self.of(node.op)

    def rule_of_call(self, call: BlockCall) -> OpRule | None:
        """The rule for a call of a module that runs as several nodes; None: the tool does not look at it."""
        return self.modules.get(call.kind)

    def rule_for(self, node: Node) -> OpRule | None:
        """What a reader of a node's number must see: the rule of the module that begins with it, or its own."""
        rules = (self.rule_of_call(call) for call in begun(node))
        return next(filter(None, rules), None) or self.rule_of(node)

    def unpredicted(self, graph: Graph) -> list[str]:
        """Operations that the tool may count, and no rule says how: with any, its total is not predicted."""
        names = dict.fromkeys(name for node in graph.nodes for name in self.unruled(node))
        if graph.transformed and not self.transforms:
            names[TRANSFORMED] = None
        return [] if self.only_params else list(names)

    def unruled(self, node: Node) -> Iterator[str]:
        """The name of a node's operation, where no rule says how the tool counts it, or what it is a part of."""
        place, _, name = node.facts.torch.name.rpartition(".") if node.facts.torch else ("", "", "")
        if place == "torch.ops.aten" and name in self.wholes - {node.op} and name in self.rules:
            yield name
        if node.op == node.kernel == "matmul" and node.op in self.rules:  # of a vector
            yield "matmul"
        if node.op in UNRULED:
            name = node.facts.settings["aten"]
            own = "::" in name and self.looks_inside
            if own or name in self.rules or name in self.generic or not all(map(numel, node.facts.outputs)):
                yield name

    def formula(self, node: Node, mode: Mode) -> Count | None:
        """What the tool counts for a node that runs, in its own unit; None: it does not see it.

        With what it counts for modules that begin with the node, and for sizes.
        """
        count = self.own(node, mode)
        for call in begun(node):
            rule = self.rule_of_call(call)
            more = rule.count(call) if rule else None
            if more is not None:
                count = more + (count or ZERO)
        return (count or ZERO) + product(sizes=node.products) if self.counts_sizes and node.products else count

    def own(self, node: Node, mode: Mode) -> Count | None:
        """The part of `formula` that is the node's own."""
        rule = self.rule_of(node)
        return rule.count(node, self._mode(mode)) if rule else None

    def count(self, node: Node, mode: Mode) -> int | None:
        """`formula` as a number."""
        formula = self.formula(node, mode)
        return None if formula is None else formula.value

    def counts(self, graph: Graph, mode: Mode) -> dict[Node, int | None]:
        """`count` of each node that the tool runs, in order; with `eval_only` those of eval mode."""
        not_run = graph.not_run(self._mode(mode))
        return {node: self.count(node, mode) for node in graph.nodes if node not in not_run}

    def total(self, graph: Graph, mode: Mode) -> int:
        """The tool's number for the network, in its own unit."""
        return sum(count for _, count in self._counted(graph, mode))

    def by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """The tool's number by module path; a module has what runs in it and below it. "" is the network."""
        return _by_module(self._counted(graph, mode))

    def params(self, graph: Graph, mode: Mode) -> int:
        """The tool's number of parameters of the network."""
        return sum(count for _, count in self._tensors(graph, mode))

    def params_by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """The same by module path, as `by_module`."""
        return _by_module(self._tensors(graph, mode))

    def ledger(self, graph: Graph, mode: Mode) -> list[LedgerLine]:
        """The lines from mult-adds to the tool's total: the unit first, then op by op. They add up exactly."""
        return ledger(self, graph, mode)

    def _mode(self, mode: Mode) -> Mode:
        return "eval" if self.eval_only else mode

    def _counted(self, graph: Graph, mode: Mode) -> Iterator[tuple[Node, int]]:
        for node, count in self.counts(graph, mode).items():
            if count is not None:
                yield node, count

    def _tensors(self, graph: Graph, mode: Mode) -> Iterator[tuple[Node, int]]:
        """Each tensor that counts as params once, with the first node that has it."""
        seen: set[str] = set()
        not_run = graph.not_run(self._mode(mode))
        for node in graph.nodes:
            shapes = {**node.facts.weights, **node.facts.buffers}
            names = dict(zip(node.facts.weights, node.weights, strict=True))
            for key in self._params(node, node not in not_run):
                path = names.get(key, f"{node.path}.{key}")
                if path not in seen and not (self.trained and path in graph.frozen):
                    seen.add(path)
                    yield node, numel(shapes[key])


def _weights(node: Node, ran: bool) -> Iterable[str]:
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
