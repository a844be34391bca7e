"""The modules of a model that was read, as it holds them: one instance may have several parents, or several names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple


class HeldModule(NamedTuple):
    """A module of a model.

    path      the first path under which the model holds it; "" is the model
    kind      its class, with the Python module that defines it
    children  numbers of the modules that it holds, by their names in it; larger than its own number
    weights   names of its own parameters in the graph, by their names in it. A tied one has the name of the first
    masked    elements that a mask leaves, by names of pruned parameters
    scripted  True for a module of torch.jit
    """

    path: str
    kind: str
    children: Mapping[str, int]
    weights: Mapping[str, str]
    masked: Mapping[str, int]
    scripted: bool = False

    @property
    def distinct(self) -> tuple[int, ...]:
        """Numbers of its children, each once, as ``torch.nn.Module.children`` gives them."""
        return tuple(dict.fromkeys(self.children.values()))


class HeldModules:
    """All modules of a model, parents before children, and the calls of them.

    modules  the first is the model; empty for a network that was not read
    called   numbers of the modules that were called, in the order in which the calls began
    """

    def __init__(self, modules: tuple[HeldModule, ...] = (), called: tuple[int, ...] = ()) -> None:
        self.modules, self.called = modules, called

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each module, by path."""
        return {module.path: i for i, module in enumerate(self.modules)}

    @cached_property
    def ways(self) -> tuple[int, ...]:
        """How many ways lead down to each module, from parents to their distinct children."""
        ways = [0] * len(self.modules)
        ways[:1] = [1] * len(ways[:1])
        for number, module in enumerate(self.modules):
            for child in module.distinct:
                ways[child] += ways[number]
        return tuple(ways)

    @cached_property
    def weights(self) -> tuple[frozenset[str], ...]:
        """The names of all parameters in each module and below it."""
        found: dict[int, frozenset[str]] = {}
        for number in range(len(self.modules) - 1, -1, -1):
            module = self.modules[number]
            found[number] = frozenset(module.weights.values()).union(*(found[child] for child in module.distinct))
        return tuple(found[number] for number in range(len(self.modules)))

    def first(self, path: str) -> str:
        """The first path of the module that is held under a path; a path that leads nowhere is returned unchanged."""
        number = 0
        for name in path.split(".") if path and self.modules else ():
            if name not in self.modules[number].children:
                return path
            number = self.modules[number].children[name]
        return self.modules[number].path if self.modules else path

    def times(self, path: str) -> int:
        """How many ways lead down to the module of that path; 1 if it is not held, or the network was not read."""
        return self.ways[self.numbers[path]] if path in self.numbers else 1

    def summed(self, own: Mapping[str, int]) -> dict[str, int]:
        """A number for each module: its own, and those of its distinct children. By path."""
        sums: dict[str, int] = {}
        for module in reversed(self.modules):
            sums[module.path] = own.get(module.path, 0) + sum(sums[self.modules[c].path] for c in module.distinct)
        return sums


NOT_READ = HeldModules()
"""What is known of the modules of a network that was not read."""
