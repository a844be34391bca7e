"""docs/which-number.md says what is true: its commands print what stands below them, and its figures are computed."""

import re
from pathlib import Path

import pytest
from command import printed

import costcalc

PAGE = (Path(__file__).parents[1] / "docs" / "which-number.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```sh\ncostcalc (.*?)\n```\n\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL)


def test_there_are_examples() -> None:
    assert len(SHOWN) == PAGE.count("```sh") == 2


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_stands_below_it(command: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert printed(*command.split()) == output


def test_the_figures() -> None:
    google, aux = costcalc.cost("googlenet_torchvision"), costcalc.cost("googlenet_aux")
    assert f"{google.params / 1e6:.2f} M params" in PAGE
    assert f"{google.macs / 1e9:.2f} G mult-adds" in PAGE
    assert f"{2 * google.macs / 1e9:.2f} GFLOPs (2 per mult-add)" in PAGE
    assert f"googlenet_aux's {aux.params:,} params" in PAGE
    heads = sum(row.params for row in aux.by_block().rows if row.name.startswith("aux"))
    assert f"the two auxiliary heads are {heads:,}" in PAGE
    paper, torchvision = costcalc.cost("resnet50_paper"), costcalc.cost("resnet50", conventions=["fvcore"])
    assert f"{paper.macs:,} mult-adds as its paper lays it out, {torchvision.macs:,} as torchvision does" in PAGE
    assert f"{torchvision.counts['fvcore'] / 1e9:.2f} G mult-adds (fvcore" in PAGE
