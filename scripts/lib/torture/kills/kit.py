"""What is done once: Home Assistant is imported, started for the first time, set up, and kept as a template."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import shutil
import tempfile

from scripts.lib.demo.house import free_port

from . import preload
from .child import Start, start_house
from .classes import description
from .folder import begin, read_template
from .labels import ROOT, points
from .operator import start_operator
from .setting_up import settler
from .shared import Shared
from .trap import Codes
from .world import Kit


def make_kit(place: Path) -> Kit:
    """Set Home Assistant up in `place`, which is left as it was found."""
    preload.make_starts_cheap()
    found = points()
    shared = Shared(len(found))
    folder = place / "template"
    operator, port = start_operator(place / "first operator.db", shared, place / "first operator.log")  # fmt: skip
    try:
        begin(folder, free_port())
        visit = settler(folder, description("K", f"http://127.0.0.1:{port}"))
        child = start_house(Start(folder, visit=visit), shared, Codes({}))
        os.waitid(os.P_PIDFD, child.pidfd, os.WEXITED | os.WNOWAIT)
        if child.end() or not (folder / "prepared.json").exists():
            raise RuntimeError(f"the first start failed: {(folder / 'console.log').read_text()}")  # fmt: skip
    finally:
        operator.end()
    preload.import_all(json.loads((folder / "modules.json").read_text()))
    template = read_template(folder)
    kit = Kit(points=found, codes=Codes.of(found), template=template)
    preload.freeze()
    return kit


@contextmanager
def workshop(folder: Path | None) -> Iterator[Path]:
    """Return a place to work in: below `folder`, or on the project's own disk. It goes when nothing is left in it."""
    above = folder or ROOT / ".cache"
    above.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="kills-", dir=above))
    try:
        yield place
    finally:
        # What a broken promise left stays; everything else goes.
        for path in place.iterdir():
            if path.is_file():
                path.unlink()
        if not any(place.rglob("configuration.yaml")):
            shutil.rmtree(place)
