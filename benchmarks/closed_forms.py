"""The closed forms of the whole zoo against the integers at random sizes: multiples of 32 and not, square and not.

    python benchmarks/closed_forms.py [POINTS]

Each formula is evaluated as the Python text that `costcalc formula` prints. Exits with 1 if any number differs.
"""

from __future__ import annotations

import random
import sys

import sympy

from costcalc import zoo
from costcalc.analysis.closed_form import as_python, closed_form
from costcalc.analysis.cost import Cost
from costcalc.models import quantities
from costcalc.spec import CostcalcError, Network

KEYS = ("params", "mult_adds", "activations")
SYMBOLS = sympy.symbols("H N W", integer=True, positive=True)


def points(network: Network, count: int, draw: random.Random) -> list[tuple[int, int, int]]:
    """H, N and W near the network's own: in turn square multiples of 32, other multiples, square sizes, any sizes."""
    side, found = network.input[1], []
    for i in range(count):
        h, w = (draw.randint(max(side // 2, 1), 3 * side) for _ in range(2))
        h, w = (max(32, 32 * (h // 32)), max(32, 32 * (w // 32))) if i % 4 < 2 else (h, w)
        found.append((h, draw.randint(1, 9), h if i % 2 == 0 else w))
    return found


def main() -> None:
    """Print a line per network whose formula differs, and the number of comparisons."""
    count, draw = int(sys.argv[1]) if len(sys.argv) > 1 else 8, random.Random(14)
    compared = refused = wrong = 0
    for network in zoo.all_networks():
        h, n, w = SYMBOLS
        shown = quantities(KEYS)
        form = closed_form(Cost(network.build((network.input[0], h, w), n), quantities=shown), "", SYMBOLS)
        codes = {key: compile(as_python(form.formulas[key]), key, "eval") for key in KEYS}
        holds = [compile(condition, "condition", "eval") for condition in form.holds]
        for point in points(network, count, draw):
            given = dict(zip("HNW", point, strict=True))
            works = all(eval(condition, {"max": max}, given) for condition in holds)
            try:
                cost = Cost(network.build((network.input[0], point[0], point[2]), point[1]), quantities=shown)
            except CostcalcError:
                refused += 1
                wrong += works
                continue
            found = {key: eval(code, {"max": max}, given) for key, code in codes.items()}
            compared += len(KEYS)
            if not works or found != {key: cost[key].number for key in KEYS}:
                wrong += 1
                print(f"{network.name} differs at {given}")
    print(
        f"{compared:,} numbers of {len(zoo.all_networks())} networks compared, {wrong} wrong; {refused} points refused"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
