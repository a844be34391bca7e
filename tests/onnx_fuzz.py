"""Mutated ONNX files through `table` and `export`, in a process of its own: ``python tests/onnx_fuzz.py FIRST COUNT``.

Prints the results as JSON. Each file ends in a network, or in one line. Reading it opens no other file, and
starts no process and no connection. A network is exported as JSON, which reads back at the same cost.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from command import Done, run
from onnx_mutations import mutated
from onnx_seeds import seeds

import costcalc

LONGEST = 120
"""Seconds after which a file counts as hanging. Each takes less than one."""

MORE = 2**20
"""Upper bound in KiB for the memory of all files together. No file has a large tensor in it."""

OUTSIDE = ("socket.", "subprocess.", "shutil.", "pickle.", "urllib.", "os.")
"""Audit events of Python that reading a file must not raise."""

LOOKS = ("os.listdir", "os.scandir", "os.walk", "os.fwalk")
"""Those of them that imports raise."""


class Watch:
    """Notes what a file makes the process do, while it is read."""

    def __init__(self, file: str) -> None:
        self.file, self.on, self.seen = file, False, []
        self.ours = tuple({sys.prefix, sys.base_prefix, str(Path(costcalc.__file__).parents[1])})
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event.startswith(OUTSIDE) and event not in LOOKS:
            self.seen.append(f"{event} {args!r:.200}")
        elif event == "open":
            path, _, flags = args
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if writes or not (path == self.file or str(path).startswith(self.ours)):
                self.seen.append(f"open {path!r:.200} {flags}")


def checked(file: str, watch: Watch) -> tuple[bool, str]:
    """True if the file is read; and the problem with how it was read or refused."""
    watch.seen.clear()
    watch.on = True
    try:
        done: list[Done] = [run(command, file) for command in ("table", "export")]
    except BaseException:
        return False, traceback.format_exc()
    finally:
        watch.on = False
    if watch.seen:
        return False, f"it does more than read: {watch.seen}"
    codes = [each.code for each in done]
    if codes == [2, 2]:
        lines = [each.err.count("\n") for each in done]
        right = lines == [1, 1] and not done[0].out + done[1].out and len(done[0].err) < 2000
        return False, "" if right else f"not one line: {done!r:.2000}"
    if codes != [0, 0]:
        return False, f"exit codes {codes}: {done!r:.2000}"
    return True, same(file, done[1].out)


def same(file: str, exported: str) -> str:
    """What is wrong with what was exported."""
    from costcalc.convert.data import from_data, to_data

    data = json.loads(exported)
    try:
        again = costcalc.cost(from_data(data))
    except costcalc.CostcalcError as error:
        return f"what is exported cannot be read: {error}"
    cost = costcalc.cost(file)
    if len(cost.graph.nodes) > 100_000 or not cost.graph.outputs:
        return "too many nodes, or no output"
    if to_data(again.graph) != data or (again.params, again.macs) != (cost.params, cost.macs):
        return "what is exported is another network"
    return ""


def main(first: int, count: int) -> None:
    sys.dont_write_bytecode = True
    files, read, wrong = seeds(), 0, []
    most = MORE + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("weights.bin").write_bytes(bytes(4096))  # there to be read, but not by us
        file = os.path.join(folder, "x.onnx")
        watch = Watch(file)
        for seed in range(first, first + count):
            raw, changes = mutated(seed, files)
            Path(file).write_bytes(raw)
            print(seed, file=sys.stderr, flush=True)  # the last one, if the process ends
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            fine, problem = checked(file, watch)
            faulthandler.cancel_dump_traceback_later()
            read += fine
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > most:
                wrong.append(f"{seed} {changes}: it takes more memory than any file may")
                break
            if problem:
                wrong.append(f"{seed} {changes}: {problem}")
    print(json.dumps({"read": read, "wrong": wrong}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
