"""The page of two networks in a real Chromium: aligned, folded alike, by mouse and by keys, at other sizes."""

from pathlib import Path
from typing import Any

import pytest
from chromium import opened

import costcalc
from costcalc.spec.ops import conv, relu

CHOSEN = "page.items[page.state.selected].name"


@pytest.fixture(scope="module")
def resnets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(costcalc.inspect("resnet50").beside(costcalc.inspect("resnet101")))
    return file


def test_two_side_by_side(resnets: Path, chromium: Any) -> None:
    """resnet101 has 17 blocks more than resnet50, all in layer3: the same stack of equal neighbours, longer."""
    with opened(chromium, resnets) as page:
        names = page.locator("#body tr.differs th, #body tr.alone th").all_inner_texts()
        assert [name.strip() for name in names] == ["layer3", "1-22 ×22"]
        foot = page.inner_text("#table tfoot")
        assert "25,557,032" in foot
        assert "44,549,160" in foot
        assert "1.74x" in foot  # 44,549,160 / 25,557,032 = 1.743
        page.select_option("#by", "activations")
        assert len(page.locator("#table tfoot td").all()) == 2 + 9
        page.locator('#drawing-1 [aria-label^="layer1.0,"]').click()
        assert page.locator('#drawing-0 [aria-label^="layer1.0,"]').get_attribute("aria-expanded") == "true"
        page.click("#unfold")
        assert page.evaluate("page.rows.order.length") > 345  # all of resnet101's layers, and the blocks
        page.click("#fold")


def test_panel_of_a_pair(resnets: Path, chromium: Any) -> None:
    """Quantities and tools of both sides, with ratios; of the stem, equal; of a block that only B has, its own."""
    with opened(chromium, resnets) as page:
        said = page.inner_text("#layer")
        assert "1.74x" in said
        page.fill("#search", "layer3.17")
        page.press("#search", "Enter")
        assert page.evaluate(CHOSEN) == "layer3.17"
        said = page.inner_text("#layer")
        assert "only in B" in said
        assert "1,117,184" in said  # 1024·256 + 256·256·9 + 256·1024 + 2·(256 + 256 + 1024)
        page.evaluate("page.choose(page.items.find((each) => each.name === 'conv1').id)")
        row = page.locator("#layer tr", has=page.get_by_role("rowheader", name="formula"))
        assert row.locator("td").all_inner_texts()[0].startswith("mult-adds = C_out·H_out·W_out·C_in·k_h·k_w")
        tool = page.locator("#layer tr", has=page.get_by_role("rowheader", name="fvcore"))
        assert tool.locator("td").all_inner_texts() == ["118,013,952", "118,013,952", "="]  # 64·112·112·3·49
        page.click("#next")
        assert page.evaluate(CHOSEN) == "layer3.6"  # the first block that resnet50 does not have


def test_both_at_another_size(resnets: Path, chromium: Any) -> None:
    with opened(chromium, resnets) as page:
        for i, size in enumerate(("2", "320", "451")):
            page.fill(f'input[data-size="{i}"]', size)
            page.press(f'input[data-size="{i}"]', "Enter")
        foot = page.inner_text("#table tfoot")
        for name in ("resnet50", "resnet101"):
            assert f"{costcalc.cost(name, (3, 320, 451), 2).macs:,}" in foot


def test_keys_in_each_graph(resnets: Path, chromium: Any) -> None:
    with opened(chromium, resnets) as page:
        page.focus("#drawing-0")
        for key in ("Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
        assert page.evaluate(CHOSEN) == "layer1"
        assert page.locator('#drawing-1 [aria-label^="layer1,"]').get_attribute("aria-expanded") == "false"
        before = page.evaluate("page.sides.map((each) => each.view.scale)")
        page.focus("#drawing-1")
        page.keyboard.press("+")
        after = page.evaluate("page.sides.map((each) => each.view.scale)")
        assert after[0] == before[0]
        assert after[1] > before[1]
        page.locator('#body tr[aria-selected="true"]').focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate(CHOSEN) == "layer2"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_accessible(resnets: Path, chromium: Any, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(chromium, resnets, color_scheme=scheme, viewport={"width": width, "height": 844}) as page:
        page.click("#next")
        found = axe.Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_sizes_that_are_not_free(chromium: Any, tmp_path: Path) -> None:
    """Of a graph of its own and a network of the zoo: the fields are absent, and the page says of which side."""
    graph = costcalc.trace(lambda x: relu(conv(x, "conv1", 8, k=3)), (1, 3, 32, 32), name="own")
    file = tmp_path / "page.html"
    file.write_text(costcalc.inspect("lenet5").beside(costcalc.inspect(graph)))
    with opened(chromium, file) as page:
        assert page.inner_text("#sizes").startswith("B: This model was read at one size")
        assert page.locator("#sizes input").count() == 0
