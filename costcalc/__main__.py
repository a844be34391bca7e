"""``python -m costcalc``, and the entry point of the ``costcalc`` command."""

from __future__ import annotations

from costcalc.cli import main

if __name__ == "__main__":
    main()
