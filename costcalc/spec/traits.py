"""Traits of ops, declared where an op is defined: ``@op(elementwise=True)``, and read by conventions and readers."""

from __future__ import annotations

from typing import NamedTuple


class Traits(NamedTuple):
    """Properties of an op that hold for every use of it.

    elementwise          the step that makes the output works element by element: the output keeps the order of the
                         input's axes in memory
    keeps_channels_last  the output lies channels last in memory if the inputs do
    composite            the rule does not cover every call of the aten operation of its name; other calls are read
                         through its decomposition
    stands_for_many      represents all operations of a kind; the aten name is in the settings
    looks_up             the output is rows of the weight, which is not read whole
    unsupported          represents operations without a rule, named in the settings; a tool may count them
    """

    elementwise: bool = False
    keeps_channels_last: bool = False
    composite: bool = False
    stands_for_many: bool = False
    unsupported: bool = False
    looks_up: bool = False


NONE = Traits()

TRAITS: dict[str, Traits] = {}
"""The traits of each op that has any, by the op's name."""


def traits(op: str) -> Traits:
    """The traits of an op."""
    return TRAITS.get(op, NONE)
