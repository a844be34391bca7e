"""Read three models of each of ten libraries, and compare their mult-adds with those that torch dispatches.

    python benchmarks/libraries.py [LIBRARY ...]

Makes a virtual environment in a temporary folder, installs costcalc and the libraries there (with the versions of
constraints.txt), prints a table in Markdown, and removes the environment.

Models are small and have random weights: none are downloaded. "torch" is half of FlopCounterMode's total in a real
forward pass on the CPU. Exits with 1 if a total differs or a model is not read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "diffusers": "diffusers",
    "ultralytics": "ultralytics",
    "transformers": "transformers",
    "monai": "monai",
    "open_clip": "open_clip_torch",
    "torch_geometric": "torch_geometric",
    "x_transformers": "x-transformers",
    "pytorchcv": "pytorchcv",
    "keras": "keras",
}


def main() -> int:
    """Make the environment, run `library_models.py` in it, and return its exit code."""
    chosen = sys.argv[1:] or list(PACKAGES)
    unknown = [library for library in chosen if library not in PACKAGES]
    if unknown:
        sys.exit(f"unknown library {unknown[0]!r}: expected one of {', '.join(PACKAGES)}")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "Scripts" if os.name == "nt" else "bin", "python"))
        wanted = [f"{ROOT}[torch,hf,keras]", *(PACKAGES[library] for library in chosen)]
        install = [python, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), *wanted]
        subprocess.run(install, check=True)
        return subprocess.run([python, str(ROOT / "benchmarks" / "library_models.py"), *chosen]).returncode


if __name__ == "__main__":
    sys.exit(main())
