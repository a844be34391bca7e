"""The static drawing is the page's: the same boxes, paths and texts at the same places, whatever is folded."""

import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from chromium import opened

import costcalc
from costcalc.report.page.svg import Drawing

KEPT = ("class", "transform", "d", "x", "y", "width", "height")

SHOWN = """([open, by]) => {
  page.state.open = new Set(open);
  page.layOut();
  page.colourBy(by);
  page.picture.draw(true); // what is out of sight too
  const told = (node) => {
    const values = KEPT.map((key) => node.getAttribute(key) ?? "");
    return [node.tagName, values, node.children.length ? "" : node.textContent];
  };
  return [...page.picture.world.querySelectorAll("*")].map(told);
}""".replace("KEPT", str([*KEPT]))


def drawn(text: str) -> list[Any]:
    """The elements of the file in the order of the document, except the style."""
    root = ElementTree.fromstring(text)
    made = []
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag not in ("svg", "style", "title"):
            made.append([tag, [element.get(key, "") for key in KEPT], "" if len(element) else element.text or ""])
    return made


def test_the_page_and_the_file(chromium: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for network, by in {
        "googlenet": "params",
        "densenet_cifar40_k12": "mult_adds",
        "resnet18": "peak_memory",
        "shufflenet_v2_x0_5": "receptive_field",
        "lenet5": "intensity",
        "mobilenet_v3_small": "fvcore",
    }.items():
        made = costcalc.inspect(network, by=by)
        file.write_text(made.render())
        blocks = [i for i, item in enumerate(Drawing(made.cost, by).items) if item.children]
        draw = random.Random(network)
        with opened(chromium, file) as page:
            for open_items in (made.data["open"], blocks, [0, *draw.sample(blocks, len(blocks) // 2)]):
                assert page.evaluate(SHOWN, [open_items, by]) == drawn(Drawing(made.cost, by, open_items).file())
