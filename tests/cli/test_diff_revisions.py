"""costcalc diff MODEL --rev A..B: one model of a git repository at two revisions."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from command import refused, run, shell

import costcalc
from costcalc.api import revisions
from costcalc.spec.request import Request

GIT = shutil.which("git")
pytestmark = pytest.mark.skipif(GIT is None, reason="git is not installed")

NET = """
import costcalc
from sizes import WIDTH
from costcalc.spec import conv, relu

def net(x):
    return conv(relu(conv(x, "stem", WIDTH, k=1, bias=False)), "out", 2, k=1, bias=False)

def Net(batch=1):
    print("hello from the model")
    return costcalc.trace(net, (batch, 3, 8, 8))
"""


def git(*words: str, folder: Path) -> str:
    own = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits of a model whose width is in another file, and a change that is not committed."""
    made = tmp_path / "mine"
    made.mkdir()
    monkeypatch.chdir(made)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    git("init", "-q", "-b", "main", folder=made)
    (made / "net.py").write_text(NET)
    (made / ".gitattributes").write_text("sizes.py export-ignore\n")
    for width in (4, 6):
        (made / "sizes.py").write_text(f"WIDTH = {width}\n")
        costcalc_json(made / "small.json", width)
        git("add", "-A", folder=made)
        git("commit", "-q", "-m", f"width {width}", folder=made)
    (made / "sizes.py").write_text("WIDTH = 99\n")
    return made


def costcalc_json(file: Path, width: int) -> None:
    """The same network as a file."""
    from costcalc.convert.data import to_data
    from costcalc.report.json_text import to_json
    from costcalc.spec import conv

    graph = costcalc.trace(lambda x: conv(x, "stem", width, k=1, bias=False), (1, 3, 8, 8), name="small")
    file.write_text(to_json(to_data(graph)))


def state(folder: Path) -> dict[str, object]:
    """All that must not change: files, index, branches, worktrees, and folders of our own in the temporary one."""
    files = {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {"files": files, "temporary": sorted(Path(tempfile.gettempdir()).glob("costcalc.*"))}


def test_a_python_file(folder: Path) -> None:
    """3·4 + 4·2 params become 3·6 + 6·2; what is not committed is not read, nothing of the repository changes."""
    pytest.importorskip("torch")
    before = state(folder)
    code, out, err = shell("costcalc diff net.py:Net --rev HEAD~1..HEAD --format json", folder)
    assert code == 1, err
    assert "hello from the model" in err
    said = json.loads(out)
    assert said["total"]["params"] == {"old": 20, "new": 30, "difference": 10, "growth": 0.5}
    assert said["old"].startswith("net.py:Net at HEAD~1 (")
    assert (
        said["new"]
        == f"net.py:Net at HEAD ({git('rev-parse', 'HEAD', folder=folder)[:10]}): input 3x8x8, batch 1, eval mode"
    )
    assert {each["new_name"] for each in said["changes"]} >= {"stem", "out"}
    assert state(folder) == before


def test_a_file_of_data(folder: Path) -> None:
    """As a user of CI sees it: from the base of a pull request to its head."""
    base, head = git("rev-parse", "HEAD~1", folder=folder), git("rev-parse", "HEAD", folder=folder)
    before = state(folder)
    words = ["diff", "small.json", "--rev", f"{base}..{head}"]
    done = run(*words, "--fail-over", "mult_adds=5%", "--format", "markdown")
    assert done.code == 1
    assert done.out.startswith("<!-- costcalc diff small.json -->\n")
    assert "OVER  mult-adds: +50.0 %, at most 5 % allowed; the layer that grew most: stem, by 384" in done.out
    assert 64 * 3 * 6 - 64 * 3 * 4 == 384
    assert f"old  small.json at {base[:10]}: input 3x8x8" in done.out
    assert run(*words, "--fail-over", "mult_adds=50%").code == 0
    assert run("diff", "small.json", "--rev", "main..HEAD").code == 0
    assert run("diff", "small.json", "--rev", "HEAD~1..").code == 1
    assert run("diff", "small.json", "--rev", "HEAD~1..main", "--columns", "buffers").code == 1  # layers differ
    assert state(folder) == before


def test_from_python(folder: Path) -> None:
    report = costcalc.diff("small.json", rev="HEAD~1..HEAD", columns=["params"])
    assert report.data()["total"]["params"]["difference"] == 3 * 6 - 3 * 4
    assert not report.ok


def test_a_subfolder_and_other_paths(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    shutil.move(folder / "small.json", folder / "sub" / "small.json")
    git("add", "-A", folder=folder)
    git("commit", "-q", "-m", "moved", folder=folder)
    monkeypatch.chdir(folder / "sub")
    said = refused("diff", "small.json", "--rev", "HEAD~1..HEAD")
    assert said.startswith("at HEAD~1 (")
    assert run("diff", "small.json", "--rev", "HEAD..HEAD").code == 0
    assert run("diff", str(folder / "sub" / "small.json"), "--rev", "HEAD..HEAD").code == 0
    monkeypatch.chdir(folder)
    assert run("diff", "sub/../sub/small.json", "--rev", "HEAD..HEAD").code == 0


def test_a_package_beside_an_installed_one(folder: Path) -> None:
    """`pip install -e` of a src layout: the path leads to the revision's folder, and not to the user's own."""
    pytest.importorskip("torch")
    package = folder / "src" / "mine"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for width in (4, 6):
        (package / "nets.py").write_text(NET.replace("from sizes import WIDTH", f"WIDTH = {width}"))
        git("add", "-A", folder=folder)
        git("commit", "-q", "-m", f"package of width {width}", folder=folder)
    (package / "nets.py").write_text("broken(")
    command = "PYTHONPATH=$PYTHONPATH:src costcalc diff mine.nets:Net --rev HEAD~1..HEAD --columns params --format json"
    code, out, err = shell(command, folder)
    assert code == 1, err
    assert json.loads(out)["total"]["params"]["difference"] == 10


def test_hooks_and_settings_of_the_user(folder: Path) -> None:
    """A hook of git is not run, and a sparse checkout does not hide files."""
    hook = folder / ".git" / "hooks" / "post-index-change"
    hook.write_text("#!/bin/sh\ntouch ../../ran ../ran ran\n")
    hook.chmod(0o755)
    git("config", "core.sparseCheckout", "true", folder=folder)
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "sparse-checkout").write_text("net.py\n")
    before = state(folder)
    assert run("diff", "small.json", "--rev", "HEAD~1..HEAD").code == 1
    assert state(folder) == before


def test_inside_of_a_hook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git sets these for a pre-commit hook; the index that is being committed is left alone."""
    monkeypatch.setenv("GIT_INDEX_FILE", str(folder / ".git" / "index"))
    monkeypatch.setenv("GIT_DIR", str(folder / ".git"))
    before = state(folder)
    assert run("diff", "small.json", "--rev", "HEAD~1..HEAD").code == 1
    assert state(folder) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("small.json --rev none..HEAD", "the repository has no revision 'none'"),
        ("small.json --rev HEAD..HEAD~9", "the repository has no revision 'HEAD~9'"),
        ("small.json --rev HEAD", "--rev 'HEAD': expected two revisions, like --rev main..HEAD"),
        ("small.json --rev ..", "expected two revisions"),
        ("small.json --rev main...HEAD", "expected two revisions"),
        ("small.json --rev --help..HEAD", "the repository has no revision '--help'"),
        ("gone.json --rev HEAD~1..HEAD", "at HEAD~1 ("),
        ("googlenet --rev HEAD~1..HEAD", "googlenet is not a model of the repository; --rev reads file.py:Net"),
        ("torchvision:resnet18 --rev HEAD~1..HEAD", "torchvision:resnet18 is not a model of the repository"),
        ("../outside.json --rev HEAD~1..HEAD", "../outside.json is not a model of the repository"),
        ("/etc/passwd --rev HEAD~1..HEAD", "/etc/passwd is not a model of the repository"),
        ("small.json small.json --rev HEAD~1..HEAD", "diff takes one model with --rev"),
    ],
)
def test_bad_input_is_one_line(words: str, said: str, folder: Path) -> None:
    before = state(folder)
    assert said in refused("diff", *words.split())
    assert state(folder) == before


def test_code_that_ends_python(folder: Path) -> None:
    pytest.importorskip("torch")
    (folder / "ends.py").write_text("import os\nos._exit(7)")
    git("add", "ends.py", folder=folder)
    git("commit", "-q", "-m", "ends", folder=folder)
    commit = git("rev-parse", "HEAD", folder=folder)[:10]
    before = state(folder)
    code, out, err = shell("costcalc diff ends.py:Net --input 3 --rev HEAD..HEAD~1", folder)
    assert (code, out) == (2, "")
    assert err == f"costcalc: at HEAD ({commit}): Python ended with 7 while ends.py:Net was read\n"
    assert state(folder) == before


def test_a_module_that_is_not_of_the_revision(folder: Path, tmp_path: Path) -> None:
    """Installed, or the user's own, the module would be the same at both revisions."""
    for name, top in (("click", str(folder)), ("command", str(Path(__file__).parents[2]))):
        request = Request(f"{name}:Net")
        task = revisions.Task(request, str, str(tmp_path / "tree"), top)
        with pytest.raises(costcalc.CostcalcError, match=f"the module {name} is imported from .*not from the revision"):
            revisions._check_modules(task, {name})


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "--rev needs a git repository in the current folder: not a git repository" in refused(
        "diff", "small.json", "--rev", "a..b"
    )


def test_no_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert "git cannot be run" in refused("diff", "small.json", "--rev", "a..b")


def test_a_shallow_clone(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("clone", "-q", "--depth", "1", f"file://{folder}", str(tmp_path / "clone"), folder=tmp_path)
    monkeypatch.chdir(tmp_path / "clone")
    said = refused("diff", "small.json", "--rev", "HEAD~1..HEAD")
    assert "no revision 'HEAD~1'; it is a shallow clone: git fetch --unshallow" in said
    assert "fetch-depth: 0" in said


def test_a_signal_leaves_nothing_behind(folder: Path) -> None:
    """CI that is cancelled while a model is read."""
    pytest.importorskip("torch")
    import signal
    import time

    (folder / "slow.py").write_text("import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(60)\n")
    git("add", "slow.py", folder=folder)
    git("commit", "-q", "-m", "slow", folder=folder)
    package = str(Path(costcalc.__file__).parents[1])
    own = folder.parent / "temporary"
    own.mkdir()
    environment = {**os.environ, "PYTHONPATH": package, "TMPDIR": str(own)}
    words = [sys.executable, "-m", "costcalc", "diff", "slow.py:Net", "--rev", "HEAD..HEAD"]
    process = subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while not [*own.glob("costcalc.*/tree/started")] and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, "")
    assert not [*own.iterdir()]
