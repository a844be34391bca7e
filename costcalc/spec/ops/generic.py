"""Ops for models read from elsewhere, beside the named ones. Networks written by hand do not need them.

`elementwise` and `move` represent all operations of their kind, with zero mult-adds; the settings name the operation.
`unknown` is an operation without a rule; `custom` is an operation with a rule of the user's, or one whose cost does not
follow from shapes alone (a product with a sparse tensor): the settings hold the count. `parameter` and `constant` are
tensors that exist before the network runs: they have no inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.spec import arguments
from costcalc.spec.aten_saves import POSITIONS, saves_of
from costcalc.spec.count import ZERO, Count, Term
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import HELD, Facts
from costcalc.spec.saves import NOTHING
from costcalc.spec.shapes import Shape
from costcalc.spec.trace import op_of_many

__all__: list[str] = []


@op_of_many(stands_for_many=True)
def elementwise(
    xs: tuple[Shape, ...],
    *,
    aten: str,
    shapes: Sequence[Shape],
    fresh: bool = True,
    weights: Mapping[str, Shape] | None = None,
    over: Sequence[int] = (),
) -> Facts:
    """Any shapes -> `shapes`: arithmetic on elements, comparisons, sums, means and other statistics.

    No mult-adds, by convention: no products are added up over features or windows. `aten` is torch's name of the
    operation; `fresh` is false if it works in-place; `over` are the axes of the first input that a sum or another
    statistic is over.
    """
    facts = _generic(xs, ZERO, aten, shapes, fresh, weights)
    if over:
        facts.settings = {**facts.settings, "over": _axes(xs, over)}
    return facts


@op_of_many(stands_for_many=True)
def move(
    xs: tuple[Shape, ...],
    *,
    aten: str,
    shapes: Sequence[Shape],
    fresh: bool = True,
    weights: Mapping[str, Shape] | None = None,
    reads: Sequence[tuple[int, int, int]] = (),
    around: bool = False,
) -> Facts:
    """Any shapes -> `shapes`: elements are picked, copied, sorted or rearranged, without arithmetic.

    `aten` is torch's name of the operation; `fresh` is false for a view. `reads` are (axis, start, step) of the axes of
    the first input that it cuts, pads, flips or rolls: position i of its output is position start + step·i of its
    input, `around` the end after a roll and in circular padding. A selected axis has a step of 0;
    windows of an unfolded one lie along a new last axis.
    """
    facts = _generic(xs, ZERO, aten, shapes, fresh, weights)
    if reads:
        facts.settings = {**facts.settings, "reads": _reads(xs, reads)}
    if arguments.flag("around", around):
        facts.settings = {**facts.settings, "around": True}
    return facts


@op_of_many(unsupported=True)
def unknown(
    xs: tuple[Shape, ...],
    *,
    aten: str,
    shapes: Sequence[Shape],
    fresh: bool = True,
    weights: Mapping[str, Shape] | None = None,
) -> Facts:
    """Any shapes -> `shapes`, with unknown mult-adds: the total of the network is a lower bound."""
    return _generic(xs, None, aten, shapes, fresh, weights)


@op_of_many(unsupported=True)
def custom(
    xs: tuple[Shape, ...],
    *,
    aten: str,
    shapes: Sequence[Shape],
    terms: Sequence[Term],
    inside: int = 0,
    rule_of: str = "",
    fresh: bool = True,
    weights: Mapping[str, Shape] | None = None,
) -> Facts:
    """Any shapes -> `shapes`, with mult-adds that are given: `terms` of a Count.

    `inside` is the number of elements that ops inside of it put out, beside the outputs: in the passes of a loop.
    `rule_of` says what the rule of a user's is for that gives them: an "op", a "module" or a "function" of autograd.
    Empty: the number is costcalc's own.

    Raises SpecError for terms that are not products of a few named integers.
    """
    arguments.one_of("rule_of", rule_of, ("", "op", "module", "function"))
    count = _count(terms)
    facts = _generic(xs, count, aten, shapes, fresh, weights)
    facts.inside = arguments.integer("inside", inside, 0)
    beside = {key: each for key, each in (("inside", facts.inside), ("rule_of", rule_of)) if each}
    facts.settings = {**facts.settings, "terms": count.terms, **beside}
    return facts


@op_of_many
def parameter(xs: tuple[Shape, ...], *, shape: Shape) -> Facts:
    """Nothing -> `shape`: a learned tensor that ops may read like any other (a class token, positions).

    Params: its elements. No mult-adds and no activations: it exists before the network runs.
    """
    shape = tuple(shape)
    return Facts(outputs=(shape,), weights={"value": shape}, settings={"shape": shape}, aliases=(HELD,), saves=NOTHING)


@op_of_many
def constant(xs: tuple[Shape, ...], *, shape: Shape) -> Facts:
    """Nothing -> `shape`: values independent of the inputs: a buffer, positions, a mask. No mult-adds, no params."""
    shape = tuple(shape)
    return Facts(outputs=(shape,), settings={"shape": shape}, aliases=(HELD,), saves=NOTHING)


def _reads(xs: tuple[Shape, ...], reads: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    made = []
    for each in arguments.listed("reads", reads, "a list of axes, starts and steps"):
        if len(arguments.listed("reads", each, "axis, start and step")) != 3 or any(type(n) is not int for n in each):
            raise arguments.wrong("reads", each, "axis, start and step")
        made.append(tuple(each))
    _axes(xs, [axis for axis, *_ in made])
    if any(max(abs(start), abs(step)) > LARGEST for _, start, step in made):
        raise arguments.wrong("reads", reads, "starts and steps of at most 2^64")
    return tuple(made)


def _axes(xs: tuple[Shape, ...], given: Sequence[int]) -> tuple[int, ...]:
    axes = arguments.integers("axes", given, 0)
    if not xs or len({*axes}) != len(axes) or not all(axis < len(xs[0]) for axis in axes):
        raise arguments.wrong("axes", given, "axes of the first input, each once")
    return axes


def _count(terms: Sequence[Term]) -> Count:
    made = []
    for term in arguments.listed("terms", terms, "a list of products"):
        if len(arguments.listed("term", term, "names and factors")) != 2:
            raise arguments.wrong("term", term, "names and factors")
        names, factors = (arguments.listed("term", part, "names and factors") for part in term)
        if len(names) != len(factors) or not 0 < len(names) <= MOST or not all(type(name) is str for name in names):
            raise SpecError(f"a term of a count is a product of 1 to {MOST} named factors, not {names!r:.60}")
        if any(type(factor) is not int or not 0 <= factor <= LARGEST for factor in factors):
            raise SpecError(f"the factors of a count are integers from 0 to 2^64, not {factors!r:.60}")
        made.append((tuple(names), tuple(factors)))
    return Count(*made)


MOST = 16
LARGEST = 2**64
"""Upper bound for the factors of one product."""


def _generic(
    xs: tuple[Shape, ...],
    macs: Count | None,
    aten: str,
    shapes: Sequence[Shape],
    fresh: bool,
    weights: Mapping[str, Shape] | None,
) -> Facts:
    outputs = tuple(tuple(shape) for shape in shapes)
    settings: dict[str, Any] = {"aten": aten, "shapes": outputs, "fresh": fresh}
    learned = {key: tuple(shape) for key, shape in (weights or {}).items()}
    if learned:
        settings["weights"] = learned
    aliases = () if fresh else (0 if xs else HELD,) * len(outputs)
    saves = saves_of(aten, fresh, len(outputs))
    dtypes = (None, "int64") if aten in POSITIONS and len(outputs) == 2 else ()
    return Facts(outputs, macs, weights=learned, settings=settings, aliases=aliases, dtypes=dtypes, saves=saves)
