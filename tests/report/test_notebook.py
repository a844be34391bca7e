"""What a notebook shows of a Graph, a Cost, a comparison and a sweep: tables with the numbers, and pictures."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy
import pytest

import costcalc
from costcalc.spec import trace
from costcalc.spec.ops import conv, linear

sympy = pytest.importorskip("sympy")

SVG = "{http://www.w3.org/2000/svg}"


def pictures(shown: Any) -> list[str]:
    """The texts of each picture in a cell, joined; each is an SVG file that fetches nothing."""
    html = shown._repr_html_()
    assert len(html) <= 100_000
    found = []
    for source in re.findall(r'<img [^>]*src="data:image/svg\+xml;base64,([^"]+)"', html):
        file = base64.b64decode(source).decode()
        assert not re.search(r"<script|(?:href|src)=\"(?!#)|url\((?!#)", file)
        root = ElementTree.fromstring(file)
        assert root.tag == f"{SVG}svg"
        found.append(" ".join(text for text in root.itertext() if text.strip()))
    return found


def test_a_graph_shows_its_totals_and_its_drawing() -> None:
    """GoogLeNet's inception_3b has 304 M of 1.58 G mult-adds: 19.2 %."""
    graph = costcalc.graph("googlenet")
    html = graph._repr_html_()
    assert "6,998,552" in html
    assert "1,582,671,872" in html
    (drawing,) = pictures(graph)
    for text in ("inception_3b", "19.2%", "304 M", "512×14×14"):
        assert text in drawing


def test_a_cost_shows_its_table_and_its_drawing() -> None:
    cost = costcalc.cost("vgg16", batch=2)
    assert "30,940,528,640" in cost._repr_html_()  # 2 · 15,470,264,320
    (drawing,) = pictures(cost)
    assert "features" in drawing


def test_a_cost_without_mult_adds_is_coloured_by_params() -> None:
    torch = pytest.importorskip("torch")
    cost = costcalc.cost(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 5)))
    (drawing,) = pictures(cost)
    assert "61.0%" in drawing  # (4·5 + 5) of (3·4 + 4) + (4·5 + 5) params: 25 / 41


MANY = ["resnet_cifar1202", "densenet201", "efficientnet_b7"]


@pytest.mark.parametrize("name", MANY)
def test_large_networks_stay_small(name: str) -> None:
    cost = costcalc.cost(name)
    assert len(pictures(cost)) == len(pictures(cost.graph)) == 1
    assert pictures(cost.by_layer()) == []
    assert "The first" in cost.by_layer()._repr_html_()


FIGURES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "compare": (lambda: costcalc.compare("googlenet", "vgg16", "resnet50"), ["vgg16", "params (M)", "mult-adds (G)"]),
    "two quantities": (lambda: costcalc.compare("lenet5", "vgg16", columns=["params", "mult_adds"]), ["lenet5"]),
    "sweep": (lambda: costcalc.sweep("googlenet", range(32, 257, 32), batch=[1, 8]), ["batch 8", "mult-adds (G)"]),
    "many lines": (lambda: costcalc.sweep("lenet5", batch=[*range(1, 99)]), ["mult-adds"]),
    "diff": (lambda: costcalc.diff("resnet18", "resnet34"), ["before", "after", "mult-adds (M)"]),
    "diff of params": (lambda: costcalc.diff("vgg16", "vgg16_bn", columns=["params"]), ["features.1", "params (k)"]),
}


@pytest.mark.parametrize("case", FIGURES)
def test_a_comparison_and_a_sweep_show_a_figure(case: str) -> None:
    make, texts = FIGURES[case]
    report = make()
    (figure,) = pictures(report)
    for text in texts:
        assert text in figure
    assert "<table" in report._repr_html_()


H = sympy.Symbol("H", integer=True, positive=True)

NOT_DRAWN: dict[str, Callable[[], Any]] = {
    "symbols": lambda: costcalc.graph("googlenet", input=(3, H, H)),
    "the cost of symbols": lambda: costcalc.cost("googlenet", input=(3, H, H)),
    "arrays": lambda: costcalc.graph("googlenet", input=(3, numpy.arange(64, 70), 64)),
    "the cost of arrays": lambda: costcalc.cost("googlenet", input=(3, numpy.arange(64, 70), 64)),
    "one quantity": lambda: costcalc.compare("googlenet", "vgg16", columns=["params"]),
    "numbers per axis": lambda: costcalc.sweep("lenet5", batch=[1, 2], columns=["receptive_field"]),
    "no curve": lambda: costcalc.sweep("googlenet", batch=[2]),
    "no difference": lambda: costcalc.diff("googlenet", "googlenet"),
    "too many lines": lambda: costcalc.sweep("lenet5", batch=[*range(1, 30)], classes=[*range(1, 31)]),
}


@pytest.mark.parametrize("case", NOT_DRAWN)
def test_the_table_alone_where_nothing_can_be_drawn(case: str) -> None:
    shown = NOT_DRAWN[case]()
    assert pictures(shown) == []
    assert "<table" in shown._repr_html_()


WITHOUT_MATPLOTLIB = """
import sys
sys.modules["matplotlib"] = None
import costcalc
sweep, pair = costcalc.sweep("lenet5", batch=[1, 2]), costcalc.compare("lenet5", "vgg16")
assert "<table" in sweep._repr_html_() and "<img" not in sweep._repr_html_() + pair._repr_html_()
assert "<img" in costcalc.graph("lenet5")._repr_html_()
"""

NOTHING_BEFORE = """
import sys
import costcalc
shown = costcalc.graph("lenet5"), costcalc.compare("lenet5", "vgg16"), costcalc.sweep("lenet5", batch=[1, 2])
late = {"matplotlib", "costcalc.report.page.svg", "costcalc.report.plots.sweep", "costcalc.report.notebook"}
assert not late & set(sys.modules), late & set(sys.modules)
for each in shown:
    each._repr_html_()
assert late <= set(sys.modules)
"""


@pytest.mark.parametrize("code", [WITHOUT_MATPLOTLIB, NOTHING_BEFORE], ids=["no matplotlib", "nothing before"])
def test_what_is_imported(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_with_markup_are_text() -> None:
    bad = "</td></svg><script>alert(1)</script>&amp;\"'`"

    def net(x: Any) -> Any:
        return linear(conv(x, bad, 4, k=3), f"{bad}2", 5)

    graph = trace(net, (1, 3, 8, 8), name=f"{bad}\x1b")
    for shown in (graph, costcalc.Cost(graph), costcalc.compare(graph, "lenet5"), costcalc.diff(graph, "lenet5")):
        html = shown._repr_html_()
        assert "<script" not in html
        assert "\x1b" not in html
        assert len(pictures(shown)) == 1


def test_a_page_in_a_frame_is_deflated() -> None:
    """A notebook keeps less than the page itself; unpacked it is the page."""
    import html
    import zlib

    inspection = costcalc.inspect("lenet5")
    page = inspection.render()
    (frame,) = re.findall(r'srcdoc="([^"]*)"', inspection._repr_html_())
    (packed,) = re.findall(r"atob\('([^']*)'\)", html.unescape(frame))
    assert zlib.decompress(base64.b64decode(packed)).decode() == page
    assert len(frame) < 0.7 * len(page)
    assert len(costcalc.inspect("googlenet")._repr_html_()) < 100_000
