"""What an administrator decides in Repairs: what happened to an order, and whether to begin a new order book.

Only administrators get here: no automation, script or assistant can.
"""

from typing import Any

from homeassistant.components.http import KEY_HASS_USER
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.http import current_request
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from .const import DOMAIN
from .house import DATA_ENGINE
from .issues import DATA_ORDER_ID, ORDERS_LOCKED
from .orders.book_file import BookLocked
from .orders.engine import Engine
from .orders.order import BrokenPromise, TooEarly

CONF_UNDERSTOOD = "understood"

NEW_BOOK_SCHEMA = vol.Schema(
    {vol.Required(CONF_UNDERSTOOD, default=False): BooleanSelector()}
)


class HeldOrderFlow(RepairsFlow):
    """Let a person say whether an order was charged."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask what the operator's app or the bank statement shows."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["charged", "not_charged", "not_known"],
            description_placeholders=self._texts,
        )

    async def async_step_charged(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Confirm that it was charged."""
        return await self._async_decide("charged", user_input, charged=True)

    async def async_step_not_charged(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Confirm that it was not charged."""
        return await self._async_decide("not_charged", user_input, charged=False)

    async def async_step_not_known(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Leave it as it is: the line stays blocked, which costs nothing."""
        return self.async_abort(
            reason="not_known", description_placeholders=self._texts
        )

    async def _async_decide(
        self, step_id: str, user_input: dict[str, Any] | None, *, charged: bool
    ) -> RepairsFlowResult:
        if user_input is None:
            return self.async_show_form(
                step_id=step_id,
                data_schema=vol.Schema({}),
                description_placeholders=self._texts,
            )
        engine = self.hass.data[DATA_ENGINE]
        try:
            await engine.resolve(
                self._texts[DATA_ORDER_ID], charged=charged, user_id=_user_id()
            )
        except TooEarly:
            return self.async_abort(
                reason="too_early", description_placeholders=self._texts
            )
        except (
            BrokenPromise,
            KeyError,
        ):  # settled meanwhile, or an order of a book that was set aside
            ir.async_delete_issue(self.hass, DOMAIN, self.issue_id)
            return self.async_abort(
                reason="already_settled", description_placeholders=self._texts
            )
        except BookLocked:
            return self.async_abort(reason=ORDERS_LOCKED)
        return self.async_create_entry(data={})

    @property
    def _texts(self) -> dict[str, str]:
        return {key: str(value) for key, value in (self.data or {}).items()}


class LockedBookFlow(RepairsFlow):
    """Explain why recharging is locked, and begin a new order book if a person really wants that."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Say what happened to the order book; each reason has a text and a next step of its own."""
        reason = self._engine.locked_because
        if reason is None:
            ir.async_delete_issue(self.hass, DOMAIN, self.issue_id)
            return self.async_abort(reason="not_locked")
        return self.async_show_menu(step_id=reason.value, menu_options=["new_book"])

    async_step_missing = async_step_init
    async_step_damaged = async_step_init
    async_step_newer = async_step_init
    async_step_rolled_back = async_step_init
    async_step_replaced = async_step_init
    async_step_unreadable = async_step_init
    async_step_write_failed = async_step_init

    async def async_step_new_book(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin a new order book, after a person has confirmed to know what is forgotten with the old one."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_UNDERSTOOD]:
                return await self._async_unlock()
            errors[CONF_UNDERSTOOD] = "not_understood"
        return self.async_show_form(
            step_id="new_book", data_schema=NEW_BOOK_SCHEMA, errors=errors
        )

    async def _async_unlock(self) -> RepairsFlowResult:
        try:
            await self._engine.unlock()
        except BookLocked:
            return self.async_abort(reason="still_locked")
        return self.async_create_entry(data={})

    @property
    def _engine(self) -> Engine:
        return self.hass.data[DATA_ENGINE]


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    return LockedBookFlow() if issue_id == ORDERS_LOCKED else HeldOrderFlow()


def _user_id() -> str | None:
    """Return whose click this is, for the journal: repairs flows are not told."""
    request = current_request.get()
    user = None if request is None else request.get(KEY_HASS_USER)
    return None if user is None else user.id
