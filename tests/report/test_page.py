"""The page in a real Chromium: what a reader does with it, by mouse, by keys, in the dark, on a phone."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from chromium import opened

import costcalc
from costcalc.spec.ops import conv, flatten, linear, relu
from costcalc.spec.trace import block

CHOSEN = "page.items[page.state.selected].name"


@pytest.fixture(scope="module")
def googlenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "googlenet.html"
    file.write_text(costcalc.inspect("googlenet").render())
    return file


def row(page: Any, name: str) -> Any:
    (number,) = page.evaluate("(name) => page.items.filter((each) => each.name === name).map((each) => each.id)", name)
    return page.locator(f'#table tr[data-id="{number}"]')


def test_at_first(googlenet: Path, chromium: Any) -> None:
    """22 blocks and layers, with the totals, and the paper's cells beside the computed ones."""
    with opened(chromium, googlenet) as page:
        assert page.inner_text("h1") == "googlenet"
        assert page.locator("#table tbody tr").count() == 22
        assert page.evaluate("page.picture.at.size") == 22
        assert "1,582,671,872" in page.inner_text("#table tfoot")
        assert "1.58 G" in page.inner_text("#totals")
        assert "1388K" in row(page, "inception_5b").inner_text()  # Szegedy et al. 2015, Table 1


def test_fold_and_choose_in_both(googlenet: Path, chromium: Any) -> None:
    with opened(chromium, googlenet) as page:
        page.locator('#drawing [aria-label^="inception_3a,"]').click()
        assert row(page, "inception_3a").get_attribute("aria-expanded") == "true"
        row(page, "inception_3a.3x3").click()
        assert page.locator('#drawing [aria-label^="inception_3a.3x3,"]').get_attribute("aria-selected") == "true"
        said = page.inner_text("#layer")
        assert "C_out·H_out·W_out·C_in·k_h·k_w" in said
        assert "128·28·28·96·3·3" in said
        assert "86,704,128" in said  # 128·28·28·96·9
        assert "counts mult-adds, without the bias" in said  # why fvcore counts as it does
        row(page, "inception_3a").locator(".sign").click()
        assert page.locator("#table tbody tr").count() == 22


def test_sorted_searched_coloured(googlenet: Path, chromium: Any) -> None:
    with opened(chromium, googlenet) as page:
        page.get_by_role("button", name="params", exact=True).click()
        assert page.locator("#table tbody th").first.inner_text() == "inception_5b"  # 1,444,080: the most
        page.fill("#search", "3b.5x5")
        assert page.inner_text("#found") == "4 found"  # the reduction, the convolution, and a relu each
        page.press("#search", "Enter")
        assert page.evaluate(CHOSEN) == "inception_3b.5x5_reduce"
        page.select_option("#by", "params")
        page.click("#fit")
        assert "heat6" in page.locator('#drawing [aria-label^="inception_5b,"]').get_attribute("class")  # 20.6 %
        assert page.locator('#drawing [aria-label^="pool1,"]').get_attribute("class").endswith("heat0")


def test_other_sizes(googlenet: Path, chromium: Any) -> None:
    with opened(chromium, googlenet) as page:
        for i, size in enumerate(("2", "320", "451")):
            page.fill(f'input[data-size="{i}"]', size)
            page.press(f'input[data-size="{i}"]', "Enter")
        macs = costcalc.cost("googlenet", (3, 320, 451), 2).macs
        assert f"{macs:,}" in page.inner_text("#table tfoot")
        row(page, "conv1").locator(".sign").click()
        row(page, "conv1.7x7").click()
        assert "2·64·160·226·3·7·7" in page.inner_text("#layer")
        page.get_by_role("button", name="reset").click()
        assert "1,582,671,872" in page.inner_text("#table tfoot")
        page.fill('input[data-size="1"]', "0")
        page.press('input[data-size="1"]', "Enter")
        assert page.inner_text("#problem") == "expected whole numbers from 1"
        assert "1,582,671,872" in page.inner_text("#table tfoot")


def test_by_keys_alone(googlenet: Path, chromium: Any) -> None:
    with opened(chromium, googlenet) as page:
        page.focus("#drawing")
        for key in ("End", "Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        assert page.evaluate(CHOSEN) == "conv2.3x3_reduce"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(CHOSEN) == "conv2"
        assert row(page, "conv2").get_attribute("aria-expanded") == "false"
        row(page, "conv2").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowDown")
        assert page.evaluate(CHOSEN) == "conv2.3x3_reduce"
        page.focus("#drawing")
        before = page.evaluate("page.view.scale")
        page.keyboard.press("+")
        assert page.evaluate("page.view.scale") > before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_accessible(googlenet: Path, chromium: Any, scheme: str, width: int) -> None:
    """No violation of axe's rules; on a phone nothing is wider than the screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(chromium, googlenet, color_scheme=scheme, viewport={"width": width, "height": 844}) as page:
        page.evaluate("page.choose(page.items.find((each) => each.name === 'conv2.3x3').id)")
        found = axe.Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_saved_as_svg(googlenet: Path, chromium: Any, tmp_path: Path) -> None:
    with opened(chromium, googlenet) as page:
        with page.expect_download() as waiting:
            page.click("#download")
        waiting.value.save_as(tmp_path / "saved.svg")
        made = (tmp_path / "saved.svg").read_text()
        assert waiting.value.suggested_filename == "googlenet.svg"
        assert made.startswith("<svg")
        assert "--h7: #ac2a17" in made  # its colours are its own
        page.emulate_media(media="print")
        assert page.is_hidden(".controls")


def test_names_are_text(chromium: Any, tmp_path: Path) -> None:
    """Markup in names, the end of a script element, signs that turn the direction of writing, our own placeholders."""
    hostile = "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "a&amp;b{{x}}"

    @block
    def inside(x: Any) -> Any:
        return relu(conv(x, hostile[1], 4, k=3))

    def net(x: Any) -> Any:
        return linear(flatten(inside(conv(x, hostile[0], 4, k=3), "b")), hostile[2], 3)

    graph = costcalc.trace(net, (1, 3, 8, 8), name=" & ".join((*hostile, "a\u202eb", "@@data@@")))
    made = costcalc.inspect(graph)
    file = tmp_path / "page.html"
    file.write_text(made.render())
    with opened(chromium, file) as page:
        assert "<img src=x" in page.inner_text("h1")
        page.evaluate("page.openAll(true)")
        page.evaluate("page.items.forEach((each) => page.choose(each.id))")
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 2
        assert "\u202e" not in page.inner_text("body")
        assert page.locator("#sizes").inner_text().startswith("This model was read at one size")
    assert json.dumps(made.data["layers"]["names"][0]) == json.dumps(hostile[0])


class Nothing(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Unknown(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> Any:
        return torch.linalg.svdvals(x)


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (Nothing(), {"input": (4, 4)}, "0 layers"),
        (torch.nn.ReLU(), {"input": (4,)}, "relu"),
        (torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout()), {"input": (4, 4)}, "flatten"),
        (Unknown(), {"input": (8, 8)}, "unknown"),
        ("lenet5", {"batch": 10**17}, "32,809,600,000,000,000,000,000"),  # 328,096 per image
        ("lenet5", {"on": "h100", "by": "bound"}, "bound"),
    ],
)
def test_unusual_models(model: Any, options: dict[str, Any], said: str, chromium: Any, tmp_path: Path) -> None:
    """No layer, one, none with a cost, unknown costs, numbers beyond 64 bits, on a device; and each beside another."""
    file = tmp_path / "page.html"
    made = costcalc.inspect(model, **options)
    file.write_text(made.render())
    with opened(chromium, file) as page:
        page.evaluate("page.openAll(true)")
        page.evaluate("page.items.forEach((each) => page.choose(each.id))")
        page.evaluate("page.data.quantities.forEach((each) => page.colourBy(each.key))")
        page.evaluate("page.choose(0)")
        text = page.inner_text("body")
        assert said in text
        assert [each for each in ("NaN", "undefined", "[object") if each in text] == []
        page.focus("#drawing")
        page.keyboard.press("ArrowDown")
        if page.locator("#sizes input").count():
            page.get_by_role("button", name="reset").click()
            assert page.inner_text("#problem") == ""
    file.write_text(made.beside(costcalc.inspect("lenet5")))
    with opened(chromium, file) as page:
        page.evaluate("page.openAll(true)")
        page.evaluate("page.items.forEach((each) => page.choose(each.id))")
