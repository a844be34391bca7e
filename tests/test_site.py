"""The site that `make site` built: every link leads somewhere, nothing is fetched from elsewhere, pages fit a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import pytest
from chromium import browser
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
NETWORKS = 131
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
    assert len(pages) > NETWORKS
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
    gallery = Parsed((SITE / "gallery" / "index.html").read_text(encoding="utf-8"))
    pages = [link for link in gallery.links if (SITE / "gallery" / link).with_suffix(".html").is_file()]
    networks = [link for link in dict.fromkeys(pages) if "/" not in link and link not in ("index.html", "tools.html")]
    assert len(networks) == NETWORKS
    for link in networks:
        anchors = Parsed((SITE / "gallery" / link).read_text(encoding="utf-8")).anchors
        assert {"by-block", "totals", "what-the-tools-report", "what-papers-print"} <= anchors


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


class Quiet(SimpleHTTPRequestHandler):
    """Serves the site, and prints nothing."""

    def log_message(self, *_: object) -> None: ...


@contextmanager
def served() -> Iterator[str]:
    """The address of the site on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_on_a_phone() -> None:
    """No request to elsewhere, nothing on the console, nothing wider than the screen."""
    with browser() as running, served() as address:
        page = running.new_context(viewport={"width": 390, "height": 844}).new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else said.append(asked.url))
        for name in LOOKED_AT:
            page.goto(address + name, wait_until="networkidle")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert said == []


def test_headings_sort() -> None:
    with browser() as running:
        page = running.new_page()
        page.goto((SITE / "gallery" / "index.html").as_uri())
        rows = page.locator(".sortable tbody tr")
        page.get_by_role("button", name="params").click()
        assert rows.first.locator("td").first.inner_text() == "lenet5"  # 60,000 or so, the least
        page.get_by_role("button", name="params").click()
        largest = int(rows.first.locator("td").nth(4).inner_text().replace(",", ""))
        assert largest >= int(rows.nth(1).locator("td").nth(4).inner_text().replace(",", "")) > 100_000_000
