"""Progress of long work: on standard error, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str) -> Iterator[Callable[..., None]]:
    """Show the progress of long work; give the function that is called with how much is done, and of how much.

    Args:
        what: what is done, in a word or two.
    """
    if not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)

        def show(done: int, total: int | None = None) -> None:
            shown.update(task, completed=done, total=total)

        yield show


def _nothing(_done: int, _total: int | None = None) -> None:
    """Show nothing."""
