"""What all commands share: options, formats, files, streams and exit codes."""

import json

import click
import pytest
from command import printed, refused, run

from costcalc.cli import COMMANDS, options

TABLE = ["table", "vgg16"]
NETWORK = [["table", "vgg16"], ["compare", "vgg16", "vgg19"], ["explain", "vgg16", "features.0"]]
NETWORK += [["verify", "vgg16"], ["time", "vgg16"], ["reconcile", "vgg16"]]
EACH = [*NETWORK, ["list"], ["bottleneck", "1x1x1", "--out", "1", "--kernel", "1", "--reduce", "1"]]
EACH += [["published", "googlenet"], ["claims"], ["conventions"]]


@pytest.mark.parametrize("command", EACH, ids=lambda command: command[0])
class TestEveryCommand:
    def test_help(self, command: list[str]) -> None:
        text = printed(command[0], "--help")
        assert text == printed(command[0], "-h")
        assert text.startswith(f"Usage: costcalc {command[0]} ")
        assert f"  costcalc {command[0]}" in text, "no example"

    def test_no_such_option(self, command: list[str]) -> None:
        line = refused(*command, "--bogus")
        assert line.startswith("no such option '--bogus'")
        assert line.endswith(f"; see: costcalc {command[0]} --help")

    @pytest.mark.parametrize("format", ["yaml", "", "TEXT "])
    def test_no_such_format(self, command: list[str], format: str) -> None:
        line = refused(*command, "--format", format)
        assert line.startswith(f"invalid value for '--format': {format!r} is not one of 'text', 'markdown', 'csv'")

    @pytest.mark.parametrize("option", ["--format", "-o"])
    def test_an_option_without_its_value(self, command: list[str], option: str) -> None:
        assert refused(*command, option) == f"option '{option}' requires an argument"

    def test_a_file_in_no_folder_is_told_before_the_work(self, command: list[str]) -> None:
        line = refused(*command, "-o", "/no/such/folder/x")
        assert "'/no/such/folder/x': its folder does not exist; name a file in a folder you can write to" in line


@pytest.mark.parametrize("command", NETWORK, ids=lambda command: command[0])
class TestNetworkOptions:
    @pytest.mark.parametrize("option", ["--batch", "--classes"])
    @pytest.mark.parametrize("value", ["0", "-1", "1e3", "1.5", "٢", "1_000", "", " 1", "1" * 5000])
    def test_no_whole_number(self, command: list[str], option: str, value: str) -> None:
        line = refused(*command, option, value)
        assert line.startswith(f"invalid value for '{option}': {value[:99]!r}"[:99])
        assert len(line) < 400

    @pytest.mark.parametrize("size", ["-3", "1e3", "3x٢٢٤x224", "", "x", "3x", "3,224,224", "3x9999999999x9"])
    def test_no_size(self, command: list[str], size: str) -> None:
        line = refused(*command, "--input", size)
        assert line.startswith(f"invalid value for '--input': {size!r} is not a size (")
        assert line.endswith("expected numbers joined by x, like 3x224x224")

    @pytest.mark.parametrize("size", ["0x0x0", "3x0x224"])
    def test_no_elements(self, command: list[str], size: str) -> None:
        assert refused(*command, "--input", size).startswith("vgg16 takes an input like 3x224x224")

    def test_too_small(self, command: list[str]) -> None:
        line = refused(*command, "--input", "3x16x16")
        assert "layer 'features.30' (max_pool, input 512x1x1)" in line
        assert line.endswith("sizes that work: 3x32x32 and larger")

    def test_no_such_network(self, command: list[str]) -> None:
        name, _, *rest = command
        assert refused(name, "vvg16", *rest).startswith("unknown network 'vvg16'; did you mean vgg16")


def test_no_such_mode() -> None:
    assert refused(*TABLE, "--mode", "test") == "invalid value for '--mode': 'test' is not one of 'eval', 'train'"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["tabel"], "unknown command 'tabel'; did you mean table?"),
        (["foo"], f"unknown command 'foo'; there are {', '.join(COMMANDS)}"),
        ([""], "unknown command ''; there are list"),
        (["--bogus"], "no such option '--bogus'; see: costcalc --help"),
    ],
)
def test_no_such_command(arguments: list[str], line: str) -> None:
    assert refused(*arguments).startswith(line)


def test_no_command_at_all_is_told_how() -> None:
    done = run()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: costcalc")
    assert all(f"\n  {command} " in done.err for command in COMMANDS)


def test_the_version() -> None:
    import costcalc

    assert printed("--version") == f"costcalc {costcalc.__version__}\n"


def test_a_bug_of_ours_is_not_taken_for_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*given: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("costcalc.models.cost_of", bug)
    with pytest.raises(ValueError, match="a bug"):
        run(*TABLE)


def test_a_number_in_python_stays_one() -> None:
    assert options.NUMBER.convert(7, None, None) == 7
    assert options.SIZES.convert((3, 4, 5), None, None) == (3, 4, 5)
    assert options.SIZES.convert("3X004x5", None, None) == (3, 4, 5)
    with pytest.raises(click.BadParameter):
        options.NumberType(most=8).convert("9", None, None)


def test_json_is_utf8_and_ends_in_a_line() -> None:
    text = printed("table", "googlenet", "--depth", "layer", "--format", "json")
    assert text.endswith("}\n")
    assert "64·112·112·3·7·7 = 118,013,952" in text
    assert json.loads(text)["schema"] == 1


WHOLE = [f"table lenet5 {option} {{}}" for option in ("--depth", "--batch", "--classes", "--cache", "--input")]
WHOLE += [
    "table lenet5 --input 1x{}x28",
    "table lenet5 --input a={}",
    "time lenet5 --threads {}",
    "time lenet5 --batch {}",
]
WHOLE += [
    "bottleneck 8x8x8 --out {} --kernel 1 --reduce 1",
    "bottleneck 8x8x8 --out 1 --kernel {} --reduce 1",
    "bottleneck 8x8x8 --out 1 --kernel 1 --reduce {}",
    "bottleneck --out 1 --kernel 1 --reduce 1 -- {}",
    "bottleneck --out 1 --kernel 1 --reduce 1 -- 8x{}x8",
]
"""Each option, or argument, that takes a whole number, or several."""

ABSURD = [
    "9" * 5000,
    f"-{'9' * 5000}",
    f"0x{'f' * 5000}",
    f"1e{'9' * 5000}",
    "0",
    "-0",
    "-1",
    "1e3",
    "1.0",
    "nan",
    "inf",
]
ABSURD += ["1_0", "٢", "１", "²", "+1", "1\n", "\0", "0" * 5000, "1000000000", "None", "true", "\ud800"]


@pytest.mark.parametrize("value", ABSURD, ids=lambda value: repr(value[:20]))
@pytest.mark.parametrize("command", WHOLE)
def test_no_number_is_too_absurd_to_be_told(command: str, value: str) -> None:
    """One line that says what is right, as short as the number is long."""
    line = refused(*(word.replace("{}", value) for word in command.split(" ")))
    if "--input" in command and value == "0":  # an axis without elements, which an ONNX file may have
        assert "like 1x32x32" in line
    else:
        assert "whole number from " in line
    assert len(line) < 700


@pytest.mark.parametrize(
    "value", ["9" * 5000, f"-{'9' * 5000}", "0", "-1", "nan", "inf", "-inf", "1e999", "x", "0x1", ""]
)
def test_nor_is_a_time(value: str) -> None:
    line = refused("time", "lenet5", "--seconds", value)
    assert "--seconds" in line
    assert len(line) < 400


@pytest.mark.parametrize("size", ["x".join(["1"] * 5000), "x" * 5000, "1x" * 5000])
@pytest.mark.parametrize("command", ["table lenet5 --input", "table torch.nn:ReLU --input", "bottleneck"])
def test_sizes_of_too_many_axes(command: str, size: str) -> None:
    if "torch" in command:
        pytest.importorskip("torch")
    rest = ["--out", "1", "--kernel", "1", "--reduce", "1"] if command == "bottleneck" else []
    assert len(refused(*command.split(), size, *rest)) < 1000
