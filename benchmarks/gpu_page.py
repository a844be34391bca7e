"""The page of benchmarks/cuda.sh, from the figures in its folder: python benchmarks/gpu_page.py FOLDER

Writes FOLDER.md: what was measured on the GPU beside what costcalc computes, with the errors of times. Needs no
GPU: predictions are made again with the rules of now.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

import costcalc
from costcalc.analysis.device import Device
from costcalc.analysis.devices import find
from costcalc.spec import CostcalcError


def main(folder: Path) -> None:
    """Write the page."""
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    parts = [about(figures["device"]), tests(folder), tools(folder), rates(folder), memory(figures["memory"])]
    parts += [times(figures["times"], folder), layers(figures["layers"])]
    Path(f"{folder}.md").write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table: the first column is text, the others are numbers."""
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def about(device: dict[str, Any]) -> str:
    """What it was run on."""
    said = (
        f"# costcalc on {device['name']}\n\nMade by `benchmarks/cuda.sh` on {device['date']}: torch {device['torch']}"
    )
    if "cuda" in device:
        said += f", CUDA {device['cuda']}, cuDNN {device['cudnn']}, {device['multiprocessors']} multiprocessors"
    return said + "."


def tests(folder: Path) -> str:
    """The tests that need CUDA."""
    file = folder / "tests.xml"
    if not file.exists():
        return ""
    suite = next(ElementTree.parse(file).iter("testsuite"))
    total, failed, skipped = (int(suite.get(key, 0)) for key in ("tests", "failures", "skipped"))
    failed += int(suite.get("errors", 0))
    names = [case.get("name", "") for case in suite.iter("testcase") if case.find("failure") is not None]
    lines = [f"- failed: `{name}`" for name in names]
    text = (
        f"## Tests\n\n{total - failed - skipped} passed, {failed} failed, {skipped} skipped, of the tests marked cuda."
    )
    return "\n".join([text, *([""] if lines else []), *lines])


def tools(folder: Path) -> str:
    """The checks of `costcalc verify --tools all --device cuda`."""
    rows = []
    for file in sorted(folder.glob("verify-*.json")):
        for model in json.loads(file.read_text(encoding="utf-8"))["models"]:
            wrong = [f"{c['tool']} {c['quantity']}" for c in model["checks"] if not c["equal"]]
            names = sorted({check["tool"] for check in model["checks"]} - {"torch"})
            rows.append([model["model"], len(model["checks"]), len(model["checks"]) - len(wrong),
                         ", ".join(wrong) or "none", ", ".join(names)])  # fmt: skip
    if not rows:
        return ""
    note = "`costcalc verify MODEL --tools all --device cuda`: each tool runs on the GPU, but flopcounter on the CPU."
    return f"## Counts of tools\n\n{note}\n\n" + table(["network", "checks", "equal", "differ", "tools"], rows)


def rates(folder: Path) -> str:
    """The rates that calibrate measured, beside those of the datasheet."""
    file = folder / "calibrated.json"
    measured, printed = find(str(file)), of_datasheet(folder)
    rows = []
    for name, rate in [*measured.peaks.items(), ("memory", measured.bandwidth)]:
        theirs = None if printed is None else printed.bandwidth if name == "memory" else printed.peaks.get(name)
        unit = "GB/s" if name == "memory" else "TFLOP/s"
        scale = 1e9 if name == "memory" else 1e12
        share = "" if theirs is None else f"{100 * rate / theirs:.0f} %"
        sheet = "" if theirs is None else f"{theirs / scale:,.1f}"
        rows.append([name, f"{rate / scale:,.1f}", sheet, share, unit])
    return "## Rates\n\n" + table(["", "measured", "datasheet", "share", "unit"], rows)


def of_datasheet(folder: Path) -> Device | None:
    """The device of `tables/devices/` that was measured; None if it is not there."""
    try:
        return find(find(str(folder / "calibrated.json")).name.removeprefix("NVIDIA "))
    except CostcalcError:
        return None


WHY = (
    "On CUDA dropout saves a mask of bytes, where the CPU saves one of floats; the kernel of attention saves its own "
    "tensors; and cuDNN may take a workspace as large as the tensors of the layer (vgg16)."
)


def memory(lines: Sequence[dict[str, Any]]) -> str:
    """Bytes computed, held by storages, and given out by CUDA's allocator."""
    rows, equal = [], 0
    for line in lines:
        key, batch = line["quantity"], line["batch"]
        mode = "eval" if key == "peak_memory" else "train"
        cost = costcalc.cost(costcalc.graph(line["model"], batch=batch, mode=mode), mode=mode, columns=[key])
        computed = cost[key].number
        assert computed is not None
        end = line.get("max_memory_allocated", line.get("held_after"))
        allocated = "" if end is None else end - line["held_before"]
        error = "" if end is None else f"{100 * (computed / allocated - 1):+.2f} %"
        equal += computed == line["storages"]
        rows.append([line["model"], key, batch, f"{computed:,}", f"{line['storages']:,}",
                     f"{allocated:,}" if end is not None else "", error])  # fmt: skip
    headings = ["network", "quantity", "batch", "computed", "storages on the device", "allocator", "error"]
    note = (
        "Bytes. Computed by the rules of the CPU's kernels; storages: of the tensors that the pass gives out, or that "
        "autograd saves; allocator: the rise of `torch.cuda.max_memory_allocated` in the pass (peak), or of "
        "`memory_allocated` after it (saved, without its input), which rounds each tensor up to 512 bytes and includes "
        "what kernels hold inside; error: of computed, relative to the allocator."
    )
    return f"## Memory\n\n{note}\n\n{table(headings, rows)}\n\n{equal} of {len(rows)} equal to the storages. {WHY}"


PREDICTED = (
    "Predicted: by the constants that `costcalc calibrate` measured, if the file has any; otherwise by those of the "
    "device in `tables/devices/` ([predicted times](../docs/predicted-time.md)). None was fitted to the times here. "
    "Bounds are at the measured rates. At a batch of 1 the GPU waits for the calls of its kernels, whose time varies: "
    "a network that was measured twice took up to a third longer. Channels last is not predicted."
)


def times(lines: Sequence[dict[str, Any]], folder: Path) -> str:
    """Measured seconds beside predicted ones and bounds."""
    devices = [find(str(folder / "calibrated.json")), *filter(None, [of_datasheet(folder)])]
    rows, errors = [], dict[tuple[int, str], list[float]]()
    for line in lines:
        bound, guess = computed_seconds(line, devices)
        setting = ", ".join(filter(None, (
            line["dtype"], line["mode"] if line["mode"] == "train" else "",
            "channels last" if line["channels_last"] else "", "compiled" if line["compiled"] else "",
        )))  # fmt: skip
        if "error" in line:
            rows.append([line["model"], line["batch"], setting, line["error"], "", "", ""])
            continue
        taken = line["seconds"]
        error = None if guess is None else guess / taken - 1
        if error is not None:
            errors.setdefault((line["batch"], setting), []).append(abs(error))
        rows.append([
            line["model"], line["batch"], setting, f"{1e3 * taken:.3f}",
            "" if bound is None else f"{1e3 * bound:.3f}", "" if guess is None else f"{1e3 * guess:.3f}",
            "" if error is None else f"{100 * error:+.0f} %",
        ])  # fmt: skip
    said = [f"- batch {batch}, {setting}: {100 * median(each):.0f} % of {len(each)}"
            for (batch, setting), each in errors.items()]  # fmt: skip
    summary = "\n".join([PREDICTED, *(["", "Median error of predicted times:", "", *said] if said else [])])
    headings = ["network", "batch", "setting", "measured ms", "bound ms", "predicted ms", "error"]
    return f"## Times\n\n{summary}\n\n" + table(headings, rows)


def computed_seconds(line: dict[str, Any], devices: Sequence[Device]) -> tuple[float | None, float | None]:
    """The bound and the predicted seconds of a forward pass, each on the first device that has one; None without."""
    if line["mode"] == "train":
        return None, None
    graph = costcalc.graph(line["model"], batch=line["batch"])

    def seconds(key: str, device: Device) -> float | None:
        try:
            number = costcalc.cost(graph, columns=[key], on=device, as_dtype=line["dtype"])[key].number
        except CostcalcError:  # no constants for the device, or the setting
            return None
        return None if number is None else float(number)

    run_on = [each.for_compiled() if line["compiled"] else each for each in devices]
    guesses = [] if line["channels_last"] else [seconds("predicted", each) for each in run_on]
    return seconds("bound", devices[0]), next((each for each in guesses if each is not None), None)


def layers(lines: Sequence[dict[str, Any]]) -> str:
    """How the times of layers add up."""
    rows = list(sums(lines))
    note = (
        "float32, with two events of the CUDA stream around each layer: their sum, and the pass with and without them."
    )
    headings = ["network", "batch", "sum of layers ms", "pass with events ms", "sum / pass", "pass without ms"]
    return f"## Layers\n\n{note}\n\n" + table(headings, rows)


def sums(lines: Sequence[dict[str, Any]]) -> Iterator[list[Any]]:
    """A row per network and batch."""
    for line in lines:
        total = sum(layer["seconds"] for layer in line["layers"])
        yield [line["model"], line["batch"], f"{1e3 * total:.3f}", f"{1e3 * line['clocked']:.3f}",
               f"{100 * total / line['clocked']:.1f} %", f"{1e3 * line['seconds']:.3f}"]  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1].rstrip("/")))
