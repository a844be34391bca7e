"""The real counting tools. ONE TOOL = ONE FILE, named as its convention; `report` runs it on a model."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Reported:
    """What a tool said of a model, in its own unit.

    total      its number for the whole model
    by_module  its numbers by module path, for the modules it reports ("" is the model)
    params     its number of parameters, where it gives one
    memory     its memory lines in bytes, under the names its convention gives them
    """

    total: int
    by_module: dict[str, int]
    params: int | None = None
    memory: dict[str, int] = field(default_factory=dict)
