"""What a shell proposes for a word: models, files, quantities, conventions, devices. No library is imported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from costcalc.spec.architecture import Network

Names = Callable[[click.Context], Iterable[str]]
"""What a word can be, after the words before it."""


class Completed(click.ParamType[str]):
    """A text, for which a shell proposes names."""

    name = "text"

    def __init__(self, names: Names) -> None:
        self.names = names

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin with the word."""
        return items(self.names(ctx), incomplete)


def items(names: Iterable[str], incomplete: str, listed: bool = False) -> list[CompletionItem]:
    """The names that begin with a word; of several joined by commas, with its last one, without those before it."""
    from click.shell_completion import CompletionItem

    before, comma, last = incomplete.rpartition(",") if listed else ("", "", incomplete)
    given = before.split(",")
    found = (name for name in names if name.startswith(last) and name not in given)
    return [CompletionItem(f"{before}{comma}{name}") for name in found]


class ModelType(click.ParamType[str]):
    """MODEL: a network of the zoo, a name of a library, or a file."""

    name = "model"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The models that begin with the word, of those that can be known without running anything."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in models(incomplete)]


MODEL = ModelType()


def models(incomplete: str) -> list[str]:
    """MODELs that begin with a word. Of a library, only once its name, or all but its last letters, is there."""
    from costcalc.convert.library_names import SOURCES, names

    source, colon, start = incomplete.partition(":")
    if colon and source in SOURCES:
        return [f"{source}:{name}" for name in names(SOURCES[source]) if name.startswith(start)]
    if colon:
        return [f"{source}:{name}" for name in callables(source) if name.startswith(start)]
    found = [*(name for name in zoo_names() if name.startswith(incomplete)), *files(incomplete)]
    sources = [f"{source}:" for source in SOURCES if source.startswith(incomplete)]
    return models(sources[0]) if not found and len(sources) == 1 else [*found, *sources]


def zoo_names() -> list[str]:
    """The networks of the zoo."""
    from costcalc import zoo

    return [network.name for network in zoo.all_networks()]


ENDINGS = (".onnx", ".json", ".py")
"""Of files that are models, or hold them."""


def files(incomplete: str) -> list[str]:
    """Folders, and files of these endings, whose paths begin with a word; a Python file with its colon."""
    folder, _, start = incomplete.rpartition("/")
    at = f"{folder}/" if "/" in incomplete else ""
    try:
        entries = sorted(os.scandir(os.path.expanduser(at) or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    found = []
    for entry in entries:
        if entry.name.startswith(start) and (start or not entry.name.startswith(".")) and entry.name.isprintable():
            ending = os.path.splitext(entry.name)[1]
            if entry.is_dir():
                found.append(f"{at}{entry.name}/")
            elif ending in ENDINGS:
                found.append(f"{at}{entry.name}{':' if ending == '.py' else ''}")
    return found


def callables(file: str) -> list[str]:
    """The functions and classes of a Python file, which is not run; none of another module."""
    import ast

    try:
        with open(os.path.expanduser(file), encoding="utf-8") as stream:
            tree = ast.parse(stream.read(2**20))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [each.name for each in tree.body if isinstance(each, kinds) and not each.name.startswith("_")]


def keys(ctx: click.Context) -> list[str]:
    """Quantities and conventions."""
    from costcalc.analysis import quantities

    return [*quantities.keys(), *conventions(ctx)]


def conventions(ctx: click.Context) -> list[str]:
    """Names of conventions."""
    from costcalc.conventions import names

    return [*names()]


def tools(ctx: click.Context) -> list[str]:
    """Counting tools that can be run."""
    from pathlib import Path

    peers = Path(__file__).parents[1] / "measure" / "peers"
    return ["all", *sorted(path.stem for path in peers.glob("*.py") if path.stem != "__init__")]


def devices(ctx: click.Context) -> list[str]:
    """Devices, and files that can be one."""
    from costcalc.analysis.published import folder

    return [*sorted(file.stem for file in (folder() / "devices").glob("*.json")), *json_files(ctx)]


def json_files(ctx: click.Context) -> list[str]:
    """JSON files of the current folder."""
    return [file for file in files("") if file.endswith(".json")]


def families(ctx: click.Context) -> list[str]:
    """Families of networks."""
    from costcalc import zoo

    return [*zoo.families()]


def sorts(ctx: click.Context) -> list[str]:
    """Columns of a list of networks."""
    return ["name", "family", "year", "input", *keys(ctx)]


def venues(ctx: click.Context) -> list[str]:
    """Venues whose pages have a width."""
    from costcalc.report.plots.style import VENUES

    return [*VENUES]


def settings(ctx: click.Context) -> list[str]:
    """``KEY=`` of each setting of the zoo network that the words before name."""
    network = _network(ctx)
    return [] if network is None else [f"{key}=" for key in network.changeable]


def layers(ctx: click.Context) -> list[str]:
    """Layers of the zoo network that the words before name."""
    network = _network(ctx)
    return [] if network is None else [node.name for node in network.build().nodes]


def _network(ctx: click.Context) -> Network | None:
    """The network of the zoo that the words before name first, if any."""
    from costcalc import zoo
    from costcalc.spec.errors import CostcalcError

    given = [ctx.params.get("model"), *(ctx.params.get("models") or ()), ctx.params.get("family"), *ctx.args]
    name = next((each for each in given if isinstance(each, str) and each), "")  # in args: before an option's value
    try:
        return zoo.find((name.split() or [""])[0])
    except CostcalcError:
        return None
