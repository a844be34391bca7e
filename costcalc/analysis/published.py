"""The papers' tables in `tables/`, as printed, beside the computed figures.

index.csv        a line per table: its file, source, year and, if its rows are blocks, its networks
columns.csv      a line per column: the count (one of COUNTS) and the size of a printed unit; `rows` names the
                 rows that a line is for, if a column has two units
differences.csv  a line per cell that is not `exact`, with the reason
A table has a row per block (column `block`; `total` is the whole network), or a row per network (column `network`:
zoo names, `name`: as printed, `input`: if it is not the network's own).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.printed import Agreement, in_unit, judge
from costcalc.spec import CostcalcError, Graph, Shape
from costcalc.spec.shapes import joined, numel

Find = Callable[[str, Shape | None], Graph]
"""Builds a network from its name and an input of (C, H, W), its own if None."""

QUANTITIES = ("params", "ops")
"""Columns of papers that `costcalc table` shows beside its own."""


class Published(NamedTuple):
    """A paper's cells for a network: quantity -> block -> text as printed; and the source."""

    source: str
    cells: dict[str, dict[str, str]]

    def beside(self, rows: Iterable[Row]) -> dict[str, dict[str, str]]:
        """The columns whose blocks are all among these rows."""
        names = {row.name for row in rows}
        return {quantity: cells for quantity, cells in self.cells.items() if names.issuperset(cells)}


class Cell(NamedTuple):
    """One printed cell. `computed` is exact, `in_unit` is the same in the paper's format, with two more digits.

    For an output size, `computed` is the number of elements. `reason` is empty if the verdict is `exact`.

    counts     one of COUNTS, or "output"
    own_input  False for a figure that is printed for another input than the network's own
    """

    row: str
    column: str
    printed: str
    computed: int
    in_unit: str
    verdict: Agreement
    reason: str
    counts: str
    own_input: bool


class PrintedTable(NamedTuple):
    """A paper's table, joined with one network. `by`: block or network; `about`: the count of each column."""

    file: str
    source: str
    by: str
    about: dict[str, str]
    note: str
    cells: list[Cell]


def folder() -> Path:
    """The folder of the tables: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "tables"
    return inside if inside.is_dir() else package.parent / "tables"


@lru_cache
def read(file: str) -> list[dict[str, str]]:
    """The rows of a table, each a dict by column."""
    with open(folder() / file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def published(network: str) -> Published | None:
    """The params and ops that a paper prints by block for a network of the zoo; None if no paper does."""
    for entry in read("index.csv"):
        if network in entry["networks"].split():
            rows = [row for row in read(entry["file"]) if row["block"] != "total"]
            cells = {q: {row["block"]: row[q] for row in rows if row.get(q)} for q in QUANTITIES}
            cells = {q: by_block for q, by_block in cells.items() if by_block}
            if cells:
                return Published(entry["source"], cells)
    return None


def printed_networks() -> list[str]:
    """The networks that a table has a row for, or blocks."""
    names: set[str] = set()
    for entry in read("index.csv"):
        names.update(entry["networks"].split())
        for row in read(entry["file"]):
            names.update(row.get("network", "").split())
    return sorted(names)


def join(network: str, find: Find) -> list[PrintedTable]:
    """Every table with figures of a network, each printed cell beside the computed figure.

    Raises CostcalcError if there is no such table, with the names of the networks that have one.
    """
    if network not in printed_networks():
        raise CostcalcError(f"no paper's table has {network}; there are tables for {', '.join(printed_networks())}")
    tables = []
    for entry in read("index.csv"):
        by_block = network in entry["networks"].split()
        cells = list(_by_block(entry["file"], network, find) if by_block else _by_network(entry["file"], network, find))
        if cells:
            columns = [c for c in read("columns.csv") if c["file"] == entry["file"] and not c["rows"]]
            about = {c["column"]: c["about"] for c in columns}
            by = "block" if by_block else "network"
            tables.append(PrintedTable(entry["file"], entry["source"], by, about, entry["note"], cells))
    return tables


def _by_block(file: str, network: str, find: Find) -> Iterator[Cell]:
    graph = find(network, None)
    for row in read(file):
        yield from _cells(file, network, row["block"], row, graph)


def _by_network(file: str, network: str, find: Find) -> Iterator[Cell]:
    for row in read(file):
        if network in row.get("network", "").split():
            size = tuple(map(int, row["input"].split("x"))) if row.get("input") else None
            graph = find(network, size)
            own = size is None or [t.shape for t in graph.inputs] == [t.shape for t in find(network, None).inputs]
            yield from _cells(file, network, row["name"], row, graph, "total", own)


def _cells(
    file: str,
    network: str,
    name: str,
    row: Mapping[str, str],
    graph: Graph,
    block: str | None = None,
    own_input: bool = True,
) -> Iterator[Cell]:
    """The printed cells of one row, for `block` if given, otherwise for the block `name`."""
    columns = {c["column"]: c for c in read("columns.csv") if c["file"] == file and c["rows"] in ("", name)}
    reasons = {
        (d["row"], d["column"]): d["reason"]
        for d in read("differences.csv")
        if d["file"] == file and network in d["networks"].split()
    }
    for column, what in columns.items():
        printed = row[column]
        if not printed:
            continue
        if what["counts"] == "output":
            text, computed = _output(graph, name)
            verdict: Agreement = "exact" if text == printed else "differs"
        else:
            unit = int(what["unit"])
            computed = figure(graph, what["counts"], block or name)
            text, verdict = in_unit(printed, computed, unit), judge(printed, computed, unit)
        reason = "" if verdict == "exact" else reasons.get((name, column), "")
        yield Cell(name, column, printed, computed, text, verdict, reason, what["counts"], own_input)


def figure(graph: Graph, counts: str, block: str = "total") -> int:
    """One of COUNTS for a block, for the whole network ("total"), or, for neurons, for its input ("input").

    Raises CostcalcError if the mult-adds of a layer are unknown.
    """
    if block == "input":
        return sum(numel(t.shape) for t in graph.inputs)
    layers = [x for x in Cost(graph).layers if block in ("total", x.node.path.partition(".")[0])]
    unknown = [x.name for x in layers if x.macs is None]
    if unknown:
        raise CostcalcError(f"mult-adds of {', '.join(unknown)} are unknown; a printed table needs them all")
    return sum(map(COUNTS[counts], layers))


def _output(graph: Graph, block: str) -> tuple[str, int]:
    """The output of a block in the order of papers, height and width first (1x1 for a vector), and its elements."""
    (shape,) = next(row.outputs for row in Cost(graph).by_block().rows if row.name == block)
    _, channels, *size = shape
    return joined([*(size or [1, 1]), channels]), numel(shape)


def _bias(layer: Row) -> int:
    shape = layer.node.facts.weights.get("bias")
    return numel(shape) if shape else 0


def _neurons(layer: Row) -> int:
    return _outputs(layer) if layer.node.weights else 0


def _connections(layer: Row) -> int:
    """Connections as in LeCun et al. 1998: the inputs that each unit sums, and its bias, but not a coefficient."""
    node = layer.node
    units, biases = numel(node.facts.outputs[0]), numel(node.facts.outputs[0]) if _bias(layer) else 0
    if node.op == "avg_pool":
        return int(units * numel(node.facts.settings["k"]))
    if node.op == "conv" and layer.macs == units:  # one factor per unit: a scaling
        return biases
    return (layer.macs or 0) + biases


def _outputs(layer: Row) -> int:
    return sum(map(numel, layer.node.facts.outputs))


COUNTS: dict[str, Callable[[Row], int]] = {
    "params": lambda layer: layer.params,
    "weights": lambda layer: max(0, layer.params - _bias(layer)),
    "mult-adds": lambda layer: layer.macs or 0,
    "neurons": _neurons,
    "connections": _connections,
    "mult-adds and biases": lambda layer: (layer.macs or 0) + (_outputs(layer) if _bias(layer) and layer.macs else 0),
    "windows and layers": lambda layer: _outputs(layer) if layer.node.op in ("conv", "linear", "max_pool") else 0,
}
"""Counts of a paper's column, for one layer. `weights` are params without biases."""
