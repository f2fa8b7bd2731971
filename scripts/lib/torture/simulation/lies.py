"""What an operator may say of a purchase that it has carried out: not what it did."""

from dataclasses import replace
from typing import Final

from custom_components.esim_topup.providers.base import Answer, AnswerState, Purchase

from .weather import Mood

LIES: Final = frozenset(
    {
        Mood.NAMES_ANOTHER_AMOUNT,
        Mood.NAMES_ANOTHER_LINE,
        Mood.NAMES_ANOTHER_CURRENCY,
        Mood.NAMES_ANOTHER_REFERENCE,
        Mood.LEAVES_OUT,
        Mood.GOES_BACK,
        Mood.VANISHES,
        Mood.TAKES_WORD_BACK,
    }
)


def about_another(purchase: Purchase, *names: str) -> Answer:
    """Return a success that names another order, another line or both, and is ours in everything else."""
    fields = {"reference": purchase.reference, "line_id": purchase.line.id}
    return Answer(
        state=AnswerState.SUCCEEDED,
        provider_ref="another",
        amount=purchase.money.amount,
        currency=purchase.money.currency,
        http_status=200,
        **(fields | dict.fromkeys(names, "another")),
    )


def lie(
    mood: Mood, answer: Answer, purchase: Purchase, told: int, *, knows: bool
) -> Answer:
    """Return the answer in that mood.

    `told`: how often this purchase was told of, this time included. `knows`: the house has noted a wrong success of it.
    """
    match mood:
        case Mood.VANISHES:
            return replace(answer, state=AnswerState.UNKNOWN, reason="in_work")
        case Mood.TAKES_WORD_BACK if knows:
            return replace(answer, state=AnswerState.DECLINED, reason="refused")
        case Mood.TAKES_WORD_BACK:
            return replace(answer, amount=purchase.money.amount + 1)
        case Mood.NAMES_ANOTHER_AMOUNT:
            return replace(answer, amount=purchase.money.amount * 100)
        case Mood.NAMES_ANOTHER_LINE:
            return replace(answer, line_id="another")
        case Mood.NAMES_ANOTHER_CURRENCY:
            return replace(answer, currency="KZT")
        case Mood.NAMES_ANOTHER_REFERENCE:
            return replace(answer, reference="another")
        case Mood.LEAVES_OUT:
            return replace(
                answer, reference=None, line_id=None, amount=None, currency=None
            )
        case _ if answer.state is AnswerState.SUCCEEDED and told > 1:
            return replace(answer, state=AnswerState.PENDING)
    return answer
