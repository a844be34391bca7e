"""A quantity in a file of its own, dropped into the registry for the length of a test."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from costcalc.analysis import quantities

TOY = '''
"""Toys: 3 bytes per output channel; those of a pool are unknown, those of a relu zero."""

from costcalc.analysis.quantity import UNKNOWN, Amount, Quantity
from costcalc.spec.count import ZERO, product


class Toys(Quantity):
    key, heading, unit = "toys", "toys", "B"
    note = "Toys: 3 bytes per output channel."

    def of(self, node, run):
        if node.op == "max_pool":
            return UNKNOWN
        return Amount.of(ZERO if node.op == "relu" else product(channels=node.facts.outputs[0][1], bytes=3))


QUANTITY = Toys()
'''


@contextmanager
def dropped_in(folder: Path, key: str, text: str) -> Iterator[None]:
    """While this lasts, the registry finds a file in this folder too."""
    (folder / f"{key}.py").write_text(text, encoding="utf-8")
    quantities.__path__.append(str(folder))
    try:
        yield
    finally:
        quantities.__path__.remove(str(folder))
        sys.modules.pop(f"{quantities.__name__}.{key}", None)
        vars(quantities).pop(key, None)
