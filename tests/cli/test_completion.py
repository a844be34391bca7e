"""Completion of words in shells: by bash itself, and where they are installed by zsh and fish."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from costcalc import zoo
from costcalc.cli import COMMANDS
from costcalc.convert.library_names import names

LIBRARIES = ("torch", "torchvision", "timm", "transformers", "keras", "onnx", "sympy", "matplotlib")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which costcalc is this checkout's. It fails if a completion imports a library."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "costcalc"
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in LIBRARIES)
    code = f"import sys; {blocked}from costcalc.__main__ import main; main()"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n')
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files that are models, and others."""
    code = "raise SystemExit('it is not run')\nclass Net: pass\ndef make(): pass\n_hidden = 1\n"
    (tmp_path / "net.py").write_text(code)
    (tmp_path / "data").mkdir()
    for name in ("model.onnx", "graph.json", "notes.txt", ".hidden.json", "data/deep.onnx"):
        (tmp_path / name).write_text("")
    return tmp_path


def in_bash(line: str, path: str, folder: Path) -> list[str]:
    """What bash has in COMPREPLY after its own function has completed the end of a line."""
    script = f"""
eval "$(_COSTCALC_COMPLETE=bash_source costcalc)"
compopt() {{ :; }}
COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}
_costcalc_completion costcalc
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", script], capture_output=True, text=True, check=True, cwd=folder,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.stderr == ""
    return [each for each in done.stdout.split("\n") if each]


RESNETS = [name for name in names("torchvision") if name.startswith("resnet")]

LINES = {
    "costcalc ex": ["explain", "export"],
    "costcalc table goo": [network.name for network in zoo.all_networks() if network.name.startswith("goo")],
    "costcalc table torchvision:resnet": RESNETS,  # bash has the colon already
    "costcalc compare vgg16 torchvision:resnet": RESNETS,
    "costcalc table torchv": [f"torchvision:{name}" for name in names("torchvision")],
    "costcalc table timm:convnext_tiny_h": ["convnext_tiny_hnf"],
    "costcalc table hf:LlamaForC": ["LlamaForCausalLM"],
    "costcalc table keras:VGG": ["VGG16", "VGG19"],
    "costcalc table mod": ["model.onnx"],
    "costcalc table dat": ["data/"],
    "costcalc table data/": ["data/deep.onnx"],
    "costcalc table ./gra": ["./graph.json"],
    "costcalc table ne": ["net.py:"],
    "costcalc table net.py:": ["Net", "make"],
    "costcalc table nothing_like_it": [],
    "costcalc table vgg16 --col": ["--columns"],
    "costcalc table vgg16 --columns params,mult": ["params,mult_adds"],
    "costcalc table vgg16 --columns=mult": ["mult_adds"],
    "costcalc table vgg16 --columns par": ["params", "param_bytes"],
    "costcalc table vgg16 --convention fv": ["fvcore"],
    "costcalc table vgg16 --on a100_4": ["a100_40gb"],
    "costcalc table vgg16 --dtype bf": ["bfloat16"],
    "costcalc table vgg16 --mode ": ["eval", "train"],
    "costcalc table vgg16 --format la": ["latex"],
    "costcalc table mobilenet_v1 --arg ": ["alpha="],
    "costcalc explain vgg16 features.0": ["features.0"],
    "costcalc list --family vg": ["vgg"],
    "costcalc verify vgg16 --tools torchi": ["torchinfo"],
    "costcalc plot bott": ["bottleneck"],
    "costcalc plot layers vgg16 --venue i": ["icml", "ieee"],
}


@pytest.mark.parametrize("line", LINES)
def test_bash(line: str, path: str, folder: Path) -> None:
    assert sorted(in_bash(line, path, folder)) == sorted(LINES[line])


def test_every_command_is_completed(path: str, folder: Path) -> None:
    assert sorted(in_bash("costcalc ", path, folder)) == sorted(COMMANDS)


def test_a_colon_that_does_not_break_words(path: str, folder: Path) -> None:
    """As with ``COMP_WORDBREAKS=${COMP_WORDBREAKS//:}`` in a user's own profile: the whole word is completed."""
    for breaks, line, whole in (
        ("=", "costcalc table torchvision:resnet18", "torchvision:resnet18"),
        (":", "costcalc table vgg16 --columns=mult", "--columns=mult_adds"),
    ):
        done = subprocess.run(
            ["costcalc"], capture_output=True, text=True, check=True, cwd=folder,
            env={
                **os.environ, "PATH": path, "COMP_LINE": line, "COMP_WORDBREAKS": breaks,
                "_COSTCALC_COMPLETE": "bash_complete",
            },
        )  # fmt: skip
        assert done.stdout == f"plain,{whole}\n"


def test_a_real_bash_completes_a_name_with_a_colon(path: str, folder: Path) -> None:
    """Keys in a terminal: a name of a library, a tab, and the line that bash then runs."""
    import pty
    import select

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
        env={**os.environ, "PATH": path, "PS1": "$ ", "TERM": "dumb"}, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, b'eval "$(_COSTCALC_COMPLETE=bash_source costcalc)"; echo read""y\n')
    seen = b""
    try:
        for wanted, keys in ((b"ready", b"costcalc table timm:convnext_tiny_h\t"), (b"tiny_hnf", b"\x03exit\n")):
            while wanted not in seen:
                assert select.select([ours], [], [], 60)[0], seen
                seen += os.read(ours, 65536)
            os.write(ours, keys)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"costcalc table timm:convnext_tiny_hnf " in seen


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish(path: str, folder: Path) -> None:
    script = "env _COSTCALC_COMPLETE=fish_source costcalc | source; complete -C 'costcalc table torchvision:resnet1'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], capture_output=True, text=True, check=True, cwd=folder,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    found = ["torchvision:resnet101", "torchvision:resnet152", "torchvision:resnet18"]
    assert sorted(each.strip() for each in done.stdout.splitlines()) == found


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(path: str, folder: Path) -> None:
    """Its function, with compadd in the place of zsh's own, which works only in a widget."""
    script = """
autoload -Uz compinit; compinit -D
eval "$(_COSTCALC_COMPLETE=zsh_source costcalc)"
compadd() { print -l -- ${(P)${@[-1]}} }
words=(costcalc table torchvision:resnet1); CURRENT=3
_costcalc_completion
"""
    done = subprocess.run(
        ["zsh", "-f", "-c", script], capture_output=True, text=True, check=False, cwd=folder,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    found = ["torchvision:resnet101", "torchvision:resnet152", "torchvision:resnet18"]
    assert sorted(done.stdout.split()) == found, done.stderr
