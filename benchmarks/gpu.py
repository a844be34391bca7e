"""Memory and times of networks on a GPU, as figures: python benchmarks/gpu.py DEVICE FOLDER

Writes FOLDER/figures.json: the device, memory in bytes and times in seconds, each beside what it is measured on. For
benchmarks/cuda.sh, which runs the rest, and benchmarks/gpu_page.py, which compares them with what is computed.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch

from costcalc import models
from costcalc.measure.device import describe
from costcalc.measure.memory import measured_peak, measured_saved
from costcalc.measure.setting import Setting
from costcalc.measure.subject import Subject
from costcalc.measure.timing import time_model
from costcalc.openers import read
from costcalc.spec import CostcalcError

TIMED = (
    "alexnet", "vgg16", "googlenet", "resnet50", "densenet121", "mobilenet_v2", "efficientnet_b0",
    "torchvision:vit_b_16", "torchvision:swin_t", "torchvision:convnext_tiny",
)  # fmt: skip
DTYPES = ("float32", "tf32", "bfloat16")
HELD = (
    "vgg16", "googlenet", "resnet50", "densenet121", "mobilenet_v2", "efficientnet_b0", "torchvision:vit_b_16",
    "torchvision:swin_t", "torchvision:convnext_tiny",
)  # fmt: skip
SETTINGS = (
    Setting("bfloat16", channels_last=True),
    Setting("bfloat16", compiled=True),
    Setting("bfloat16", channels_last=True, compiled=True),
    Setting("bfloat16", mode="train"),
    Setting("float32", mode="train"),
)
"""Of one network, at the larger batch."""


def main(name: str, folder: Path) -> None:
    """Measure all, and write it after each part: what is there stays if the time is cut."""
    device = torch.device(name)
    small = device.type == "cpu"  # a rehearsal
    batches, seconds, train_batch = ((1, 2), 0.02, 2) if small else ((1, 64), 0.3, 8)
    figures: dict[str, Any] = {"schema": 1, "device": about(device), "memory": [], "times": [], "layers": []}

    def keep(part: str, line: dict[str, Any]) -> None:
        figures[part].append(line)
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(json.dumps({key: line[key] for key in line if key != "layers"}), file=sys.stderr)

    for model in TIMED:
        for batch in batches:
            for dtype in DTYPES:
                keep("times", timed(model, batch, Setting(dtype), device, seconds))
    for model in HELD:
        keep("memory", held(model, batches[1], device))
        keep("memory", saved(model, train_batch, device))
    for setting in SETTINGS[: 1 if small else None]:
        keep("times", timed("resnet50", batches[1], setting, device, seconds))
    for model in ("googlenet", "torchvision:swin_t"):
        for batch in batches:
            keep("layers", timed(model, batch, Setting(), device, seconds, by_layer=True))


def about(device: torch.device) -> dict[str, Any]:
    """The device, and the versions of what runs on it."""
    found: dict[str, Any] = {"name": describe(device), "torch": torch.__version__, "date": time.strftime("%Y-%m-%d")}
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        found |= {
            "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
            "multiprocessors": properties.multi_processor_count, "bytes": properties.total_memory,
        }  # fmt: skip
    return found


def opened(model: str, batch: int, mode: str = "eval") -> Subject:
    """The model at a batch."""
    request = models.request_of(model, batch=batch, mode=mode)
    return Subject(read(request), request)


def timed(
    model: str, batch: int, setting: Setting, device: torch.device, seconds: float, by_layer: bool = False
) -> dict[str, Any]:
    """The times of a model, or why there are none."""
    line = {"model": model, "batch": batch, "dtype": setting.dtype, "mode": setting.mode,
            "channels_last": setting.channels_last, "compiled": setting.compiled}  # fmt: skip
    try:
        found = time_model(opened(model, batch, setting.mode), device, setting, None, seconds, by_layer)
    except CostcalcError as error:
        return line | {"error": str(error)}
    finally:
        emptied(device)
    line |= {"seconds": found.median, "spread": found.spread, "runs": found.runs, "mult_adds": found.macs}
    if by_layer:
        line["clocked"] = found.clocked
        line["layers"] = [{"name": each.name, "op": each.op, "seconds": each.seconds} for each in found.layers]
    return line


def held(model: str, batch: int, device: torch.device) -> dict[str, Any]:
    """The peak of storages that a forward pass gives out, and of bytes that CUDA's allocator has given out."""
    subject = opened(model, batch)
    module, inputs = subject.build(device)
    with torch.no_grad():
        module(*inputs)  # cuDNN and cuBLAS take their workspaces
    emptied(device)
    peak, after = measured_peak(module, inputs)
    line = {"model": model, "batch": batch, "quantity": "peak_memory", "storages": peak, "after": after}
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        with torch.no_grad():
            module(*inputs)
        line |= {"held_before": before, "max_memory_allocated": torch.cuda.max_memory_allocated(device)}
    return line


def saved(model: str, batch: int, device: torch.device) -> dict[str, Any]:
    """The bytes that autograd saves in a forward pass in train mode, and those that CUDA's allocator holds after it."""
    subject = opened(model, batch, "train")
    module, inputs = subject.build(device, "train")
    module(*inputs)
    emptied(device)
    line = {
        "model": model,
        "batch": batch,
        "quantity": "saved_for_backward",
        "storages": measured_saved(module, inputs),
    }
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        result = module(*inputs)
        line |= {"held_before": before, "held_after": torch.cuda.memory_allocated(device)}
        del result
    return line


def emptied(device: torch.device) -> None:
    """Free what nothing holds."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
