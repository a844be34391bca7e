"""Which layer of one model is which of another."""

from collections.abc import Sequence

import pytest

from costcalc.analysis.align import aligned
from costcalc.analysis.quantity import Amount
from costcalc.analysis.snapshot import Line


def line(word: str) -> Line:
    """``features.3=conv 64`` of a layer conv with facts 64."""
    name, _, rest = word.partition("=")
    op, _, facts = rest.partition(" ")
    return Line(name, op, facts, {"params": Amount(1)}, {})


def said(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """``a``: the same; ``a>b``: renamed; ``+a``, ``-a``: added, removed; ``a!``: moved; ``a*``: changed."""
    lines = []
    for before, after, moved in aligned([*map(line, old)], [*map(line, new)]):
        if before is None or after is None:
            lines.append(f"+{after.name}" if after is not None else f"-{before.name}" if before is not None else "")
            continue
        name = before.name if before.name == after.name else f"{before.name}>{after.name}"
        lines.append(name + ("!" if moved else "") + ("" if before.signature == after.signature else "*"))
    return lines


CASES = {
    "the same": (["a=conv 1", "b=relu 1"], ["a=conv 1", "b=relu 1"], ["a", "b"]),
    "changed": (["a=conv 1", "b=relu 1"], ["a=conv 2", "b=relu 2"], ["a*", "b*"]),
    "another op at the same path": (["a=conv 1", "act=relu 1"], ["a=conv 1", "act=gelu 1"], ["a", "act*"]),
    "added at the end": (["a=conv 1"], ["a=conv 1", "b=relu 1"], ["a", "+b"]),
    "removed from the start": (["a=conv 1", "b=conv 2"], ["b=conv 2"], ["-a", "b"]),
    "removed in the middle": (["a=conv 1", "b=conv 2", "c=conv 3"], ["a=conv 1", "c=conv 3"], ["a", "-b", "c"]),
    "inserted in a Sequential": (
        ["f.0=conv 1", "f.1=relu 1", "f.2=conv 2", "f.3=relu 2"],
        ["f.0=conv 1", "f.1=relu 1", "f.2=conv 9", "f.3=bn 9", "f.4=conv 2", "f.5=relu 2"],
        ["f.0", "f.1", "+f.2", "+f.3", "f.2>f.4", "f.3>f.5"],
    ),
    "inserted at the start": (
        ["f.0=conv 1", "f.1=conv 2", "f.2=conv 3"],
        ["f.0=norm 0", "f.1=conv 1", "f.2=conv 2", "f.3=conv 3"],
        ["+f.0", "f.0>f.1", "f.1>f.2", "f.2>f.3"],
    ),
    "removed from a Sequential": (
        ["f.0=conv 1", "f.1=conv 2", "f.2=conv 3"],
        ["f.0=conv 1", "f.1=conv 3"],
        ["f.0", "-f.1", "f.2>f.1"],
    ),
    "one more of equal blocks": (
        ["h.0.fc=linear 1", "h.1.fc=linear 1"],
        ["h.0.fc=linear 1", "h.1.fc=linear 1", "h.2.fc=linear 1"],
        ["h.0.fc", "h.1.fc", "+h.2.fc"],
    ),
    "all widths doubled": (  # fc1 is now what fc2 was, but no layer was inserted: each has grown
        ["fc1=linear 64-128", "fc2=linear 128-256", "fc3=linear 256-512"],
        ["fc1=linear 128-256", "fc2=linear 256-512", "fc3=linear 512-1024"],
        ["fc1*", "fc2*", "fc3*"],
    ),
    "all widths doubled, in a Sequential": (
        ["0=linear 64-128", "1=relu 128", "2=linear 128-256"],
        ["0=linear 128-256", "1=relu 256", "2=linear 256-512"],
        ["0*", "1*", "2*"],
    ),
    "a block renamed": (
        ["backbone.a=conv 1", "backbone.b=conv 2", "fc=linear 3"],
        ["encoder.a=conv 1", "encoder.b=conv 2", "fc=linear 3"],
        ["backbone.a>encoder.a", "backbone.b>encoder.b", "fc"],
    ),
    "a block renamed, and a layer of it changed": (
        ["backbone.a=conv 1", "backbone.b=conv 2", "backbone.c=conv 3"],
        ["encoder.a=conv 1", "encoder.b=conv 9", "encoder.c=conv 3"],
        ["backbone.a>encoder.a", "backbone.b>encoder.b*", "backbone.c>encoder.c"],
    ),
    "shifted, and changed": (
        ["f.0=conv 1", "f.1=conv 2", "f.2=conv 3"],
        ["f.0=norm 0", "f.1=conv 1", "f.2=conv 9", "f.3=conv 3"],
        ["+f.0", "f.0>f.1", "f.1>f.2*", "f.2>f.3"],
    ),
    "without its biases, under another name": (
        ["a.conv=conv 1 -> 2; 3x3, 3"], ["b.c=conv 1 -> 2; 3x3"], ["a.conv>b.c*"],
    ),
    "moved": (
        ["a=conv 1", "b=relu 1", "c=conv 2"], ["a=conv 1", "c=conv 2", "b=relu 1"], ["a", "c", "b!"],
    ),
    "functions numbered in order": (
        ["a=conv 1", "relu=relu 1", "b=conv 2", "relu_1=relu 2"],
        ["a=conv 1", "relu=relu 1", "n=conv 9", "relu_1=relu 9", "b=conv 2", "relu_2=relu 2"],
        ["a", "relu", "+n", "+relu_1", "b", "relu_1>relu_2"],
    ),
    "one more use of a shared layer": (
        ["fc=linear 1", "fc@2=linear 1"], ["fc=linear 1", "fc@2=linear 1", "fc@3=linear 1"], ["fc", "fc@2", "+fc@3"],
    ),
    "nothing in common": (["a=conv 1"], ["b=linear 2"], ["-a", "+b"]),
    "from nothing": ([], ["b=linear 2"], ["+b"]),
    "to nothing": (["b=linear 2"], [], ["-b"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_layers(case: str) -> None:
    old, new, expected = CASES[case]
    found = said(old, new)
    assert sorted(found) == sorted(expected)
    assert [each for each in found if each[0] != "-"] == [each for each in expected if each[0] != "-"]


@pytest.mark.parametrize("case", CASES)
def test_each_layer_once(case: str) -> None:
    """And backwards what was added is removed."""
    old, new, _ = CASES[case]
    for before, after in ((old, new), (new, old)):
        pairs = aligned([*map(line, before)], [*map(line, after)])
        assert sorted(pair.old.name for pair in pairs if pair.old) == sorted(map(name, before))
        assert [pair.new.name for pair in pairs if pair.new] == [*map(name, after)]


def name(word: str) -> str:
    return word.partition("=")[0]
