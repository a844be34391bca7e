"""Start-up: `costcalc table googlenet` as a whole process, beside Python that imports its printing libraries.

python benchmarks/start.py
"""

from __future__ import annotations

import subprocess
import sys
import time

from tabulate import tabulate

ROUNDS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import click, tabulate'": ["-c", "import click, tabulate"],
    "costcalc table googlenet": ["-m", "costcalc", "table", "googlenet"],
    "costcalc compare googlenet vgg16": ["-m", "costcalc", "compare", "googlenet", "vgg16"],
    "costcalc list": ["-m", "costcalc", "list"],
    "python -c 'import torch'": ["-c", "import torch"],
}


def seconds(arguments: list[str]) -> float:
    """Seconds that a process takes from start to end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the medians; the commands take turns, so that noise of the machine affects all of them."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    medians = {name: sorted(times)[ROUNDS // 2] for name, times in taken.items()}
    base = medians["python -c 'import click, tabulate'"]
    rows = [[name, f"{1e3 * median:.0f}", f"{median / base:.2f}"] for name, median in medians.items()]
    print(
        tabulate(
            rows,
            headers=["process", "ms", "relative to click and tabulate"],
            disable_numparse=True,
            colalign=["left", "right", "right"],
        )
    )


if __name__ == "__main__":
    main()
