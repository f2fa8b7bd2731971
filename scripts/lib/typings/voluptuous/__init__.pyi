# At run time Home Assistant serves the name voluptuous from probatio. mypy is told the same: no schema would fit otherwise.
from probatio import *  # noqa: F403
