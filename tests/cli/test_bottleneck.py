import json

import pytest
from command import printed, refused

SIZES = ["--out", "32", "--kernel", "5", "--reduce", "16"]


def test_the_5x5_of_the_course_notes() -> None:
    """Ng, "Inception network": 120M multiplications against 12.4M."""
    text = printed("bottleneck", "192x28x28", *SIZES)
    assert "120,422,400 → 12,443,648 mult-adds: 9.68x fewer, 10.33 % of them" in text
    assert "A reduction pays up to a width of 154" in text
    assert "32·28·28·192·5·5" in text
    assert "16·28·28·192·1·1 + 32·28·28·16·5·5" in text


def test_the_schema() -> None:
    said = json.loads(printed("bottleneck", "192x28x28", *SIZES, "--format", "json"))
    assert list(said) == ["schema", "direct", "reduced", "total", "pays_up_to", "variants", "pays"]
    for step in (said["direct"], *said["reduced"]):
        assert list(step) == ["name", "weights", "mult_adds", "formula"]
    assert said["direct"]["mult_adds"] == 120_422_400
    assert said["total"] == {"weights": 15_872, "mult_adds": 12_443_648}
    assert [step["mult_adds"] for step in said["reduced"]] == [2_408_448, 10_035_200]
    assert said["pays_up_to"] == 154


def test_a_width_that_does_not_pay() -> None:
    text = printed("bottleneck", "1x1x1", "--out", "1", "--kernel", "1", "--reduce", "999")
    assert "1 → 1,998 mult-adds: saves nothing" in text
    assert "1 → 1,998 params: saves nothing" in text
    assert "No reduction pays" in text


@pytest.mark.parametrize("size", ["192", "192x28", "192x28x28x28"])
def test_axes_that_are_not_three(size: str) -> None:
    assert refused("bottleneck", size, *SIZES).startswith("bottleneck takes an input like 192x28x28")


@pytest.mark.parametrize("size", ["0x28x28", "", "x", "192×28×28", "192 28 28", "1e2x28x28", "192x28x-28"])
def test_no_size(size: str) -> None:
    line = refused("bottleneck", size, *SIZES)
    assert line.startswith(f"invalid value for 'SIZE': {size!r} is not a size")
    assert line.endswith("like 3x224x224")


@pytest.mark.parametrize("option", ["--out", "--kernel", "--reduce"])
@pytest.mark.parametrize("value", ["0", "-1", "a", "", "1.5", "٣", "1_0", "99999999999999999999"])
def test_no_number(option: str, value: str) -> None:
    line = refused("bottleneck", "192x28x28", *SIZES, option, value)
    assert line == f"invalid value for '{option}': {value!r} is not a whole number from 1 to 999999999"


def test_what_is_missing() -> None:
    assert refused("bottleneck") == "missing argument 'SIZE'; see: costcalc bottleneck --help"
    assert refused("bottleneck", "192x28x28") == "missing option '--out'; see: costcalc bottleneck --help"
    assert refused("bottleneck", "-3", *SIZES) == "no such option '-3'; see: costcalc bottleneck --help"
