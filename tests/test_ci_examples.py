"""The examples for CI run, as far as they go without GitHub: in a repository of their own, with a `gh` of files."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import run

import costcalc

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

GH = r"""#!/bin/sh
# gh api [--paginate] URL --jq FILTER | gh api --method METHOD URL -F body=@FILE --silent
case "$3" in
PATCH | POST) echo "$3 $4" >> calls; cp "${6#body=@}" comment.md ;;
*) echo "list $3" >> calls
   echo "$5" > filter
   if [ -f comment.md ] && [ "$(head -n 1 comment.md)" = "$MARKER" ]; then echo 77; fi ;;
esac
"""


def git(*words: str, folder: Path) -> str:
    own = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a network as data, in which a pull request doubles a layer; `costcalc` and `gh` on the path."""
    from costcalc.convert.data import to_data
    from costcalc.report.json_text import to_json
    from costcalc.spec import conv

    made = tmp_path / "mine"
    (made / "bin").mkdir(parents=True)
    (made / "bin" / "gh").write_text(GH)
    (made / "bin" / "costcalc").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m costcalc "$@"\n')
    for file in (made / "bin").iterdir():
        file.chmod(0o755)
    (made / "pyproject.toml").write_text('[tool.costcalc.budgets."small.json"]\nparams = 20\n')
    git("init", "-q", "-b", "main", folder=made)
    for width in (4, 8):
        graph = costcalc.trace(lambda x, w=width: conv(x, "stem", w, k=1, bias=False), (1, 3, 8, 8), name="small")
        (made / "small.json").write_text(to_json(to_data(graph)))
        git("add", "small.json", "pyproject.toml", folder=made)
        git("commit", "-q", "-m", f"width {width}", folder=made)
    return made


def steps(folder: Path) -> dict[str, tuple[int, str]]:
    """Exit code and output of each step of the workflow that runs a script, but the installation."""
    workflow = yaml.safe_load((EXAMPLES / "costcalc.yml").read_text(encoding="utf-8"))
    known = {
        "github.event.pull_request.base.sha": git("rev-parse", "HEAD~1", folder=folder),
        "github.event.pull_request.number": "12",
        "github.repository": "ada/mine",
        "github.token": "none",
    }
    package = os.pathsep.join([str(Path(costcalc.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": package,
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "MODEL": "small.json",
    }
    found = {}
    for step in workflow["jobs"]["costs"]["steps"]:
        if "run" not in step or step["name"] == "install":
            continue
        own = {
            key: re.sub(r"\$\{\{ (.*?) \}\}", lambda m: known[m[1]], value)
            for key, value in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=folder,
            env={**environment, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        found[step["name"]] = done.returncode, done.stdout + done.stderr
    return found


def test_the_workflow(folder: Path) -> None:
    """3·8 params are over the budget of 20, and 100 % more than 3·4. The second push edits the comment of the first."""
    first = steps(folder)
    assert {name: code for name, (code, _) in first.items()} == {"budgets": 1, "diff": 0, "comment": 0, "growth": 1}, (
        first
    )
    summary = (folder / "summary.md").read_text()
    assert "small.json: params 24 is over the budget of 20 by 4 (20.0 %); the largest layer: stem, 24" in summary
    comment = (folder / "comment.md").read_text()
    assert comment.startswith("<!-- costcalc diff small.json -->\n")
    assert "| changed | stem    | 4·3·1·1       | 8·3·1·1       |    12 |    24 |          +12 | +100.0 % |" in comment
    assert (
        "OVER  mult-adds: +100.0 %, at most 5 % allowed; the layer that grew most: stem, by 768" in first["growth"][1]
    )
    assert (folder / "filter").read_text().strip() == ".[] | select(.body | startswith(env.MARKER)) | .id"

    steps(folder)
    comments = "repos/ada/mine/issues/12/comments"
    calls = (folder / "calls").read_text().splitlines()
    assert calls == [
        f"list {comments}",
        f"POST {comments}",
        f"list {comments}",
        "PATCH repos/ada/mine/issues/comments/77",
    ]


def test_the_hook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its command fails over the budget, and it is asked where a model or the budgets may have changed."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language"} <= set(hook)
    monkeypatch.chdir(folder)
    program, *words = shlex.split(hook["entry"])
    assert program == "costcalc"
    done = run(*words)
    assert done.code == 1
    assert "over the budget of 20" in done.out
    found = [
        name
        for name in ("a/net.py", "net.onnx", "x.json", "pyproject.toml", "README.md")
        if re.search(hook["files"], name)
    ]
    assert found == ["a/net.py", "net.onnx", "x.json", "pyproject.toml"]
    (repository,) = yaml.safe_load((EXAMPLES / "pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [each["id"] for each in repository["hooks"]] == [hook["id"]]


def test_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the page is the file, its baseline can be written, and all of its budgets hold."""
    text = (EXAMPLES / "pyproject.toml").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert text.endswith(shown)
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run("check", "--update").code == 0
    done = run("check", "--format", "json")
    assert done.code == 0
    checks: list[dict[str, Any]] = json.loads(done.out)["checks"]
    assert len([each for each in checks if each["by"] == "budget"]) == 6
    assert {each["by"] for each in checks} == {"budget", "baseline"}
