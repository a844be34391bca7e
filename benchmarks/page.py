"""The inspector page in a real Chromium: its size, its times, and its numbers against Python's.

python benchmarks/page.py                  a table: size of the file, first paint, fold and unfold
python benchmarks/page.py --check [NAME]   every amount at twenty sizes of the input, for every network of the zoo
python benchmarks/page.py --tour [FOLDER]  all that a reader does, on each page, and screenshots
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chromium import AMOUNTS, amounts, browser, opened

import costcalc
from costcalc import zoo
from costcalc.analysis.quantities import of_a_graph
from costcalc.conventions import names

MODELS = (
    "googlenet", "vgg16", "densenet201", "resnet152", "inception_v3", "efficientnet_b7", "resnet_cifar1202",
    "torchvision:vit_b_16", "timm:maxvit_tiny_tf_224", "hf:LlamaForCausalLM input=128",
)  # fmt: skip

UNKNOWN = "None unknown"
"""What the page says of a quantity whose closed form does not hold at a size, such as one that leaves a map of 1."""

FOLD = """(all) => {
  const blocks = page.items.filter((each) => each.parent && each.isBlock);
  const block = blocks.reduce((a, b) => (b.children.length > a.children.length ? b : a));
  if (all) page.openAll(true);
  else page.choose(block.id);
  const times = [];
  for (let i = 0; i < 6; i++) {
    const start = performance.now();
    page.toggle(block.id);
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[3];
}"""
"""Milliseconds of folding or unfolding the block with the most children, layout of the browser included: the median."""

UNFOLD_ALL = """() => {
  const start = performance.now();
  page.openAll(true);
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""


def main(arguments: Sequence[str]) -> None:
    with browser() as running, tempfile.TemporaryDirectory() as folder:
        if arguments[:1] == ["--check"]:
            for network in arguments[1:] or [each.name for each in zoo.all_networks()]:
                print(check(network, running, Path(folder)), flush=True)
            return
        if arguments[:1] == ["--tour"]:
            for model in MODELS:
                tour(model, running, Path(folder), Path(arguments[1]) if arguments[1:] else None)
                print(f"{model}: nothing on the console, no request", flush=True)
            return
        print("| model | layers | page | written in | first paint | fold, unfold | in all unfolded | unfold all |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        for model in arguments or MODELS:
            print(timed(model, running, Path(folder)), flush=True)


def inspected(model: str) -> Any:
    """The page of a model; of a transformer with the number of its token ids behind it."""
    name, _, length = model.partition(" input=")
    return costcalc.inspect(name, **({"input": (int(length),)} if length else {}))


def timed(model: str, running: Any, folder: Path) -> str:
    """A line of the table."""
    file = folder / "page.html"
    start = time.perf_counter()
    made = inspected(model)
    file.write_text(made.render())
    written = time.perf_counter() - start
    with opened(running, file) as page:
        page.screenshot()  # painted by then
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
        fold, unfolded = page.evaluate(FOLD, False), page.evaluate(UNFOLD_ALL)
        fold_all = page.evaluate(FOLD, True)
    return (
        f"| {model} | {len(made.cost.graph.nodes):,} | {file.stat().st_size / 1e3:.0f} kB | {written:.1f} s "
        f"| {max(paint, ready):.0f} ms | {fold:.0f} ms | {fold_all:.0f} ms | {unfolded:.0f} ms |"
    )


def tour(model: str, running: Any, folder: Path, shots: Path | None = None) -> None:
    """Unfold, search, choose in graph and table, sort, colour, other sizes, keys alone; on a phone and in the dark too.

    `opened` raises AssertionError for anything on the console and for any request.
    """
    file = folder / "page.html"
    file.write_text(inspected(model).render())
    name = model.partition(" ")[0].rpartition(":")[2]
    ways = {"light": {}, "dark": {"color_scheme": "dark"}, "phone": {"viewport": {"width": 390, "height": 844}}}
    for way, options in ways.items():
        widest = 390 if way == "phone" else 1440
        with opened(running, file, **options) as page:
            if shots:
                page.screenshot(path=shots / f"{name}-{way}.png", full_page=way == "phone")
            assert page.evaluate("document.documentElement.scrollWidth") <= widest
            page.click("#unfold")
            if shots and way == "light":
                page.screenshot(path=shots / f"{name}-unfolded.png")
            assert page.evaluate("page.rows.order.length === page.items.length - 1")
            page.fill("#search", "conv")
            if page.inner_text("#found") == "0 found":
                page.fill("#search", "linear")
            for _ in range(3):
                page.press("#search", "Enter")
            chosen = page.evaluate("page.items[page.state.selected].name")
            assert page.locator("#body [aria-selected=true] th").get_attribute("title") == chosen
            assert page.locator("#drawing [aria-selected=true]").get_attribute("aria-label").startswith(f"{chosen}, ")
            page.locator("#drawing .item.layer").last.dispatch_event("click")
            page.locator("#body tr").nth(2).click()
            page.locator("#table thead button").first.click()
            page.select_option("#by", "peak_memory")
            page.select_option("#by", "fvcore")
            if page.locator("#sizes input").count():
                before = page.inner_text("#totals")
                page.fill("input[data-size='1']", "257")
                page.press("input[data-size='1']", "Enter")
                assert page.inner_text("#problem") or page.inner_text("#totals") != before
            else:
                assert "one size" in page.inner_text("#sizes")
            page.click("#fold")
            page.focus("#drawing")
            for key in (
                "Home",
                "ArrowDown",
                "Enter",
                "ArrowRight",
                "ArrowDown",
                "ArrowLeft",
                "ArrowLeft",
                "End",
                "+",
                "-",
                "0",
            ):
                page.keyboard.press(key)
            assert page.evaluate("document.activeElement.closest('#drawing') !== null")
            page.locator("#body [aria-selected=true]").focus()
            for key in ("Home", "ArrowRight", "ArrowDown", "End", "ArrowUp"):
                page.keyboard.press(key)
            assert page.evaluate("document.activeElement.closest('#table') !== null")


def check(network: str, running: Any, folder: Path) -> str:
    """Compare every amount, of every layer and of the network, at twenty sizes, odd and even, none of them square.

    Of sizes that the network refuses, twenty are tried on both sides; of others that the page refuses none.
    """
    file = folder / "page.html"
    made = costcalc.inspect(network)
    file.write_text(made.render())
    fixed = {each["key"] for each in made.data["quantities"] if each["fixed"]}
    own = zoo.find(network).input
    draw = random.Random(network)
    equal, refused, wrong, unknown = 0, 0, set[str](), set[str]()
    with opened(running, file) as page:
        for i in range(3000):
            low, high = [(1, 2 * own[1]), (own[1] * 7 // 8, own[1] * 9 // 8), (own[1] - 4, own[1] + 6)][i % 3]
            height, width = draw.randint(max(1, low), high), draw.randint(max(1, low), high)
            batch = draw.randint(1, 64)
            if height == width or (
                refused >= 20 and page.evaluate("(sizes) => page.resize(sizes)", [batch, height, width])
            ):
                continue
            found = page.evaluate(AMOUNTS, [batch, height, width])
            try:
                cost = costcalc.cost(network, (own[0], height, width), batch, columns=of_a_graph(), conventions=names())
            except costcalc.CostcalcError:
                refused += found is None
                wrong |= set() if found is None else {f"not refused at {height}x{width}"}
                continue
            right = amounts(cost)
            bad = {key for key in right if found is None or found[key] != right[key]} - fixed
            untold = {key for key in bad if found is not None and set(found[key]) == {UNKNOWN}}
            unknown |= untold
            bad -= untold
            wrong |= {f"{key} at {batch}x{height}x{width}" for key in bad}
            equal += not bad
            if equal == 20 or len(wrong) > 40:
                break
    size = f"{file.stat().st_size / 1e3:.0f} kB"
    left = f"fixed: {sorted(fixed)}; unknown at some sizes: {sorted(unknown)}"
    result = ", ".join(sorted(wrong)) or "equal"
    return f"{network}: {size}, {equal} sizes equal, {refused} refused by both; {left}; {result}"


if __name__ == "__main__":
    main(sys.argv[1:])
