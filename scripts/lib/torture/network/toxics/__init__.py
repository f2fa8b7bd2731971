"""All toxics, by name."""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from ..toxic import Toxic
from . import answers, connecting, copies, instead, requests

ALL: Final[tuple[Toxic, ...]] = tuple(
    chain(
        connecting.TOXICS,
        requests.TOXICS,
        answers.TOXICS,
        instead.TOXICS,
        copies.TOXICS,
    )
)

TOXICS: Final[Mapping[str, Toxic]] = {toxic.name: toxic for toxic in ALL}
