"""The tables of docs/search.md, as Markdown: Table 1's widths, GoogLeNet's front, sampled RegNets, EfficientNet's phi.

python benchmarks/search.py [5a|googlenet|regnet|efficientnet ...]        all of them by default
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import costcalc
from costcalc import zoo
from costcalc.analysis.published import figure
from costcalc.zoo.efficientnet import SCALES
from costcalc.zoo.regnet import PAPERS, X, Y, stages, whole_groups

Rows = Iterator[list[str]]


def five_a() -> Rows:
    """The numbers of filters that give both printed cells of 5a, 1072K and 54M, by the meaning of K."""
    yield ["K", "points", "settings with both cells", "with the params alone", "seconds"]
    wide = "16:784:16"
    free = {"n1": wide, "n3_reduce": "16:416:16", "n3": wide, "n5_reduce": "16:208:16", "n5": wide, "pool_proj": wide}
    for unit, k in (("Ki", "1024"), ("K", "1000")):
        where, start = ["n1+n3+n5+pool_proj=832", f"params=1072{unit}"], process_time()
        both = costcalc.search("inception", free, where=[*where, "mult_adds=54M"], input=(832, 7, 7)).data()
        seconds = process_time() - start
        alone = costcalc.search("inception", free, where=where, input=(832, 7, 7), top=1).data()["feasible"]
        yield [k, f"{20_825 * 26 * 13:,}", f"{both['feasible']:,}", f"{alone:,}", f"{seconds:.1f}"]


def googlenet() -> Rows:
    """Each row of Table 1 at 50, 75, 100, 125 or 150 %: 5^9 networks."""
    free: dict[str, Any] = {"percent.*": "50:150:25"}
    start = process_time()
    front = costcalc.search("googlenet", free, maximize=["params"], minimize=["mult_adds", "activations"]).data()
    seconds, own = process_time() - start, front["own"]
    print(f"{front['points']:,} networks in {seconds:.1f} s of one core: {len(front['rows']):,} on the front; "
          f"{front['better_than_own']:,} beat Table 1's own.\n")  # fmt: skip
    yield ["", *(name.removeprefix("percent.") for name in front["free"]), "params", "mult-adds", "activations"]

    def row(name: str, found: dict[str, Any]) -> list[str]:
        percent = [str(found[key]) for key in front["free"]]
        return [name, *percent, *(f"{found[key]:,}" for key in ("params", "mult_adds", "activations"))]

    yield row("Table 1", own)
    at_least = [each for each in front["rows"] if each["params"] >= own["params"]]
    within = [r for r in front["rows"] if r["mult_adds"] <= own["mult_adds"] and r["activations"] <= own["activations"]]
    yield row("at least its params, least mult-adds", min(at_least, key=lambda r: r["mult_adds"]))
    yield row("at least its params, least activations", min(at_least, key=lambda r: r["activations"]))
    yield row("at most its mult-adds and activations, most params", max(within, key=lambda r: r["params"]))


SAMPLES, WINDOW, MOST_DRAWS = 500, 0.05, 4_000_000


def sampled(random: random.Random) -> dict[str, Any]:
    """Settings as the authors' pycls/sweep draws them: its default ranges, each in its steps."""

    def log_uniform(low: float, high: float, step: float) -> float:
        drawn = math.exp(random.uniform(math.log(low - min(step, low / 2)), math.log(high)))
        return math.ceil(drawn / step) * step

    power = 2 ** random.randrange(3, 8)  # 8 to 128: a power of 2, or from 8 on any multiple of 8
    return {
        "d": random.randint(12, 28),
        "w_0": int(log_uniform(8, 256, 8)),
        "w_a": round(log_uniform(8, 256, 0.1), 1),
        "w_m": round(log_uniform(2, 3, 0.001), 3),
        "g": int(log_uniform(8, 128, 8)) if power >= 8 else power,
    }


def roughly(settings: dict[str, Any]) -> float:
    """Mult-adds of the convolutions of the stages at 224, by hand: which samples are near a network."""
    found, width_in, side = 0, 32, 112
    for width, blocks in stages(*(settings[key] for key in ("d", "w_0", "w_a", "w_m"))):
        group = min(settings["g"], width)
        width, before, side = whole_groups(width, group, True), side * side, side // 2
        at = side * side
        found += width_in * width * (before + at) + blocks * at * width * (width + 9 * group)
        found += (blocks - 1) * at * width * width
        width_in = width
    return found


def regnet() -> Rows:
    """The share of 500 sampled RegNets of the same mult-adds that have fewer activations than a published one."""
    draw = random.Random(0)
    networks = {name: zoo.find(f"{name}_paper" if f"{name}_paper" in PAPERS else name) for name in (*X, *Y)}
    wanted = {name: figure(network.build(), "mult-adds") for name, network in networks.items()}
    near: dict[str, list[dict[str, Any]]] = {name: [] for name in networks}
    for _ in range(MOST_DRAWS):
        settings = sampled(draw)
        if not _has_four_stages(settings):
            continue
        rough = roughly(settings)
        for name, macs in wanted.items():
            if abs(rough - macs) < 1.5 * WINDOW * macs:
                near[name].append(settings)
        if min(map(len, near.values())) >= 2 * SAMPLES:
            break
    yield ["network", "mult-adds", "activations", "samples", "their least", "median", "most", "percentile"]
    for name, network in networks.items():
        acts, found = figure(network.build(), "windows and layers"), []
        for settings in near[name]:
            args = {**settings, "se": 0.25 if name in Y else 0.0, "paper_widths": True}
            graph = network.build(args=args)
            if len(found) < SAMPLES and abs(figure(graph, "mult-adds") - wanted[name]) <= WINDOW * wanted[name]:
                found.append(figure(graph, "windows and layers"))
            if len(found) == SAMPLES:
                break
        found.sort()
        share = round(100 * sum(each < acts for each in found) / len(found))
        cells = [f"{each:,}" for each in (found[0], found[len(found) // 2], found[-1])]
        yield [network.name, f"{wanted[name]:,}", f"{acts:,}", str(len(found)), *cells, f"{share} %"]


def _has_four_stages(settings: dict[str, Any]) -> bool:
    """True if blocks have the powers 0 to 3 of w_m, and four widths: the authors draw again otherwise."""
    d, w_0, w_a, w_m = (settings[key] for key in ("d", "w_0", "w_a", "w_m"))
    if round(math.log((w_0 + w_a * (d - 1)) / w_0) / math.log(w_m)) != 3:
        return False
    powers = {round(math.log((w_0 + w_a * j) / w_0) / math.log(w_m)) for j in range(d)}
    return len(powers) == 4 == len(stages(d, w_0, w_a, w_m))


def efficientnet() -> Rows:
    """phi of the compound scaling (equation 3: 1.1, 1.2, 1.15) as each of width, depth and resolution gives it."""
    yield ["network", "width", "depth", "resolution", "phi of width", "of depth", "of resolution"]
    for name, (width, depth, side, _) in SCALES.items():
        phi = (math.log(width) / math.log(1.1), math.log(depth) / math.log(1.2), math.log(side / 224) / math.log(1.15))
        yield [name, str(width), str(depth), str(side), *(f"{each:.2f}" for each in phi)]


TABLES: dict[str, Callable[[], Rows]] = {
    "5a": five_a, "googlenet": googlenet, "regnet": regnet, "efficientnet": efficientnet,
}  # fmt: skip


def main() -> None:
    """Print the tables that are asked for."""
    for name in sys.argv[1:] or TABLES:
        print(f"## {TABLES[name].__doc__}\n")
        for i, row in enumerate(TABLES[name]()):
            print(f"| {' | '.join(row)} |", flush=True)
            if i == 0:
                print(f"|{'---|' * len(row)}")
        print()


if __name__ == "__main__":
    main()
