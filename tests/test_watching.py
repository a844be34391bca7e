"""The watch of the fuzzers sees what it is for."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from watching import watched


def _import_new(folder: Path) -> None:
    (folder / "of_nobody.py").write_text("", encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        import of_nobody  # type: ignore[import-not-found]  # noqa: F401
    finally:
        sys.path.remove(str(folder))
        del sys.modules["of_nobody"]


def _connect(folder: Path) -> None:
    with socket.socket() as mine, pytest.raises(OSError, match="refused"):
        mine.connect(("127.0.0.1", 1))


def _save(folder: Path) -> None:
    pytest.importorskip("torch").save({}, str(folder / "saved"))


SEEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "writing": (lambda folder: open(folder / "a", "w").close(), "open for writing"),
    "appending": (lambda folder: open(folder / "a", "ab").close(), "open for writing"),
    "removing": (lambda folder: (folder / "victim").unlink(), "os.remove"),
    "renaming": (lambda folder: (folder / "victim").rename(folder / "b"), "os.rename"),
    "a folder": (lambda folder: (folder / "d").mkdir(), "os.mkdir"),
    "a process": (lambda folder: subprocess.run([sys.executable, "-c", ""], check=True), "subprocess.Popen"),
    "a connection": (_connect, "socket.connect"),
    "a module": (_import_new, "import: of_nobody"),
    "torch, past Python": (_save, "have changed"),
}


@pytest.mark.parametrize("what", SEEN)
def test_it_sees(what: str, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("as it was", encoding="utf-8")
    do, text = SEEN[what]
    with watched(tmp_path) as seen:
        do(tmp_path)
    assert any(text in each for each in seen), seen


def test_it_sees_nothing_in_reading(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("as it was", encoding="utf-8")
    with watched(tmp_path) as seen:
        assert (tmp_path / "victim").read_text(encoding="utf-8") == "as it was"
    assert seen == []
