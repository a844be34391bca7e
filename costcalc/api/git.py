"""The files of a git repository at a revision, in a folder of their own: no checkout and no index is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import NamedTuple

from costcalc.spec.errors import CostcalcError

WHOLE = ("-c", "core.sparseCheckout=false", "-c", "core.hooksPath=/dev/null")
"""Settings of git for all files of a revision, and without the user's hooks."""


class Repository(NamedTuple):
    """A repository: its .git folder, its top folder, and the current folder within it."""

    git: str
    top: str
    prefix: str


class Revision(NamedTuple):
    """A revision as it was named, and its commit."""

    name: str
    commit: str

    def __str__(self) -> str:
        short = self.commit[:10]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"


def repository() -> Repository:
    """The repository of the current folder. Raises CostcalcError if there is none, or no git."""
    try:
        lines = _git("rev-parse", "--absolute-git-dir", "--show-toplevel", "--show-prefix").split("\n")
    except CostcalcError as error:
        raise CostcalcError(f"--rev needs a git repository in the current folder: {error}") from None
    return Repository(lines[0], os.path.realpath(lines[1]), lines[2])


def revisions(given: str) -> tuple[Revision, Revision]:
    """The two revisions of ``A..B``; one that is left out is HEAD.

    Raises CostcalcError for anything else, and for a revision that the repository does not have.
    """
    old, dots, new = given.partition("..")
    if not dots or new.startswith(".") or not (old or new):
        raise CostcalcError(f"--rev {given!r}: expected two revisions, like --rev main..HEAD")
    return _revision(old or "HEAD"), _revision(new or "HEAD")


def _revision(name: str) -> Revision:
    try:
        if name.startswith("-") or "\0" in name:
            raise CostcalcError("")
        return Revision(name, _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip())
    except CostcalcError:
        shallow = _git("rev-parse", "--is-shallow-repository").strip() == "true"
        hint = "; it is a shallow clone: git fetch --unshallow gets the rest (actions/checkout: fetch-depth: 0)"
        raise CostcalcError(f"the repository has no revision {name!r}{hint if shallow else ''}") from None


@contextmanager
def files_at(revision: Revision, repository: Repository) -> Iterator[str]:
    """A folder with the files of the revision, removed at the end.

    An index of its own, and a work tree of its own: `git archive` would leave out files with export-ignore, and `git
    worktree` would note the tree in the repository.
    """
    with TemporaryDirectory(prefix="costcalc.") as folder:
        folder = os.path.realpath(folder)
        tree = os.path.join(folder, "tree")
        os.mkdir(tree)
        own = {"GIT_DIR": repository.git, "GIT_WORK_TREE": tree, "GIT_INDEX_FILE": os.path.join(folder, "index")}
        try:
            _git(*WHOLE, "read-tree", revision.commit, folder=tree, own=own)
            _git(*WHOLE, "checkout-index", "--all", folder=tree, own=own)
        except CostcalcError as error:
            raise CostcalcError(f"the files of {revision} cannot be read: {error}") from None
        yield tree


def _git(*arguments: str, folder: str | None = None, own: Mapping[str, str] | None = None) -> str:
    """What git prints. Raises CostcalcError with its first line on standard error."""
    environment = {**os.environ, "LC_ALL": "C", **(own or {})}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except (FileNotFoundError, PermissionError, ValueError) as error:
        raise CostcalcError(f"git cannot be run: {error}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise CostcalcError((said or [f"git {arguments[0]} ended with {done.returncode}"])[-1].removeprefix("fatal: "))
    return os.fsdecode(done.stdout).removesuffix("\n")
