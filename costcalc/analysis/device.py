"""Device: peak rates and memory bandwidth of a GPU or CPU, from a file in `tables/devices/` or a user's own.

A file is JSON: ``name``, ``source``, ``date``, ``bandwidth`` and ``peaks`` by torch's names of dtypes, and "tf32". A
cell has a figure as it is ``printed``, like "1,979 TFLOP/s", or ``measured``; a peak that is printed with sparsity is
twice the dense one. A peak without a figure is computed: chip units x clock x FMA units x lanes x 2.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from costcalc.spec.dtypes import BYTES
from costcalc.spec.errors import CostcalcError
from costcalc.spec.run import AMP

LARGEST_FILE = 2**16
"""Bytes of a device file."""

MOST = 10**24
"""Upper bound of a rate."""

UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
FIGURE = re.compile(r"([\d,]{1,20})(?:\.(\d{1,9}))? ([kMGTP]?)(FLOP/s|B/s)", re.ASCII)

ONLY_DEVICES = ("tf32",)
"""Dtypes of products that are not dtypes of tensors."""


@dataclass(frozen=True, slots=True)
class Device:
    """Rates of a device.

    name       its full name
    peaks      dense peak in FLOP/s, 2 per mult-add, by dtype; the accumulator of 16-bit products is float32
    bandwidth  of its memory, in bytes per second
    source     the document that prints the figures, or how they were measured; and its date
    cells      the cells of the file, by dtype, and "bandwidth": as printed or measured
    note       a remark on the figures; may be empty
    also       other names of it
    constants  seconds per unit of each kind of work, by dtype: see `costcalc.analysis.prediction`; empty: no estimate
    constants_source  how they were fitted or measured
    cuda       True for a GPU of NVIDIA, whose file counts units of "SM"
    stacked    True for memory that is stacked beside the chip, HBM, as data-centre GPUs have it
    compiled   True for networks that torch.compile compiles
    """

    name: str
    peaks: Mapping[str, int]
    bandwidth: int
    source: str
    date: str
    cells: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    note: str = ""
    also: tuple[str, ...] = ()
    constants: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    constants_source: str = ""
    cuda: bool = False
    stacked: bool = False
    compiled: bool = False

    def flops(self, dtype: str) -> int:
        """The dense peak of products in a dtype, in FLOP/s.

        Raises CostcalcError if the device has none, with the dtypes that it has.
        """
        if dtype not in self.peaks:
            raise CostcalcError(f"{self.name} has no peak for {dtype}; there are {', '.join(self.peaks)}")
        return self.peaks[dtype]

    def in_tf32(self) -> Device:
        """The same device, with products of float32 tensors at the rate of TF32."""
        peaks = {**self.peaks, "float32": self.flops("tf32")}
        constants = {dtype: each for dtype, each in self.constants.items() if not dtype.startswith("float32")}
        if "tf32" in constants:
            constants["float32"] = constants["tf32"]
        return replace(self, name=f"{self.name}, TF32", peaks=peaks, constants=constants)

    def for_compiled(self) -> Device:
        """The same device, for compiled networks."""
        return replace(self, name=f"{self.name}, compiled", compiled=True)


def read_device(file: str | os.PathLike[str]) -> Device:
    """The Device of a file. Raises CostcalcError, in one line, for a file that is not one of a device."""
    try:
        with open(file, encoding="utf-8") as lines:
            text = lines.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise CostcalcError(f"it has more than {LARGEST_FILE:,} characters")
        return from_data(json.loads(text))
    except OSError as error:
        raise CostcalcError(f"cannot read the device file {os.fspath(file)!r}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # of json, or of the text's encoding
        raise CostcalcError(f"{os.fspath(file)!r} is not a device file: it is not JSON ({error})") from error
    except CostcalcError as error:
        raise CostcalcError(f"{os.fspath(file)!r} is not a device file: {error}") from error


def from_data(data: Any) -> Device:
    """The Device of a file's data. Raises CostcalcError for the first wrong entry."""
    if not isinstance(data, dict) or data.get("schema") != 1:
        raise CostcalcError('expected an object with "schema": 1')
    name, source, date = (_text(data, key, True) for key in ("name", "source", "date"))
    cells = _object(data, "peaks")
    if not cells:
        raise CostcalcError("peaks: expected a rate for at least one dtype")
    for dtype in cells:
        if dtype not in BYTES and dtype not in ONLY_DEVICES:
            raise CostcalcError(f"peaks: unknown dtype {dtype!r:.60}")
    chip = _object(data, "chip") if "chip" in data else {}
    peaks = {dtype: _peak(dtype, _object(cells, dtype), chip) for dtype in cells}
    bandwidth = _object(data, "bandwidth")
    also = data.get("also", [])
    if not isinstance(also, list) or not all(isinstance(each, str) for each in also):
        raise CostcalcError("also: expected a list of names")
    all_cells = {**cells, "bandwidth": bandwidth}
    rate = _figure("bandwidth", bandwidth, "B/s")
    constants = _object(data, "constants") if "constants" in data else {}
    fitted = {dtype: _constants(dtype, _object(constants, dtype)) for dtype in constants}
    origin = _text(data, "constants_source", bool(fitted))
    note, cuda = _text(data, "note"), chip.get("unit") == "SM"
    stacked = _text(bandwidth, "memory").startswith("HBM")
    return Device(name, peaks, rate, source, date, all_cells, note, tuple(also), fitted, origin, cuda, stacked)


def computed(cell: Mapping[str, Any], chip: Mapping[str, Any]) -> int | None:
    """Units x clock x FLOPs per clock of a peak; None if the file does not give them."""
    per_clock = cell.get("per_clock")
    if "fma_units" in cell or "lanes" in cell:
        per_clock = 2 * _count(cell, "fma_units") * _count(cell, "lanes")
    if per_clock is None or not chip:
        return None
    clock = _count(cell if "clock_mhz" in cell else chip, "clock_mhz")
    return _count(chip, "units") * clock * 10**6 * _count({"per_clock": per_clock}, "per_clock")


KINDS = (
    "op", "conv", "grouped", "depthwise", "linear", "product_bytes", "pool_bytes", "lrn_bytes", "bytes", "fresh_bytes",
)  # fmt: skip
"""Kinds of work of layers, each of which a file may have a constant for."""

OF_KERNELS = (
    "op", "conv", "conv_bytes", "grouped", "depthwise_bytes", "depthwise_wide", "depthwise_last", "linear",
    "product_bytes", "attention", "norm_bytes", "bytes",
)  # fmt: skip
"""Kinds of work of kernels: a file that has a constant for one has one for each."""

COMPILED = " compiled"
"""Behind the dtype of constants for compiled networks."""


def _constants(dtype: str, given: Mapping[str, Any]) -> dict[str, float]:
    plain = dtype.removesuffix(COMPILED)
    if plain not in (*BYTES, *ONLY_DEVICES, AMP):
        raise CostcalcError(f"constants: unknown dtype {dtype!r:.60}")
    if dtype not in BYTES or set(given) == set(OF_KERNELS):
        return _of_kernels(dtype, given)
    for kind, number in given.items():
        if kind not in KINDS:
            raise CostcalcError(f"constants: unknown kind of work {kind!r:.60}; there are {', '.join(KINDS)}")
        if type(number) not in (int, float) or not 0 <= number < 1:
            raise CostcalcError(
                f"constants: {kind}: expected seconds per unit, from 0 to less than 1, not {number!r:.60}"
            )
    return {kind: float(number) for kind, number in given.items()}


def _of_kernels(dtype: str, given: Mapping[str, Any]) -> dict[str, float]:
    if set(given) != set(OF_KERNELS):
        raise CostcalcError(f"constants: {dtype}: expected one for each of {', '.join(OF_KERNELS)}")
    for kind, number in given.items():
        if type(number) not in (int, float) or not 0 < number < 1:
            raise CostcalcError(
                f"constants: {kind}: expected seconds per unit, more than 0 and less than 1, not {number!r:.60}"
            )
    return {kind: float(number) for kind, number in given.items()}


def _peak(dtype: str, cell: Mapping[str, Any], chip: Mapping[str, Any]) -> int:
    sparse = cell.get("sparse", False)
    if not isinstance(sparse, bool):
        raise CostcalcError(f"{dtype}: sparse: expected true or false")
    if "printed" in cell or "measured" in cell:
        return _figure(dtype, cell, "FLOP/s") // (2 if sparse else 1)
    found = computed(cell, chip)
    if found is None:
        raise CostcalcError(f"{dtype}: expected a figure, or fma_units and lanes with a chip")
    return found


def _figure(name: str, cell: Mapping[str, Any], unit: str) -> int:
    """The figure of a cell: ``2,039 GB/s`` -> 2039 · 10^9."""
    text = cell.get("printed", cell.get("measured"))
    match = FIGURE.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[4] != unit:
        raise CostcalcError(f"{name}: {text!r:.60} is not a figure; expected one like '1,979 T{unit}'")
    digits, decimals = match[1].replace(",", ""), match[2] or ""
    number: int = int((digits or "0") + decimals) * UNITS.get(match[3], 1) // 10 ** len(decimals)
    if not 0 < number <= MOST:
        raise CostcalcError(f"{name}: {text!r} is not a rate; expected more than 0 and at most 10^24")
    return number


def _count(found: Mapping[str, Any], key: str) -> int:
    number: Any = found.get(key)
    if type(number) is not int or not 0 < number <= 10**9:
        raise CostcalcError(f"{key}: expected a whole number from 1 to 10^9, not {number!r:.60}")
    return int(number)


def _object(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    if not isinstance(found, dict):
        raise CostcalcError(f"{key}: expected an object")
    return found


def _text(data: Mapping[str, Any], key: str, needed: bool = False) -> str:
    found = data.get(key, "")
    if not isinstance(found, str) or (needed and not found.strip()):
        raise CostcalcError(f"{key}: expected a text")
    return found
