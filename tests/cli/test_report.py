"""`costcalc report`: one folder, the same from run to run, which keeps what others wrote."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from command import printed, refused

pytest.importorskip("matplotlib", reason="the extra plots is not installed")

from costcalc.report.paper import MANIFEST, latex_text, owned

OF_A_NETWORK = ["{}-figure.csv", "{}.csv", "{}.html", "{}.md", "{}.pdf", "{}.png", "{}.svg", "{}.tex"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("report") / "costs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # 2023-11-14
        assert printed("report", "googlenet", "lenet5", "-o", str(made)) == ""
    return made


def test_the_files(folder: Path) -> None:
    names = [each.format(name) for each in OF_A_NETWORK for name in ("googlenet", "lenet5", "compare")]
    names.remove("compare.html")
    names += ["README.md", "sentence.tex", MANIFEST]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert sorted(json.loads((folder / MANIFEST).read_text())["files"]) == sorted(names)


def test_each_says_where_it_comes_from(folder: Path) -> None:
    for path in folder.iterdir():
        if path.suffix not in (".pdf", ".json"):  # compressed, and the manifest
            text = path.read_bytes().decode("utf-8", "replace")
            assert "costcalc 0.1.0" in text, path.name
            assert "2023-11-14" in text or "2023\\-11\\-14" in text, path.name
    for name in ("googlenet.md", "googlenet.csv", "googlenet.tex", "googlenet.html", "googlenet.svg"):
        text = (folder / name).read_text()
        assert "a multiply and its add are 1" in text
        assert "input 3x224x224, batch 1" in text
    assert (
        "googlenet has 6,998,552 params and takes 1.58 G mult-adds (1,582,671,872" in (folder / "README.md").read_text()
    )


@pytest.mark.parametrize(("options", "packages"), [("", "booktabs"), ("[twocolumn]", "booktabs,graphicx")])
def test_tables_compile(options: str, packages: str, folder: Path, tmp_path: Path) -> None:
    """Also without graphicx; with it they are not wider than a column."""
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    inputs = "\n".join(f"\\input{{{folder / name}}}" for name in ("googlenet", "lenet5", "compare", "sentence"))
    head = f"\\documentclass{options}{{article}}\\usepackage{{{packages}}}\\begin{{document}}"
    (tmp_path / "paper.tex").write_text(f"{head}{inputs}\\ref{{tab:compare}}\\end{{document}}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert "Missing character" not in log
    assert ("Overfull \\hbox" in log) == (packages == "booktabs")  # GoogLeNet's is wider than a page of article


def test_again(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same bytes; only files that it wrote are replaced, all others stay."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    copy = tmp_path / "costs"
    shutil.copytree(folder, copy)
    (copy / "notes.md").write_text("mine")
    (copy / "lenet5.tex").write_text("an older one")
    printed("report", "googlenet", "lenet5", "-o", str(copy))
    assert (copy / "notes.md").read_text() == "mine"
    for path in folder.iterdir():
        assert (copy / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_file_that_no_report_wrote_is_kept(tmp_path: Path) -> None:
    (tmp_path / "lenet5.tex").write_text("mine")
    assert "has lenet5.tex, which no report wrote" in refused("report", "lenet5", "-o", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["lenet5.tex"]
    assert (tmp_path / "lenet5.tex").read_text() == "mine"


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tmp_path / "costs")
    assert "did you mean lenet5" in refused("report", "lenet55", "-o", folder)
    assert "missing option" in refused("report", "lenet5")
    assert "a page of neurips has one column" in refused(
        "report", "lenet5", "-o", folder, "--venue", "neurips", "--columns", "2"
    )
    (tmp_path / "file").write_text("")
    assert "is a file; name a folder" in refused("report", "lenet5", "-o", str(tmp_path / "file"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    assert "expected seconds since 1970" in refused("report", "lenet5", "-o", folder)
    assert not Path(folder).exists()


def test_a_manifest_is_data() -> None:
    assert owned('{"written_by": "costcalc", "files": ["a.md", 3]}') == {"a.md"}
    assert [owned(text) for text in ("", "[]", "{", '{"files": ["a"]}', '{"written_by": 1, "files": 3}')] == [set()] * 5


def test_texts_of_latex() -> None:
    assert latex_text("a_b & 5 % {x} \u4e2d") == r"a\_b \& 5 \% \{x\} ?"
