"""What the page tells of each layer besides its amounts: op, settings, shapes, weights, window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.report.page.expressions import Numbers
from costcalc.spec.facts import Window
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.shapes import joined
from costcalc.spec.sizes import known, symbolic


def layers_data(graph: Graph, numbers: Numbers) -> dict[str, list[Any]]:
    """Columns with an entry per layer. Sizes are numbers of the table; inputs are numbers of layers, or -1, -2, ...

    Raises NotClosed for a size that is not a closed form.
    """
    number: dict[Node | None, int] = {node: i for i, node in enumerate(graph.nodes)}

    def shape(sizes: Sequence[Any]) -> list[int]:
        return [*map(numbers.add, sizes)]

    return {
        "names": [node.name for node in graph.nodes],
        "ops": [node.op for node in graph.nodes],
        "about": [about(node) for node in graph.nodes],
        "settings": [[(key, _parts(v, numbers)) for key, v in node.facts.settings.items()] for node in graph.nodes],
        "inputs": [
            [(-1 - t.index if t.node is None else number[t.node], shape(t.shape)) for t in node.inputs]
            for node in graph.nodes
        ],
        "outputs": [[*map(shape, node.facts.outputs)] for node in graph.nodes],
        "weights": [[(name, joined(graph.weights[name])) for name in node.weights] for node in graph.nodes],
        "windows": [_window(node, numbers) for node in graph.nodes],
    }


def about(node: Node) -> str:
    """The op, and its window if it has one: ``conv 7×7 /2``."""
    window = node.facts.window
    if not isinstance(window, Window) or not all(known(k) for k in window.kernel):
        return str(node.facts.settings.get("aten", node.op))
    stride = "" if set(window.stride) <= {1} else f" /{window.stride[0]}" if len(set(window.stride)) == 1 else ""
    return f"{node.op} {'×'.join(map(str, window.kernel))}{stride}"


def _window(node: Node, numbers: Numbers) -> Any:
    """The window as lists of numbers; a word if it is one; null without a window."""
    window = node.facts.window
    if not isinstance(window, Window):
        return window
    pads = [[numbers.add(before), numbers.add(after)] for before, after in window.padding]
    return [*map(list, (window.kernel, window.stride)), pads, list(window.dilation)]


def _parts(value: Any, numbers: Numbers) -> Any:
    """The text of a setting; a number of the table if it is a size that depends on the input's; or a list of both."""
    if symbolic(value):
        return numbers.add(value)
    if isinstance(value, list | tuple) and any(isinstance(_parts(each, numbers), int) for each in value):
        return [_parts(each, numbers) for each in value]
    return str(value)
