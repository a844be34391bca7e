"""Rules: the rules of one tool, by op, aten operation and module, as its file declares them and as they are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from costcalc.conventions.called import starting_calls
from costcalc.conventions.guarded import guarded
from costcalc.conventions.op_rule import CountRule, ModuleRule, OpRule, ParamsRule
from costcalc.spec.count import ZERO
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.run import Run
from costcalc.spec.traits import traits


class Rules:
    """The rules of a tool.

    rules         by op
    default_rule  for ops without a rule of their own; None if the tool does not count them
    generic       by aten operation, for those that are not an op of their own
    modules       by class, for modules that run as several nodes
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: dict[str, OpRule] = {}
        self.default_rule: OpRule | None = None
        self.generic: dict[str, OpRule] = {}
        self.modules: dict[str, OpRule] = {}
        self._params: ParamsRule = _weights

    def rule(self, *ops: str, mirrors: str, note: str = "", otherwise: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of these ops; if none is named, of all ops without a rule."""

        def decorate(count: CountRule) -> CountRule:
            made = OpRule(guarded(self.name, count), mirrors, note, otherwise)
            if not ops:
                self.default_rule = made
            self.rules.update(dict.fromkeys(ops, made))
            return count

        return decorate

    def aten(self, *names: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of operations that are not an op of their own, by their names in aten."""

        def decorate(count: CountRule) -> CountRule:
            self.generic.update(dict.fromkeys(names, OpRule(guarded(self.name, count), mirrors, note)))
            return count

        return decorate

    def module(self, *kinds: str, mirrors: str, note: str = "") -> Callable[[ModuleRule], ModuleRule]:
        """Make a function the rule of modules that run as several nodes, by the full names of their classes."""

        def decorate(count: ModuleRule) -> ModuleRule:
            self.modules.update(dict.fromkeys(kinds, OpRule(guarded(self.name, count), mirrors, note)))
            return count

        return decorate

    def zero(self, *ops: str, mirrors: str) -> None:
        """Make these ops zero by the tool's convention: the tool knows them and counts nothing."""
        self.rule(*ops, mirrors=mirrors)(lambda node, run: ZERO)

    def params_rule(self, names: ParamsRule) -> ParamsRule:
        """Make a function the rule for params. Without one all weights count, also of layers that do not run."""
        self._params = names
        return names

    @property
    def only_params(self) -> bool:
        """True if the tool does not count operations: its `total` then means nothing."""
        return not self.rules and self.default_rule is None

    def of(self, op: str) -> OpRule | None:
        """The rule for an op; None if the tool does not count it."""
        return self.rules.get(op, self.default_rule)

    def rule_of(self, node: Node) -> OpRule | None:
        """The rule for a node, by its aten operation or its op; None if the tool does not count it."""
        if traits(node.op).stands_for_many and node.facts.settings["aten"] in self.generic:
            return self.generic[node.facts.settings["aten"]]
        return self.of(node.op)

    def rule_of_call(self, call: BlockCall) -> OpRule | None:
        """The rule for a call of a module that runs as several nodes; None if the tool has none."""
        return self.modules.get(call.module.kind)

    def rule_for(self, node: Node) -> OpRule | None:
        """The rule that explains a node's number: of the module that begins with the node, or the node's own."""
        rules = (self.rule_of_call(call) for call in starting_calls(node))
        return next(filter(None, rules), None) or self.rule_of(node)


def _weights(node: Node, run: Run) -> Iterable[str]:
    return node.facts.weights
