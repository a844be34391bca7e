"""Write the names of the models of torchvision, timm, transformers and Keras that are installed, for hints.

python docs/library_names.py
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "costcalc" / "convert" / "library_names"


def installed() -> dict[str, list[str]]:
    """The names by library, sorted."""
    import os

    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import timm
    import torchvision
    from transformers.models.auto import modeling_auto

    tables = [table.values() for key, table in vars(modeling_auto).items() if key.endswith("_MAPPING_NAMES")]
    values = [value for table in tables for value in table]
    classes = {name for value in values for name in ([value] if isinstance(value, str) else value)}
    return {
        "keras": sorted(name for name in dir(keras.applications) if name[:1].isupper()),
        "torchvision": sorted(torchvision.models.list_models()),
        "timm": sorted(timm.list_models()),
        "transformers": sorted(name for name in classes if not name.endswith("Config")),
    }


if __name__ == "__main__":
    for library, names in installed().items():
        (FOLDER / f"{library}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
