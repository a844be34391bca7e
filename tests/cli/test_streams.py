"""Streams that are full, closed or read by nobody; folders that are gone; file names that are not UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import printed, refused, run, shell

from costcalc.cli import COMMANDS, options

TABLE = ["table", "vgg16"]
COSTCALC = [sys.executable, "-m", "costcalc"]
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


class TestFoldersThatAreGone:
    GONE = "mkdir gone && cd gone && rmdir ../gone && "

    @pytest.mark.parametrize("file", ["x", "./x", "../x", "folder/x"])
    def test_no_file_in_one(self, file: str, tmp_path: Path) -> None:
        code, out, err = shell(f"{self.GONE} costcalc table vgg16 -o {file}", tmp_path)
        assert (code, out) == (2, "")
        assert err == (
            f"costcalc: invalid value for '-o' / '--output': '{file}': its folder does not exist; "
            "name a file in a folder you can write to\n"
        )
        assert os.listdir(tmp_path) == []

    def test_elsewhere_all_is_well(self, tmp_path: Path) -> None:
        assert shell(f"{self.GONE} costcalc table vgg16", tmp_path) == (0, printed(*TABLE), "")
        assert shell(f"{self.GONE} costcalc table vgg16 -o {tmp_path}/x", tmp_path) == (0, "", "")
        assert (tmp_path / "x").read_text(encoding="utf-8") == printed(*TABLE)

    @pytest.mark.parametrize("model", ["x.json", "x.onnx", "x"])
    def test_a_model_that_is_not_there(self, model: str, tmp_path: Path) -> None:
        code, out, err = shell(f"{self.GONE} costcalc table {model} --input 4", tmp_path)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
        assert err.startswith("costcalc: ")


class TestNamesThatAreNotUtf8:
    NAME = os.fsdecode(b"\xff\xfe=\x1b[31m.json")

    def test_a_file_is_written_and_read(self, tmp_path: Path) -> None:
        file = f"{tmp_path}/{self.NAME}"
        assert printed("export", "lenet5", "-o", file) == ""
        assert os.listdir(os.fsencode(tmp_path)) == [os.fsencode(self.NAME)]
        plain = str(tmp_path / "plain.json")
        assert printed("export", "lenet5", "-o", plain) == ""
        assert printed("table", file) == printed("table", plain)
        assert printed("export", file) == printed("export", "lenet5")

    @pytest.mark.parametrize("format", options.FORMATS)
    def test_a_model_is_named_so(self, format: str, tmp_path: Path) -> None:
        pytest.importorskip("torch")
        (tmp_path / f"{self.NAME}.py").write_text("from torch import nn\nclass Net(nn.Linear):\n    pass\n")
        model = f"{tmp_path}/{self.NAME}.py:Net"
        arguments = ["--input", "4", "--arg", "in_features=4", "--arg", "out_features=2", "--format", format]
        done = run("table", model, *arguments, "-o", f"{tmp_path}/{self.NAME}")
        assert (done.code, done.err) == (0, "")
        text = Path(f"{tmp_path}/{self.NAME}").read_text(encoding="utf-8")
        assert ("\\udcff\\udcfe=\\" in text.replace("\\\\", "\\").replace("\\textbackslash{}", "\\")) == (
            format != "csv"
        )
        assert text.replace("\n", "").isprintable()

    @pytest.mark.parametrize("ending", ["", ".json", ".onnx", ".py:Net", ":Net"])
    def test_none_is_there(self, ending: str, tmp_path: Path) -> None:
        line = refused("table", f"{tmp_path}/\udcff{ending}", "--input", "4")
        assert line.isprintable()
        assert "\\udcff" in line


SAYS = ["--help", "--version", *(f"{command} --help" for command in COMMANDS), "list", "claims", "export lenet5"]
SAYS += [f"table lenet5 --format {format}" for format in options.FORMATS]
"""Commands that write to standard output, each in another way."""


class TestStreams:
    def test_the_whole_command_in_a_process_of_its_own(self) -> None:
        """`python -m costcalc`: exit codes and streams as a shell sees them, and UTF-8 whatever the locale."""
        here = {"capture_output": True, "check": False, "env": {**os.environ, "PYTHONIOENCODING": "latin-1"}}
        bad = subprocess.run([*COSTCALC, "table", "googlnet"], **here)  # type: ignore[call-overload]
        assert (bad.returncode, bad.stdout) == (2, b"")
        hint = b"did you mean googlenet, googlenet_bn, googlenet_aux?"
        assert bad.stderr == b"costcalc: unknown network 'googlnet'; " + hint + b"\n"
        sizes = ["192x28x28", "--out", "32", "--kernel", "5", "--reduce", "16"]
        good = subprocess.run([*COSTCALC, "bottleneck", *sizes], **here)  # type: ignore[call-overload]
        assert (good.returncode, good.stderr) == (0, b"")
        assert "32·28·28·192·5·5" in good.stdout.decode("utf-8")

    def test_a_reader_that_has_gone(self) -> None:
        """``costcalc table ... | head -1``: more than a pipe holds, and nobody to read it."""
        command = [*COSTCALC, "table", "resnet152", "--depth", "layer", "--format", "json"]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline() == b"{\n"
        writer.stdout.close()
        assert writer.stderr.read() == b""
        assert writer.wait() == 0
        writer.stderr.close()

    @FULL
    @pytest.mark.parametrize("command", SAYS)
    def test_a_full_disk(self, command: str) -> None:
        line = "costcalc: cannot write to standard output: No space left on device\n"
        assert shell(f"costcalc {command} > /dev/full") == (2, "", line)

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_a_disk_that_has_room_for_a_part(self, unbuffered: str, tmp_path: Path) -> None:
        """Files of at most one block: what does not fit is told, and a file that is named is left as it was."""
        start = f"export PYTHONUNBUFFERED={unbuffered}; echo as it was > x; ulimit -f 1; costcalc list --format json"
        line = "costcalc: cannot write to standard output: File too large\n"
        assert shell(f"{start} > y", tmp_path) == (2, "", line)
        line = "costcalc: cannot write 'x': File too large; name a file in a folder you can write to\n"
        assert shell(f"{start} -o x", tmp_path) == (2, "", line)
        assert (sorted(os.listdir(tmp_path)), (tmp_path / "x").read_text()) == (["x", "y"], "as it was\n")

    @pytest.mark.parametrize("command", ["--help", "--version", "verify --help", "table lenet5", "export lenet5"])
    def test_nobody_reads(self, command: str) -> None:
        """Either side's pace: the pipe is closed before the command begins."""
        code, out, err = shell(f"(sleep 0; costcalc {command}; echo $? >&2) | true")
        assert (code, out, err) == (0, "", "0\n")

    @pytest.mark.parametrize("command", ["--help", "--version", "table --help", "table lenet5", "export lenet5"])
    def test_a_stream_that_is_closed(self, command: str) -> None:
        line = "costcalc: cannot write to standard output: Bad file descriptor\n"
        assert shell(f"costcalc {command} >&-") == (2, "", line)

    @pytest.mark.parametrize("error", [">&-", pytest.param("> /dev/full", marks=FULL)])
    @pytest.mark.parametrize("command", ["table none", "", "table x.json", "table vgg16 --batch 0"])
    def test_an_error_that_cannot_be_told(self, command: str, error: str) -> None:
        assert shell(f"costcalc {command} 2{error}") == (2, "", "")
