"""Make the pictures of the README: python docs/pictures.py, or make pictures. Needs Chromium and playwright."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import costcalc

FOLDER = Path(__file__).parent / "pictures"
SIZE = {"width": 1560, "height": 860}


def main() -> None:
    """Write docs/pictures/inspector.png."""
    FOLDER.mkdir(exist_ok=True)
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
