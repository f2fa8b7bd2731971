"""`python -m torture.times [pytest's own arguments]`: the whole grid, the whole matrix, every named case of time."""

import sys

from ..suite import Suite

SUITE = Suite(layer="T8", folder="tests/torture/times", promise="I4")

if __name__ == "__main__":
    sys.exit(SUITE.main())
