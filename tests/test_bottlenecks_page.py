"""docs/bottlenecks.md says what is true: its commands print what stands below them."""

import re
from pathlib import Path

import pytest
from command import printed

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "bottlenecks.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```sh\ncostcalc (.*?)\n```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)


def test_there_are_examples() -> None:
    assert len(SHOWN) == PAGE.count("```sh") == 3


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_stands_below_it(command: str, output: str) -> None:
    assert printed(*command.split()) == output


def test_the_readme_shows_the_same() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```\n( +convolution.*?)```", readme, flags=re.DOTALL)
    assert block in printed("bottleneck", "192x28x28", "--out", "32", "--kernel", "5", "--reduce", "16")


def test_several_values_are_a_curve_in_text_and_numbers_in_csv() -> None:
    command = ["bottleneck", "64x8x8", "--out", "64", "--kernel", "3", "--reduce", "8,16,8"]
    # direct 64·64·9 = 36,864 and reduce 8: 8·64 + 8·64·9 = 5,120, 13.89 %
    rows = printed(*command, "--format", "csv").splitlines()
    assert [row.split(",")[:4] for row in rows[1:]] == [
        ["direct", "36864", "2359296", "100.00"],
        ["reduce 8", "5120", "327680", "13.89"],
        ["reduce 16", "10240", "655360", "27.78"],
    ]
    bars = [line.count("█") for line in printed(*command).splitlines() if "█" in line]
    assert bars == [20, 3, 6]  # of 20 characters: 2.8 and 5.6
