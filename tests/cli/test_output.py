"""Where reports go: into files, whole or not at all, that keep what they were; into pipes and devices."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from command import printed, refused, shell

from costcalc.cli import options

TABLE = ["table", "vgg16"]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


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
            assert f"{file!r}: its folder does not exist; name a file" in refused(*TABLE, "-o", file)
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
