"""What was read and what is sold, as placeholders for the texts of a form. Unknown is a dash, never zero."""

from collections.abc import Sequence
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..models import BYTES_PER_MB
from ..providers.base import Offer, OpenAmount, Reading
from .choices import bounds, package_options

NOTHING = "–"

_PACKAGES_SHOWN = 5


def reading_texts(reading: Reading | None) -> dict[str, str]:
    """Return what is left on a line."""
    if reading is None:
        return dict.fromkeys(
            ("balance", "data", "voice", "sms", "valid_until"), NOTHING
        )
    until = reading.valid_until
    return {
        "balance": _text(reading.balance),
        "data": NOTHING
        if reading.data_left_bytes is None
        else f"{reading.data_left_bytes // BYTES_PER_MB} MB",
        "voice": NOTHING
        if reading.voice_left is None
        else f"{reading.voice_left // timedelta(minutes=1)} min",
        "sms": _text(reading.sms_left),
        "valid_until": NOTHING
        if until is None
        else f"{dt_util.as_local(until):%Y-%m-%d %H:%M}",
    }


def offer_texts(offers: Sequence[Offer]) -> dict[str, str]:
    """Return what can be bought: the amounts, and the first packages."""
    sold = (
        [bounds(offers)]
        if any(isinstance(offer, OpenAmount) for offer in offers)
        else []
    )
    packages = [option["label"] for option in package_options(offers)]
    sold += packages[:_PACKAGES_SHOWN]
    if len(packages) > _PACKAGES_SHOWN:
        sold.append("…")
    return {"offers": ", ".join(sold) or NOTHING}


async def async_form_text(hass: HomeAssistant, step: str, path: str) -> str:
    """Return a text of a form in the language of the house: which one a person reads the form in is not known here."""
    texts = await async_get_translations(hass, hass.config.language, "config", {DOMAIN})
    return texts.get(f"component.{DOMAIN}.config.step.{step}.{path}", NOTHING)


def _text(value: object) -> str:
    return NOTHING if value is None else str(value)
