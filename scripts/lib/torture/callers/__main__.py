"""`python -m torture.callers [pytest's own arguments]`: every cell of the layer, in a process of its own."""

import sys

from ..suite import Suite

SUITE = Suite(
    layer="T6",
    folder="tests/torture/callers",
    promise="one wish is one charge, inside the limits",
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
