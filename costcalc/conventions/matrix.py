"""The op x tool matrix: each tool's count for an example of each op, as a word or a formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from costcalc.conventions.convention import Convention
from costcalc.conventions.examples import EXAMPLES, call, example, generic
from costcalc.conventions.op_rule import OpRule
from costcalc.spec.count import Count, Factor
from costcalc.spec.node import Node
from costcalc.spec.run import Run

NOT_SEEN = "–"
CONSTANTS = ("each", "flops", "sizes")
"""Names of factors that are the tool's own numbers. They are shown as numbers if no size changes them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A tool's count for an op.

    kind     counted, zero (by the tool's convention) or not seen (not counted)
    text     a word, or the formula with names for numbers: "mult-adds", "2 x mult-adds", "2·n", "zero", "–"
    mirrors  the function of the tool's source; empty if the tool has no rule for the op
    note     what a reader of the number must know
    """

    kind: Literal["counted", "zero", "not seen"]
    text: str
    mirrors: str
    note: str


def answer(convention: Convention, op: str) -> Answer:
    """A tool's count for the example of an op, in eval mode.

    Raises CostcalcError for an op without an example.
    """
    run, larger = Run(example(op)), Run(example(op, 2))
    (node,) = run.nodes
    formula, again = convention.formula(node, run), convention.formula(larger.nodes[0], larger)
    rule = convention.of(op)
    own = rule is not None and (op in convention.rules or formula is not None)
    mirrors, note = (rule.mirrors, rule.text) if rule and own else ("", "")
    if formula is None or again is None:
        return Answer("not seen", NOT_SEEN, mirrors, note)
    if not formula.terms:
        return Answer("zero", "zero", mirrors, note)
    return Answer("counted", _text(node, formula, again), mirrors, note)


def other_operations(convention: Convention) -> dict[str, Answer]:
    """A tool's counts for operations that are not an op of their own, and for modules that run as several nodes.

    The keys are the tool's names of them, the names of one rule joined by ", ".
    """
    alike: dict[int, tuple[OpRule, list[str]]] = {}
    for name, rule in {**convention.generic, **convention.modules}.items():
        alike.setdefault(id(rule), (rule, []))[1].append(name)
    answers = {}
    for rule, names in alike.values():
        once, again = (_of_example(convention, rule, names[0], times) for times in (1, 2))
        shown = _sum(_shown(once, again)) if once and again and once.terms else "zero"
        title = ", ".join(name.rpartition(".")[-1] for name in names)
        answers[title] = Answer("zero" if shown == "zero" else "counted", shown, rule.mirrors, rule.text)
    return answers


def _of_example(convention: Convention, rule: OpRule, name: str, times: int) -> Count | None:
    if name in convention.modules:
        return rule.count(call(name, times))
    run = Run(generic(name, times))
    return rule.count(run.nodes[0], run)


def mult_adds(op: str) -> str:
    """The formula of an op's mult-adds in names; "zero" if zero by convention; "unknown" if there is none."""
    (node,) = example(op).nodes
    macs = node.facts.macs
    return "unknown" if macs is None else _sum(_shown(macs, macs)) if macs.terms else "zero"


def matrix(conventions: Sequence[Convention]) -> dict[str, dict[str, Answer]]:
    """Op -> name of the convention -> its Answer."""
    return {op: {c.name: answer(c, op) for c in conventions} for op in EXAMPLES}


def params_rule(convention: Convention) -> str:
    """The docstring of a tool's rule for params, on one line; empty if the tool has no such rule."""
    return " ".join((convention._params.__doc__ or "").split()).rstrip(".")


def _text(node: Node, formula: Count, again: Count) -> str:
    """A formula in terms of the node's mult-adds if it begins with them; otherwise in names."""
    shown = _shown(formula, again)
    macs = node.facts.macs
    if macs and macs.terms:
        factors = [tuple(f) for _, f in formula.terms]
        for unit, word in (((), "mult-adds"), ((2,), "2 x mult-adds")):
            own = [(*unit, *f) for _, f in macs.terms]
            if factors[: len(own)] == own:
                return _sum([(word, ()), *shown[len(own) :]])
    return _sum(shown)


def _shown(formula: Count, again: Count) -> list[tuple[str, tuple[Factor, ...]]]:
    """Each term in names, with the tool's own numbers, which a larger input does not change, as numbers."""
    terms = []
    for (names, factors), (_, others) in zip(formula.terms, again.terms, strict=True):
        named = [(n, f, g) for n, f, g in zip(names, factors, others, strict=True) if (n, f) != ("N", 1)]
        own = [str(f) if n in CONSTANTS and f == g else n for n, f, g in named if (n, f) != ("each", 1)]
        terms.append(("·".join(own), tuple(factors)))
    return terms


def _sum(terms: Sequence[tuple[str, tuple[Factor, ...]]]) -> str:
    """Join terms by +. Equal terms that are equal numbers become one: ``n + n`` is ``2·n``."""
    times = Counter(terms)
    return " + ".join(term if count == 1 else f"{count}·{term}" for (term, _), count in times.items())
