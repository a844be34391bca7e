"""Processes of a sweep: an interrupt while one starts is not lost."""

import signal

import pytest

from costcalc.analysis.many import _interrupt_later


def test_an_interrupt_waits_until_processes_have_started() -> None:
    reached = []

    def start() -> None:
        with _interrupt_later():
            signal.raise_signal(signal.SIGINT)
            reached.append(True)

    with pytest.raises(KeyboardInterrupt):
        start()
    assert reached
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_without_an_interrupt_its_handler_stays() -> None:
    before = signal.getsignal(signal.SIGINT)
    with _interrupt_later():
        pass
    assert signal.getsignal(signal.SIGINT) is before
