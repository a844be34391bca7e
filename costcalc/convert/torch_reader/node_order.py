"""The order of nodes made by several threads: the order in which tasks were submitted, whatever the timing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.thread_state import Line
from costcalc.spec import Node


def put_in_order(builder: GraphBuilder) -> None:
    """Sort the nodes, and number their names, as if each task had run when it was submitted.

    Keeps the order if one thread made all nodes, or if a task has waited for a later one.
    """
    trace, line = builder.trace, builder.thread.line
    ordered = list(_flat(line))
    alone = not any(isinstance(each, list) for each in line)
    if alone or len(ordered) != len(trace.nodes) or not _made_before_read(ordered):
        return
    trace.nodes[:] = ordered
    builder.labels.renumber(ordered)


def _flat(line: Line) -> Iterator[Node]:
    for each in line:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


def _made_before_read(ordered: Sequence[Node]) -> bool:
    made: set[Node] = set()
    for node in ordered:
        if any(t.node is not None and t.node not in made for t in node.inputs):
            return False
        made.add(node)
    return True
