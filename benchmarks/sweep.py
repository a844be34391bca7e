"""A million sizes of GoogLeNet, params and mult-adds, as CSV; beside it fvcore and torchinfo, one size at a time.

    python benchmarks/sweep.py [POINTS]

The peers count the torch model of the same network at 224 x 224, built beforehand. They would take at least the time
of one size times the number of points: most of the sizes are larger.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from tabulate import tabulate

from costcalc import zoo

ROUNDS = 5


def median(run: Callable[[], object]) -> float:
    """The median of ROUNDS, after one untimed warm-up, in seconds."""
    run()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[ROUNDS // 2]


def swept(points: int, file: Path) -> tuple[float, float, int]:
    """Seconds of the command and of its processor, and its largest memory in bytes."""
    words = ["sweep", "googlenet", "--input", f"32:{31 + points}", "-o", str(file)]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "costcalc", *words], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used, after.ru_maxrss * 1024


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sizes.csv"
        taken, used, memory = swept(points, file)
        with file.open() as lines:
            assert sum(1 for _ in lines) == points + 1
    import torch  # only now: the memory of a child begins with that of its parent

    from costcalc.convert.to_torch import to_torch
    from costcalc.measure.device import describe
    from costcalc.measure.peers import fvcore, torchinfo

    network = zoo.find("googlenet")
    model, inputs = to_torch(network.build()), (torch.zeros(1, 3, 224, 224),)
    rows = [["costcalc sweep", f"{taken:.2f} s ({used:.2f} s of processor)", "1x"]]
    for name, report in (("fvcore", fvcore.report), ("torchinfo", torchinfo.report)):
        each = median(lambda report=report: report(model, inputs))  # type: ignore[misc]
        rows.append(
            [name, f"{each * points / 3600:.1f} h ({1000 * each:.1f} ms each)", f"{each * points / taken:,.0f}x"]
        )
    print(f"{points:,} sizes of {network.name}; {describe(torch.device('cpu'))}, torch {torch.__version__}")
    print(f"largest memory of the sweep: {memory / 2**20:,.0f} MiB")
    print(tabulate(rows, headers=["", "time", "costcalc is faster by"], disable_numparse=True,
                   colalign=["left", "right", "right"]))  # fmt: skip


if __name__ == "__main__":
    main()
