"""How the operator misbehaves: each mood does what its name says, to the books and to what is heard."""

from pathlib import Path

import pytest

from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    NotFound,
    Purchase,
)
from custom_components.esim_topup.providers.demo import DemoProvider, Mood, charges
from custom_components.esim_topup.providers.demo.moods import MOOD_LASTS
from custom_components.esim_topup.providers.errors import (
    MalformedAnswer,
    ProviderError,
    Unreachable,
)

from .conftest import (
    ESIM,
    PHONE,
    START,
    TRACKER,
    Clock,
    Operator,
    balance,
    funds,
    purchase,
    reading,
    rub,
)


async def found(provider: DemoProvider, wish: Purchase) -> AnswerState | None:
    """Return what a look-up says about an order; None where it is not found."""
    answer = await provider.find(wish)
    return answer.state if isinstance(answer, Answer) else None


def test_the_names_are_options_for_a_user() -> None:
    """They are stored, translated and chosen in automations: a renamed one breaks all three."""
    assert [mood.value for mood in Mood] == [
        "well_behaved",
        "declines",
        "times_out_before_charging",
        "times_out_after_charging",
        "credits_late",
        "stays_pending",
        "charges_twice",
        "answers_garbage",
        "goes_offline",
        "reads_zero_once",
    ]


async def test_it_behaves_unless_told_otherwise(provider: DemoProvider) -> None:
    """A newcomer's first top-up should work."""
    assert provider.mood is Mood.WELL_BEHAVED
    await provider.account()
    assert provider.mood is Mood.WELL_BEHAVED


async def test_a_mood_survives_a_restart(operator: Operator) -> None:
    """Restarting in the middle of trouble is what a rehearsal is for."""
    await operator().set_mood(Mood.DECLINES)
    restarted = operator()
    await restarted.account()
    assert restarted.mood is Mood.DECLINES


async def test_a_mood_can_be_ended(provider: DemoProvider) -> None:
    """After the rehearsal everything works again."""
    await provider.set_mood(Mood.DECLINES)
    await provider.set_mood(Mood.WELL_BEHAVED)
    assert provider.mood is Mood.WELL_BEHAVED
    assert (await provider.submit(purchase())).state is AnswerState.SUCCEEDED


@pytest.mark.parametrize("method", ["wallet", "card-1", "card-2"])
async def test_declines_says_no_to_everything_that_pays(
    provider: DemoProvider, path: Path, method: str
) -> None:
    """The breaker and the first-failure notice can be tried out."""
    await provider.set_mood(Mood.DECLINES)
    answer = await provider.submit(purchase("50", method=method))
    assert (answer.state, answer.reason) == (AnswerState.DECLINED, "card_declined")
    assert charges(path) == []


async def test_a_time_out_before_charging_leaves_nothing(
    provider: DemoProvider, path: Path
) -> None:
    """The outcome is unknown, and a look-up finds nothing; a re-send in better times is charged once."""
    wish = purchase()
    await provider.set_mood(Mood.TIMES_OUT_BEFORE_CHARGING)
    assert await provider.submit(wish) == Answer(
        state=AnswerState.UNKNOWN, reason="timeout"
    )
    assert await provider.find(wish) == NotFound()
    assert charges(path) == []
    await provider.set_mood(Mood.WELL_BEHAVED)
    assert (await provider.submit(wish)).state is AnswerState.SUCCEEDED
    assert len(charges(path)) == 1


async def test_a_time_out_after_charging_is_told_by_a_look_up_only(
    provider: DemoProvider, path: Path
) -> None:
    """What makes a careless automation pay twice: no answer, and the money is gone."""
    wish = purchase()
    await provider.set_mood(Mood.TIMES_OUT_AFTER_CHARGING)
    for _ in range(3):
        assert await provider.submit(wish) == Answer(
            state=AnswerState.UNKNOWN, reason="timeout"
        )
    assert len(charges(path)) == 1
    assert await found(provider, wish) is AnswerState.SUCCEEDED
    assert await balance(provider) == rub("362.50")


async def test_credits_late_charges_at_once_and_credits_later(
    provider: DemoProvider, path: Path, clock: Clock
) -> None:
    """A balance that has not risen yet must not trigger a second top-up."""
    await provider.set_mood(Mood.CREDITS_LATE)
    assert (await provider.submit(purchase())).state is AnswerState.SUCCEEDED
    assert len(charges(path)) == 1
    assert await funds(provider) == rub("4700")
    clock.forward(minutes=9)
    assert await balance(provider) == rub("62.42")
    clock.forward(minutes=1)
    assert await balance(provider) == rub("362.41")


async def test_a_late_credit_comes_though_the_mood_and_the_house_have_changed(
    operator: Operator, clock: Clock
) -> None:
    """What is on its way is in the books, not in somebody's memory."""
    await operator().set_mood(Mood.CREDITS_LATE)
    await operator().submit(purchase())
    await operator().set_mood(Mood.WELL_BEHAVED)
    await operator().submit(purchase("100"))
    assert await balance(operator()) == rub("162.50")
    clock.forward(minutes=10)
    assert await balance(operator()) == rub("462.41")


async def test_pending_becomes_a_success_after_a_while(
    provider: DemoProvider, path: Path, clock: Clock
) -> None:
    """In progress is neither yes nor no: only asking again tells."""
    wish = purchase()
    await provider.set_mood(Mood.STAYS_PENDING)
    assert (await provider.submit(wish)).state is AnswerState.PENDING
    assert (await provider.submit(wish)).state is AnswerState.PENDING
    clock.forward(seconds=179)
    assert await found(provider, wish) is AnswerState.PENDING
    assert await balance(provider) == rub("62.47")
    clock.forward(seconds=1)
    assert await found(provider, wish) is AnswerState.SUCCEEDED
    assert await balance(provider) == rub("362.47")
    assert len(charges(path)) == 1


async def test_a_double_charge_of_the_operator_shows_in_its_history(
    provider: DemoProvider,
) -> None:
    """The statement must mark what we never ordered: the second charge bears no reference of ours."""
    wish = purchase()
    await provider.set_mood(Mood.CHARGES_TWICE)
    assert (await provider.submit(wish)).state is AnswerState.SUCCEEDED
    history = await provider.history(PHONE, START)
    assert [(charge.reference, charge.money) for charge in history] == [
        (wish.reference, rub("300")),
        (None, rub("300")),
    ]
    assert await funds(provider) == rub("4400")
    assert await balance(provider) == rub("662.50")


async def test_a_double_charge_stops_at_an_empty_card(
    provider: DemoProvider, path: Path
) -> None:
    """Nobody can take what is not there; the order itself is fine."""
    await provider.set_mood(Mood.CHARGES_TWICE)
    assert (
        await provider.submit(purchase("60", method="card-2"))
    ).state is AnswerState.SUCCEEDED
    assert len(charges(path)) == 1


async def test_a_declined_order_is_not_charged_twice_either(
    provider: DemoProvider, path: Path
) -> None:
    """The operator's mistake needs an order to begin with."""
    await provider.set_mood(Mood.CHARGES_TWICE)
    await provider.submit(purchase("101", method="card-2"))
    assert charges(path) == []


async def ask_everything(provider: DemoProvider) -> list[ProviderError]:
    """Return how each question fails."""
    errors = []
    for question in (
        provider.account(),
        provider.lines(),
        provider.read([PHONE]),
        provider.offers(PHONE),
        provider.find(purchase()),
        provider.history(PHONE, START),
    ):
        with pytest.raises(ProviderError) as caught:
            await question
        errors.append(caught.value)
    return errors


async def test_garbage_hides_a_charge_that_was_made(
    provider: DemoProvider, path: Path, clock: Clock
) -> None:
    """An unreadable answer is no failure: the look-up in better times finds the charge."""
    wish = purchase()
    await provider.set_mood(Mood.ANSWERS_GARBAGE)
    assert await provider.submit(wish) == Answer(
        state=AnswerState.UNKNOWN, reason="malformed_answer"
    )
    assert len(charges(path)) == 1
    assert {type(error) for error in await ask_everything(provider)} == {
        MalformedAnswer
    }
    clock.now += MOOD_LASTS
    assert await found(provider, wish) is AnswerState.SUCCEEDED


async def test_offline_sends_nothing(provider: DemoProvider, path: Path) -> None:
    """Proven not to have left: the order may fail at once, and nothing was charged."""
    await provider.set_mood(Mood.GOES_OFFLINE)
    assert await provider.submit(purchase()) == Answer(
        state=AnswerState.NOT_SENT, reason="offline"
    )
    assert charges(path) == []
    for error in await ask_everything(provider):
        assert isinstance(error, Unreachable)
        assert (error.code, error.sent) == ("offline", False)


@pytest.mark.parametrize("mood", [Mood.GOES_OFFLINE, Mood.ANSWERS_GARBAGE])
async def test_an_operator_that_cannot_be_read_recovers_by_itself(
    operator: Operator, clock: Clock, mood: Mood
) -> None:
    """After a restart the account could not be set up, and the switch that ends the mood would be gone for good."""
    await operator().set_mood(mood)
    clock.forward(minutes=59)
    with pytest.raises(ProviderError):
        await operator().account()
    clock.forward(minutes=1)
    recovered = operator()
    await recovered.account()
    assert recovered.mood is Mood.WELL_BEHAVED


async def test_the_line_can_be_used_while_the_operator_is_offline(
    provider: DemoProvider,
) -> None:
    """A phone burns its balance whether the operator's API is up or not."""
    await provider.set_mood(Mood.GOES_OFFLINE)
    assert (await provider.burn("demo-phone", rub("20").amount)).balance == rub("42.50")


async def test_a_false_zero_is_read_once(provider: DemoProvider) -> None:
    """A single wrong reading must not pay: the second one tells the truth."""
    await provider.set_mood(Mood.READS_ZERO_ONCE)
    before = await provider.read([PHONE, ESIM, TRACKER])
    assert [getattr(each, "balance", "error") for each in before.values()] == [
        rub("0.00"),
        None,
        rub("0.00"),
    ]
    assert [getattr(each, "data_left_bytes", "error") for each in before.values()] == [
        None,
        0,
        None,
    ]
    assert provider.mood is Mood.WELL_BEHAVED
    assert await balance(provider) == rub("62.50")
    assert (await reading(provider, ESIM)).data_left_bytes == 3 * 10**9


@pytest.mark.parametrize("mood", Mood)
async def test_whatever_the_mood_one_reference_is_charged_at_most_once(
    operator: Operator, path: Path, clock: Clock, mood: Mood
) -> None:
    """Sent again in every mood and after every restart, one order is one charge (I1)."""
    wish = purchase()
    await operator().set_mood(mood)
    await operator().submit(wish)
    for other in Mood:
        clock.forward(minutes=1)
        await operator().set_mood(other)
        await operator().submit(wish)
    # A decline is final for its reference; every other mood lets the order through in the end.
    expected = 0 if mood is Mood.DECLINES else 1
    assert [charge.reference for charge in charges(path)].count(
        wish.reference
    ) == expected
