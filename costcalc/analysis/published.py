"""What the papers print: the tables in `tables/`, as typed there, against the computed figures.

index.csv        a line a table: its file, source, year, and, where its rows are blocks, the networks it is of
columns.csv      a line a column: what it counts (COUNTS) and what one printed unit stands for; `rows` names
                 the rows that a line is for, where one column has two units
differences.csv  a line a cell that is not `exact`, with the reason
A table has a row a block (column `block`; `total` is the whole network), or a row a network (column `network`:
zoo names, `name`: as printed, `input`: where it is not the network's own).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.printed import Agreement, in_unit, judge
from costcalc.spec import CostcalcError, Graph, Shape
from costcalc.spec.shapes import joined, numel

Find = Callable[[str, Shape | None], Graph]
"""A network by its name, at an input of (C, H, W), its own if None."""

QUANTITIES = ("params", "ops")
"""Columns that `costcalc table` shows beside its own."""


@dataclass(frozen=True, slots=True)
class Published:
    """A paper's cells for a network: quantity -> block -> text as printed, and where it stands."""

    source: str
    cells: dict[str, dict[str, str]]

    def beside(self, rows: Iterable[Row]) -> dict[str, dict[str, str]]:
        """The columns that fit beside these rows: those whose every block is among them."""
        names = {row.name for row in rows}
        return {quantity: cells for quantity, cells in self.cells.items() if names.issuperset(cells)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed cell. `computed` is exact, `in_unit` the same as the paper would write it, to two more digits.

    Of an output size, `computed` is the number of elements. `reason` is empty where the verdict is `exact`.
    """

    row: str
    column: str
    printed: str
    computed: int
    in_unit: str
    verdict: Agreement
    reason: str


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A paper's table, joined with one network. `by`: what a row is, block or network; `about`: what columns count."""

    file: str
    source: str
    by: str
    about: dict[str, str]
    note: str
    cells: list[Cell]


def folder() -> Path:
    """Where the tables lie: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "tables"
    return inside if inside.is_dir() else package.parent / "tables"


@lru_cache
def read(file: str) -> list[dict[str, str]]:
    """The rows of one of the tables, by the names of its columns."""
    with open(folder() / file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def published(network: str) -> Published | None:
    """The params and ops that a paper prints of a network of the zoo by block; None if there are none."""
    for entry in read("index.csv"):
        if network in entry["networks"].split():
            rows = [row for row in read(entry["file"]) if row["block"] != "total"]
            cells = {q: {row["block"]: row[q] for row in rows if row.get(q)} for q in QUANTITIES}
            cells = {q: by_block for q, by_block in cells.items() if by_block}
            if cells:
                return Published(entry["source"], cells)
    return None


def printed_networks() -> list[str]:
    """The networks that a table has a row of, or a block."""
    names: set[str] = set()
    for entry in read("index.csv"):
        names.update(entry["networks"].split())
        for row in read(entry["file"]):
            names.update(row.get("network", "").split())
    return sorted(names)


def join(network: str, find: Find) -> list[PrintedTable]:
    """Every table that prints something of a network, each printed cell beside the computed figure.

    Raises CostcalcError where none does, naming the networks that have one.
    """
    if network not in printed_networks():
        raise CostcalcError(f"no paper's table has {network}; there are tables of {', '.join(printed_networks())}")
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
            yield from _cells(file, network, row["name"], row, find(network, size), "total")


def _cells(
    file: str, network: str, name: str, row: Mapping[str, str], graph: Graph, block: str | None = None
) -> Iterator[Cell]:
    """The printed cells of one row; `block` is what they are of, if `name` does not say it."""
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
        yield Cell(name, column, printed, computed, text, verdict, reason)


def figure(graph: Graph, counts: str, block: str = "total") -> int:
    """One of COUNTS, of a block, of the whole network ("total"), or, of neurons, of its input ("input").

    Raises CostcalcError where the mult-adds of a layer are unknown.
    """
    if block == "input":
        return sum(numel(t.shape) for t in graph.inputs)
    layers = [x for x in Cost(graph).layers if block in ("total", x.node.path.partition(".")[0])]
    unknown = [x.name for x in layers if x.macs is None]
    if unknown:
        raise CostcalcError(f"mult-adds of {', '.join(unknown)} are unknown; a printed table needs them all")
    return sum(map(COUNTS[counts], layers))


def _output(graph: Graph, block: str) -> tuple[str, int]:
    """The output of a block as papers write it, height and width first (1x1 for a vector), and its elements."""
    (shape,) = next(row.outputs for row in Cost(graph).by_block().rows if row.name == block)
    _, channels, *size = shape
    return joined([*(size or [1, 1]), channels]), numel(shape)


def _bias(layer: Row) -> int:
    shape = layer.node.facts.weights.get("bias")
    return numel(shape) if shape else 0


def _neurons(layer: Row) -> int:
    return sum(map(numel, layer.node.facts.outputs)) if layer.node.weights else 0


def _connections(layer: Row) -> int:
    """LeCun et al. 1998: what each unit sums, its bias too; the coefficient of a subsampling map is none."""
    node = layer.node
    units, biases = numel(node.facts.outputs[0]), numel(node.facts.outputs[0]) if _bias(layer) else 0
    if node.op == "avg_pool":
        return int(units * numel(node.facts.settings["k"]))
    if node.op == "conv" and layer.macs == units:  # one factor a unit: it scales
        return biases
    return (layer.macs or 0) + biases


COUNTS: dict[str, Callable[[Row], int]] = {
    "params": lambda layer: layer.params,
    "weights": lambda layer: max(0, layer.params - _bias(layer)),
    "mult-adds": lambda layer: layer.macs or 0,
    "neurons": _neurons,
    "connections": _connections,
}
"""What a paper's column may count, of one layer. `weights` are params without biases."""
