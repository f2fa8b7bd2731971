"""`python -m torture.canary [pytest's own arguments]`: a life with a canary in every secret, and an ear at every wall."""

import sys

from ..suite import Suite

SUITE = Suite(layer="T9", folder="tests/torture/canary", promise="I12")

if __name__ == "__main__":
    sys.exit(SUITE.main())
