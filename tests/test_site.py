"""The site that `make site` built: every link leads somewhere, nothing is fetched from elsewhere, pages fit a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from chromium import browser
from markdown_it import MarkdownIt

import costcalc

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
NETWORKS = {network.name for network in costcalc.networks()}
FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href", "video": "src"}
"""Attributes that a browser fetches as it opens a page."""

LOOKED_AT = [
    "index.html", "gallery/index.html", "gallery/googlenet.html", "gallery/inspector/densenet201.html",
    "conventions.html", "conventions/fvcore.html", "api.html", "design.html", "training.html", "which-number.html",
]  # fmt: skip

pytestmark = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the site is not built: make site")


class Parsed(HTMLParser):
    """Anchors of a page, its links, and what a browser fetches for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value for key, value in attrs if value is not None}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        self.links += [given[key] for key in ("href", "src") if key in given]
        if tag in FETCHED and FETCHED[tag] in given and given.get("rel") not in ("prev", "next", "canonical"):
            self.fetched.append(given[FETCHED[tag]])


def elsewhere(link: str) -> bool:
    """True for a link that is not a file beside the page, and not data in it."""
    return urlsplit(link)[:2] != ("", "") and urlsplit(link).scheme != "data"


def wrong(pages: dict[Path, Parsed], root: Path) -> list[str]:
    """Links of the pages that lead to no file or no anchor, and what they fetch from elsewhere."""
    found = []
    for page, parsed in pages.items():
        at = page.relative_to(root)
        found += [
            f"{at} fetches {each}"
            for each in parsed.fetched
            if urlsplit(each).scheme != "data" and urlsplit(each)[:2] != ("", "")
        ]
        for link in dict.fromkeys(parsed.links):
            scheme, host, path, _, anchor = urlsplit(link)
            if scheme or host:
                continue
            start = root if path.startswith("/") else page.parent  # only the page of error 404 has paths of the root
            target = (start / unquote(path).lstrip("/")).resolve() if path else page
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                found.append(f"{at}: {link} leads to no file")
            elif anchor and target in pages and unquote(anchor) not in pages[target].anchors:
                found.append(f"{at}: {link} leads to no anchor")
    return found


def parsed(root: Path) -> dict[Path, Parsed]:
    """Every page below a folder."""
    return {file: Parsed(file.read_text(encoding="utf-8")) for file in sorted(root.resolve().rglob("*.html"))}


def test_every_link_leads_somewhere() -> None:
    pages = parsed(SITE)
    assert len(pages) > len(NETWORKS)
    assert wrong(pages, SITE.resolve()) == []


def test_this_test_would_see_a_wrong_link(tmp_path: Path) -> None:
    links = ["a.html#no", "no.html", "#no", "https://x.org/a", "a.html#b", "#top"]
    text = '<p id="top"></p><img src="//x.org/a.png"><link rel="stylesheet" href="https://x.org/a.css">'
    (tmp_path / "index.html").write_text(text + "".join(f'<a href="{link}">a</a>' for link in links))
    (tmp_path / "a.html").write_text('<p id="b"></p>')
    assert wrong(parsed(tmp_path), tmp_path.resolve()) == [
        "index.html fetches //x.org/a.png",
        "index.html fetches https://x.org/a.css",
        "index.html: a.html#no leads to no anchor",
        "index.html: no.html leads to no file",
        "index.html: #no leads to no anchor",
    ]


def test_a_page_per_network() -> None:
    """It has the sections of its figures, and the gallery leads to it."""
    links = Parsed((SITE / "gallery" / "index.html").read_text(encoding="utf-8")).links
    assert {f"{name}.html" for name in NETWORKS} <= set(links)
    for name in NETWORKS:
        anchors = Parsed((SITE / "gallery" / f"{name}.html").read_text(encoding="utf-8")).anchors
        assert {"by-block", "totals", "what-the-tools-report", "what-papers-print"} <= anchors


def test_the_figures_of_a_page() -> None:
    """GoogLeNet's: params, mult-adds, fvcore's total, as the README has them; and a cell of the paper that differs."""
    shown = Text((SITE / "gallery" / "googlenet.html").read_text(encoding="utf-8")).text
    for figure in (
        "params6,998,552",
        "mult-adds1,582,671,872",
        "fvcore1,582,722,048",
        "conv1params2.7K9,4089.408Kdiffers",
    ):
        assert figure in shown, figure


class Text(HTMLParser):
    """The text of a page, without blanks and signs of anchors; of a page of the site, that of its article."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += re.sub(r"[\s¶]+", "", data)


WRITTEN = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md", "tables/generated/tools.md"]


@pytest.mark.parametrize("page", [*WRITTEN, *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))])
def test_github_shows_the_same(page: str) -> None:
    """As GitHub reads Markdown, so does the site: no list or table is lost."""
    written = re.sub(r"```mermaid\n.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    moved = re.sub("README.md$", "index.md", page.removeprefix("docs/").replace("tables/generated/", "gallery/"))
    html = (SITE / moved).with_suffix(".html").read_text(encoding="utf-8")
    article = re.search(r"<article.*?</article>", html, re.DOTALL)
    assert article is not None
    shown = re.sub(r"<svg.*?</svg>", "", article[0], flags=re.DOTALL)
    github = MarkdownIt("gfm-like", {"linkify": False}).render(written)
    assert Text(github).text in Text(shown).text
    for tag in ("<li", "<td", "<pre", "<h2"):
        assert shown.count(tag) == github.count(tag), tag


@pytest.mark.parametrize("file", [*(ROOT / "examples").glob("*.ipynb")], ids=lambda file: file.name)
def test_a_notebook_is_a_page(file: Path) -> None:
    """It has the outputs that the notebook keeps."""
    html = (SITE / "examples" / file.name).with_suffix(".html").read_text(encoding="utf-8")
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    assert html.count('<div class="output">') == sum(len(cell.get("outputs", ())) for cell in cells) > 0


@contextmanager
def opened(**screen: int) -> Iterator[Any]:
    """A page for the site, from disk. A request to anywhere, an error or anything on the console fails the test."""
    with browser() as running:
        page = running.new_context(viewport=screen).new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.on("request", lambda asked: said.append(asked.url) if elsewhere(asked.url.removeprefix("file:")) else None)
        yield page
        assert said == []


def test_on_a_phone() -> None:
    """Nothing is wider than the screen."""
    with opened(width=390, height=844) as page:
        for name in LOOKED_AT:
            page.goto((SITE / name).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_search() -> None:
    with opened(width=1440, height=900) as page:
        page.goto((SITE / "index.html").as_uri())
        page.get_by_role("textbox", name="Search").click()
        page.keyboard.type("densenet264")
        page.locator(".md-search-result__link", has_text="densenet264").first.click()
        page.wait_for_url("**/gallery/densenet264.html*")


def test_headings_sort() -> None:
    with opened(width=1440, height=900) as page:
        page.goto((SITE / "gallery" / "index.html").as_uri())
        rows = page.locator(".sortable tbody tr")

        def params() -> list[int]:
            return [int(row[4].replace(",", "")) for row in rows.evaluate_all(CELLS)]

        unsorted = params()
        page.get_by_role("button", name="params").click()
        assert params() == sorted(unsorted)
        page.get_by_role("button", name="params").click()
        assert params() == sorted(unsorted, reverse=True)
        page.get_by_role("button", name="name").click()
        names = [row[0] for row in rows.evaluate_all(CELLS)]
        assert names.index("vgg11") < names.index("vgg16")
        assert names.index("densenet_cifar40_k12") < names.index("densenet_cifar100_k12")


CELLS = "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
