"""costcalc roofline MODEL"""

from __future__ import annotations

import click

from costcalc.analysis.target import Target
from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import output_options
from costcalc.cli.output import emit
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError


@click.command("roofline", short_help="What limits each layer on a device: compute or memory.")
@click.argument("model", type=MODEL, required=False)
@click.option("--devices", is_flag=True, help="List the devices, with their rates as printed.")
@model_options
@strict_option
@target_options
@output_options
def command(
    model: str | None, devices: bool, request: RequestOf, strict: bool, target: Target, format: str, output: str | None
) -> int:
    """Show what limits each layer of MODEL on a device, its peak rate or its memory bandwidth, and the least time.

    \b
    costcalc roofline resnet50 --on a100 --dtype fp16
    costcalc roofline googlenet --on h100 --dtype bf16 --batch 64
    costcalc roofline --devices
    """
    if devices and model is None:
        from costcalc.report.devices_table import devices_report

        emit(devices_report(), format, output)
        return 0
    if model is None or devices:
        raise CostcalcError("expected a MODEL, like: costcalc roofline resnet50 --on a100; or --devices alone")
    if target.on is None:
        raise CostcalcError("roofline needs a device, like --on a100; all names: costcalc roofline --devices")
    from costcalc.report.roofline_report import COLUMNS, roofline_report

    cost = cost_of(request(model), COLUMNS, (), target)
    emit(roofline_report(cost), format, output)
    return exit_code(strict, cost)
