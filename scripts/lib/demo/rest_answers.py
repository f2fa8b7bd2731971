"""What somebody enters to describe the simulated operator's API: its description, cut up into the flow's own forms."""

from typing import Any

from custom_components.esim_topup.config_flow.rest_forms import PARTS
from custom_components.esim_topup.config_flow.rest_part import SECRET
from tests.providers.rest.operator_config import operator_config

from .story import Answers


def rest_answers(base_url: str) -> Answers:
    """Return what to enter in each step, and which way to take at the menu."""
    description: dict[str, Any] = {**operator_config(base_url)}
    forms = {step: part.shown(description) for step, part in PARTS.items()}
    forms["rest_connection"][SECRET] = description[SECRET]
    described = [step for step in PARTS if step.removeprefix("rest_") in description]
    menu = [
        step
        for step in described
        if step not in ("rest_connection", "rest_reading", "rest_order")
    ]
    return {
        **forms,
        "rest_menu": {"next_steps": [*menu, "rest_try"]},
        "rest_result": {"next_steps": ["rest_accept"]},
    }
