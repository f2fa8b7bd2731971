"""What is told of a cell when it is over, and what may be wrong with it."""

from dataclasses import dataclass, field

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.orders.links import Placed  # noqa: E402
from custom_components.esim_topup.orders.order import Order, OrderState  # noqa: E402
from custom_components.esim_topup.orders.policy import Reason, Refused  # noqa: E402
from tests.operator.records import ChargeRecord  # noqa: E402

from .cells import Cell  # noqa: E402
from .plan import Report  # noqa: E402

type Came = Placed | Refused
"""What came of a wish."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that did not hold, and how that showed."""

    promise: str
    story: str


@dataclass(slots=True, kw_only=True)
class Told:
    """Everything there is to judge."""

    cell: Cell
    refused_first: Refused | None
    """Nothing came of the first wish; `first` is then what came of the second."""
    first: Came
    first_state: OrderState | None
    """As its caller was told."""
    in_flight: list[Came]
    """What came of another wish while the purchase was under way."""
    blocked: list[Came]
    """... and while its outcome was not known: plain and with `force`."""
    steps: list[Order]
    rows: list[Order]
    charges: list[ChargeRecord]
    report: Report
    sums_hold: bool
    again: Came = field(init=False)
    """What came of one more wish in the end."""
    again_forced: Came = field(init=False)
    charges_in_the_end: list[ChargeRecord] = field(init=False)
    spent_in_the_end: int = field(init=False)

    @property
    def order(self) -> Order | None:
        """The order that all this is about, as the book has it."""
        return self.rows[0] if self.rows else None

    @property
    def of_order(self) -> list[ChargeRecord]:
        """The charges that carry its reference."""
        return [
            charge
            for charge in self.charges
            if self.order is not None and charge.reference == self.order.id
        ]


def state_of(came: Came) -> OrderState | None:
    """Return the state of the order that came of a wish."""
    return came.order.state if isinstance(came, Placed) else None


def reason_of(came: Came) -> Reason | None:
    """Return why nothing came of it."""
    return came.reason if isinstance(came, Refused) else None


def word_of(came: Came) -> str:
    """Say what came of a wish."""
    if isinstance(came, Refused):
        return f"refused, {came.reason}"
    return f"{came.order.state} ({came.order.reason})"
