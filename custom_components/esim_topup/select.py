"""What pays for a line, which package its rule buys, and how an operator that is only played behaves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .choices import methods_by_label, packages_by_label
from .const import CONF_METHOD_ID, CONF_OFFER_ID
from .coordinator import AccountRuntime, EsimTopupConfigEntry
from .entity import (
    AccountDescription,
    AccountEntity,
    LineDescription,
    LineEntity,
    async_add_as_filled,
    line_candidates,
)
from .faults import read_failed
from .providers.base import Rehearsal
from .providers.errors import ProviderError
from .rule_change import async_change_rule
from .view import LineView

# Nothing is asked of the provider.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LineSelectDescription(LineDescription, SelectEntityDescription):
    """A choice in a line's set-up."""

    field: str
    """Where the choice is stored."""
    choices_fn: Callable[[LineView], Mapping[str, str]]
    """The provider's ids by the text that stands for each."""
    chosen_fn: Callable[[LineView], str | None]


SELECTS: Final = (
    LineSelectDescription(
        key="payment_method",
        entity_registry_enabled_default=False,
        field=CONF_METHOD_ID,
        has_fn=lambda view: (
            view.account is not None and len(view.account.payment_methods) > 0
        ),
        choices_fn=lambda view: methods_by_label(
            () if view.account is None else view.account.payment_methods
        ),
        chosen_fn=lambda view: view.line.method_id,
    ),
    LineSelectDescription(
        key="offer",
        entity_registry_enabled_default=False,
        field=CONF_OFFER_ID,
        wants_offers=True,
        has_fn=lambda view: view.sells_packages,
        choices_fn=lambda view: packages_by_label(view.packages),
        chosen_fn=lambda view: view.line.rule.offer_id,
    ),
)


@dataclass(frozen=True, kw_only=True)
class BehaviourDescription(AccountDescription, SelectEntityDescription):
    """How an operator that is only played behaves."""


BEHAVIOUR: Final = BehaviourDescription(key="behaviour", has_fn=lambda _: True)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices of each line, and the stage directions of a rehearsal."""
    runtime = entry.runtime_data
    candidates = line_candidates(runtime, SELECTS, LineSelect)
    async_add_as_filled(entry, async_add_entities, candidates)
    if isinstance(runtime.provider, Rehearsal):
        async_add_entities([BehaviourSelect(runtime, runtime.provider)])


class LineSelect(LineEntity, SelectEntity):
    """One choice in a line's set-up."""

    entity_description: LineSelectDescription
    _attr_entity_category = EntityCategory.CONFIG

    @property
    def _choices(self) -> Mapping[str, str]:
        return self.entity_description.choices_fn(self.view)

    @property
    @override
    def options(self) -> list[str]:
        """What there is to choose from."""
        return list(self._choices)

    @property
    @override
    def current_option(self) -> str | None:
        """What is chosen; unknown where nothing is, or where the provider no longer has it."""
        chosen = self.entity_description.chosen_fn(self.view)
        return next(
            (label for label, identity in self._choices.items() if identity == chosen),
            None,
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Store the choice, if the rule can work with it."""
        change = {self.entity_description.field: self._choices[option]}
        async_change_rule(self.view, **change)


class BehaviourSelect(AccountEntity, SelectEntity):
    """Lets a played operator decline, time out or lie, so that automations can be rehearsed free of charge."""

    _attr_entity_category = EntityCategory.CONFIG

    entity_description: BehaviourDescription

    def __init__(self, runtime: AccountRuntime, operator: Rehearsal) -> None:
        """Take the account, and its operator as one that can be directed."""
        super().__init__(runtime, BEHAVIOUR)
        self._operator = operator

    @property
    @override
    def options(self) -> list[str]:
        """The ways in which it can behave."""
        return list(self._operator.moods)

    @property
    @override
    def current_option(self) -> str:
        """How it behaves."""
        return self._operator.mood

    @override
    async def async_select_option(self, option: str) -> None:
        """Let it behave like this from now on."""
        try:
            await self._operator.set_mood(option)
        except ProviderError as err:
            raise read_failed(err) from err
        self.async_write_ha_state()
