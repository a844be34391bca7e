"""Leave a model as it was: snapshot everything that a forward pass can reach, and put back what it changes.

A model reaches more than its modules: lists in dicts, attributes of plain objects, variables that a hook encloses,
attributes of its classes, global variables that its functions name. One walk visits all of them, kind by kind:
`variables`, and what objects hold (`contents`). Global settings of torch are listed in `settings`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules import module as nn_module

from costcalc.convert.untouched import settings
from costcalc.convert.untouched.kinds import Snapshot, snapshots
from costcalc.convert.untouched.variables import PutBack


@contextmanager
def untouched(*roots: Any) -> Iterator[None]:
    """Put back, at the end, everything reachable from these objects, and each global setting; also after an exception.

    Values of tensors are not copied: a read does not write them (see `torch_reader.dispatch`). Not put back: iterators
    that were advanced, files, large arrays of numpy, and objects that synchronise threads.
    """
    puts = [*settings.kept(), *_walk([*roots, *_of_torch()])]
    try:
        yield
    finally:
        _put_back(puts)


def _put_back(puts: list[PutBack]) -> None:
    """Run them all, the last first. An interrupt, or an error of one, waits until this is done."""
    try:
        while puts:
            puts[-1]()
            puts.pop()
    except BaseException as error:
        if not isinstance(error, KeyboardInterrupt):
            puts.pop()
        _put_back(puts)
        raise


def _walk(todo: list[Any]) -> Iterator[PutBack]:
    """Take a snapshot of each object that can be reached from these."""
    seen: dict[int, Any] = {id(sys.modules): sys.modules}  # keeps them alive, so that no id is used twice
    of_type: dict[type, list[Snapshot]] = {}
    with torch._C.DisableTorchFunctionSubclass():
        while todo:
            each = todo.pop()
            kind = type(each)
            if kind not in of_type:
                of_type[kind] = list(snapshots(kind))
            if not of_type[kind] or id(each) in seen:
                continue
            seen[id(each)] = each
            for snapshot in of_type[kind]:
                put_back, inside = snapshot(each)
                todo.extend(inside)
                if put_back is not None:
                    yield put_back


def _of_torch() -> list[Any]:
    """Containers of torch's own: hooks of all modules, and seeds for devices that are not initialized yet."""
    hooks = [value for name, value in vars(nn_module).items() if name.startswith("_global_")]
    devices = [getattr(torch, name, None) for name in ("cuda", "xpu", "mtia")]
    return hooks + [getattr(each, name, None) for each in devices for name in ("_queued_calls", "_lazy_seed_tracker")]
