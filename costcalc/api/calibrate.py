"""`costcalc.calibrate`."""

from __future__ import annotations

from costcalc.report.calibrate_table import calibrate_report
from costcalc.report.report import Report


def calibrate(device: str = "auto", *, threads: int | None = None, seconds: float = 0.5) -> Report:
    """Measure the rates of this machine, and constants of predicted times on small networks. Its JSON is a device file.

        >>> print(costcalc.calibrate().render("json"), file=open("mine.json", "w"))

    device   "cpu" or "cuda"; "auto" is CUDA if there is a GPU, otherwise the CPU
    threads  CPU threads; torch's own number by default
    seconds  of repeated runs of each measurement

    Raises CostcalcError if the device is not there.
    """
    from costcalc.measure.calibrate import calibrate as measured

    return calibrate_report(measured(device, threads, seconds))
