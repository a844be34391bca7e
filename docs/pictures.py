"""Make the pictures of the README: python docs/pictures.py, or make pictures. Needs Chromium and playwright."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import costcalc

FOLDER = Path(__file__).parent / "pictures"
SIZE = {"width": 1560, "height": 860}


FAMILIES = [
    "googlenet", "vgg11", "vgg13", "vgg16", "vgg19", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "densenet121", "densenet169", "densenet201", "mobilenet_v2", "efficientnet_b0", "efficientnet_b1",
    "efficientnet_b2", "efficientnet_b3", "efficientnet_b4",
]  # fmt: skip
"""The networks of the figure."""


def main() -> None:
    """Write docs/pictures/inspector.png and families.svg."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "families.svg").write_bytes(costcalc.plot_compare(*FAMILIES).render("svg"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "googlenet.html"
        file.write_text(costcalc.inspect("googlenet").render(), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(file.as_uri())
        inspector(page)
        browser.close()


def inspector(page: Page) -> None:
    """The page with one module unfolded, and one of its layers chosen."""
    page.get_by_role("row", name="inception_3a").click()
    page.keyboard.press("ArrowRight")
    page.get_by_role("row", name="5x5 conv").first.click()
    page.wait_for_timeout(500)
    page.screenshot(path=FOLDER / "inspector.png")


if __name__ == "__main__":
    main()
