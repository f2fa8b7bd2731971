"""The forms in which a person describes an API: which field of the description is asked where.

What each field means is said in `providers.rest.model`; what a person reads about it is in the translations.
"""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .choices import words_select
from .rest_part import HEADERS, SECRET, Fields, Part

_TEXT: Final = TextSelector()
_URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_JSON: Final = TextSelector(TextSelectorConfig(multiline=True))
_WORDS: Final = TextSelector(TextSelectorConfig(multiple=True))
_FLAG: Final = BooleanSelector()
_UNIT: Final = words_select(["major", "minor"], "amount_unit")
_DATA_UNIT: Final = words_select(["B", "kB", "MB", "GB", "KiB", "MiB", "GiB"])
_SINCE: Final = words_select(["iso", "date", "unix", "unix_ms"], "since_format")


def _number(minimum: int, maximum: int, unit: str | None = None) -> NumberSelector:
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


_MINUTES: Final = _number(1, 24 * 60, UnitOfTime.MINUTES)


def _paging(part: str) -> Fields:
    return {
        f"{part}.next": _TEXT,
        f"{part}.page_param": _TEXT,
        f"{part}.first_page": _number(0, 1),
    }


def _texts(part: str, *names: str) -> Fields:
    return {f"{part}.{name}": _TEXT for name in names}


def _answer(part: str) -> Fields:
    """Return where the answer to an order, or to a look-up, says what became of it."""
    return {
        **_texts(part, "amount"),
        f"{part}.amount_unit": _UNIT,
        **_texts(part, "currency", "line", "reference", "id", "reason"),
    }


PARTS: Final[Mapping[str, Part]] = {
    part.step: part
    for part in (
        Part(
            step="rest_connection",
            fields={
                "base_url": _URL,
                "auth_header": _TEXT,
                SECRET: _PASSWORD,
                "currency": _TEXT,
            },
            required=frozenset({"base_url", "currency"}),
            sections={
                "more_connection": {
                    "allow_local_http": _FLAG,
                    HEADERS: _WORDS,
                    "error_code": _TEXT,
                    "poll_minutes": _MINUTES,
                }
            },
        ),
        Part(
            step="rest_reading",
            fields={
                **_texts("read", "path", "balance", "valid_until", "data_left"),
                "read.data_unit": _DATA_UNIT,
            },
            sections={
                "more_reading": {
                    "read.from_list": _FLAG,
                    "read.amount_unit": _UNIT,
                    **_texts(
                        "read", "currency", "voice_left_minutes", "sms_left", "as_of"
                    ),
                }
            },
        ),
        Part(
            step="rest_order",
            fields={
                "order.path": _TEXT,
                "order.body": _JSON,
                "order.status": _TEXT,
                "order.succeeded": _WORDS,
                "order.pending": _WORDS,
                "order.failed": _WORDS,
                **_texts("open_amount", "min", "max", "step"),
            },
            sections={
                "answer": {"order.reversed": _WORDS, **_answer("order")},
                "safety": {
                    "idempotency_header": _TEXT,
                    "key_retention_hours": _number(1, 24 * 365, UnitOfTime.HOURS),
                    "order.refusals": _WORDS,
                    "settle_minutes": _number(15, 3 * 24 * 60, UnitOfTime.MINUTES),
                    "order.amount_as_number": _FLAG,
                },
            },
        ),
        Part(
            step="rest_account",
            fields={
                **_texts(
                    "account",
                    "path",
                    "id",
                    "name",
                    "currency",
                    "wallet",
                    "wallet_currency",
                ),
                "account.amount_unit": _UNIT,
            },
            sections={
                "methods": {
                    **_texts(
                        "account.methods",
                        *(
                            "items",
                            "id",
                            "kind",
                            "label",
                            "last_digits",
                            "funds",
                            "currency",
                            "expires",
                        ),
                    ),
                    "account.methods.amount_unit": _UNIT,
                }
            },
        ),
        Part(
            step="rest_lines",
            fields=_texts("lines", "path", "items", "id", "number", "name", "currency"),
            sections={"paging": _paging("lines")},
        ),
        Part(
            step="rest_offers",
            fields=_texts(
                "offers", "path", "items", "id", "name", "price", "min", "max", "step"
            ),
            sections={
                "more_offers": {
                    "offers.amount_unit": _UNIT,
                    **_texts("offers", "currency", "data"),
                    "offers.data_unit": _DATA_UNIT,
                    "offers.validity_days": _TEXT,
                },
                "paging": _paging("offers"),
            },
        ),
        Part(
            step="rest_find",
            fields={
                **_texts("find", "path", "reference", "items"),
                "find.not_found": _WORDS,
            },
            sections={
                "answer": {
                    "find.status": _TEXT,
                    "find.succeeded": _WORDS,
                    "find.pending": _WORDS,
                    "find.failed": _WORDS,
                    "find.reversed": _WORDS,
                    **{
                        place: kind
                        for place, kind in _answer("find").items()
                        if place != "find.reference"
                    },
                },
                "paging": _paging("find"),
            },
        ),
        Part(
            step="rest_history",
            fields=_texts(
                "history", "path", "items", "id", "at", "amount", "line", "reference"
            ),
            sections={
                "more_history": {
                    "history.since_format": _SINCE,
                    "history.amount_unit": _UNIT,
                    **_texts("history", "currency", "offer", "status"),
                    "history.counted": _WORDS,
                    "history.ignored": _WORDS,
                },
                "paging": _paging("history"),
            },
        ),
    )
}
"""By step, in the order in which a person walks through them."""
