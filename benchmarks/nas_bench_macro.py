"""Params and mult-adds of all 6,561 networks of NAS-Bench-Macro, against the benchmark's own figures.

python benchmarks/nas_bench_macro.py        exit code 1 if any differs
"""

from __future__ import annotations

import sys
from time import perf_counter, process_time

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.analysis.published import read


def main() -> int:
    """Print how many agree in both figures, and how long it took."""
    network, rows = zoo.find("nas_bench_macro"), read("nas_bench_macro/cifar10.csv")
    start, before, wrong = perf_counter(), process_time(), []
    for row in rows:
        cost = Cost(network.build(args={"genotype": row["arch"]}))
        if (cost.params, cost.macs) != (int(row["params"]), int(row["flops"])):
            wrong.append(row["arch"])
    seconds, used = perf_counter() - start, process_time() - before
    print(f"{len(rows) - len(wrong):,} of {len(rows):,} networks equal in params and mult-adds; {seconds:.1f} s "
          f"({used:.1f} s of processor): {len(rows) / used:,.0f} networks per second and core")  # fmt: skip
    if wrong:
        print(f"different: {', '.join(wrong[:10])}")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
