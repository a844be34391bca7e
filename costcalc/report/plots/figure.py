"""Figure: a drawing of known width, and the table of what is drawn."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from costcalc.report.escape import visible
from costcalc.report.formats import render
from costcalc.report.plots import ENDINGS
from costcalc.report.plots.style import SETTINGS
from costcalc.report.table import Table
from costcalc.spec import arguments

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


class Figure:
    """A figure of costs. In a notebook it shows itself.

    table   what is drawn, as numbers
    draw    draws on an empty figure of matplotlib
    width, height  in inches
    about   what it shows, in the metadata of its file
    """

    def __init__(
        self, table: Table, draw: Callable[[Canvas], None], width: float, height: float, about: str = ""
    ) -> None:
        self.table, self.draw, self.width, self.height = table, draw, width, height
        self.about = about or table.title

    def render(self, format: str = "pdf") -> bytes:
        """The bytes of its file: "pdf", "svg", "png", or "csv", the numbers in it. The same from run to run.

        Raises SpecError for another format.
        """
        format = arguments.one_of("format", format, (*ENDINGS, "csv"))
        if format == "csv":
            return render([self.table], "csv").encode()
        return self._saved(format, {})

    def _saved(self, format: str, more: Mapping[str, Any]) -> bytes:
        """The bytes of its file, with more rcParams."""
        from matplotlib import rc_context, rcdefaults, rcParams
        from matplotlib.figure import Figure as Canvas

        out = io.BytesIO()
        with rc_context(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # letters that the font lacks are boxes
            rcdefaults()
            settings: Any = rcParams
            settings.update({**SETTINGS, **more})
            canvas = Canvas(figsize=(self.width, self.height), layout="constrained")
            self.draw(canvas)
            canvas.savefig(out, format=format, metadata=self._metadata(format))
        return out.getvalue()

    def _metadata(self, format: str) -> dict[str, Any]:
        """Without a date, so that the same figure has the same bytes."""
        about = visible(self.about)
        if format == "pdf":
            return {"Title": about, "CreationDate": None}
        return {"Title": about, **({"Date": None} if format == "svg" else {})}

    def __repr__(self) -> str:
        return f"Figure({self.about})"

    def svg(self) -> str:
        """The text of a short SVG file, in the fonts of the reader's browser."""
        text = self._saved("svg", {"svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans"]}).decode()
        text = re.sub(r">\s+<", "><", re.sub(r"<!--.*?-->", "", text))
        return re.sub(r'(?<= [xyd]=")[^"]+', lambda places: re.sub(r"(\.\d\d)\d+", r"\1", places[0]), text)

    _repr_svg_ = svg
