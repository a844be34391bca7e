"""The models of `libraries.py`, and their comparison: run by it in an environment that has the libraries.

A function per library yields (name, model, inputs): arguments of a forward pass, by name or in order, with the batch.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import torch
from libraries import PACKAGES
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop

import costcalc

Models = Iterator[tuple[str, nn.Module, Any]]


def image(*sizes: int) -> torch.Tensor:
    """One picture of random numbers."""
    return torch.randn(1, *sizes)


def segmentation_models_pytorch() -> Models:
    """Decoders of three kinds on encoders of three kinds."""
    import segmentation_models_pytorch as smp

    yield "Unet resnet18", smp.Unet("resnet18", encoder_weights=None), [image(3, 128, 128)]
    yield "DeepLabV3Plus mobilenet_v2", smp.DeepLabV3Plus("mobilenet_v2", encoder_weights=None), [image(3, 128, 128)]
    yield "Segformer mit_b0", smp.Segformer("mit_b0", encoder_weights=None), [image(3, 128, 128)]


def diffusers() -> Models:
    """A U-Net with cross attention, an autoencoder, a transformer on two streams."""
    from diffusers import AutoencoderKL, FluxTransformer2DModel, UNet2DConditionModel

    unet = UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=32, attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    text = torch.randn(1, 77, 32)
    inputs = {"sample": image(4, 32, 32), "timestep": torch.tensor(1), "encoder_hidden_states": text}
    yield "UNet2DConditionModel", unet, inputs
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    yield "AutoencoderKL", AutoencoderKL(block_out_channels=(32, 64), **kinds), [image(3, 64, 64)]
    flux = FluxTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    yield (
        "FluxTransformer2DModel",
        flux,
        {
            "hidden_states": torch.randn(1, 64, 16),
            "encoder_hidden_states": torch.randn(1, 8, 32),
            "pooled_projections": torch.randn(1, 32),
            "timestep": torch.ones(1),
            "img_ids": torch.zeros(64, 3),
            "txt_ids": torch.zeros(8, 3),
        },
    )


def ultralytics() -> Models:
    """A detector, a segmentation model, a transformer."""
    from ultralytics.nn.tasks import DetectionModel, RTDETRDetectionModel, SegmentationModel

    yield "yolo11n", DetectionModel("yolo11n.yaml", verbose=False), [image(3, 640, 640)]
    yield "yolov8n-seg", SegmentationModel("yolov8n-seg.yaml", verbose=False), [image(3, 160, 160)]
    yield "rtdetr-l", RTDETRDetectionModel("rtdetr-l.yaml", verbose=False), [image(3, 160, 160)]


def transformers() -> Models:
    """Models of pictures and text: their picture tokens take the place of token 99 in the text."""
    from transformers import AutoConfig, AutoModelForImageTextToText

    text = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 2, "vocab_size": 100, "head_dim": 16}  # fmt: skip
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
             "image_size": 32, "patch_size": 8}  # fmt: skip
    ids = torch.cat([torch.full((1, 16), 99), torch.arange(8)[None]], dim=1)
    pair = {"input_ids": ids, "pixel_values": image(3, 32, 32)}

    def made(kind: str, **settings: Any) -> nn.Module:
        return AutoModelForImageTextToText.from_config(AutoConfig.for_model(kind, **settings))

    llava = made(
        "llava", image_token_index=99, vision_config={"model_type": "clip_vision_model", **tower},
        text_config={"model_type": "llama", **text},
    )  # fmt: skip
    yield "LlavaForConditionalGeneration", llava, pair
    gemma = made(
        "paligemma", image_token_index=99, projection_dim=32, text_config={"model_type": "gemma", **text},
        vision_config={"model_type": "siglip_vision_model", "projection_dim": 32, **tower},
    )  # fmt: skip
    yield "PaliGemmaForConditionalGeneration", gemma, pair
    intern = made(
        "internvl", image_token_id=99, downsample_ratio=0.5, text_config={"model_type": "qwen2", **text},
        vision_config={"model_type": "internvl_vision", **tower, "image_size": [32, 32], "patch_size": [8, 8]},
    )  # fmt: skip
    ids = torch.cat([torch.full((1, 4), 99), torch.arange(8)[None]], dim=1)
    yield "InternVLForConditionalGeneration", intern, {**pair, "input_ids": ids}


def monai() -> Models:
    """Three networks on volumes."""
    from monai.networks import nets

    yield "UNet", nets.UNet(3, 1, 2, channels=(8, 16, 32), strides=(2, 2)), [image(1, 32, 32, 32)]
    yield "SwinUNETR", nets.SwinUNETR(1, 2, feature_size=12), [image(1, 64, 64, 64)]
    yield "SegResNet", nets.SegResNet(init_filters=8), [image(1, 32, 32, 32)]


def open_clip() -> Models:
    """Towers for pictures and text, and a decoder of captions."""
    import open_clip

    for name, size, length in (("ViT-B-32", 224, 77), ("RN50", 224, 77), ("coca_ViT-B-32", 224, 76)):
        text = torch.ones(1, length, dtype=torch.int64)
        yield name, open_clip.create_model(name, pretrained=None), [image(3, size, size), text]


def torch_geometric() -> Models:
    """Three models on one graph of 100 nodes and 1,000 edges."""
    from torch_geometric.nn import models

    edges = torch.randint(100, (2, 1000))
    for kind in (models.GraphSAGE, models.GAT, models.GIN):
        yield kind.__name__, kind(16, 32, num_layers=2, out_channels=4), [torch.randn(100, 16), edges]


def x_transformers() -> Models:
    """A decoder, a vision transformer, and an encoder with a decoder."""
    from x_transformers import Decoder, Encoder, TransformerWrapper, ViTransformerWrapper, XTransformer

    ids = torch.arange(64)[None]
    rotary = Decoder(dim=64, depth=2, heads=4, rotary_pos_emb=True, attn_flash=True, ff_glu=True)
    yield "TransformerWrapper", TransformerWrapper(num_tokens=100, max_seq_len=64, attn_layers=rotary), [ids]
    encoder = Encoder(dim=64, depth=2, heads=4)
    vit = ViTransformerWrapper(image_size=64, patch_size=8, num_classes=10, attn_layers=encoder)
    yield "ViTransformerWrapper", vit, [image(3, 64, 64)]
    side = {f"{part}_{key}": value for part in ("enc", "dec")
            for key, value in {"num_tokens": 100, "depth": 2, "heads": 4, "max_seq_len": 64}.items()}  # fmt: skip
    yield "XTransformer", XTransformer(dim=64, **side), [ids, ids]


def pytorchcv() -> Models:
    """Three networks for small machines."""
    from pytorchcv.model_provider import get_model

    for name in ("shufflenetv2_w1", "efficientnet_b0", "seresnet18"):
        yield name, get_model(name, pretrained=False), [image(3, 224, 224)]


def keras() -> Models:
    """Three of keras.applications."""
    from keras import applications

    for name in ("ResNet50", "MobileNet", "EfficientNetB0"):
        yield name, getattr(applications, name)(weights=None), [torch.randn(1, 224, 224, 3)]


LIBRARIES: dict[str, Callable[[], Models]] = {
    "segmentation_models_pytorch": segmentation_models_pytorch,
    "diffusers": diffusers,
    "ultralytics": ultralytics,
    "transformers": transformers,
    "monai": monai,
    "open_clip": open_clip,
    "torch_geometric": torch_geometric,
    "x_transformers": x_transformers,
    "pytorchcv": pytorchcv,
    "keras": keras,
}


def dispatched(model: nn.Module, inputs: Any) -> int:
    """Half of FlopCounterMode's total for a forward pass: mult-adds of the operations that torch dispatches.

    It does not count the kernel of attention for the CPU, which gets torch's formula for the others here, nor what the
    fast path of nn.MultiheadAttention runs, which is turned off.
    """
    torch.backends.mha.set_fastpath_enabled(False)
    counter = FlopCounterMode(display=False)
    counter.flop_registry[torch.ops.aten._scaled_dot_product_flash_attention_for_cpu] = sdpa_flop
    with torch.no_grad(), counter:
        model(**inputs) if isinstance(inputs, Mapping) else model(*inputs)
    torch.backends.mha.set_fastpath_enabled(True)
    return int(counter.get_total_flops()) // 2


def compared(name: str, model: nn.Module, inputs: Any) -> tuple[list[str], bool]:
    """The cells of a model's row, and whether its totals are equal."""
    theirs = dispatched(model.eval(), inputs)
    try:
        cost = costcalc.cost(model, input=inputs)
    except costcalc.CostcalcError as error:
        return [name, "", "", f"{theirs:,}", f"not read: {error}"], False
    equal, status = cost.macs == theirs, cost["mult_adds"].status
    verdict = ("equal" if equal else "DIFFERS") + ("" if status == "counted" else f", {status}")
    return [name, f"{cost.params:,}", f"{cost.macs:,}", f"{theirs:,}", verdict], equal


def main() -> int:
    """Print the table. Returns 1 if a total differs or a model is not read, 0 otherwise."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    all_equal = True
    print("| library | model | params | mult-adds | torch | |\n|---|---|--:|--:|--:|---|")
    for library in sys.argv[1:]:
        for name, model, inputs in LIBRARIES[library]():
            cells, equal = compared(name, model, inputs)
            all_equal &= equal
            print("|", " | ".join([f"{library} {version(PACKAGES[library])}", *cells]), "|", flush=True)
    print(f"\nPython {sys.version.split()[0]}, torch {version('torch')}")
    return int(not all_equal)


if __name__ == "__main__":
    sys.exit(main())
