"""Trained weights are never downloaded, nor read from a file: no count needs them."""

import inspect
import io
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import timm
import torch
import torchvision
import transformers
from command import refused
from torch import nn

import costcalc
from costcalc import cli
from costcalc.convert.sources import load
from costcalc.convert.weightless import READS, WEIGHTS, without_weights
from costcalc.measure.subject import Subject
from costcalc.spec import CostcalcError
from costcalc.spec.request import Request

ASKS: list[tuple[str, str, Any]] = [
    ("torchvision:resnet18", "weights", "DEFAULT"),
    ("torchvision:resnet18", "weights", "IMAGENET1K_V1"),
    ("torchvision:resnet18", "weights", torchvision.models.ResNet18_Weights.DEFAULT),
    ("torchvision:resnet18", "pretrained", True),
    ("torchvision:resnet18", "pretrained", "false"),  # a text, which is true
    ("torchvision:fcn_resnet50", "weights_backbone", "DEFAULT"),
    ("torchvision:fcn_resnet50", "pretrained_backbone", True),
    ("torchvision.models:resnet18", "weights", "DEFAULT"),
    ("timm:resnet18", "pretrained", True),
    ("timm:resnet18", "pretrained", 1),
    ("timm:resnet18", "checkpoint_path", "weights.pth"),
    ("timm:resnet18", "checkpoint_path", Path("weights.pth")),
    ("timm:resnet18", "cache_dir", "/tmp"),
    ("timm:resnet18", "pretrained_cfg", {"url": "https://example.org/weights.pth"}),
    ("timm:resnet18", "pretrained_cfg", {"hf_hub_id": "timm/resnet18.a1_in1k"}),
    ("timm:resnet18", "pretrained_cfg_overlay", {"file": "weights.pth"}),
    ("timm:resnet18", "pretrained_cfg_overlay", {"state_dict": {"fc.bias": torch.ones(3)}}),
    ("timm.models:resnet18", "pretrained", True),
    ("hf:DetrModel", "use_pretrained_backbone", True),
    ("hf:DetrModel", "backbone_config", {"model_type": "resnet", "use_pretrained_backbone": True}),
    ("hf:BertModel", "from_pretrained", "bert-base-uncased"),
    ("hf:BertModel", "pretrained_model_name_or_path", "bert-base-uncased"),
    ("hf:BertModel", "state_dict", {"pooler.dense.weight": torch.ones(3, 3)}),
    ("hf:BertModel", "cache_dir", "/tmp"),
]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection fails the test."""

    def asked(*where: Any, **how: Any) -> Any:
        raise AssertionError(f"asked for {where}")

    monkeypatch.setattr(socket.socket, "connect", asked)


@pytest.mark.parametrize(("model", "key", "value"), ASKS)
def test_arguments_that_ask_for_weights(model: str, key: str, value: Any) -> None:
    inside = list(value)[-1] if isinstance(value, dict) and key != "state_dict" else key
    line = f"^{model}: {inside}=.* asks for trained weights, which no count needs: leave it out$"
    for ask in (
        lambda: costcalc.graph(model, input=(3, 64, 64), args={key: value}),
        lambda: costcalc.cost(model, input=(3, 64, 64), args={key: value}, mode="train"),
        lambda: load(Request(model, args={key: value}), real=True),
    ):
        with pytest.raises(CostcalcError, match=line) as caught:
            ask()
        assert "\n" not in str(caught.value)


COMMANDS = (
    "table",
    "compare",
    "explain",
    "export",
    "reconcile",
    "verify",
    "time",
    "roofline",
    "memory",
    "check",
    "diff",
    "inspect",
    "plot",
    "report",
    "search",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("model", "arg"),
    [
        ("torchvision:resnet18", "weights=DEFAULT"),
        ("timm:resnet18", "pretrained=True"),
        ("timm:resnet18", "pretrained_cfg={'url': 'https://example.org/x'}"),
        ("hf:DetrModel", "use_pretrained_backbone=True"),
    ],
)
def test_every_command(command: str, model: str, arg: str, tmp_path: Path) -> None:
    words = {
        "compare": [model, model],
        "diff": [model, model],
        "explain": [model, "conv1"],
        "roofline": [model, "--on", "a100"],
        "check": [model, "--budget", "params=1M"],
        "plot": ["layers", model, "-o", f"{tmp_path}/layers.pdf"],
        "report": [model, "-o", f"{tmp_path}/report"],
        "search": [model, "--free", "batch=1,2", "--maximize", "mult_adds"],
    }.get(command, [model])
    assert "asks for trained weights" in refused(command, *words, "--input", "3x64x64", "--arg", arg)
    assert [*tmp_path.iterdir()] == []


def test_these_are_the_commands_with_arguments() -> None:
    folder = Path(inspect.getfile(costcalc)).parent / "cli"
    with_arguments = {path.stem for path in folder.glob("*.py") if "\n@model_options" in path.read_text("utf-8")}
    assert {command for command, file in cli.COMMANDS.items() if file in with_arguments} == set(COMMANDS)


def test_a_model_to_measure() -> None:
    graph = costcalc.graph("torchvision:resnet18", input=(3, 32, 32))
    tested = Subject(graph, Request("torchvision:resnet18", (3, 32, 32), args={"weights": "DEFAULT"}))
    with pytest.raises(CostcalcError, match="asks for trained weights"):
        tested.build("cpu")


@pytest.mark.parametrize(
    ("model", "args"),
    [
        ("torchvision:resnet18", {"weights": None}),
        ("torchvision:fcn_resnet50", {"weights": None, "weights_backbone": None, "progress": True}),
        ("timm:resnet18", {"pretrained": False, "checkpoint_path": "", "cache_dir": None}),
        ("timm:resnet18", {"pretrained_cfg": {"input_size": (3, 64, 64)}}),
        ("timm:vit_tiny_patch16_224", {"weight_init": "skip", "img_size": 64}),
        ("timm:resnet18", {"pretrained_cfg": "a1_in1k"}),
    ],
)
def test_arguments_that_ask_for_none(model: str, args: dict[str, Any]) -> None:
    sizes = {key: args[key] for key in args if key == "img_size"}
    with_them, without = (costcalc.cost(model, input=(3, 64, 64), args=each) for each in (args, sizes))
    assert (with_them.params, with_them.macs) == (without.params, without.macs)


def test_fields_of_a_config_that_are_named_alike() -> None:
    """None of these is about the values of weights, whatever their names."""
    small = {"embed_dim": 8, "depths": [1], "num_heads": [1], "image_size": 32}
    costcalc.cost("hf:Swinv2Model", args={**small, "pretrained_window_sizes": [7]})
    layers = {"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 9}
    costcalc.cost("hf:LlamaModel", input=(4,), args={**layers, "intermediate_size": 8, "pretraining_tp": 1})
    labels = {"weights": 0, "pretrained": 1, "checkpoint": 2}
    names = {"label2id": labels, "id2label": {number: name for name, number in labels.items()}}
    costcalc.cost("hf:BertForSequenceClassification", input=(4,), args={**layers, **names})


@pytest.mark.parametrize(
    "name", ["BertConfig", "DetrConfig", "Swinv2Config", "Wav2Vec2Config", "RagConfig", "JambaConfig"]
)
def test_no_field_of_a_config_is_refused(name: str) -> None:
    kind = getattr(transformers, name)
    fields = [*inspect.signature(kind).parameters, *vars(transformers.PretrainedConfig())]
    assert not set(fields) & WEIGHTS


def test_the_users_own_code_does_as_it_likes(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2, 3)}, tmp_path / "weights.pth")
    file = tmp_path / "own.py"
    file.write_text(
        "import torch\n"
        "def make(weights, pretrained=False):\n"
        "    made = torch.nn.Linear(3, 2, bias=False)\n"
        "    made.load_state_dict(torch.load(weights), assign=True)\n"
        "    return made\n",
        encoding="utf-8",
    )
    args = {"weights": str(tmp_path / "weights.pth"), "pretrained": True}
    assert costcalc.cost(f"{file}:make", input=(3,), args=args).macs == 6


# What a library would do all the same


def from_url() -> Any:
    return torch.hub.load_state_dict_from_url("https://example.org/weights-0123.pth")


def saved(save: Callable[[Any, Any], Any], read: Callable[[Any], Any], value: Any) -> Callable[[], Any]:
    def make() -> Any:
        file = io.BytesIO()
        save(value, file)
        file.seek(0)
        return read(file)

    return make


DOWNLOADS: dict[str, Callable[[], Any]] = {
    "a URL": from_url,
    "an address": lambda: socket.getaddrinfo("example.org", 443),
    "urllib": lambda: urllib.request.urlopen("https://example.org", timeout=1),
    "a socket": lambda: socket.create_connection(("example.org", 443), timeout=1),
    "the hub": lambda: __import__("huggingface_hub").hf_hub_download("timm/resnet18.a1_in1k", "model.safetensors"),
    "a transformer": lambda: transformers.BertModel.from_pretrained("bert-base-uncased"),
    "timm": lambda: timm.create_model("resnet18", pretrained=True),
    "torchvision": lambda: torchvision.models.resnet18(weights="DEFAULT"),
    "a file of torch's": saved(torch.save, lambda file: torch.load(file), torch.ones(3)),
    "a file of numpy's": saved(lambda value, file: np.save(file, value), lambda file: np.load(file), np.ones(3)),
}


@pytest.mark.parametrize("how", DOWNLOADS)
def test_a_library_that_downloads(how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It ends at once, in a line, also where the arguments have nothing to do with it; others are not disturbed."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def greedy(pretrained: bool = False, **rest: Any) -> nn.Module:
        DOWNLOADS[how]()
        return nn.Linear(3, 3)

    monkeypatch.setitem(timm.models._registry._model_entrypoints, "greedy", greedy)
    monkeypatch.setattr(timm, "list_models", lambda: ["greedy"])
    with pytest.raises(CostcalcError) as caught:
        load(Request("timm:greedy"))
    assert "\n" not in str(caught.value)
    assert any(said in str(caught.value) for said in ("timm:greedy downloads or reads", "Hub", "OSError"))


def test_afterwards_all_is_as_before(tmp_path: Path) -> None:
    before = [getattr(__import__(place, fromlist=["x"]), name) for place, name in READS]
    hub: Any = __import__("huggingface_hub.constants", fromlist=["x"])
    offline = hub.HF_HUB_OFFLINE
    safetensors.torch.save_file({"x": torch.ones(3)}, tmp_path / "x.safetensors")
    with without_weights("a model"):
        from safetensors.torch import load_file  # as a module would that is imported now

        assert hub.HF_HUB_OFFLINE is True
        with pytest.raises(CostcalcError, match="a model downloads or reads a file"):
            load_file(tmp_path / "x.safetensors")
        with without_weights("another"), pytest.raises(CostcalcError, match="another downloads"):
            socket.getaddrinfo("example.org", 443)
        with pytest.raises(CostcalcError, match="a model downloads"):
            socket.getaddrinfo("example.org", 443)
    assert torch.equal(load_file(tmp_path / "x.safetensors")["x"], torch.ones(3))
    assert [getattr(__import__(place, fromlist=["x"]), name) for place, name in READS] == before
    assert offline == hub.HF_HUB_OFFLINE
