"""Models of torchvision and timm read from torch: their own params, and FlopCounterMode's mult-adds on meta.

A few of each here; all of them, in minutes:
``COSTCALC_MODELS=all python -m pytest tests/convert/test_from_torch_models.py``
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model, get_model_weights

import costcalc
from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch, on_meta
from costcalc.convert.sources import load
from costcalc.spec.request import Request

ALL = os.environ.get("COSTCALC_MODELS") == "all"


def counted(model: nn.Module, *shapes: tuple[int, ...]) -> int:
    """torch's FlopCounterMode on the meta device: 2 per mult-add of convolutions and products."""
    return flops(model, model, *shapes)


def flops(model: nn.Module, run: Callable[..., Any], *shapes: tuple[int, ...]) -> int:
    """The same, of a part of the model."""
    model.requires_grad_(False)  # its bookkeeping trips over parameters that the forward pass expands
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run(*[torch.empty(shape, device="meta") for shape in shapes])
    return counter.get_total_flops()


def params(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def torchvision_model(name: str, size: int) -> nn.Module:
    """The model that a weight of this crop size is for, without the weight."""
    settings: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name == "googlenet":
        settings["aux_logits"] = False
    if name.startswith("vit"):
        settings["image_size"] = size
    return on_meta(get_model, name, **settings).eval()


def by_crop(name: str) -> dict[int, list[Any]]:
    """A model's weights, by crop size."""
    sizes: dict[int, list[Any]] = {}
    for weight in get_model_weights(name):
        crop = weight.transforms.keywords["crop_size"]
        sizes.setdefault(crop if isinstance(crop, int) else crop[0], []).append(weight)
    return sizes


CLASSIFIERS = torchvision.models.list_models(module=torchvision.models)
SOME = [
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_y_400mf", "resnet50", "resnext50_32x4d",
    "shufflenet_v2_x1_0", "squeezenet1_0", "swin_t", "swin_v2_t", "vgg11_bn", "vit_b_16", "wide_resnet50_2",
]  # fmt: skip


@pytest.mark.parametrize("name", CLASSIFIERS if ALL else SOME)
def test_torchvision(name: str) -> None:
    """At each weight's own crop size: `num_params`, and `_ops` (10^9 mult-adds), to the last digit printed."""
    for size, weights in by_crop(name).items():
        model = torchvision_model(name, size)
        cost = Cost(from_torch(model, (3, size, size)))
        assert cost.status == "complete"
        assert 2 * cost.macs == counted(model, (1, 3, size, size))
        for weight in weights:
            assert cost.params == weight.meta["num_params"]
            assert round(cost.macs / 1e9, 3) == weight.meta["_ops"]


DETECTORS = torchvision.models.list_models(module=torchvision.models.detection)
NAMES = [name for name in torchvision.models.list_models() if name not in DETECTORS]
BY_NAME = [
    "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large", "mvit_v2_s", "quantized_mobilenet_v2", "r2plus1d_18",
    "raft_small", "s3d", "swin3d_t", "vit_h_14",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES if ALL else BY_NAME)
def test_torchvision_by_name(name: str) -> None:
    """Any task, at the usual input: `num_params` and `_ops` of the default weights, to the last digit.

    The weights are of GoogLeNet without its auxiliary heads, of DeepLab and FCN with theirs.
    """
    args: dict[str, Any] = {"aux_logits": False} if name.endswith("googlenet") else {}
    if name.startswith(("deeplabv3", "fcn_")):
        args["aux_loss"] = True
    meta = get_model_weights(name).DEFAULT.meta
    cost = costcalc.cost(f"torchvision:{name}", args=args)
    assert (cost.params, cost.status) == (meta["num_params"], "complete")
    assert round(cost.macs / 1e9, 3) == meta["_ops"]
    model = load(Request(f"torchvision:{name}", args=args))[0].eval()
    assert 2 * cost.macs == counted(model, *[t.shape for t in cost.graph.inputs])


FOUND = {
    "fasterrcnn_resnet50_fpn": (1000, 12544 * 1024 + 1024 * 1024 + 1024 * 455),
    "fasterrcnn_resnet50_fpn_v2": (1000, 4 * 49 * 256 * 256 * 9 + 12544 * 1024 + 1024 * 455),
    "keypointrcnn_resnet50_fpn": (1000, 12544 * 1024 + 1024 * 1024 + 1024 * 10),
    "maskrcnn_resnet50_fpn": (1000, 12544 * 1024 + 1024 * 1024 + 1024 * 455),
    "maskrcnn_resnet50_fpn_v2": (1000, 4 * 49 * 256 * 256 * 9 + 12544 * 1024 + 1024 * 455),
}
"""Boxes that a detector's box head saw when its `_ops` were counted, of random pixels, and its mult-adds for each."""

DETECTED = {
    "keypointrcnn_resnet50_fpn": (1, 196 * 9 * 512 * (256 + 7 * 512) + 196 * 512 * 17 * 16),
    "maskrcnn_resnet50_fpn_v2": (100, 4 * 196 * 256 * 256 * 9 + 196 * 256 * 256 * 4 + 784 * 256 * 91),
}
"""Objects that its keypoint or mask head saw, likewise."""


@pytest.mark.parametrize(
    "name",
    DETECTORS if ALL else ["fasterrcnn_mobilenet_v3_large_320_fpn", "maskrcnn_resnet50_fpn_v2", "ssd300_vgg16"],
)
def test_torchvision_detectors(name: str) -> None:
    """All up to the boxes, as FlopCounterMode counts it; and `_ops`, with the boxes there were then.

    Of those that have products per box, that is a lower bound.
    """
    cost = costcalc.cost(f"torchvision:{name}")
    model = load(Request(f"torchvision:{name}"))[0].eval()
    if "rcnn" in name:
        assert (cost.status, cost.unknown[0].rpartition(".")[2]) == ("lower bound", "nonzero")
    else:
        assert (cost.status, cost.unknown) == ("complete", [])

    def up_to_the_boxes(image: torch.Tensor) -> None:
        features = list(model.backbone(model.transform([image[0]])[0].tensors).values())
        (model.rpn.head if hasattr(model, "rpn") else model.head)(features)

    assert 2 * cost.macs == flops(model, up_to_the_boxes, (1, 3, 512, 512))
    boxes = [kind.get(name, (0, 0)) for kind in (FOUND, DETECTED)]
    meta = get_model_weights(name).DEFAULT.meta
    assert round((cost.macs + sum(n * each for n, each in boxes)) / 1e9, 3) == meta["_ops"]
    frozen = [m for m in model.backbone.modules() if isinstance(m, nn.BatchNorm2d)]  # with weights, these are buffers
    assert cost.params == params(model)
    assert cost.params - meta["num_params"] in (0, sum(2 * m.num_features for m in frozen))


def test_a_detector_that_finds_boxes_costs_more() -> None:
    """Run on real numbers: each box adds the cost, for one box, of the unknown layers after the proposals."""
    name = "fasterrcnn_mobilenet_v3_large_320_fpn"
    cost = costcalc.cost(f"torchvision:{name}")
    model = load(Request(f"torchvision:{name}"), real=True)[0].eval()
    seen: list[int] = []
    model.roi_heads.box_head.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.rand(1, 3, 512, 512))
    assert seen[0] > 0
    assert counter.get_total_flops() == 2 * (cost.macs + seen[0] * (12544 * 1024 + 1024 * 1024 + 1024 * 455))
    assert cost.unknown[1:] == [
        f"roi_heads.{layer}" for layer in ("box_head.fc6", "box_head.fc7", "box_predictor.cls_score",
                                           "box_predictor.bbox_pred")
    ]  # fmt: skip


FAMILIES = [
    "beit_base_patch16_224", "cait_xxs24_224", "coat_tiny", "convformer_s18", "crossvit_tiny_240", "cspresnet50",
    "dla34", "dpn68", "edgenext_xx_small", "efficientvit_b0", "fastvit_t8", "focalnet_tiny_srf", "ghostnet_100",
    "halonet26t", "hgnetv2_b0", "inception_next_tiny", "levit_128s", "maxxvit_rmlp_nano_rw_256", "mixer_s32_224",
    "mobilevit_xxs", "nf_resnet26", "pit_ti_224", "poolformer_s12", "pvt_v2_b0", "regnetx_002", "repvgg_a0",
    "resmlp_12_224", "resnetv2_50", "sehalonet33ts", "tf_efficientnet_b0", "tresnet_m", "vit_tiny_patch16_224",
    "volo_d1_224", "xcit_nano_12_p16_224",
]  # fmt: skip


@pytest.mark.parametrize("name", timm.list_models() if ALL else FAMILIES)
def test_timm(name: str) -> None:
    model = on_meta(timm.create_model, name).eval()
    shape = tuple(model.default_cfg["input_size"])
    cost = Cost(from_torch(model, shape))
    assert (cost.params, cost.status) == (params(model), "complete")
    assert 2 * cost.macs == counted(model, (1, *shape))


@pytest.mark.parametrize("name", ["googlenet", "mobilenet_v3_small", "resnet50", "swin_t", "vit_b_16"])
def test_torchvision_in_training(name: str) -> None:
    model = torchvision_model(name, 224).train()
    cost = Cost(from_torch(model, (3, 224, 224), batch=2))
    assert (cost.params, cost.status) == (params(model), "complete")
    assert 2 * cost.macs == counted(model, (2, 3, 224, 224))


OF_BOTH = sorted({network.name for network in zoo.all_networks()} & set(CLASSIFIERS) - {"googlenet"})
"""googlenet is the paper's, googlenet_torchvision torchvision's."""


@pytest.mark.parametrize("name", [*OF_BOTH, "googlenet_torchvision"])
def test_torchvision_costs_what_the_zoo_does(name: str) -> None:
    """Layer for layer, in the order they run: the network written by hand, and torchvision's own code.

    Layers without weights or mult-adds may differ: torchvision writes a channel shuffle as two reshapes.
    """
    ours = zoo.find(name).build()
    library = name.removesuffix("_torchvision")
    heads = {"aux_logits": False, "init_weights": False} if library in ("googlenet", "inception_v3") else {}
    theirs = from_torch(on_meta(get_model, library, **heads).eval(), ours.inputs[0].shape[1:])
    layers = [
        [(n.op, n.facts.outputs, n.weights, n.facts.macs) for n in graph.nodes if n.weights or n.facts.macs.terms]
        for graph in (theirs, ours)
    ]
    assert layers[0] == layers[1]
    a, b = Cost(theirs), Cost(ours)
    assert (a.params, a.macs, a.status) == (b.params, b.macs, "complete")
    if not name.startswith("shufflenet"):
        assert (len(theirs.nodes), a.activations) == (len(ours.nodes), b.activations)
