"""Changing a line's rule from an entity: checked like in the flow, stored where the flow stores it."""

from dataclasses import replace
from typing import Any

from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError

from .const import DOMAIN
from .models import rule_from
from .orders.rule import Rule, rule_problems
from .view import LineView


@callback
def async_change_rule(view: LineView, **changes: Any) -> None:
    """Store changed fields of a line's rule. Raises a translated `ServiceValidationError` for a rule that cannot work."""
    coordinator = view.runtime.coordinator
    entry = coordinator.config_entry
    subentry = entry.subentries[view.line.subentry_id]
    data = {**subentry.data, **changes}
    if (rule := rule_from(data, view.line.currency)) != view.line.rule:
        _check(view, rule)
    coordinator.hass.config_entries.async_update_subentry(entry, subentry, data=data)
    # The update listener does it too, a moment later: whoever asked sees it at once.
    view.runtime.update_line(subentry)


def _check(view: LineView, rule: Rule) -> None:
    # While the offers are not known, a package cannot be said to be gone.
    checked = rule if view.offers is not None else replace(rule, offer_id=None)
    problems = rule_problems(checked, view.line.limits, view.offers or ())
    if problems:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=f"rule_{problems[0]}",
            translation_placeholders={"limit": str(view.line.limits.per_order)},
        )
