"""Pages in a real Chromium: Debian's, driven by playwright. Tests skip, saying so, where either is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")


@contextmanager
def browser() -> Iterator[Any]:
    """A running browser."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@contextmanager
def opened(browser: Any, file: Path, **options: Any) -> Iterator[Any]:
    """A page from a file, ready. Anything on its console, an error or a request to anywhere fails the test."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda asked: None if asked.url == file.as_uri() else wrong.append(f"request: {asked.url}"))
    page.goto(file.as_uri())
    page.wait_for_selector("#layer h2", state="attached")  # not wait_for_function: the page's policy refuses its eval
    yield page
    context.close()
    assert wrong == []


AMOUNTS = """(sizes) => {
  if (page.resize(sizes)) return null;
  const text = (x) => Array.isArray(x) ? x.map(text).join("x") : x === null ? "None"
    : typeof x === "bigint" ? String(x) : typeof x === "number" ? String(x) : `${x.n}/${x.d}`;
  const amount = (each) => `${text(each.number)} ${each.status}`;
  const made = {};
  for (const { key } of page.data.quantities) {
    made[key] = [amount(page.total(key))];
    for (const item of page.items) if (!item.isBlock) made[key].push(amount(page.amounts.of(key, item)));
  }
  return made;
}"""
"""Every amount of the network, and of each layer, at these sizes; null if the page refuses them."""


def amounts(cost: Any) -> dict[str, list[str]]:
    """The same, of a Cost."""

    def text(number: Any) -> str:
        return "x".join(map(str, number)) if isinstance(number, tuple) else str(number)

    return {
        quantity.key: [
            f"{text(each.number)} {each.status}" for each in (cost[quantity.key], *cost.amounts(quantity).values())
        ]
        for quantity in cost.quantities
    }
