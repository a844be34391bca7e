"""Hints for a name that the zoo lacks and a library has: from data, without importing the library."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from command import refused

from costcalc.convert.library_names import SOURCES, named, names

ROOT = Path(__file__).parents[2]

HINTS = {
    "swin_t": "torchvision:swin_t",
    "SWIN_T": "torchvision:swin_t",
    "convnext_tiny": "torchvision:convnext_tiny or timm:convnext_tiny",
    "bertmodel": "hf:BertModel",
    "LlamaForCausalLM": "hf:LlamaForCausalLM",
    "resnet50d": "timm:resnet50d",
    "LlamaForCausalML": "hf:LlamaForCausalLM",
}


@pytest.mark.parametrize("name", HINTS)
@pytest.mark.parametrize("command", [["table"], ["compare", "googlenet"], ["explain"], ["export"]], ids=" ".join)
def test_the_hint(name: str, command: list[str]) -> None:
    rest = ["fc"] if command == ["explain"] else ["-o", "-"] if command == ["export"] else []
    assert refused(*command, name, *rest).startswith(f"unknown network {name!r}; did you mean {HINTS[name]}")


def test_a_network_of_the_zoo_comes_first() -> None:
    assert refused("table", "vvg11").startswith("unknown network 'vvg11'; did you mean vgg11,")
    assert refused("table", "qwerty") == "unknown network 'qwerty'; 'costcalc list' shows the networks there are"


def test_nothing_is_imported() -> None:
    code = "import sys; from costcalc.convert.library_names import like; like('swn_t'); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "torchvision", "timm", "transformers"} & set(eval(done.stdout))


def test_the_names_are_those_of_the_installed_libraries() -> None:
    """`python docs/library_names.py` writes them."""
    pytest.importorskip("keras")
    spec = importlib.util.spec_from_file_location("library_names", ROOT / "docs" / "library_names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.installed() == {library: names(library) for library in SOURCES.values()}
    assert named("resnet18") == ["torchvision:resnet18", "timm:resnet18"]
