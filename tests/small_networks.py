"""Networks small enough to redo by hand, and the rows of what they cost."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.cost import Cost, Row
from costcalc.spec import Facts, Graph, Shape, Tensor, block, concat, conv, outputs, relu, shared
from costcalc.spec.trace import op

IMAGE = (1, 3, 4, 4)


@op
def riddle(x: Shape) -> Facts:
    """An op whose mult-adds are unknown."""
    return Facts((x,), macs=None)


@block
def pair(x: Tensor, width: int) -> Tensor:
    return relu(conv(x, "c", width, k=1, bias=False))


def rows(graph: Graph, by: str, mode: Any = "eval", **more: Any) -> dict[str, Row]:
    return {row.name: row for row in getattr(Cost(graph, mode), f"by_{by}")(**more).rows}


def heads(x: Tensor) -> Any:
    """A stem of 3·4 weights; a main path of 4·5; a head for training, of 4·2 and the stem's weights once more."""
    stem = conv(x, "stem", 4, k=1, bias=False)
    main = relu(conv(stem, "main", 5, k=1, bias=False))
    head = relu(conv(stem, "head.c", 2, k=1, bias=False))
    return outputs(main, train=[concat(head, shared(conv)(x, "stem", 4, k=1, bias=False))])
