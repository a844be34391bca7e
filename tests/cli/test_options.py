"""What all commands share: options, formats, files, streams and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

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
        assert "'/no/such/folder/x' is in no folder that there is; name a file in one you can write to" in line


@pytest.mark.parametrize("command", NETWORK, ids=lambda command: command[0])
class TestNetworkOptions:
    @pytest.mark.parametrize("option", ["--batch", "--classes"])
    @pytest.mark.parametrize("value", ["0", "-1", "1e3", "1.5", "٢", "1_000", "", " 1", "1" * 5000])
    def test_no_whole_number(self, command: list[str], option: str, value: str) -> None:
        line = refused(*command, option, value)
        assert line.startswith(f"invalid value for '{option}': {value[:99]!r}"[:99])
        assert len(line) < 400

    @pytest.mark.parametrize("size", ["0x0x0", "-3", "1e3", "3x٢٢٤x224", "", "x", "3x", "3,224,224", "3x9999999999x9"])
    def test_no_size(self, command: list[str], size: str) -> None:
        line = refused(*command, "--input", size)
        assert line.startswith(f"invalid value for '--input': {size!r} is no size (")
        assert line.endswith("write numbers with x between, like 3x224x224")

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
        (["tabel"], "no such command 'tabel'; did you mean table?"),
        (["foo"], f"no such command 'foo'; there are {', '.join(COMMANDS)}"),
        ([""], "no such command ''; there are list"),
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


def test_a_file_has_what_would_be_printed(tmp_path: Path) -> None:
    for format in options.FORMATS:
        file = tmp_path / f"vgg.{format}"
        file.write_text("what was there before")
        assert printed(*TABLE, "--format", format, "-o", str(file)) == ""
        assert file.read_text(encoding="utf-8") == printed(*TABLE, "--format", format)
        assert file.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert sorted(os.listdir(tmp_path)) == sorted(f"vgg.{format}" for format in options.FORMATS)
    assert printed(*TABLE, "-o", "-") == printed(*TABLE)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("fails", ["os.replace", "os.chmod", "tempfile.mkstemp"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    def no(*given: object, **named: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "old.txt"
    file.write_text("as it was")
    monkeypatch.setattr(fails, no)
    line = refused(*TABLE, "-o", str(file))
    assert line == f"cannot write '{file}': Permission denied; name a file in a folder you can write to"
    assert file.read_text() == "as it was"
    assert os.listdir(tmp_path) == ["old.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "Permission denied" in refused(*TABLE, "-o", str(tmp_path / "x"))


def test_bad_input_writes_no_file(tmp_path: Path) -> None:
    refused("table", "nothing", "-o", str(tmp_path / "x"))
    assert os.listdir(tmp_path) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    for folder in (str(tmp_path), f"{tmp_path}/new/"):
        assert (
            refused(*TABLE, "-o", folder) == f"invalid value for '-o' / '--output': {folder!r} is a folder; name a file"
        )
    assert "'' is in no folder that there is" in refused(*TABLE, "-o", "")
    assert "File name too long" in refused(*TABLE, "-o", str(tmp_path / ("x" * 300)))
    assert os.listdir(tmp_path) == []


def test_a_long_name_that_is_not_too_long(tmp_path: Path) -> None:
    printed(*TABLE, "-o", str(tmp_path / ("x" * 255)))
    assert os.listdir(tmp_path) == ["x" * 255]


def test_a_link_keeps_pointing_at_its_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    printed(*TABLE, "-o", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text(encoding="utf-8") == printed(*TABLE)


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("costcalc.models.cost", stop)
    done = run(*TABLE)
    assert (done.code, done.out, done.err.strip()) == (130, "", "costcalc: stopped")


def test_a_bug_of_ours_is_not_taken_for_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*given: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("costcalc.models.cost", bug)
    with pytest.raises(ValueError, match="a bug"):
        run(*TABLE)


def test_a_number_in_python_stays_one() -> None:
    assert options.NUMBER.convert(7, None, None) == 7
    assert options.SIZES.convert((3, 4, 5), None, None) == (3, 4, 5)
    assert options.SIZES.convert("3X004x5", None, None) == (3, 4, 5)
    with pytest.raises(click.BadParameter):
        options.NumberType(most=8).convert("9", None, None)


def test_the_whole_command_in_a_process_of_its_own() -> None:
    """`python -m costcalc`: exit codes and streams as a shell sees them, and UTF-8 whatever the locale."""
    here = {"capture_output": True, "check": False, "env": {**os.environ, "PYTHONIOENCODING": "latin-1"}}
    command = [sys.executable, "-m", "costcalc"]
    bad = subprocess.run([*command, "table", "googlnet"], **here)  # type: ignore[call-overload]
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert bad.stderr == b"costcalc: unknown network 'googlnet'; did you mean googlenet, googlenet_bn, googlenet_aux?\n"
    sizes = ["192x28x28", "--out", "32", "--kernel", "5", "--reduce", "16"]
    good = subprocess.run([*command, "bottleneck", *sizes], **here)  # type: ignore[call-overload]
    assert (good.returncode, good.stderr) == (0, b"")
    assert "32·28·28·192·5·5" in good.stdout.decode("utf-8")


def test_a_reader_that_has_gone() -> None:
    """``costcalc table ... | head -1``: more than a pipe holds, and nobody to read it."""
    command = [sys.executable, "-m", "costcalc", "table", "resnet152", "--depth", "layer", "--format", "json"]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stderr is not None
    assert writer.stdout.readline() == b"{\n"
    writer.stdout.close()
    assert writer.stderr.read() == b""
    assert writer.wait() == 0
    writer.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "costcalc", *TABLE]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "costcalc: cannot write to standard output: No space left on device\n"
    assert refused(*TABLE, "-o", "/dev/full").startswith("cannot write '/dev/full': No space left on device")


def test_json_is_utf8_and_ends_in_a_line() -> None:
    text = printed("table", "googlenet", "--depth", "layer", "--format", "json")
    assert text.endswith("}\n")
    assert "64·112·112·3·7·7 = 118,013,952" in text
    assert json.loads(text)["schema"] == 1
