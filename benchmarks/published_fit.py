"""Constants of a device, fitted to measured times of networks, and predictions for families that were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np

from costcalc.analysis.device import OF_KERNELS, Device
from costcalc.analysis.devices import find
from costcalc.analysis.kernel_times import WORK, joint
from costcalc.analysis.no_estimate import family

FOLDS = 5

KERNELS = tuple(WORK)


class Column(NamedTuple):
    """A column of measured times: the device, the constants that predict it, and if models were reparametrised.

    table  its file in `tables/measured/`
    """

    device: str
    setting: str
    fused: bool
    table: str = "timm"


class Data:
    """The work and the measured times of one column: arrays with an entry per group of kernels, `row` their model."""

    def __init__(
        self, name: str, column: Column, table: Sequence[Mapping[str, str]], lines: Sequence[Mapping[str, Any]]
    ) -> None:
        by_model = {(line["model"], line["size"]): line for line in lines}
        self.names, seconds, parts = [], [], []
        for entry in table:
            line = by_model.get((entry["model"], int(entry["size"])), {})
            form = line.get("fused") if column.fused and "fused" in line else line.get("plain")
            if not entry[name] or form is None:
                continue
            batch = int(entry[f"{name}_batch"])
            part = np.array(form[column.setting], float)
            parts.append(np.column_stack([np.full(len(part), len(seconds)), part, np.full(len(part), batch)]))
            seconds.append(batch / float(entry[name]))
            self.names.append(entry["model"])
        row, kind, macs, nbytes, fixed, count, calls, batch = np.concatenate(parts).T
        self.seconds, self.row, self.count = np.array(seconds), row.astype(int), count
        self.macs, self.nbytes = macs * batch, nbytes * batch + fixed
        kinds = kind.astype(int)
        place = {each: at for at, each in enumerate(OF_KERNELS)}
        self.compute = np.array([place.get(WORK[each].compute, -1) for each in KERNELS])[kinds]
        self.memory = np.array([place[WORK[each].memory] for each in KERNELS])[kinds]
        self.families = np.array([family(each) for each in self.names])
        self.queued = find(column.device).cuda
        self.calls = np.bincount(self.row, calls, len(self.seconds))

    def predicted(self, constants: Any) -> Any:
        """The predicted seconds of each model, for constants in the order of `OF_KERNELS`."""
        compute = np.where(self.compute < 0, 0.0, self.macs * constants[self.compute])
        times = joint(compute, self.nbytes * constants[self.memory])
        kernels, calls = np.bincount(self.row, times * self.count, len(self.seconds)), constants[0] * self.calls
        return np.maximum(kernels, calls) if self.queued else kernels + calls


def fold(name: str) -> int:
    """The fold of a family, which does not depend on the other families."""
    return int(sha256(name.encode()).hexdigest(), 16) % FOLDS


CALL = 15e-6
"""Seconds of a call where no measured time tells: kernels of large batches take longer on a GPU than their calls."""

NEAR, STEP = 0.04, 1e-4
PRIOR = np.full(len(OF_KERNELS), 0.3)


def fitted(data: Data, device: Device, chosen: Any, start: Any = None) -> Any:
    """The constants with the least sum of relative errors, all positive, by Gauss and Newton's method in logarithms.

    Errors below `NEAR` are squared. A weak prior keeps constants that few models need near the device's printed rates.
    """
    prior, weight = np.log(_printed(device)), PRIOR
    found = prior if start is None else np.log(start)
    damping, (errors, slopes) = 1e-3, _errors(data, found, chosen)
    loss = _loss(errors, found, prior, weight)
    for _ in range(40):
        weights = 1 / np.maximum(np.abs(errors), NEAR)
        square = slopes.T @ (slopes * weights[:, None]) + np.diag(weight)
        slope = slopes.T @ (errors * weights) + weight * (found - prior)
        while damping < 1e6:
            step = np.linalg.solve(square + damping * np.diag(np.diag(square)), slope).clip(-1, 1)
            trial = np.log(data.predicted(np.exp(found - step))[chosen]) - np.log(data.seconds[chosen])
            if _loss(trial, found - step, prior, weight) < loss:
                break
            damping *= 5
        else:
            break
        found, before, damping = found - step, loss, damping / 5
        errors, slopes = _errors(data, found, chosen)
        loss = _loss(errors, found, prior, weight)
        if before - loss < 1e-5 * before:
            break
    return np.exp(found)


def _errors(data: Data, logs: Any, chosen: Any) -> tuple[Any, Any]:
    """Logarithms of predicted over measured, and their slopes."""
    here = np.log(data.predicted(np.exp(logs))[chosen])
    slopes = [(np.log(data.predicted(np.exp(logs + each))[chosen]) - here) / STEP for each in STEP * np.eye(len(logs))]
    return here - np.log(data.seconds[chosen]), np.stack(slopes, 1)


def _loss(errors: Any, logs: Any, prior: Any, weight: Any) -> float:
    size = np.abs(errors)
    near = np.where(size < NEAR, size**2 / (2 * NEAR), size - NEAR / 2)
    return float(near.sum() + (weight / 2 * (logs - prior) ** 2).sum())


def _printed(device: Device) -> Any:
    """Constants to begin with: `CALL`; 70 % of the printed rates; depthwise convolutions at a twentieth of the peak."""
    peak = device.peaks.get("float16", device.peaks["float32"])
    slow = {"depthwise_wide": 20.0, "depthwise_last": 20.0}
    return np.array([
        CALL if kind == "op" else 1 / (0.7 * device.bandwidth) if kind.endswith("bytes")
        else 2 * slow.get(kind, 1.0) / (0.7 * peak)
        for kind in OF_KERNELS
    ])  # fmt: skip


def held_out(data: Data, device: Device) -> tuple[Any, Any]:
    """The predicted seconds of each model, by constants fitted without its fold; and the constants of all models."""
    folds = np.array([fold(name) for name in data.families])
    whole, found = fitted(data, device, np.ones(len(folds), bool)), np.zeros(len(folds))
    for each in range(FOLDS):
        constants = fitted(data, device, folds != each, whole)
        found[folds == each] = data.predicted(constants)[folds == each]
    return found, whole
