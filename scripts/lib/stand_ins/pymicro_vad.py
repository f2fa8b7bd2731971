"""Stands in for the voice detector that Home Assistant imports with the mobile app: it has no wheel for Python 3.14."""


class MicroVad:
    """Named by Home Assistant, never made: nobody speaks to a test or to the demo."""
