"""The real counting tools. ONE TOOL = ONE FILE, with the name of its convention; `report` runs it on a model."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Reported:
    """A tool's report about a model, in the tool's unit.

    total      its number for the whole model
    by_module  its numbers by module path, for the modules that it reports ("" is the model)
    params     its number of parameters, if it has one
    memory     its memory lines in bytes, under the names in its convention
    """

    total: int
    by_module: dict[str, int]
    params: int | None = None
    memory: dict[str, int] = field(default_factory=dict)
