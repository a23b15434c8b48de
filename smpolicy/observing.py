"""What tests may ask for while they run: to be told of decisions, and to have content read in place of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smpolicy.decisions import Decision
    from smpolicy.loading.toml_files import Document

WATCHERS: ContextVar[tuple[Callable[[Decision], None], ...]] = ContextVar("watchers", default=())
"""Those who are told of each decision that is made in this context; ordinarily nobody."""

REPLACED: ContextVar[Mapping[Path, Document]] = ContextVar("replaced", default={})  # noqa: B039  (never changed)
"""What is read in this context in place of TOML files, by their resolved paths; ordinarily nothing."""


@contextmanager
def watching(watcher: Callable[[Decision], None]) -> Iterator[None]:
    """Tell somebody of each decision that any policy makes meanwhile, in this thread.

    Args:
        watcher: is called with each decision before it is returned.
    """
    token = WATCHERS.set((*WATCHERS.get(), watcher))
    try:
        yield
    finally:
        WATCHERS.reset(token)


@contextmanager
def replacing(documents: Mapping[Path, Document]) -> Iterator[None]:
    """Let other content be read in place of TOML files meanwhile, in this thread; the files are not touched.

    Args:
        documents: what is read, by the paths of the files.
    """
    token = REPLACED.set({**REPLACED.get(), **{path.resolve(): each for path, each in documents.items()}})
    try:
        yield
    finally:
        REPLACED.reset(token)
