"""Stands in for the noise filter that Home Assistant imports with the mobile app: it has no wheels at all."""


class AudioProcessor:
    """Named by Home Assistant, never made: nobody speaks to a test or to the demo."""
