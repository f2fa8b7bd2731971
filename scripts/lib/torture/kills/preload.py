"""Imports Home Assistant once, so that each start of the torture is a fork and not eight seconds of imports."""

from collections.abc import Iterable
from contextlib import suppress
import gc
import importlib
import logging
import mimetypes

from homeassistant import bootstrap
from homeassistant.util import package


def make_starts_cheap() -> None:
    """Leave out what a start would set up by itself: the torture's configuration names everything it needs.

    Without its frontend Home Assistant would think that something is broken and start in recovery mode. The network's
    settings are always there before any integration starts: without them a session cannot be made.
    """
    bootstrap.CRITICAL_INTEGRATIONS = set()
    bootstrap.DEFAULT_INTEGRATIONS = {"network"}
    bootstrap.FRONTEND_INTEGRATIONS = set()
    # A third of a start would be spent on reading what every start reads alike.
    package.is_installed = lambda requirement_str: True
    mimetypes.init()
    setattr(mimetypes, "init", lambda files=None: None)  # noqa: B010 - a function, to a type checker
    # The child logs; whoever forks it does not.
    logging.getLogger().setLevel(logging.ERROR)


def import_all(names: Iterable[str]) -> None:
    """Import what a first start has imported."""
    for name in names:
        with suppress(ImportError):
            importlib.import_module(name)


def freeze() -> None:
    """Take what is there out of the garbage collector's sight: children then share its memory instead of copying it."""
    gc.collect()
    gc.freeze()
