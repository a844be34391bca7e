"""What papers print stands in the page with the verdicts of `costcalc published`."""

from pathlib import Path
from typing import Any

import pytest
from chromium import opened

import costcalc
from costcalc import zoo
from costcalc.analysis.published import printed_networks


def cells(network: str) -> list[tuple[str, ...]]:
    """Every cell of `costcalc published`: row, printed, computed in its unit, verdict, reason."""
    return [
        (row.get("block") or row["network"], row["printed"], row["in_unit"], row["verdict"], row["reason"] or "")
        for table in costcalc.published(network).data()["tables"]
        for row in table["rows"]
    ]


def test_all_networks_with_printed_figures() -> None:
    """All that are in the zoo, none of a network with other settings, and none of a model from elsewhere."""
    small = [name for name in printed_networks() if len(costcalc.cost(name).graph.nodes) < 60]
    assert {"googlenet", "vgg16", "resnet50", "densenet169", "inception_v3", "mobilenet_v1", "regnet_y_4gf"} <= {
        *printed_networks()
    }
    for network in [*small, "mobilenet_v1"]:
        tables = costcalc.inspect(zoo.find(network).name).data["papers"]
        own = [(row, *rest[2:3], *rest[4:]) for table in tables for row, *rest in table["cells"]]
        assert own == cells(network)
    assert costcalc.inspect("vgg16", classes=10).data["papers"] == []
    assert costcalc.inspect("nin").data["papers"] == []


@pytest.mark.parametrize("network", ["googlenet", "mobilenet_v1", "vgg16", "alexnet_paper"])
def test_verdicts(network: str, chromium: Any, tmp_path: Path) -> None:
    """Each printed cell of a block or of the network is marked with its verdict, once in the panels."""
    file = tmp_path / "page.html"
    file.write_text(costcalc.inspect(network).render())
    marks = {"exact": "✓", "rounded": "≈", "truncated": "≈", "differs": "≠"}
    with opened(chromium, file) as page:
        found = []
        for id in page.evaluate("page.items.filter((each) => each.depth < 2).map((each) => each.id)"):
            page.evaluate("(id) => page.choose(id)", id)
            table = page.get_by_role("group", name="printed in papers")
            for row in table.locator("tbody tr").all() if table.count() else []:
                title, *rest = row.locator("th, td").all_inner_texts()
                found.append((title, *rest[1:3], *rest[3].split(), rest[4]))
        right = sorted((*cell[1:3], marks[cell[3]], *cell[3:]) for cell in cells(network))
        assert sorted(each[1:] for each in found) == right


def test_columns_and_totals(chromium: Any, tmp_path: Path) -> None:
    """Szegedy et al. 2015, Table 1, beside outputs, params and mult-adds; the totals of later papers in the header."""
    file = tmp_path / "page.html"
    file.write_text(costcalc.inspect("googlenet").render())
    with opened(chromium, file) as page:
        assert page.locator("#table thead .printed").all_inner_texts() == [
            "output size, paper", "ops, paper", "params, paper",
        ]  # fmt: skip
        row = page.locator("#table tbody tr", has=page.locator('th[title="inception_3a"]'))
        assert row.locator(".printed").all_inner_texts() == ["28x28x256 ✓", "128M ✓", "159K ≈"]  # 163,328/1024 = 159.5
        assert row.get_by_label("truncated").get_attribute("title") == (
            "truncated: computed 159.50K; 163,328/1024 = 159.5, cut"
        )
        assert page.locator("#totals .papers").all_inner_texts() == ["papers: 6.8 ≠", "papers: 1.5 ≈1550 ≠"]


def test_sizes_of_other_rows_are_not_totals(chromium: Any, tmp_path: Path) -> None:
    """Howard et al. 2017 print mobilenet at four sizes; the header has the one of the network's own input, 224."""
    file = tmp_path / "page.html"
    file.write_text(costcalc.inspect("mobilenet_v1").render())
    with opened(chromium, file) as page:
        assert "569 ✓" in page.inner_text("#totals")
        assert "418" not in page.inner_text("#totals")
        assert "418" in page.inner_text("#layer")
