"""The report of a closed form: a formula per quantity."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.closed_form import ClosedForm, as_latex, as_python, multiples
from costcalc.analysis.quantity import INCOMPLETE
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table, Value


class FormulaReport(Report):
    """Formulas as a table, and as functions of Python."""

    def __init__(self, form: ClosedForm) -> None:
        self.form = form
        super().__init__(lambda format: [_table(form)], lambda: _data(form))

    @property
    def formulas(self) -> dict[str, Any]:
        """The expressions of sympy, by key of the quantity."""
        return self.form.formulas

    def render(self, format: str = "text", width: int | None = None) -> str:
        """As any report; in LaTeX an equation per formula, and "python": a module with a function per quantity."""
        if format == "python":
            return self._python()
        return self._latex() if format == "latex" else super().render(format, width)

    def _latex(self) -> str:
        """An equation per quantity."""
        lines = [f"% {self.form.name}: {self.form.sizes}", *(f"% {note}" for note in _notes(self.form))]
        rows = []
        for key, expression in self.form.formulas.items():
            name = key.replace("_", r"\_")
            value = rf"\text{{{self.form.statuses[key]}}}" if expression is None else as_latex(expression)
            sign = r"\geq" if self.form.statuses[key] == "lower bound" else "="
            rows.append(rf"\text{{{name}}} &{sign} {value}")
        return "\n".join([*lines, r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"]) + "\n"

    def _python(self) -> str:
        """A module with a function per quantity."""
        names = ", ".join(map(str, self.form.symbols))
        head = [f'"""{self.form.name}: {self.form.sizes}.', "", *_notes(self.form), '"""']
        for key, expression in self.form.formulas.items():
            head += [
                "",
                "",
                f"def {key}({names}):",
                f"    return {'None' if expression is None else as_python(expression)}",
            ]
        return "\n".join(head) + "\n"


def formula_report(form: ClosedForm) -> FormulaReport:
    """The report of a closed form."""
    return FormulaReport(form)


def _table(form: ClosedForm) -> Table:
    rows: list[list[Cell]] = [[key, _cell(form, key)] for key in form.formulas]
    return Table(f"{form.name}: {form.sizes}", ["quantity", "formula"], rows, [False, False], notes=_notes(form))


def _cell(form: ClosedForm, key: str) -> Cell:
    expression = form.formulas[key]
    if expression is None:
        return form.statuses[key]
    text = as_python(expression)
    return Value(f"≥ {text}" if form.statuses[key] in INCOMPLETE else text, text)


def _notes(form: ClosedForm) -> list[str]:
    """For which sizes the formulas hold, or how they were fitted; and of which multiples no floor stays."""
    if form.notes:
        return list(form.notes)
    *others, last = map(str, form.symbols)
    symbols = f"{', '.join(others)} and {last}" if others else last
    where = f"where {' and '.join(form.holds)}" if form.holds else "of at least 1"
    step = multiples(form)
    rounded = [f"// rounds down; for sizes that are multiples of {step}, like {step}h, nothing is rounded."]
    return [f"Holds for all whole {symbols} {where}.", *(rounded if step > 1 else [])]


def _data(form: ClosedForm) -> dict[str, Any]:
    """The stable JSON of `formula`, schema 1."""
    return {
        "schema": 1,
        "model": form.name,
        "sizes": form.sizes,
        "symbols": [str(symbol) for symbol in form.symbols],
        "formulas": {key: None if each is None else as_python(each) for key, each in form.formulas.items()},
        "statuses": {key: status for key, status in form.statuses.items() if status not in ("counted", "zero")},
        "holds": list(form.holds),
        "notes": _notes(form),
    }
