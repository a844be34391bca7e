"""Snapshot: the costs of a model as plain data, to compare with those of another model, revision or day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import INCOMPLETE, Amount, PerAxis
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.numbers import is_fraction
from costcalc.spec.shapes import joined
from costcalc.spec.sizes import known


class Line(NamedTuple):
    """A layer, or a block of layers.

    op        kind of computation; of a block all kinds
    facts     of a layer the shapes of its inputs, outputs and weights; of a block a digest of those of its layers
    amounts   by key of the quantity
    formulas  of a layer, in numbers, by key: those amounts that have one, and always the mult-adds
    """

    name: str
    op: str
    facts: str
    amounts: Mapping[str, Amount]
    formulas: Mapping[str, str]

    @property
    def work(self) -> tuple[str, str, str]:
        """Its op, the shapes of its inputs and outputs, and the formula of its mult-adds."""
        return self.op, self.facts.partition(";")[0], self.formulas.get("mult_adds", "")

    @property
    def signature(self) -> tuple[str, str, str]:
        """All that a renamed layer keeps: its op, its shapes and the formula of its mult-adds."""
        return self.op, self.facts, self.formulas.get("mult_adds", "")


class Snapshot(NamedTuple):
    """A model's costs as plain data.

    setting  its name, input, batch and mode, as reports name them
    total    amount of the network by key of the quantity
    layers   a Line per layer, in order
    rows     a Line per row of the table that is asked for: the layers, or blocks
    unknown  for each quantity whose total is not complete, where it is unknown
    """

    setting: str
    total: Mapping[str, Amount]
    layers: Sequence[Line]
    rows: Sequence[Line]
    unknown: Mapping[str, str]


def snapshot(cost: Cost, depth: int | str, setting: str, unknown: Mapping[str, str]) -> Snapshot:
    """The Snapshot of a Cost with its quantities. `depth` is "layer", or that of the blocks of its rows.

    Raises CostcalcError for sizes that are arrays or symbols.
    """
    keys = [quantity.key for quantity in cost.quantities]
    total = {key: cost[key] for key in keys}
    if not all(stands_for_one(amount.number) for amount in total.values()):
        raise CostcalcError("costs are compared at sizes that are integers, not at arrays or symbols")
    layers = [_line(cost, row, keys) for row in cost.layers]
    rows = layers
    if depth != "layer":
        inside = dict(zip(cost.graph.nodes, layers, strict=True))
        rows = [_block(row, keys, [inside[node] for node in row.nodes]) for row in cost.by_block(int(depth)).rows]
    return Snapshot(setting, {key: _plain(amount) for key, amount in total.items()}, layers, rows, unknown)


def stands_for_one(number: Any) -> bool:
    """True for None and for one number of any kind, or per axis, not for an array or a symbol."""
    parts = number if isinstance(number, PerAxis) else () if number is None else (number,)
    return all(isinstance(each, float) or is_fraction(each) or known(each) for each in parts)


def _line(cost: Cost, row: Row, keys: Sequence[str]) -> Line:
    node = row.node
    amounts = {key: row[key] for key in keys}
    counted = {**amounts, "mult_adds": row["mult_adds"]}
    formulas = {key: each.formula.digits for key, each in counted.items() if each.formula and each.formula.terms}
    if amounts.get("params", Amount(0)).number:
        formulas["params"] = " + ".join("·".join(map(str, shape)) or "1" for shape in node.facts.weights.values())
    op = str(node.facts.settings.get("aten", node.op))
    return Line(row.name, op, _facts(node), {key: _plain(amount) for key, amount in amounts.items()}, formulas)


def _facts(node: Node) -> str:
    """``1x3x8x8 -> 1x4x8x8; 4x3x1x1, 4``"""
    inputs, outputs = (
        ", ".join(map(joined, shapes)) for shapes in ([t.shape for t in node.inputs], node.facts.outputs)
    )
    weights = ", ".join(map(joined, node.facts.weights.values()))
    return f"{inputs} -> {outputs}" + (f"; {weights}" if weights else "")


def _block(row: Row, keys: Sequence[str], inside: Sequence[Line]) -> Line:
    digest = sha256("\n".join("\t".join(line.signature) for line in inside).encode("utf-8", "surrogatepass"))
    return Line(row.name, row.op, digest.hexdigest(), {key: _plain(row[key]) for key in keys}, {})


def _plain(amount: Amount) -> Amount:
    """The amount as `_amount` reads it back."""
    zero = amount.status in ("counted", "zero") and not amount.number and not isinstance(amount.number, PerAxis)
    return Amount(amount.number, "zero" if zero else amount.status)


def to_data(snapshot: Snapshot) -> dict[str, Any]:
    """Its setting, total and layers as JSON keeps them."""
    return {
        "setting": snapshot.setting,
        "total": _amounts_data(snapshot.total),
        **({"unknown": dict(snapshot.unknown)} if snapshot.unknown else {}),
        "layers": [
            {"name": line.name, "op": line.op, "facts": line.facts, "amounts": _amounts_data(line.amounts),
             "formulas": dict(line.formulas)}
            for line in snapshot.layers
        ],
    }  # fmt: skip


def from_data(data: Any) -> Snapshot:
    """The Snapshot of `to_data`. Raises CostcalcError for the first wrong entry."""
    total = {key: _amount(key, each) for key, each in _object(data, "total").items()}
    found = data.get("layers")
    if not isinstance(found, list):
        raise CostcalcError("layers: expected a list")
    layers = []
    for each in found:
        name, op, facts = (_text(each, key) for key in ("name", "op", "facts"))
        amounts = {key: _amount(key, given) for key, given in _object(each, "amounts").items()}
        if amounts.keys() != total.keys():
            raise CostcalcError(f"layer {name!r:.60}: its amounts are of other quantities than the total")
        formulas = _object(each, "formulas")
        layers.append(Line(name, op, facts, amounts, {key: _text(formulas, key) for key in formulas}))
    if len({line.name for line in layers}) < len(layers):
        raise CostcalcError("layers: two layers have the same name")
    unknown = _object(data, "unknown") if "unknown" in data else {}
    return Snapshot(_text(data, "setting"), total, layers, layers, {key: _text(unknown, key) for key in unknown})


STATUSES = ("counted", "unknown", "not run", "not counted", "lower bound")
"""Statuses that are written with a number; 0 alone is zero."""


def _amounts_data(amounts: Mapping[str, Amount]) -> dict[str, Any]:
    return {key: _amount_data(amount) for key, amount in amounts.items()}


def _amount_data(amount: Amount) -> Any:
    number = _number_data(amount.number)
    return number if amount.status in ("counted", "zero") else {"status": amount.status, "number": number}


def _number_data(number: Any) -> Any:
    """An integer or a float itself; a ratio as ``"3/2"``; numbers per axis as a list."""
    if isinstance(number, PerAxis):
        return [_number_data(each) for each in number]
    return str(number) if is_fraction(number) else number


def _amount(key: str, data: Any) -> Amount:
    if isinstance(data, dict):
        if data.get("status") not in STATUSES:
            raise CostcalcError(f"{key:.60}: {data.get('status')!r:.60} is not a status")
        return Amount(None if data.get("number") is None else _number(key, data["number"]), data["status"])
    number = _number(key, data)
    return Amount(number, "counted" if number or isinstance(number, PerAxis) else "zero")


def _number(key: str, data: Any, axes: bool = True) -> Any:
    """The number of `_number_data`."""
    if isinstance(data, list) and axes:
        return PerAxis(_number(key, each, axes=False) for each in data)
    if type(data) in (int, float) and abs(data) <= MOST:
        return data
    if isinstance(data, str) and len(data) <= LONGEST:
        try:
            return Fraction(data)
        except (ValueError, ZeroDivisionError):
            pass
    raise CostcalcError(f"{key:.60}: {data!r:.60} is not a number")


MOST = 10**120
"""Upper bound of an amount in a file."""

LONGEST = 300
"""Characters of a ratio in a file."""


def _object(data: Any, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise CostcalcError(f"{key:.60}: expected an object")
    return found


def _text(data: Any, key: str) -> str:
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, str):
        raise CostcalcError(f"{key:.60}: expected a text")
    return found


def incomplete(amount: Amount | None) -> bool:
    """True if the true value may be larger than the number."""
    return amount is not None and amount.status in INCOMPLETE
