"""The demo operator on stage: what users pick to see what their automations would do."""

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.esim_topup.providers.demo import BooksUnusable, Mood

from .conftest import Home


async def _pick(home: Home, entity_id: str, option: str) -> None:
    await home.hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": entity_id, "option": option},
        blocking=True,
    )


async def test_the_operator_is_directed_from_the_dashboard(home: Home) -> None:
    """Who has never seen a declined payment cannot know what the own automation makes of it."""
    entity_id = "select.demo_operator_behaviour"
    state = home.hass.states.get(entity_id)
    assert state is not None
    assert (state.state, set(state.attributes["options"])) == (
        "well_behaved",
        set(Mood),
    )

    await _pick(home, entity_id, "declines")

    assert home.hass.states.get(entity_id).state == "declines"  # type: ignore[union-attr]
    assert home.provider.mood is Mood.DECLINES


async def test_a_direction_that_cannot_be_written_down_is_an_error(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rehearsal of nothing would teach the wrong thing."""

    async def full(mood: str) -> None:
        raise BooksUnusable("books_not_writable")

    monkeypatch.setattr(home.provider, "set_mood", full)
    with pytest.raises(HomeAssistantError) as caught:
        await _pick(home, "select.demo_operator_behaviour", "declines")
    assert caught.value.translation_key == "provider_unreachable"
