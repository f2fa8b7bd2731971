"""Which combinations of loss are looked at, at one moment of the sequence.

Un-synced operations are few between two syncs, so nearly everything that may happen to them can be tried.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from .operations import Change, Fate, Torn, Whole, Write

type Fates = dict[int, Fate]


def combinations(
    pending: Mapping[int, Change], *, subsets: int, thorough: bool
) -> Iterator[tuple[str, Fates]]:
    """Yield what a power cut may do to these, each with a word for it.

    `subsets`: up to so many, every subset of them is kept; with more, all, none, and all but one or only one. `thorough`:
    each of them is torn; otherwise only the newest is, as those before it were when they were the newest.
    """
    yield "all kept", {}
    if not pending:
        return
    yield "all lost", _lost(pending)
    if len(pending) <= subsets:
        yield from _every_subset(pending)
    else:
        yield from _singles(pending)
    newest = max(pending)
    for number, change in pending.items():
        if isinstance(change, Write) and (thorough or number == newest):
            yield from _torn(number, change, pending)


def _lost(pending: Mapping[int, Change]) -> Fates:
    return dict.fromkeys(pending, Whole.LOST)


def _every_subset(pending: Mapping[int, Change]) -> Iterator[tuple[str, Fates]]:
    for choice in product((Whole.KEPT, Whole.LOST), repeat=len(pending)):
        subset: Fates = dict(zip(pending, choice, strict=True))
        yield "a subset", subset


def _singles(pending: Mapping[int, Change]) -> Iterator[tuple[str, Fates]]:
    lost = _lost(pending)
    for number in pending:
        yield "one lost", {number: Whole.LOST}
        yield "one kept", lost | {number: Whole.KEPT}


def _torn(
    number: int, write: Write, pending: Mapping[int, Change]
) -> Iterator[tuple[str, Fates]]:
    lost = _lost(pending)
    yield "zeros", {number: Whole.ZEROS}
    yield "zeros", lost | {number: Whole.ZEROS}
    for cut in write.cuts:
        for part in ((0, cut), (cut, len(write.data))):
            yield "torn", {number: Torn((part,))}
            yield "torn", lost | {number: Torn((part,))}
