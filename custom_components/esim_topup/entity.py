"""What all entities share: a description that says when they exist, a view to look at, and when there is nothing to see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .coordinator import AccountCoordinator, AccountRuntime, EsimTopupConfigEntry
from .devices import account_device, line_device
from .view import AccountView, LineView


@dataclass(frozen=True, kw_only=True)
class LineDescription(EntityDescription):
    """What an entity shows of a line."""

    has_fn: Callable[[LineView], bool] = lambda _: True
    """Whether the line has anything to show there. Asked again after each read, until it has."""
    default_fn: Callable[[LineView], bool] = lambda _: True
    """Whether a new user sees it at once."""
    needs_reading: bool = False
    """Without a reading there is nothing to show: unavailable, not unknown."""
    wants_offers: bool = False
    """It shows what can be bought, which is asked for as long as the entity is enabled."""


@dataclass(frozen=True, kw_only=True)
class AccountDescription(EntityDescription):
    """What an entity shows of an account."""

    has_fn: Callable[[AccountView], bool]
    """Whether the account has anything to show there. Asked again after each look, until it has."""


class LineEntity(CoordinatorEntity[AccountCoordinator]):
    """One fact about a line."""

    _attr_has_entity_name = True
    entity_description: LineDescription

    def __init__(
        self, runtime: AccountRuntime, subentry_id: str, description: LineDescription
    ) -> None:
        """Take the account, the subentry of the line, and what to show of it."""
        super().__init__(runtime.coordinator)
        self._runtime = runtime
        self._subentry_id = subentry_id
        self.entity_description = description
        line = runtime.lines[subentry_id]
        self._attr_unique_id = f"{line.registry_key}_{description.key}"
        self._attr_translation_key = description.key
        self._attr_entity_registry_enabled_default = (
            description.entity_registry_enabled_default
            and description.default_fn(self.view)
        )
        self._attr_device_info = line_device(
            line, runtime.provider.info, runtime.coordinator.account_device_id
        )

    @property
    def view(self) -> LineView:
        """The line right now."""
        return _line_view(self._runtime, self._subentry_id)

    @property
    @override
    def available(self) -> bool:
        """Whether there is something to show. A failed poll does not hide what is known: see `UNAVAILABLE_AFTER`."""
        return not self.entity_description.needs_reading or self.view.is_readable

    @override
    async def async_added_to_hass(self) -> None:
        """Ask for the offers where they are shown."""
        await super().async_added_to_hass()
        if self.entity_description.wants_offers:
            self.async_on_remove(self.coordinator.async_want_offers(self.view.line.key))


class AccountEntity(CoordinatorEntity[AccountCoordinator]):
    """One fact about an account."""

    _attr_has_entity_name = True
    entity_description: AccountDescription

    def __init__(
        self, runtime: AccountRuntime, description: AccountDescription
    ) -> None:
        """Take the account and what to show of it."""
        super().__init__(runtime.coordinator)
        self._runtime = runtime
        self.entity_description = description
        self._attr_unique_id = f"{runtime.account_key}_{description.key}"
        self._attr_translation_key = description.key
        self._attr_device_info = account_device(
            runtime.coordinator.config_entry.title,
            runtime.account_key,
            runtime.provider.info,
        )

    @property
    def view(self) -> AccountView:
        """The account right now."""
        return _account_view(self._runtime)

    @property
    @override
    def available(self) -> bool:
        """Always: a wallet was looked at once, and the order book needs no provider."""
        return True


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that exists as soon as there is something to show."""

    has: Callable[[], bool]
    make: Callable[[], Entity]
    subentry_id: str | None = None


def line_candidates[D: LineDescription](
    runtime: AccountRuntime,
    descriptions: Iterable[D],
    make: Callable[[AccountRuntime, str, D], Entity],
) -> list[Candidate]:
    """Return the entities that these descriptions make of each line."""
    return [
        Candidate(
            has=partial(_line_has, runtime, line, each),
            make=partial(make, runtime, line, each),
            subentry_id=line,
        )
        for line in runtime.lines
        for each in descriptions
    ]


def account_candidates[D: AccountDescription](
    runtime: AccountRuntime,
    descriptions: Iterable[D],
    make: Callable[[AccountRuntime, D], Entity],
) -> list[Candidate]:
    """Return the entities that these descriptions make of the account."""
    return [
        Candidate(
            has=partial(_account_has, runtime, each),
            make=partial(make, runtime, each),
        )
        for each in descriptions
    ]


@callback
def async_add_as_filled(
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    candidates: list[Candidate],
) -> None:
    """Add each entity once: now, or after the look at the provider that first brings something to show."""
    waiting = candidates

    @callback
    def add() -> None:
        nonlocal waiting
        ready = [candidate for candidate in waiting if candidate.has()]
        waiting = [candidate for candidate in waiting if candidate not in ready]
        for subentry_id in dict.fromkeys(candidate.subentry_id for candidate in ready):
            async_add_entities(
                [each.make() for each in ready if each.subentry_id == subentry_id],
                config_subentry_id=subentry_id,
            )

    add()
    if waiting:
        entry.async_on_unload(entry.runtime_data.coordinator.async_add_listener(add))


def _line_has(
    runtime: AccountRuntime, subentry_id: str, description: LineDescription
) -> bool:
    return description.has_fn(_line_view(runtime, subentry_id))


def _account_has(runtime: AccountRuntime, description: AccountDescription) -> bool:
    return description.has_fn(_account_view(runtime))


def _line_view(runtime: AccountRuntime, subentry_id: str) -> LineView:
    return LineView(runtime, dt_util.utcnow(), runtime.lines[subentry_id])


def _account_view(runtime: AccountRuntime) -> AccountView:
    return AccountView(runtime, dt_util.utcnow())
