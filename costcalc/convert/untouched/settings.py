"""Global settings on which the result of a forward pass depends: random states, and flags of torch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.backends import mha

Setting = tuple[Callable[[], Any], Callable[[Any], Any]]
"""A function that returns the value, and one that sets it."""

AUTOCAST_DEVICES = ("cpu", "cuda")

FLAGS = (
    "cuda.matmul.allow_tf32", "cudnn.allow_tf32", "mkldnn.allow_tf32",  # also set those of fp32_precision below
    "fp32_precision", "mkldnn.fp32_precision", "mkldnn.matmul.fp32_precision", "mkldnn.conv.fp32_precision",
    "mkldnn.rnn.fp32_precision", "cudnn.fp32_precision", "cudnn.conv.fp32_precision", "cudnn.rnn.fp32_precision",
    "cuda.matmul.fp32_precision", "cuda.matmul.allow_fp16_accumulation",
    "cuda.matmul.allow_fp16_reduced_precision_reduction", "cuda.matmul.allow_bf16_reduced_precision_reduction",
    "cudnn.enabled", "cudnn.deterministic", "cudnn.benchmark", "cudnn.benchmark_limit", "mkldnn.enabled",
    "mkldnn.deterministic", "miopen.immediate", "opt_einsum.enabled", "opt_einsum.strategy", "quantized.engine",
)  # fmt: skip
"""Attributes below torch.backends. Older releases lack some."""


def kept() -> Iterator[Callable[[], None]]:
    """For each setting a function that puts back the value it has now."""
    for get, put in _settings():
        try:
            value = get()
        except (AttributeError, RuntimeError):  # not in this release or build of torch; set in two ways that disagree
            continue
        yield partial(_put_back, get, put, value)


def _put_back(get: Callable[[], Any], put: Callable[[Any], Any], value: Any) -> None:
    try:
        same = bool(get() == value)
    except (RuntimeError, ValueError):  # set in two ways that disagree; an array
        same = False
    if not same:
        put(value)


def _settings() -> Iterator[Setting]:
    """All settings. A later one may undo side effects of an earlier one."""
    yield random.getstate, random.setstate
    yield partial(np.random.get_state, legacy=False), np.random.set_state
    yield torch.default_generator.get_state, torch.default_generator.set_state
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        yield torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all
        yield torch.cuda.current_device, torch.cuda.set_device
    yield torch.get_default_dtype, torch.set_default_dtype
    yield _default_device, torch.set_default_device
    yield torch.is_grad_enabled, torch._C._set_grad_enabled
    yield torch.is_anomaly_enabled, torch.set_anomaly_enabled
    yield torch.is_anomaly_check_nan_enabled, lambda nan: torch.set_anomaly_enabled(torch.is_anomaly_enabled(), nan)
    yield torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode
    yield _attribute(torch.utils.deterministic, "fill_uninitialized_memory")
    yield torch.get_num_threads, torch.set_num_threads
    yield torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled
    for device in AUTOCAST_DEVICES:
        yield partial(torch.is_autocast_enabled, device), partial(torch.set_autocast_enabled, device)
        yield partial(torch.get_autocast_dtype, device), partial(torch.set_autocast_dtype, device)
    yield torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
    for path in FLAGS:
        yield _attribute(torch.backends, path)
    cuda: Any = torch.backends.cuda
    yield cuda.flash_sdp_enabled, cuda.enable_flash_sdp
    yield cuda.mem_efficient_sdp_enabled, cuda.enable_mem_efficient_sdp
    yield cuda.math_sdp_enabled, cuda.enable_math_sdp
    yield cuda.cudnn_sdp_enabled, cuda.enable_cudnn_sdp
    yield mha.get_fastpath_enabled, mha.set_fastpath_enabled


def _attribute(owner: Any, path: str) -> Setting:
    """An attribute, by its dotted path."""
    *parts, name = path.split(".")

    def place() -> Any:
        found = owner
        for part in parts:
            found = getattr(found, part)
        return found

    return lambda: getattr(place(), name), lambda value: setattr(place(), name, value)


def _default_device() -> torch.device | None:
    """The device of torch.set_default_device. None if unset, which torch.get_default_device reports as the CPU."""
    context = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return None if context is None else context.device
