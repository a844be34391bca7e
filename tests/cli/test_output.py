"""Where reports go: files, whole or not at all, that keep what they were; streams that are full, closed or gone."""

import os
import shlex
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from command import printed, refused, run

from costcalc.cli import COMMANDS, options

TABLE = ["table", "vgg16"]
COSTCALC = [sys.executable, "-m", "costcalc"]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


def shell(command: str, folder: Path | None = None) -> tuple[int, str, str]:
    """How a line for a shell ended, in which costcalc is the command: exit code, standard output and error."""
    line = f'costcalc() {{ {shlex.quote(sys.executable)} -m costcalc "$@"; }}; {command}'
    package = str(Path(options.__file__).parents[2])
    path = os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    return done.returncode, done.stdout, done.stderr


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class TestFiles:
    def test_a_file_has_what_would_be_printed(self, tmp_path: Path) -> None:
        for format in options.FORMATS:
            file = tmp_path / f"vgg.{format}"
            assert printed(*TABLE, "--format", format, "-o", str(file)) == ""
            assert file.read_text(encoding="utf-8") == printed(*TABLE, "--format", format)
            assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask()
        assert sorted(os.listdir(tmp_path)) == sorted(f"vgg.{format}" for format in options.FORMATS)
        assert printed(*TABLE, "-o", "-") == printed(*TABLE)

    @pytest.mark.parametrize("command", [TABLE, ["export", "lenet5"]], ids=" ".join)
    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o660, 0o666, 0o700, 0o755, 0o777, 0o200, 0o4755, 0o2770])
    def test_a_file_keeps_its_mode(self, mode: int, command: list[str], tmp_path: Path) -> None:
        file = tmp_path / "x"
        file.write_text("what was there before")
        file.chmod(mode)
        printed(*command, "-o", str(file))
        assert stat.S_IMODE(file.stat().st_mode) == mode
        file.chmod(0o600)
        assert file.read_text(encoding="utf-8") == printed(*command)

    @AS_ROOT
    def test_a_file_keeps_its_owner(self, tmp_path: Path) -> None:
        file = tmp_path / "x"
        file.touch()
        file.chmod(0o4711)
        os.chown(file, 12345, 23456)
        file.chmod(0o4711)
        printed(*TABLE, "-o", str(file))
        now = file.stat()
        assert (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode), now.st_size > 0) == (12345, 23456, 0o4711, True)

    @AS_ROOT
    def test_or_it_is_left_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As for another user who may write the file: the owner cannot be kept, so that nothing is written."""

        def no(*given: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        file = tmp_path / "x"
        file.write_text("as it was")
        os.chown(file, 12345, 23456)
        monkeypatch.setattr(os, "chown", no)
        line = refused(*TABLE, "-o", str(file))
        assert line == (
            f"cannot write '{file}': the file would not keep its owner, user 12345 and group 23456; name another file"
        )
        assert (file.read_text(), os.listdir(tmp_path)) == ("as it was", ["x"])

    def test_a_file_keeps_its_attributes_and_is_dated_now(self, tmp_path: Path) -> None:
        file = tmp_path / "x"
        file.touch()
        os.utime(file, (0, 0))
        try:
            os.setxattr(file, "user.costcalc", b"kept")
        except (AttributeError, OSError):
            pytest.skip("no extended attributes here")
        printed(*TABLE, "-o", str(file))
        assert os.getxattr(file, "user.costcalc") == b"kept"
        assert file.stat().st_mtime > 0

    @pytest.mark.parametrize("mode", [0o444, 0o400, 0o555, 0o000])
    @pytest.mark.parametrize(
        "command", ["list", "table vgg16", "export vgg16", "verify vgg16", "conventions", "claims"]
    )
    def test_a_read_only_file_is_refused_before_the_work(self, mode: int, command: str, tmp_path: Path) -> None:
        file = tmp_path / "x"
        file.write_text("as it was")
        file.chmod(mode)
        line = refused(*command.split(), "-o", str(file))
        assert line.endswith(
            f"cannot write '{file}': the file is read-only; allow writing with chmod, or name another file"
        )
        file.chmod(0o600)
        assert (file.read_text(), os.listdir(tmp_path)) == ("as it was", ["x"])

    def test_also_where_it_has_become_so_since(self, tmp_path: Path) -> None:
        from costcalc.cli.output import write
        from costcalc.spec import CostcalcError

        (tmp_path / "x").touch(0o400)
        with pytest.raises(CostcalcError, match="read-only"):
            write(str(tmp_path / "x"), "text")

    @pytest.mark.parametrize("fails", ["os.replace", "os.chmod", "os.utime", "os.stat", "tempfile.mkstemp"])
    def test_a_write_that_fails_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
    ) -> None:
        from costcalc.cli.output import write
        from costcalc.spec import CostcalcError

        def no(*given: object, **named: object) -> None:
            raise PermissionError(13, "Permission denied")

        file = tmp_path / "old.txt"
        file.write_text("as it was")
        with monkeypatch.context() as patch:
            patch.setattr(fails, no)
            with pytest.raises(CostcalcError) as caught:
                write(str(file), "new")
        assert (
            str(caught.value) == f"cannot write '{file}': Permission denied; name a file in a folder you can write to"
        )
        assert (file.read_text(), os.listdir(tmp_path)) == ("as it was", ["old.txt"])

    @pytest.mark.parametrize("stops", [KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit, RuntimeError])
    @pytest.mark.parametrize("there", [True, False])
    def test_no_draft_is_left_whatever_stops_the_write(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops: type[BaseException], there: bool
    ) -> None:
        from costcalc.cli.output import write

        def stop(*given: object) -> None:
            raise stops

        file = tmp_path / "x"
        if there:
            file.write_text("as it was")
        monkeypatch.setattr("os.replace", stop)
        with pytest.raises(stops):
            write(str(file), "new")
        assert os.listdir(tmp_path) == (["x"] if there else [])

    def test_nor_by_a_text_that_has_no_encoding(self, tmp_path: Path) -> None:
        from costcalc.cli.output import write
        from costcalc.spec import CostcalcError

        with pytest.raises(CostcalcError, match="surrogates not allowed"):
            write(str(tmp_path / "x"), "\ud800")
        assert os.listdir(tmp_path) == []

    def test_bad_input_writes_no_file(self, tmp_path: Path) -> None:
        refused("table", "nothing", "-o", str(tmp_path / "x"))
        assert os.listdir(tmp_path) == []

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_an_unwritable_folder(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        assert "Permission denied" in refused(*TABLE, "-o", str(tmp_path / "x"))

    def test_a_long_name_that_is_not_too_long(self, tmp_path: Path) -> None:
        printed(*TABLE, "-o", str(tmp_path / ("x" * 255)))
        assert os.listdir(tmp_path) == ["x" * 255]
        assert "File name too long" in refused(*TABLE, "-o", str(tmp_path / ("x" * 256)))


class TestLinks:
    def test_a_link_keeps_pointing_at_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("folder/file")
        (tmp_path / "folder").mkdir()
        for mode in (0o666 & ~umask(), 0o640):  # a file that is made, and one that is there
            printed(*TABLE, "-o", str(tmp_path / "link"))
            assert os.readlink(tmp_path / "link") == "folder/file"
            assert (tmp_path / "folder/file").read_text(encoding="utf-8") == printed(*TABLE)
            assert stat.S_IMODE((tmp_path / "folder/file").stat().st_mode) == mode or mode == 0o640
            (tmp_path / "folder/file").chmod(0o640)
        assert stat.S_IMODE((tmp_path / "folder/file").stat().st_mode) == 0o640

    def test_what_no_link_leads_to(self, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "lost").symlink_to("none/file")
        (tmp_path / "folder").symlink_to(".")
        (tmp_path / "file").touch(0o400)
        (tmp_path / "read-only").symlink_to("file")
        assert "Too many levels of symbolic links" in refused(*TABLE, "-o", f"{tmp_path}/loop")
        assert "No such file or directory" in refused(*TABLE, "-o", f"{tmp_path}/lost")
        assert "is a folder; name a file" in refused(*TABLE, "-o", f"{tmp_path}/folder")
        assert "the file is read-only" in refused(*TABLE, "-o", f"{tmp_path}/read-only")
        assert sorted(os.listdir(tmp_path)) == ["file", "folder", "loop", "lost", "read-only"]


class TestWhatIsNoFile:
    def test_folders(self, tmp_path: Path) -> None:
        for folder in (str(tmp_path), f"{tmp_path}/new/", ".", "..", "/"):
            line = refused(*TABLE, "-o", folder)
            assert line == f"invalid value for '-o' / '--output': {folder!r} is a folder; name a file"
        for file in ("", f"{tmp_path}/none/x", "/dev/null/x"):
            assert f"{file!r} is in no folder that there is; name a file" in refused(*TABLE, "-o", file)
        assert os.listdir(tmp_path) == []

    def test_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append((tmp_path / "pipe").read_text(encoding="utf-8")))
        reader.start()
        assert printed(*TABLE, "-o", str(tmp_path / "pipe")) == ""
        reader.join()
        assert said == [printed(*TABLE)]
        assert os.listdir(tmp_path) == ["pipe"]

    def test_a_socket(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(f"{tmp_path}/s")
            assert refused(*TABLE, "-o", f"{tmp_path}/s").startswith(f"cannot write '{tmp_path}/s': No such device")

    def test_devices(self) -> None:
        assert printed(*TABLE, "-o", "/dev/null") == ""
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    @FULL
    def test_a_full_one(self) -> None:
        assert refused(*TABLE, "-o", "/dev/full").startswith("cannot write '/dev/full': No space left on device")

    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    def test_other_names_of_standard_output(self, name: str, tmp_path: Path) -> None:
        """Into a pipe, and between what others write to the same file."""
        assert shell(f"costcalc table vgg16 -o {name} | cat") == (0, printed(*TABLE), "")
        assert shell(f"(echo before; costcalc table vgg16 -o {name}; echo after) > x", tmp_path) == (0, "", "")
        assert (tmp_path / "x").read_text(encoding="utf-8") == f"before\n{printed(*TABLE)}after\n"
        assert shell("echo more >> x; costcalc list --family vgg -o /dev/stderr 2>> x", tmp_path) == (0, "", "")
        lists = f"before\n{printed(*TABLE)}after\nmore\n{printed('list', '--family', 'vgg')}"
        assert (tmp_path / "x").read_text(encoding="utf-8") == lists


class TestFoldersThatAreGone:
    GONE = "mkdir gone && cd gone && rmdir ../gone && "

    @pytest.mark.parametrize("file", ["x", "./x", "../x", "folder/x"])
    def test_no_file_in_one(self, file: str, tmp_path: Path) -> None:
        code, out, err = shell(f"{self.GONE} costcalc table vgg16 -o {file}", tmp_path)
        assert (code, out) == (2, "")
        assert err == (
            f"costcalc: invalid value for '-o' / '--output': '{file}' is in no folder that there is; "
            "name a file in one you can write to\n"
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
        assert printed("table", file) == printed("table", "lenet5")
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
