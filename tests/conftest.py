"""What all tests share."""

import logging

import pytest

# Home Assistant looks for the package custom_components and takes the one that is loaded: this one.
import custom_components  # noqa: F401

# Every SQL statement of the recorder is more than a failing test needs to show.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def our_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration; tests without Home Assistant are spared its start."""
    if "hass" not in request.fixturenames:
        return
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")  # insists on being there before hass
    request.getfixturevalue("enable_custom_integrations")
