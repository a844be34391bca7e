"""Random states and global settings of torch that a forward pass changes are put back after a read."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from reads import HOW_IT_ENDS, read
from small_modules import module
from torch import nn
from torch.backends import cuda, cudnn, mha, mkldnn


def sequence(value: Any) -> Any:
    """The value in a form that == compares."""
    return value.tolist() if hasattr(value, "tolist") else repr(value)


DRAWS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "torch": (lambda: None, lambda _: torch.rand(3)),
    "torch's seed": (lambda: None, lambda _: torch.manual_seed(3)),
    "Python": (lambda: None, lambda _: random.random()),
    "numpy": (lambda: None, lambda _: (np.random.rand(), np.random.randn())),
    "a torch.Generator": (torch.Generator, lambda made: torch.rand(3, generator=made)),
    "a random.Random": (lambda: random.Random(1), lambda made: made.random()),
    "a system's random.Random": (random.SystemRandom, lambda made: made.random()),
    "a numpy generator": (lambda: np.random.default_rng(1), lambda made: made.random()),
    "a numpy RandomState": (lambda: np.random.RandomState(1), lambda made: made.randn()),
}


@HOW_IT_ENDS
@pytest.mark.parametrize("which", DRAWS)
def test_random_states(which: str, error: type[BaseException] | None) -> None:
    make, draw = DRAWS[which]

    def forward(self: Any, x: Any) -> Any:
        draw(self.generator)
        if error is not None:
            raise error
        return self.l(x)

    model = module(forward, l=nn.Linear(3, 3), generator=make())

    def states() -> list[Any]:
        made: Any = model.generator
        of_made = {
            torch.Generator: lambda: made.get_state().tolist(),
            np.random.Generator: lambda: made.bit_generator.state,
            np.random.RandomState: lambda: repr(made.get_state()),
            random.Random: lambda: made.getstate(),
        }
        own = of_made[type(made)]() if type(made) in of_made else None
        return [own, torch.get_rng_state().tolist(), random.getstate(), repr(np.random.get_state())]

    before = states()
    read(model, error)
    assert states() == before


def test_dropout_draws_nothing() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(), nn.RReLU())
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    read(model, mode="train")
    assert torch.equal(torch.rand(3), expected)


def assigned(owner: Any, name: str, value: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return lambda: getattr(owner, name), lambda: setattr(owner, name, value)


SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "default dtype": (torch.get_default_dtype, lambda: torch.set_default_dtype(torch.float64)),
    "default tensor type": (torch.get_default_dtype, lambda: torch.set_default_tensor_type(torch.DoubleTensor)),
    "default device": (torch.get_default_device, lambda: torch.set_default_device("meta")),
    "gradients": (torch.is_grad_enabled, lambda: torch.set_grad_enabled(False)),
    "anomalies": (torch.is_anomaly_enabled, lambda: torch.autograd.set_detect_anomaly(True)),
    "anomalies, NaN": (
        torch.is_anomaly_check_nan_enabled,
        lambda: torch.autograd.set_detect_anomaly(True, check_nan=False),
    ),
    "deterministic": (
        torch.are_deterministic_algorithms_enabled,
        lambda: torch.use_deterministic_algorithms(True),
    ),
    "deterministic, warnings": (
        torch.get_deterministic_debug_mode,
        lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    ),
    "filled memory": assigned(torch.utils.deterministic, "fill_uninitialized_memory", False),
    "autocast": (lambda: torch.is_autocast_enabled("cpu"), lambda: torch.set_autocast_enabled("cpu", True)),
    "autocast on CUDA": (lambda: torch.is_autocast_enabled("cuda"), lambda: torch.set_autocast_enabled("cuda", True)),
    "autocast's dtype": (
        lambda: torch.get_autocast_dtype("cpu"),
        lambda: torch.set_autocast_dtype("cpu", torch.float16),
    ),
    "autocast's cache": (torch.is_autocast_cache_enabled, lambda: torch.set_autocast_cache_enabled(False)),
    "precision of products": (
        torch.get_float32_matmul_precision,
        lambda: torch.set_float32_matmul_precision("medium"),
    ),
    "threads": (torch.get_num_threads, lambda: torch.set_num_threads(torch.get_num_threads() + 1)),
    "cudnn.benchmark": assigned(cudnn, "benchmark", True),
    "cudnn.deterministic": assigned(cudnn, "deterministic", True),
    "cudnn.enabled": assigned(cudnn, "enabled", False),
    "cudnn.allow_tf32": assigned(cudnn, "allow_tf32", False),
    "cuda.matmul.allow_tf32": assigned(cuda.matmul, "allow_tf32", True),
    "cuda.matmul in halves": assigned(cuda.matmul, "allow_fp16_reduced_precision_reduction", False),
    "mkldnn.enabled": assigned(mkldnn, "enabled", False),
    "flash attention": (cuda.flash_sdp_enabled, lambda: cuda.enable_flash_sdp(False)),
    "attention by parts": (cuda.math_sdp_enabled, lambda: cuda.enable_math_sdp(False)),
    "attention's fast path": (mha.get_fastpath_enabled, lambda: mha.set_fastpath_enabled(False)),
    "hooks of all modules": (
        lambda: len(nn.modules.module._global_forward_hooks),
        lambda: nn.modules.module.register_module_forward_hook(lambda m, args, out: None),
    ),
}


@HOW_IT_ENDS
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.filterwarnings("ignore")
def test_global_settings(setting: str, error: type[BaseException] | None) -> None:
    get, change = SETTINGS[setting]
    seen: list[Any] = []

    def forward(self: Any, x: Any) -> Any:
        change()
        seen.append(get())
        assert seen != [before], "nothing has changed"
        if error is not None:
            raise error
        return self.l(x)

    before = get()
    read(module(forward, l=nn.Linear(3, 3)), error)
    assert get() == before


def test_seeds_for_devices_that_are_not_initialized() -> None:
    def waiting() -> int:
        return len(torch.cuda._queued_calls) + len(torch.cuda._lazy_seed_tracker.get_calls())

    before = waiting()
    read(module(lambda self, x: (torch.manual_seed(3), x + 1)[1]))
    assert waiting() == before


def test_a_default_device_of_the_users_own() -> None:
    torch.set_default_device("cpu")
    try:
        read(module(lambda self, x: (torch.set_default_device(None), x + 1)[1]))
        assert torch._GLOBAL_DEVICE_CONTEXT.device_context.device == torch.device("cpu")
    finally:
        torch.set_default_device(None)
