"""``python -m costcalc``, and the entry point of the ``costcalc`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. An interrupt, also while it is being imported, ends it in one line with exit code 130."""
    try:
        import gc

        gc.set_threshold(50_000)  # imports make many objects and no garbage: collecting often costs 7 % of a short run
        from costcalc.cli import main as run

        run()
    except KeyboardInterrupt:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once
        exec("")  # else, if the first came while Python ran a text (a dataclass's), it ends by the signal, not by 130
        if sys.stderr is not None:
            print("costcalc: stopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
