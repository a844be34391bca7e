"""The wheel works away from the checkout, with its tables in it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"costcalc/tables/index.csv", "costcalc/report/page/assets/page.js"} <= {*names}
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(folder / "site"), str(wheel)], check=True, capture_output=True)
    return folder / "site"


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """costcalc from the unpacked wheel alone: the checkout is neither the folder nor on the path."""
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import costcalc; "
        f"assert costcalc.__file__.startswith({str(site)!r}), costcalc.__file__; "
        f"sys.argv = ['costcalc', *{list(arguments)!r}]; from costcalc.__main__ import main; main()"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=site.parent, capture_output=True, text=True, check=False)


def test_the_table_with_the_papers_columns(site: Path) -> None:
    done = run(site, "table", "googlenet")
    assert done.returncode == 0, done.stderr
    assert "1,582,671,872" in done.stdout
    assert "1388K" in done.stdout  # Szegedy et al. 2015, Table 1: read from the tables in the wheel


def test_bad_input(site: Path) -> None:
    done = run(site, "table", "googlnet")
    assert done.returncode == 2
    assert done.stderr.startswith("costcalc: unknown network 'googlnet'")
    assert len(done.stderr.splitlines()) == 1


def test_the_page(site: Path) -> None:
    done = run(site, "inspect", "lenet5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<!doctype html>")
    assert "class Page" in done.stdout
