"""Kernels that a compiler joins: ops between two products of a library run as one, without their tensors in memory.

As torch.compile does it: a product, such as a convolution, stays a kernel of its own; all else that reads the output of
another kernel, and needs no product that comes after it, is joined with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.analysis.kernels import Kernel, Value


def fused(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The kernels of a compiled network: each group's as one, which belongs to the layer of the group's first."""
    groups = _groups(kernels)
    readers: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        for kernel in group:
            for value in kernel.reads:
                readers.setdefault(value.storage, []).append(number)
    return [_joined(group, number, readers) for number, group in enumerate(groups)]


def _groups(kernels: Sequence[Kernel]) -> list[list[Kernel]]:
    """Kernels that run as one, in the order of their first ones.

    A depth is the number of products before a kernel: with the same depth, no product lies between two kernels.
    """
    groups: list[list[Kernel]] = []
    depths: dict[int, int] = {}  # by storage
    group_of: dict[int, list[Kernel]] = {}  # by storage; a product's outputs have none
    for kernel in kernels:
        depth = max((depths.get(value.storage, 0) for value in kernel.reads), default=0)
        own = [kernel]
        if not kernel.product:
            near = [value.storage for value in kernel.reads if value.storage in group_of]
            joined: list[list[Kernel]] = []
            for storage in near:
                if depths[storage] == depth and not any(group_of[storage] is each for each in joined):
                    joined.append(group_of[storage])
            if joined:
                own = joined[0]
                for other in joined[1:]:
                    own += other
                    groups = [each for each in groups if each is not other]
                    group_of.update({storage: own for storage, each in group_of.items() if each is other})
                own.append(kernel)
            group_of.update({value.storage: own for value in kernel.writes})
        if own[-1] is kernel and len(own) == 1:
            groups.append(own)
        depths.update({value.storage: depth + kernel.product for value in kernel.writes})
    return groups


def _joined(group: Sequence[Kernel], number: int, readers: dict[int, list[int]]) -> Kernel:
    """One kernel that reads what the group does not make, and writes what others read."""
    first = group[0]
    if first.product:
        return first
    kind = "norm_bytes" if any(kernel.kind == "norm_bytes" for kernel in group) else "bytes"
    if len(group) == 1:
        return first._replace(kind=kind, call=True, indices=0)
    made = {value.storage for kernel in group for value in kernel.writes}
    reads: dict[int, Value] = {}
    for kernel in group:
        for value in kernel.reads:
            if value.storage not in made and value.nbytes > reads.get(value.storage, Value(0, -1)).nbytes:
                reads[value.storage] = value
    writes = [
        value
        for kernel in group
        for value in kernel.writes
        if any(reader != number for reader in readers.get(value.storage, [-1]))
    ]
    weights = sum(kernel.weights for kernel in group)
    return Kernel(first.node, kind, 0, tuple(reads.values()), tuple(writes), weights)
