"""Lets the test helpers made for Home Assistant 2026.10 run on 2026.11 too.

pytest must load this before every other plugin (`-p` in pyproject.toml), for two reasons:

* 2026.11 serves the name httpx from httpx2, and refuses to start when something has imported the real one. Importing
  homeassistant here makes it first.
* pytest-homeassistant-custom-component takes a function of the logger from where 2026.10 had it. 2026.11 keeps it one
  module further down.

Remove it when the helpers are published for 2026.11.
"""

import homeassistant  # noqa: F401 - for its effect
from homeassistant.components import logger
from homeassistant.components.logger import helpers

if not hasattr(logger, "_clear_logger_overwrites"):
    logger._clear_logger_overwrites = helpers._clear_logger_overwrites
