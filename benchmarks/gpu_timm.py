"""Times of timm's models on a GPU, taken as its own benchmark does: python benchmarks/gpu_timm.py OUT LIST SECONDS

LIST is a CSV file with the columns model and infer_img_size. Forward passes in eval mode without gradients, float32
weights, channels first, under torch.autocast to float16, at a batch of 64: eager, the median of 10 passes or more.
Appends a line of JSON per model to OUT, and stops after SECONDS.
"""

from __future__ import annotations

import csv
import gc
import json
import sys
import time

import timm
import torch
from torch.utils.benchmark import Timer

BATCH = 64


def measure(name: str, size: int) -> dict[str, object]:
    """The seconds of a forward pass."""
    torch.set_float32_matmul_precision("highest")
    with torch.device("cuda"):
        model = timm.create_model(name).eval()
        x = torch.randn(BATCH, 3, size, size)
    with torch.no_grad(), torch.autocast("cuda", torch.float16):
        for _ in range(5):
            model(x)
        taken = Timer("model(x)", globals={"model": model, "x": x}).blocked_autorange(min_run_time=0.3)
    return {"model": name, "size": size, "batch": BATCH, "seconds": taken.median, "spread": taken.iqr}


def main(out: str, listed: str, seconds: float) -> None:
    """Measure the models in their order."""
    torch.backends.cudnn.benchmark = True  # as timm's benchmark does
    end = time.monotonic() + seconds
    with open(listed, encoding="utf-8") as lines, open(out, "a", encoding="utf-8") as results:
        for row in csv.DictReader(lines):
            if time.monotonic() > end:
                break
            name, size = row["model"], int(row["infer_img_size"])
            try:
                line = measure(name, size)
            except Exception as error:  # of timm or torch
                line = {"model": name, "size": size, "error": str(error).partition("\n")[0]}
            gc.collect()
            torch.cuda.empty_cache()
            results.write(json.dumps(line) + "\n")
            results.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
