"""Plays one run after the other, as they are asked for on stdin: for tests, which share one import of Home Assistant.

{"run": "story/L/recharge"}                               a run by its name
{"run": "random/0/7", "defect": "the book is forgotten"}  ... of a house with a defect
"""

from dataclasses import asdict
import json
from pathlib import Path
import sys
from typing import Any

from ..rooms import ROOT

# The tools of the operator are among the tests.
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))


def main() -> None:
    """Answer each line with the result of its run; the folder is the first argument."""
    from .cycle import Cycle  # noqa: PLC0415 - Home Assistant and all that hangs on it
    from .defects import DEFECTS  # noqa: PLC0415
    from .kit import make_kit, workshop  # noqa: PLC0415
    from .plan import plan_of  # noqa: PLC0415
    from .world import world  # noqa: PLC0415

    with workshop(Path(sys.argv[1])) as place:
        kit = make_kit(place)
        with world(kit, place / "lane") as ours:
            for line in sys.stdin:
                wanted: dict[str, Any] = json.loads(line)
                plan = plan_of(wanted["run"], kit.points)
                defect = DEFECTS.get(wanted.get("defect", ""))
                result = Cycle(ours, plan, defect).run()
                print(json.dumps(asdict(result) | {"kills": result.kills}), flush=True)


if __name__ == "__main__":
    main()
